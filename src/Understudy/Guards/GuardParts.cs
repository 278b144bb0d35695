using Understudy.Core;
using Understudy.Core.Ledger;
using Understudy.Core.Peers;
using Understudy.Core.Power;
using Understudy.Daemon;
using Understudy.Linux.Clocks;
using Understudy.Linux.Ledger;
using Understudy.Linux.Power;

namespace Understudy.Guards;

/// <summary>What the guards' loop is built of.</summary>
/// <param name="Node">Our name.</param>
/// <param name="Nodes">All hosts that run the same file; empty: they are not known.</param>
/// <param name="Boot">The kernel's boot id.</param>
/// <param name="Commands">The programs that power off.</param>
internal sealed record GuardParts(string Node, ValueList<string> Nodes, string Boot, LedgerJournal Ledger, GuardMemories Memories, EvidenceJournal Evidence, PowerCommands Commands, PowerPerformer Performer)
{
    /// <summary>Says to all peers how our guards stand; null where there are none. From any thread; must not wait.</summary>
    public Action<GuardEntry[]>? TellPeers { get; init; }

    /// <summary>Hands a duty of ours over.</summary>
    public required IDutyRelease Duties { get; init; }

    /// <summary>An invariant of ours is broken; called once, on any thread.</summary>
    public required Action<Exception> Broken { get; init; }

    /// <summary>Writes a line to the ledger, and to the process's log where a person should hear of it even when nobody asks.</summary>
    internal void Say(NoteLevel level, Message message, string text)
    {
        Ledger.Append(new LedgerLine.Noted(BootClock.Now, level, message.Number, message.With(text)));
        if (level != NoteLevel.Information)
        {
            Console.Error.WriteLine(message.With(text));
        }
    }
}

/// <summary>Hands a duty of this host to another.</summary>
internal interface IDutyRelease
{
    /// <param name="to">To whom; null: the best that is fit.</param>
    /// <returns>Whether it is not performed here any more, and how that came.</returns>
    Task<GuardAnswer> ReleaseAsync(string duty, string? to, string by, CancellationToken stop);

    /// <summary>Whether it is performed here now.</summary>
    bool IsHere(string duty);
}
