using System.Buffers.Binary;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Peers;

namespace Understudy.Tests.Simulation;

/// <summary>Which rows of the safe table, and which pairs of stance and event, a campaign of worlds reached. "Sometimes" assertions rest on it.</summary>
internal sealed class Coverage
{
    private readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);

    /// <summary>The rows of the table that this machine has (not the fence rows 11, 13, 14), but for row 19: in worlds that keep the rules nobody meets a higher epoch.</summary>
    internal static string[] Rows { get; } =
    [
        "row 1", "row 2", "row 3", "row 4", "row 5", "row 6", "row 7", "row 8", "row 9", "row 10", "row 12", "row 15", "row 16", "row 17", "row 18", "row 18a", "row 18b",
        "row 20", "row 21", "row 22", "row 23", "row 24", "row 25", "row 26", "row 27", "row 28", "row 29", "row 30", "row 31", "row 32",
    ];

    /// <summary>Those that a few thousand worlds are sure to reach.</summary>
    internal static string[] Often { get; } = [.. Rows.Where(r => r is not ("row 29" or "row 27" or "row 18b"))];

    internal IEnumerable<KeyValuePair<string, long>> All => counts.OrderBy(c => c.Key, StringComparer.Ordinal);

    internal long Of(string what) => counts.GetValueOrDefault(what);

    internal void Add(Coverage other)
    {
        foreach (var (what, count) in other.counts)
        {
            counts[what] = Of(what) + count;
        }
    }

    internal void Saw(byte[] datagram, DutyState state)
    {
        if (datagram[3] == (byte)DatagramKind.Answer && BinaryPrimitives.ReadInt64BigEndian(datagram.AsSpan(Datagram.HeaderBytes + 16)) != state.Ticket)
        {
            Count("row 18a");
        }
    }

    /// <summary>What needs no turn: a claim that was renewed, or that lasts by promises, or whose arbiter is away.</summary>
    internal void Stands(DutyState before, DutyState state, Health arbiter)
    {
        if (state.Stance is Stance.Standby or Stance.Claiming && state.Claim is ClaimView.Other && state.Peers.All(p => p.Stance == StanceCode.Silent))
        {
            Count("row 9");
        }

        var (was, now) = (before.Hold, state.Hold);
        if (was is null || now is null || was.Epoch != now.Epoch)
        {
            return;
        }

        if (now.AnsweredAt > was.AnsweredAt && now.Until > was.Until)
        {
            Count("row 18");
        }
        else if (now.Until > was.Until)
        {
            Count("row 22");
        }

        if (arbiter == Health.Failed && state.Stance is Stance.Active)
        {
            Count("row 21");
        }
    }

    internal void Turned(Turn turn)
    {
        var (from, to, seen, why) = (turn.Before.Stance, turn.Step.State.Stance, turn.Event, turn.Step.Reason!);
        Count($"on {from.GetType().Name} {seen.GetType().Name}");
        if (Row(from, to, seen, why, turn) is { } row)
        {
            Count(row);
        }

        if (seen is DutyEvent.LookedAround { Epoch: > 0 })
        {
            Count("row 31");
        }

        if (from is Stance.Stopping && to is not Stance.Stopping)
        {
            Count("row 26");
        }

        if (to is Stance.Faulted { NeedsOperator: true })
        {
            Count("row 29");
        }
    }

    private static string? Row(Stance from, Stance to, DutyEvent seen, string why, Turn turn) => (from, to) switch
    {
        (Stance.Unknown, Stance.Active) => "row 1",
        (Stance.Unknown, Stance.Stopping) => "row 2",
        (Stance.Unknown, Stance.Standby) => "row 3",
        (Stance.Unknown or Stance.Standby, Stance.Faulted) => "row 4",
        (Stance.Standby, Stance.Claiming) when why.Contains("has been let go", StringComparison.Ordinal) => "row 7",
        (Stance.Standby, Stance.Claiming) => "row 5",
        (Stance.Claiming, Stance.Standby) when why.Contains("is heard to have it", StringComparison.Ordinal) => "row 6",
        (Stance.Claiming, Stance.Standby) when seen is DutyEvent.ClaimWithheld || why.Contains("does not answer", StringComparison.Ordinal) => "row 8",
        (Stance.Claiming, Stance.Standby) when seen is DutyEvent.ClaimRefused => "row 12",
        (Stance.Claiming, Stance.Starting) => "row 10",
        (Stance.Starting, Stance.Active) => "row 15",
        (Stance.Starting, Stance.Stopping { Then: AfterStop.ToFaulted }) => "row 16",
        (Stance.Active, Stance.Stopping { Then: AfterStop.ToFaulted }) => "row 20",
        (Stance.Starting or Stance.Active, Stance.Stopping { Then: AfterStop.ToHeld }) => "row 25",
        (Stance.Starting or Stance.Active, Stance.Stopping) when seen is DutyEvent.FenceFired => "row 32",
        (Stance.Starting or Stance.Active, Stance.Stopping) when why.Contains("could not be renewed", StringComparison.Ordinal) => "row 17",
        (Stance.Starting or Stance.Active, Stance.Stopping) when why.Contains("the arbiter says", StringComparison.Ordinal) => "row 18b",
        (Stance.Starting or Stance.Active, Stance.Stopping) when why.Contains("a higher epoch", StringComparison.Ordinal) || why.Contains(", ours was", StringComparison.Ordinal) => "row 19",
        (Stance.Active, Stance.Active) when seen is DutyEvent.LinkHealed => "row 23",
        (Stance.Active { Leaving: not null }, Stance.Stopping) when turn.Step.State.Stance is Stance.Stopping { Successor: not null } => "row 24",
        (Stance.Stopping, Stance.Stopping) => "row 27",
        (Stance.Faulted, Stance.Standby) => "row 28",
        (Stance.Held, Stance.Standby) => "row 30",
        _ => null,
    };

    private void Count(string what) => counts[what] = Of(what) + 1;
}
