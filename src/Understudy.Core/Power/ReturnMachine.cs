using System.Diagnostics;
using Understudy.Core.Settings;

namespace Understudy.Core.Power;

/// <summary>A host to be woken, and what became of it.</summary>
/// <param name="Wake">Who and how.</param>
/// <param name="Tries">So often it was woken.</param>
/// <param name="LastTry">When it was last.</param>
/// <param name="IsUp">It was heard since then.</param>
public sealed record Sleeper(WakeSettings Wake, int Tries, Instant? LastTry, bool IsUp);

/// <summary>How far the return is.</summary>
public enum ReturnStage
{
    /// <summary>Nobody is to be woken.</summary>
    Idle,

    /// <summary>Somebody is, when the mains are stable and the UPS is charged.</summary>
    Waiting,

    /// <summary>One after the other.</summary>
    Waking,
}

/// <summary>All that is known of the return.</summary>
/// <param name="Stage">How far it is.</param>
/// <param name="PresentSince">Since when the mains are there without a break; null while they are not.</param>
/// <param name="Charge">The UPS' charge in per cent, or null where it is not known.</param>
/// <param name="Sleepers">In the order of waking: the highest tier first, and in it the order of the file.</param>
/// <param name="NextAt">Nobody is woken before.</param>
public sealed record ReturnState(ReturnStage Stage, Instant? PresentSince, int? Charge, ValueList<Sleeper> Sleepers, Instant NextAt)
{
    public static ReturnState AtStart(ReturnSettings settings, Instant now) => new(
        ReturnStage.Idle, PresentSince: null, Charge: null,
        settings.Wake.OrderByDescending(w => w.Tier).Select(w => new Sleeper(w, 0, LastTry: null, IsUp: false)).ToValueList(), now);
}

/// <summary>A fact that the return is told.</summary>
public abstract record ReturnEvent
{
    private ReturnEvent()
    {
    }

    /// <summary>The others went down by a plan, or an operator wants them woken: they are to come back when it is time.</summary>
    public sealed record Wanted(string Why) : ReturnEvent;

    /// <summary>An operator does not want them woken.</summary>
    public sealed record Unwanted(string By) : ReturnEvent;

    /// <summary>The mains were judged.</summary>
    public sealed record Judged(MainsVerdict Mains) : ReturnEvent;

    /// <summary>The UPS said how full it is; null: it could not be read.</summary>
    public sealed record Charged(int? PerCent) : ReturnEvent;

    /// <summary>A host is heard, or is not any more.</summary>
    public sealed record Heard(string Node, bool IsUp) : ReturnEvent;

    /// <summary>A deadline of ours has come.</summary>
    public sealed record Looked : ReturnEvent;
}

/// <summary>Wake this host; what is sent once may be lost, and is sent again while the host is not heard.</summary>
public sealed record WakeUp(WakeSettings Host, int Try);

/// <summary>What one event led to.</summary>
/// <param name="State">The state after it.</param>
/// <param name="Wake">Whom to wake now, or null.</param>
/// <param name="Reason">In one sentence, always.</param>
/// <param name="Telling">It is news.</param>
public sealed record ReturnTurn(ReturnState State, WakeUp? Wake, string Reason, bool Telling);

/// <summary>Wakes the others when the mains are there and stable and the UPS holds enough for another outage, the highest tier first.</summary>
/// <remarks>The next tier waits until all of the one before are heard, or were woken <see cref="MostTries"/> times in vain; hosts that cannot be heard (no
/// <c>nodes</c>) are woken so often too, which does no harm to who is awake. When the mains go again, waking stops: who is up leaves by
/// its own guard. A charge that cannot be read is not enough.</remarks>
public static class ReturnMachine
{
    public const int MostTries = 3;

    /// <summary>So long a host may take to be heard before it is woken again: servers test their memory for minutes.</summary>
    public static TimeSpan TryAgain => TimeSpan.FromMinutes(5);

    public static ReturnTurn Next(ReturnSettings settings, ReturnState state, ReturnEvent seen, Instant now)
    {
        var (s, said) = Take(state, seen, now);
        return s.Stage switch
        {
            ReturnStage.Idle => new(s, Wake: null, said ?? "nobody is to be woken", said is not null),
            _ when NotYet(settings, s, now) is { } wait => new(s with { Stage = ReturnStage.Waiting }, Wake: null, said ?? wait, said is not null || state.Stage == ReturnStage.Waking),
            _ => Wake(settings, s with { Stage = ReturnStage.Waking }, now, said),
        };
    }

