using static Understudy.Core.Plans.PlanEffect;

namespace Understudy.Core.Plans;

/// <summary>A turn in the making: one call's own notebook, which nobody else sees.</summary>
internal sealed class PlanDraft(PlanRules rules, PlanState before, Instant now)
{
    private readonly PlanState before = before;
    private readonly List<PlanEffect> effects = [];
    private readonly List<string> reasons = [];
    private bool telling;
    private bool refused;

    internal PlanRules Rules { get; } = rules;

    internal Instant Now { get; } = now;

    internal PlanState State { get; set; } = before;

    /// <summary>The present run is a rehearsal of a plan that is meant in earnest: an outage ends it.</summary>
    internal bool Drill => State.Run.Dry && !Rules.Dry;

    /// <summary>What happened, as news.</summary>
    internal void Say(string reason)
    {
        reasons.Add(reason);
        telling = true;
    }

    /// <summary>What happened, where it is as expected and happens again and again.</summary>
    internal void Mention(string reason) => reasons.Add(reason);

    internal void Refuse(string reason)
    {
        Say(reason);
        refused = true;
    }

    /// <summary>News that a person should hear of even when nobody asks.</summary>
    internal void Raise(string reason)
    {
        Say(reason);
        effects.Add(new Alarm($"{Rules.Plan}: {reason}"));
    }

    internal void Order(PlanEffect effect) => effects.Add(effect);

    /// <summary>Whether the step is really done in this run, and not only rehearsed. Rules that have become dry since are obeyed from the next begin on.</summary>
    internal bool Earnest(int step) => !(State.Run.Dry || Rules.Dry) || Harmless(step);

    /// <summary>Whether the step was really begun in this run, so that it must really be ended.</summary>
    internal bool WasEarnest(int step) => !State.Run.Dry || Harmless(step);

    private bool Harmless(int step) => Rules.Steps[step] is { Harmless: true, PointOfNoReturn: false };

    internal PlanTurn End()
    {
        // On the disk before anything is done by it; the mere age of a verdict is not worth a write.
        if (State with { StandsUntil = before.StandsUntil } != before)
        {
            effects.Insert(0, new Remember());
        }

        return new PlanTurn(State, effects.ToValueList(), reasons.Count > 0 ? string.Join("; ", reasons) : "nothing is due", telling, refused);
    }
}
