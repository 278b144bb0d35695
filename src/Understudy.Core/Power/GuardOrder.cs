using Understudy.Core.Plans;

namespace Understudy.Core.Power;

/// <summary>What a guard wants done. Orders of one guard are carried out in the order in which they were given.</summary>
public abstract record GuardOrder
{
    private GuardOrder()
    {
    }

    /// <summary>Read all witnesses now.</summary>
    public sealed record LookNow : GuardOrder;

    /// <summary>Put <see cref="GuardDesk.Memory"/> to disk; of a plan what follows waits for that, within reason.</summary>
    public sealed record Remember(bool Wait) : GuardOrder;

    /// <summary>A step, its cancellation, its undoing, a rehearsal, a warning.</summary>
    public sealed record Plan(PlanEffect Effect) : GuardOrder;

    /// <summary>A person should know.</summary>
    public sealed record Alarm(string Text) : GuardOrder;

    /// <summary>Wake a host.</summary>
    public sealed record Wake(WakeUp Up) : GuardOrder;
}

/// <summary>One sentence of a guard, for its record.</summary>
/// <param name="What">mains, plan or return.</param>
/// <param name="Loud">A person should hear of it even when nobody asks.</param>
public sealed record GuardNote(Instant At, string What, string Text, bool Loud);

/// <summary>What became of an operator's word.</summary>
public sealed record GuardAnswer(bool Done, string Text);
