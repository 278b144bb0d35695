namespace Understudy.Core.Power;

/// <summary>An order of a guard's machine.</summary>
public abstract record GuardEffect
{
    private GuardEffect()
    {
    }

    /// <summary>Tell the plan that the verdict stands now, and when its first step is wanted.</summary>
    public sealed record Stand(Instant Due, string Why) : GuardEffect;

    /// <summary>Tell the plan another due moment, without renewing the verdict.</summary>
    public sealed record MoveDue(Instant Due, string Why) : GuardEffect;

    /// <summary>Tell the plan that the verdict does not stand any more.</summary>
    public sealed record Withdraw(string Why) : GuardEffect;

    /// <summary>Tell the plan that the verdict does not stand as of now, though nothing is called off yet.</summary>
    public sealed record Doubt(string Why) : GuardEffect;

    /// <summary>Read all witnesses now, whatever their pace: something is about to be done because of them.</summary>
    public sealed record LookNow : GuardEffect;

    /// <summary>Put <see cref="GuardRecord"/> to disk; nothing waits for it.</summary>
    public sealed record Remember : GuardEffect;

    /// <summary>A person should know.</summary>
    public sealed record Alarm(string Text) : GuardEffect;
}

/// <summary>What one event led to.</summary>
/// <param name="State">The state after it.</param>
/// <param name="Effects">In this order.</param>
/// <param name="Reason">In one sentence, always.</param>
/// <param name="Telling">The sentence is news; if not, only a clock went on.</param>
public sealed record GuardTurn(GuardState State, ValueList<GuardEffect> Effects, string Reason, bool Telling);
