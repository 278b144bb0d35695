using Understudy.Core.Settings;

namespace Understudy.Core.Power;

/// <summary>What a guard's machine needs to know, worked out of the settings for one host.</summary>
/// <param name="Name">The guard's name.</param>
/// <param name="Mains">How many witnesses make a verdict.</param>
/// <param name="Heat">What temperatures mean.</param>
/// <param name="Grace">How long a loss is borne.</param>
/// <param name="Settle">For so long after boot, resume or a stall nothing is decided; and for so long the mains must be back before what runs is called off.</param>
/// <param name="OnBlind">Blind for so long counts as Lost; null: never.</param>
/// <param name="OnDisputed">Disputed for so long counts as Lost; null: never.</param>
/// <param name="Countdown">The least span between telling the plan and its first step.</param>
/// <param name="PlanLength">The longest that the plan may take from its due moment on.</param>
/// <param name="Phase">This host begins so much later, so that not all begin at once.</param>
/// <param name="LastLook">So long before the due moment all witnesses are looked at once more: the longest of their limits and a second.</param>
/// <param name="StandsFor">A verdict that was not renewed for so long does not stand: the plan's rules take it from here.</param>
public sealed record GuardRules(
    string Name,
    MainsRules Mains,
    HeatSettings Heat,
    TimeSpan Grace,
    TimeSpan Settle,
    TimeSpan? OnBlind,
    TimeSpan? OnDisputed,
    TimeSpan Countdown,
    TimeSpan PlanLength,
    TimeSpan Phase,
    TimeSpan LastLook,
    TimeSpan StandsFor)
{
    /// <summary>A shorter stall of ours is nothing: probes have limits of seconds.</summary>
    public static TimeSpan StallCounts => TimeSpan.FromSeconds(5);

    /// <summary>Two due moments nearer to each other are one: computed anew at each look, they tremble.</summary>
    public static TimeSpan LeastMove => TimeSpan.FromSeconds(1);

    /// <summary>So long before the due moment the last look must have been answered.</summary>
    public static TimeSpan Slack => TimeSpan.FromMilliseconds(500);

    /// <summary>What has begun, and about which nothing can be told any more, waits so long for somebody who can; then it is called off. A probe that broke must not hold the work of a host for ever; a UPS
    /// of a server room is empty by then, and where there is a sensor its heat decides.</summary>
    public static TimeSpan Waits => TimeSpan.FromHours(1);

    /// <summary>The memory is written at least so often while there is an outage to remember.</summary>
    public static TimeSpan RememberEvery => TimeSpan.FromSeconds(10);

    /// <summary>Time of which nothing is known counts as lost when the mains were seen lost before and after it, and it was no longer: a
    /// restart or a freeze of ours with the settling after it, not a night.</summary>
    public TimeSpan Bridge => Settle + TimeSpan.FromMinutes(2);

    /// <summary>What the bucket holds at most.</summary>
    public TimeSpan Brim => Heat.ExtendTo is { } most && most > Grace ? most : Grace;

    /// <summary>The rules of a guard on one host.</summary>
    /// <param name="guard">Its settings.</param>
    /// <param name="host">Our name.</param>
    /// <param name="hosts">All hosts that run it, as far as they are known; empty: the name alone says our turn.</param>
    public static GuardRules From(GuardSettings guard, string host, ValueList<string> hosts)
    {
        var (slowest, longest) = (TimeSpan.Zero, TimeSpan.Zero);
        foreach (var witness in guard.Mains.Concat(guard.Controls))
        {
            slowest = witness.Every > slowest ? witness.Every : slowest;
            longest = witness.Timeout > longest ? witness.Timeout : longest;
        }

        return new(
            guard.Name,
            new(guard.Needed, guard.Alone, PeersFor: (2 * slowest) + TimeSpan.FromSeconds(10)),
            guard.Heat, guard.Grace, guard.Settle, guard.OnBlind, guard.OnDisputed, guard.Countdown, guard.PlanLength,
            Spread.PhaseAmong(host, hosts, guard.Spread),
            LastLook: longest + TimeSpan.FromSeconds(1),
            StandsFor: slowest + longest + TimeSpan.FromSeconds(5));
    }
}
