using Understudy.Core;
using Understudy.Core.Plans;
using Xunit;

namespace Understudy.Tests.Plans;

/// <summary>One plan, turned by hand. Times are seconds from when the rig began.</summary>
internal sealed class PlanRig
{
    private static readonly Instant s_began = new Instant(0) + TimeSpan.FromHours(1);

    internal PlanRig(PlanRules? rules = null)
    {
        Rules = rules ?? Plan();
        State = PlanState.AtStart;
        _ = Tell(new PlanEvent.Restored("one"));
    }

    internal PlanRules Rules { get; set; }

    internal PlanState State { get; set; }

    internal Instant Now { get; private set; } = s_began;

    /// <summary>Of the last turn, without <see cref="PlanEffect.Remember"/>.</summary>
    internal IReadOnlyList<PlanEffect> Effects { get; private set; } = [];

    internal PlanTurn Last { get; private set; } = new(PlanState.AtStart, [], "", false, false);

    internal double? DueIn => PlanMachine.Deadline(Rules, State) is { } at ? (at - Now).TotalSeconds : null;

    internal static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    internal static PlanStep Notify { get; } = new("notify", S(10), Harmless: true);

    internal static PlanStep Shed { get; } = new("shed", S(60), Undo: true);

    internal static PlanStep Off { get; } = new("power off", S(60), PointOfNoReturn: true, OnFailure: OnFailure.Stop);

    internal static PlanRules Plan(params ReadOnlySpan<PlanStep> steps) => new(
        "cooling", steps.IsEmpty ? [Notify, Shed, Off] : ValueList.Create(steps), Countdown: S(60), StandsFor: S(30), VetoCeiling: S(120), AskAgain: S(5), PlanRules.UsualWarnings);

    internal PlanRig Tell(PlanEvent seen)
    {
        Last = PlanMachine.Next(Rules, State, seen, Now);
        State = Last.State;
        Effects = [.. Last.Effects.Where(e => e is not PlanEffect.Remember)];
        Assert.NotEmpty(Last.Reason);
        return this;
    }

    /// <summary>Lets the time come, and looks then. Nobody renews anything.</summary>
    internal PlanRig At(double seconds)
    {
        Now = s_began + S(seconds);
        return Tell(new PlanEvent.Looked());
    }

    /// <summary>Lets the time come, and renews the verdict then.</summary>
    internal PlanRig StandsAt(double seconds, double due)
    {
        Now = s_began + S(seconds);
        return Tell(new PlanEvent.Stands(s_began + S(due), "dark"));
    }

    internal PlanRig Ended(StepOutcome outcome)
    {
        var r = Assert.IsType<PlanPhase.Running>(State.Phase);
        return Tell(new PlanEvent.StepEnded(State.Run.Number, r.Step, r.Attempt, outcome));
    }

    /// <summary>An answer, expected or not.</summary>
    internal PlanRig Answered(long run, int step, int attempt) => Tell(new PlanEvent.StepEnded(run, step, attempt, new StepOutcome.Done()));

    internal PlanRig Done() => Ended(new StepOutcome.Done());

    internal PlanRig Withdrawn() => Tell(new PlanEvent.Withdrawn("light"));

    internal PlanRig Abort() => Tell(new PlanEvent.AbortAsked("ann", "no"));

    internal PlanRig Arm(double due, bool dry = false) => Tell(new PlanEvent.ArmAsked("ann", "move house", s_began + S(due), dry));

    internal PlanRig Restart(string boot = "one", string? wall = null) => Tell(new PlanEvent.Restored(boot, wall));

    /// <summary>Running the first step, 60 s in, with a verdict that stands until 90 s.</summary>
    internal PlanRig Run() => StandsAt(0, 60).StandsAt(60, 60);

    internal string Begun => Effects.OfType<PlanEffect.Begin>().Single().Name;

    internal IEnumerable<string> Undone => Effects.OfType<PlanEffect.Undo>().Select(e => e.Name);

    internal IEnumerable<double> Warned => Effects.OfType<PlanEffect.Warn>().Select(e => e.Left?.TotalSeconds ?? -1);
}
