namespace Understudy.Core.Ups;

/// <summary>A client's connection as it is left: what it has sent of a line that is not whole, and what was meant for it and has not gone out.</summary>
/// <param name="Socket">What the kernel calls it, by which its descriptor is known again: <c>socket:[INODE]</c>.</param>
/// <param name="Listens">It hears what changes: it has not said NOBROADCAST.</param>
/// <param name="Skips">The line that it is in the middle of is too long to count.</param>
/// <param name="Heard">The beginning of a line, a byte a sign.</param>
/// <param name="Unsent">Likewise.</param>
public sealed record HandedClient(string Socket, bool Listens, bool Skips, string Heard, string Unsent);

/// <summary>What a source was worth to the one before us.</summary>
/// <param name="Priority">And since when it has been that.</param>
/// <param name="WellSince">As <see cref="UpsSource.WellSince"/>.</param>
/// <param name="WasAway">It has been away since it first came, so that it has to be well for flip.back before it is shown again.</param>
/// <param name="Forced">As <see cref="UpsSource.ForcedShutdown"/>: a restart takes no shutdown back either.</param>
public sealed record HandedSource(string Name, SourcePriority Priority, Instant Since, Instant WellSince, bool WasAway, bool Forced, SourceOverride? Override);

/// <summary>A variable that clients were told.</summary>
/// <param name="Owner">The source that it is shown from; null for none.</param>
public sealed record HandedVariable(string Name, Variable Variable, string? Owner);

/// <summary>A command that clients were offered.</summary>
/// <param name="Owner">The source that it goes to; null for none.</param>
public sealed record HandedCommand(string Name, string? Owner);

/// <summary>What clients were told, and what it rests on.</summary>
/// <param name="Fresh">They may take it for fresh.</param>
/// <param name="FreshUntil">No longer than that, when nobody vouches for it; Never while somebody does.</param>
/// <param name="NobodySince">Since when no source could be shown; Never while one is.</param>
/// <param name="EverShown">A source was shown at some time.</param>
/// <param name="Primary">Null for none.</param>
public sealed record HandedView(
    bool Fresh, Instant FreshUntil, Instant NobodySince, bool EverShown, string? Primary, ValueList<HandedSource> Sources, ValueList<HandedVariable> Variables, ValueList<HandedCommand> Commands);

/// <summary>
/// All that one process of a proxy has to tell the next beside the descriptors themselves, so that the next one's first burst is the difference between what clients were told and what it would tell them.
/// </summary>
/// <param name="Ups">The proxy's section.</param>
/// <param name="Boot">Which boot of the kernel the instants are of, and the descriptors.</param>
/// <param name="At">When the process before us stopped serving.</param>
/// <param name="Listener">The socket that clients connect to, named as in <see cref="HandedClient.Socket"/>.</param>
public sealed record ProxyHandover(string Ups, string Boot, Instant At, string Listener, HandedView View, ValueList<HandedClient> Clients);
