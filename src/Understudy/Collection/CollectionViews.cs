namespace Understudy.Collection;

/// <summary>One producer as the faces show it.</summary>
/// <param name="Target">Where it is.</param>
/// <param name="Part">collect, warm or off: what this host has to do with it.</param>
/// <param name="SinceMs">For how long, in ms.</param>
/// <param name="Owner">Which node it is dealt to; null: to nobody, or nobody shares it.</param>
/// <param name="State">STOPPED, DISCONNECTED, CONNECTING or CONNECTED.</param>
/// <param name="Trouble">Why there is no connection; empty where there is.</param>
/// <param name="Lost">Samples that its sampler made and that we never had.</param>
/// <param name="LagMs">How old the newest sample of its oldest set is, in ms; null: it has none here.</param>
public sealed record ProducerView(string Name, string Target, string Part, long SinceMs, string Why, string? Owner, string State, string Trouble, int Losses, IReadOnlyList<SetView> Sets, long Had, long Lost, long? LagMs);

/// <summary>One set of a producer.</summary>
/// <param name="Source">START, LOOKUP, READY or UPDATING.</param>
/// <param name="IsCurrent">Its sample is what this host offers.</param>
public sealed record SetView(string Name, string Schema, string Source, bool IsCurrent, long Had, long Lost, long? LagMs);

/// <summary>One store.</summary>
/// <param name="Found">Samples that waited here while another wrote, and that it had stored already.</param>
/// <param name="Epoch">Of the claim; 0: another has it, or nobody.</param>
/// <param name="Writer">Who has the claim, as that one calls itself; null: nobody, or nobody knows.</param>
public sealed record StoreView(string Name, string Kind, long Written, int Waiting, long Dropped, long Refused, long Found, ulong Epoch, string? Writer, string? Trouble);

/// <summary>One node that shares the collection.</summary>
public sealed record MemberView(string Name, bool IsThere, int Owns);

/// <summary>All of it.</summary>
public sealed record CollectionView(string Node, IReadOnlyList<ProducerView> Producers, IReadOnlyList<StoreView> Stores, IReadOnlyList<MemberView> Members);
