using System.Globalization;
using System.Text;
using Understudy.Core;
using Understudy.Core.Plans;
using Understudy.Tests.Models;

namespace Understudy.Tests.Plans;

internal sealed record PlanWorld(PlanState State, Instant Now, PlanWatch Watch);

/// <summary>One plan in a world of minutes: every order of verdicts, operators' words, outcomes, restarts, boots and late looks, with the production machine or a sibling of it.</summary>
/// <param name="hands">Operators arm and drill as well.</param>
internal sealed class PlanModel(PlanRules rules, PlanNext next, bool hands = true)
{
    internal const string Boot = "here";
    internal const string NextBoot = "there";
    internal static TimeSpan Minute { get; } = TimeSpan.FromMinutes(1);

    private static readonly StepOutcome[] s_outcomes = [new StepOutcome.Done(), new StepOutcome.Failed("it broke"), new StepOutcome.Wait(Minute, "a job runs"), new StepOutcome.Veto("not now")];

    internal Finding Search(int limit = 400_000) => BreadthFirst.Search(Start(), Key, Next, w => w.Watch.Broken is not null, limit);

    /// <summary>Why the last state of a trace is broken: the same way again.</summary>
    internal string Why(Finding finding)
    {
        var world = Start();
        foreach (var by in finding.Trace)
        {
            world = Next(world).First(n => n.By == by).To;
        }

        return world.Watch.Broken ?? "nothing";
    }

    private PlanWorld Start() => Tell(new PlanWorld(PlanState.AtStart, new Instant(0) + TimeSpan.FromHours(10), PlanWatch.Nothing), new PlanEvent.Restored(Boot));

    private IEnumerable<(string By, PlanWorld To)> Next(PlanWorld w)
    {
        var s = w.State;
        yield return ("the verdict stands, due at once", Tell(w, new PlanEvent.Stands(w.Now, "dark")));
        yield return ("the verdict stands, due in 2 min", Tell(w, new PlanEvent.Stands(w.Now + (Minute * 2), "dark")));
        yield return ("the verdict is in doubt", Tell(w, new PlanEvent.Doubted("a flicker")));
        yield return ("the verdict is withdrawn", Tell(w, new PlanEvent.Withdrawn("light")));
        yield return ("an operator aborts", Tell(w, new PlanEvent.AbortAsked("ann", "no")));
        if (hands)
        {
            yield return ("an operator arms", Tell(w, new PlanEvent.ArmAsked("ann", "yes", w.Now, Dry: false)));
            yield return ("an operator drills", Tell(w, new PlanEvent.ArmAsked("ann", "see", w.Now, Dry: true)));
        }

        yield return ("the daemon restarts", Tell(w, new PlanEvent.Restored(Boot)));
        yield return ("the host boots", Tell(w, new PlanEvent.Restored(NextBoot), boots: true));
        if (s.Phase is PlanPhase.Armed)
        {
            yield return ("due a minute later", Tell(w, new PlanEvent.DueMoved(w.Now + Minute, "cool")));
        }

        if (w.Watch.Open is { } open)
        {
            foreach (var outcome in s_outcomes)
            {
                yield return ($"step {open + 1} ends: {outcome.GetType().Name}", Tell(w, new PlanEvent.StepEnded(s.Run.Number, open, w.Watch.Attempt, outcome)));
            }

            yield return ("an answer of the attempt before", Tell(w, new PlanEvent.StepEnded(s.Run.Number, open, w.Watch.Attempt - 1, new StepOutcome.Done())));
        }

        if (s.PastPoint)
        {
            yield return ("the host sleeps and wakes", Tell(w, new PlanEvent.Resumed("the lid")));
        }

        if (PlanMachine.Deadline(rules, s) is { } at && at <= w.Now)
        {
            yield return ("looks", Tell(w, new PlanEvent.Looked()));
        }

        yield return ("a minute passes", w with { Now = w.Now + Minute });      // also past a deadline: a late look
    }

    private PlanWorld Tell(PlanWorld w, PlanEvent seen, bool boots = false)
    {
        var turn = next(rules, w.State, seen, w.Now);
        var watch = w.Watch.See(rules, w.State, seen, w.Now, turn);

        // A boot is like any other: the world goes on under the first one's name, so that it stays finite.
        return new PlanWorld(boots ? turn.State with { Boot = Boot } : turn.State, w.Now, watch);
    }

    /// <summary>All that can make a difference from here on, with moments as minutes from now.</summary>
    private string Key(PlanWorld w)
    {
        var (s, v) = (w.State, w.Watch);
        var key = new StringBuilder(96);
        var active = s.Phase is PlanPhase.Armed or PlanPhase.Running;
        Time(s.StandsUntil);
        Order(s.Order?.Due);
        Order(s.Order?.Until);
        _ = key.Append((int)s.Phase.Code()).Append(s.HeldBy is null ? '-' : 'h').Append(s.Run.Dry ? 'd' : '-').Append(s.PastPoint ? 'p' : '-').Append(s.Run.Steps.Count);
        foreach (var i in s.Run.Begun)
        {
            _ = key.Append((char)('a' + i));
        }

        Time(s.Run.VetoUntil ?? Instant.Never);
        switch (s.Phase)
        {
            case PlanPhase.Armed a:
                Time(a.Due);
                Time(a.Since, -1);
                _ = key.Append(a.Said);
                break;
            case PlanPhase.Running r:
                _ = key.Append((char)('A' + r.Step)).Append(Math.Min(r.Failures, rules.Steps[r.Step].Attempts)).Append(r.Vetoed ? 'v' : '-');
                Time(r.Until);
                Time(r.First ?? Instant.Never, -(int)(rules.Steps[r.Step].Longest / Minute) - 1);
                Time(r.Stage switch { StepStage.Pausing p => p.Till, StepStage.Unrenewed u => s.Order is { } o && o.Due > u.Since ? u.Since : new Instant(1), _ => new Instant(0) });
                _ = key.Append(r.Stage is StepStage.Begun ? 'b' : r.Stage is StepStage.Pausing ? 'w' : 'u');
                break;
        }

        _ = key.Append('|').Append(v.Open).Append(v.Past ? 'p' : '-').Append(v.Held ? 'h' : '-').Append(v.Dry ? 'd' : '-').Append(v.Did).Append('.').Append(v.Rehearsed).Append('.').Append(v.Failures).Append(v.Broken);
        Time(v.StoodAt ?? Instant.Never, -2);
        Order(v.OrderFrom, (int)-((rules.Countdown + rules.Longest + rules.StandsFor) / Minute));
        Time(v.VetoedAt ?? Instant.Never, -2);
        Time(s.Phase is PlanPhase.Running ? v.First ?? Instant.Never : Instant.Never, -9);
        return key.ToString();

        // Of what is over only that there was an order matters.
        void Order(Instant? at, int least = -1) => Time(active || at is null ? at ?? Instant.Never : new Instant(0), least);

        void Time(Instant at, int least = -1) =>
            key.Append(at == Instant.Never ? "N" : Math.Max((at - w.Now).Ticks / Minute.Ticks, least).ToString(CultureInfo.InvariantCulture)).Append(' ');
    }
}
