using System.Globalization;

namespace Understudy.Tests.Power;

/// <summary>When a host leaves, over all phases of its looks.</summary>
/// <param name="Host">Which; empty: each.</param>
/// <param name="From">Seconds from the incident; not before.</param>
/// <param name="Until">Not after.</param>
/// <param name="How">Of all runs.</param>
internal sealed record RoomTableLeave(string Host, double From, double Until, RoomTableHow How);

internal enum RoomTableHow
{
    Never,

    /// <summary>It depends on the moment in which the incident finds the looks: what a room of hosts must not do.</summary>
    Sometimes,

    Always,
}

/// <summary>What became of one host in all runs.</summary>
internal sealed record RoomTableOutcome(string Host, double?[] OffAt)
{
    internal int Left => OffAt.Count(at => at is not null);

    internal RoomTableHow How => Left == 0 ? RoomTableHow.Never : Left == OffAt.Length ? RoomTableHow.Always : RoomTableHow.Sometimes;

    internal double First => OffAt.Min()!.Value;

    internal double Last => OffAt.Max()!.Value;

    internal string Text => How switch
    {
        RoomTableHow.Never => "stays up",
        RoomTableHow.Always => $"leaves {Times}",
        RoomTableHow.Sometimes => $"**leaves in {Left} of {OffAt.Length}**, {Times}",
        _ => throw new System.Diagnostics.UnreachableException(How.ToString()),
    };

    private string Times => Clock(First) == Clock(Last) ? $"at {Clock(First)}" : $"at {Clock(First)} to {Clock(Last)}";

    internal static string Clock(double seconds)
    {
        var whole = (long)Math.Floor(seconds);
        return whole >= 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{whole / 3600}:{whole / 60 % 60:00}:{whole % 60:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{whole / 60}:{whole % 60:00}");
    }
}

/// <summary>One scenario: what happens, and what each of the two makes of it.</summary>
/// <param name="Part">The heading that it stands under.</param>
/// <param name="What">In the words of the page.</param>
/// <param name="Ours">What is asked of this guard.</param>
/// <param name="Seed">What the older program is known to do; the page shows what it did.</param>
internal sealed record RoomTableRow(string Part, string What, RoomTableScript Script, RoomTableLeave[] Ours, RoomTableLeave[] Seed)
{
    private (RoomTableOutcome[] Outcomes, RoomTableRun[] Runs)? ours;

    /// <summary>What else must be so after each run.</summary>
    internal Action<RoomTableRun> Also { get; init; } = _ => { };

    /// <summary>This guard looks each ten seconds: ten phases of that. A start of the host is one moment, and has no phases.</summary>
    internal (RoomTableOutcome[] Outcomes, RoomTableRun[] Runs) PlayOurs()
    {
        if (ours is { } played)
        {
            return played;      // the same script comes to the same end
        }

        double[] phases = Script is { Up: 0 } or { Until: > 100_000 } ? [0] : [.. Enumerable.Range(0, 10).Select(i => (double)i)];
        var runs = phases.Select(p => new RoomTableRun(Script, p)).ToArray();
        ours = ([.. Script.Hosts.Select((h, i) => new RoomTableOutcome(h.Name, [.. runs.Select(r => r.Hosts[i].OffAt)]))], runs);
        return ours.Value;
    }

    /// <summary>It looks each 62 seconds: as many phases.</summary>
    internal RoomTableOutcome[] PlaySeed()
    {
        double[] phases = Script.Up == 0 ? [0] : [.. Enumerable.Range(0, (int)RoomTableSeed.Turn).Select(i => (double)i)];
        return [.. Script.Hosts.Select(h => new RoomTableOutcome(h.Name, [.. phases.Select(p => RoomTableSeed.OffAt(Script, h.Name, p))]))];
    }
}
