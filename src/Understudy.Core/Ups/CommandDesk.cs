using System.Globalization;

namespace Understudy.Core.Ups;

/// <summary>The answers that a driver gives to a command or a setting (upshandler.h of NUT).</summary>
public enum CommandResult
{
    Handled = 0,
    Unknown = 1,
    Invalid = 2,
    Failed = 3,
    ConversionFailed = 4,
}

/// <summary>A command of a client that a source has not answered yet.</summary>
/// <param name="Client">Who asked; -1 when it has gone.</param>
/// <param name="ClientId">The id that it wants to hear; null where it wants none.</param>
public sealed record PendingCommand(string Id, int Client, string? ClientId, int Source, string What, Instant By);

/// <summary>
/// Commands and settings under way to sources. Each gets an id of ours, so that ids of two clients cannot meet at one source; an answer goes to the one who asked and to nobody else. A command that nobody
/// answered is reported as failed, and never tried elsewhere: it may have been carried out.
/// </summary>
public sealed class CommandDesk
{
    /// <summary>upscmd and upsrw wait 10 s for an answer unless told otherwise (upscmd(8), -t).</summary>
    public static TimeSpan Patience => TimeSpan.FromSeconds(9);

    /// <summary>Two commands that act on the load have to be so far apart unless one client sends both: two who disagree must not both be obeyed.</summary>
    public static TimeSpan PowerGuard => TimeSpan.FromSeconds(2);

    private const int MostPending = 1024;
    private readonly Dictionary<string, PendingCommand> pending = new(StringComparer.Ordinal);
    private long next;
    private (int Client, string What, Instant At)? lastPower;

    /// <summary>Enters a command; null when too many are under way.</summary>
    /// <param name="source">-1 for what this process does itself.</param>
    public PendingCommand? Enter(int client, string? clientId, int source, string what, Instant now, TimeSpan? patience = null)
    {
        if (pending.Count >= MostPending)
        {
            return null;
        }

        var id = string.Create(CultureInfo.InvariantCulture, $"understudy-{++next}");
        return pending[id] = new PendingCommand(id, client, clientId, source, what, now + (patience ?? Patience));
    }

    /// <summary>The command that this answer is to; null for an answer to nothing that waits, or from a source that was not asked.</summary>
    public PendingCommand? Answered(string id, int source) =>
        pending.TryGetValue(id, out var command) && command.Source == source && pending.Remove(id) ? command : null;

    /// <summary>What a driver's number says. One that no handler of NUT has is a failure, whatever its sign: only 0 is success.</summary>
    public static CommandResult ResultOf(int said) => said is >= (int)CommandResult.Handled and <= (int)CommandResult.ConversionFailed ? (CommandResult)said : CommandResult.Failed;

    /// <summary>Takes out what has waited for too long.</summary>
    public IReadOnlyList<PendingCommand> Overdue(Instant now) => pending.Count == 0 ? [] : Take(p => now >= p.By);

    /// <summary>Takes out what a source that has gone will not answer any more.</summary>
    public IReadOnlyList<PendingCommand> OfSource(int source) => Take(p => p.Source == source);

    private List<PendingCommand> Take(Func<PendingCommand, bool> which)
    {
        var taken = pending.Values.Where(which).ToList();
        taken.ForEach(p => pending.Remove(p.Id));
        return taken;
    }

    public void Forget(int client)
    {
        foreach (var command in pending.Values.Where(p => p.Client == client).ToList())
        {
            pending[command.Id] = command with { Client = -1 };
        }
    }

    public Instant Deadline() => pending.Values.Aggregate(Instant.Never, (at, p) => Instant.Earlier(at, p.By));

    /// <summary>Why a command that acts on the load must not go out now, or null.</summary>
    public string? Objection(int client, string what, Instant now)
    {
        if (!ActsOnPower(what))
        {
            return null;
        }

        if (lastPower is { } last && last.Client != client && now < last.At + PowerGuard)
        {
            return $"{last.What} was sent {(now - last.At).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s ago for another client";
        }

        lastPower = (client, what, now);
        return null;
    }

    /// <summary>Commands that switch, shut down or test: what may cut somebody's power.</summary>
    public static bool ActsOnPower(string command) =>
        command.StartsWith("load.", StringComparison.OrdinalIgnoreCase)
        || command.StartsWith("shutdown.", StringComparison.OrdinalIgnoreCase)
        || command.StartsWith("test.", StringComparison.OrdinalIgnoreCase)
        || command.StartsWith("calibrate.", StringComparison.OrdinalIgnoreCase)
        || command.StartsWith("bypass.", StringComparison.OrdinalIgnoreCase)
        || command.StartsWith("outlet.", StringComparison.OrdinalIgnoreCase)
        || command.Equals("driver.killpower", StringComparison.OrdinalIgnoreCase);
}