    /// <summary>When <see cref="ReturnEvent.Looked"/> is due; null: only an event can move it.</summary>
    public static Instant? Deadline(ReturnSettings settings, ReturnState state) => state.Stage switch
    {
        ReturnStage.Waiting when state.PresentSince is { } since && IsCharged(settings, state) => since + settings.Stable,
        ReturnStage.Waking => Candidate(state) is { } next ? Instant.Later(state.NextAt, next.LastTry is { } at ? at + TryAgain : state.NextAt) : null,
        _ => null,
    };

    private static (ReturnState State, string? Said) Take(ReturnState s, ReturnEvent seen, Instant now) => seen switch
    {
        ReturnEvent.Wanted e => (s with
        {
            Stage = s.Stage == ReturnStage.Idle ? ReturnStage.Waiting : s.Stage,
            Sleepers = s.Sleepers.Select(x => x with { Tries = 0, LastTry = null }).ToValueList(),
        }, $"{s.Sleepers.Count} hosts are to be woken: {e.Why}"),
        ReturnEvent.Unwanted e => (s with { Stage = ReturnStage.Idle }, s.Stage == ReturnStage.Idle ? null : $"{e.By} wants nobody woken"),
        ReturnEvent.Judged e => (s with { PresentSince = e.Mains == MainsVerdict.Present ? s.PresentSince ?? now : null }, null),
        ReturnEvent.Charged e => (s with { Charge = e.PerCent }, null),
        ReturnEvent.Heard e => (s with { Sleepers = s.Sleepers.Select(x => x.Wake.Node == e.Node ? x with { IsUp = e.IsUp } : x).ToValueList() }, null),
        ReturnEvent.Looked => (s, null),
        _ => throw new UnreachableException(seen.ToString()),
    };

    /// <summary>What is still waited for; null when nothing is.</summary>
    private static string? NotYet(ReturnSettings settings, ReturnState s, Instant now) =>
        s.PresentSince is not { } since ? "the mains are not there"
        : now - since < settings.Stable ? $"the mains must be there for {GuardDraft.Say(settings.Stable)}, and are for {GuardDraft.Say(now - since)}"
        : IsCharged(settings, s) ? null
        : $"the UPS must hold {settings.Charge} %, and {(s.Charge is { } charge ? $"holds {charge} %" : "could not be read")}";

    private static bool IsCharged(ReturnSettings settings, ReturnState s) => settings.Ups is null || s.Charge >= settings.Charge;

    private static ReturnTurn Wake(ReturnSettings settings, ReturnState s, Instant now, string? said)
    {
        if (Candidate(s) is not { } next)
        {
            var missing = string.Join(", ", s.Sleepers.Where(x => !x.IsUp).Select(x => x.Wake.Node));
            return new(s with { Stage = ReturnStage.Idle }, Wake: null, missing.Length == 0 ? "all are up" : $"all were woken; not heard: {missing}", Telling: true);
        }

        var due = Instant.Later(s.NextAt, next.LastTry is { } at ? at + TryAgain : s.NextAt);
        if (now < due)
        {
            return new(s, Wake: null, said ?? $"{next.Wake.Node} is woken in {GuardDraft.Say(due - now)}", said is not null);
        }

        var tried = next with { Tries = next.Tries + 1, LastTry = now };
        return new(
            s with { NextAt = now + settings.Every, Sleepers = s.Sleepers.Select(x => ReferenceEquals(x, next) ? tried : x).ToValueList() },
            new(next.Wake, tried.Tries), $"{next.Wake.Node} of tier {next.Wake.Tier} is woken, try {tried.Tries} of {MostTries}", Telling: true);
    }

    /// <summary>Who is next: of the highest tier in which somebody is asleep and not given up, who was tried least and longest ago.</summary>
    private static Sleeper? Candidate(ReturnState s)
    {
        var asleep = s.Sleepers.Where(x => !x.IsUp && x.Tries < MostTries).ToArray();
        return asleep.Length == 0 ? null
            : asleep.Where(x => x.Wake.Tier == asleep[0].Wake.Tier).OrderBy(x => x.Tries).ThenBy(x => x.LastTry ?? new Instant(long.MinValue)).First();
    }
}
