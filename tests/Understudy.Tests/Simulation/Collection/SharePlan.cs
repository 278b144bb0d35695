using Understudy.Core;
using Understudy.Core.Collection;

namespace Understudy.Tests.Simulation.Collection;

/// <summary>What one world of aggregators that share producers is made of, and all that goes wrong in it: drawn at once from the seed, so that it is the same whatever the members do.</summary>
internal sealed class SharePlan
{
    internal const int Beats = 140;

    /// <summary>So many beats at the end nothing goes wrong any more.</summary>
    internal const int Quiet = 60;

    internal static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(200);

    internal SharePlan(Dice dice)
    {
        var count = 2 + dice.Below(5);
        ProducerRules[] producers = [.. Enumerable.Range(0, 3 + dice.Below(22)).Select(i => new ProducerRules($"p{i:00}", new ProducerTarget.Ldms("h", 411 + i, "none"), TimeSpan.FromSeconds(1)) { Load = 1 + dice.Below(3) })];
        var all = producers.Sum(p => p.Load);
        IsAmple = dice.Below(2) == 0;
        Members = [.. Enumerable.Range(0, count).Select(i => new MemberRules($"m{i}", 1 + dice.Below(3), IsAmple ? all : Math.Ceiling(all * (1.2 + (dice.Below(20) / 10.0)) / count)))];
        Producers = [.. producers.Select(p => dice.Below(4) == 0 ? p with { Home = $"m{dice.Below(count)}" } : p)];
        for (var i = 1 + dice.Below(5); i > 0; i--)
        {
            var from = 8 + dice.Below(Beats - Quiet - 20);
            var until = from + 1 + dice.Below(dice.Below(3) == 0 ? 60 : 16);
            var kind = (Kind)dice.Below(6);
            Troubles.Add(new(kind, At(from), At(kind == Kind.Drains && dice.Below(2) == 0 ? Beats + 1 : Math.Min(until, Beats - Quiet)), dice.Below(count), dice.Below(2) == 0 ? dice.Below(count) : dice.Below(Producers.Length)));
        }

        Births = [.. Members.Select(_ => dice.Below(6) == 0 ? At(10 + dice.Below(20)) : At(0))];
    }

    internal enum Kind
    {
        Dead,
        Frozen,
        Drains,

        /// <summary>What one says does not reach one other.</summary>
        Cut,
        Loss,

        /// <summary>One member cannot reach one producer.</summary>
        Unreachable,
    }

    internal MemberRules[] Members { get; }

    internal ProducerRules[] Producers { get; }

    /// <summary>Each member takes all that there is.</summary>
    internal bool IsAmple { get; }

    internal List<Trouble> Troubles { get; } = [];

    /// <summary>For each member; some are added later.</summary>
    internal Instant[] Births { get; }

    internal static Instant At(double beat) => new((long)(beat * Beat.Ticks));

    internal bool Is(Kind kind, int host, Instant now)
    {
        foreach (var trouble in Troubles)
        {
            if (trouble.Kind == kind && trouble.Host == host && trouble.At(now))
            {
                return true;
            }
        }

        return false;
    }

    internal bool Reaches(int host, int producer, Instant now)
    {
        foreach (var trouble in Troubles)
        {
            if (trouble.Kind == Kind.Unreachable && trouble.Host == host && trouble.Other == producer && trouble.At(now))
            {
                return false;
            }
        }

        return true;
    }

    internal bool IsCut(int from, int to, Instant now)
    {
        foreach (var trouble in Troubles)
        {
            if (trouble.Kind == Kind.Cut && trouble.Host == from && trouble.Other % Members.Length == to && trouble.At(now))
            {
                return true;
            }
        }

        return false;
    }

    internal bool IsLossy(Instant now)
    {
        foreach (var trouble in Troubles)
        {
            if (trouble.Kind == Kind.Loss && trouble.At(now))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Something but a move that was asked for goes on: a death hurts as it comes, the others as long as they last.</summary>
    internal bool Hurts(Instant now)
    {
        foreach (var trouble in Troubles)
        {
            if (trouble.Kind != Kind.Drains && trouble.From <= now && now <= (trouble.Kind == Kind.Dead ? trouble.From : trouble.Until))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Something began or ended in the half beat before, or somebody was born.</summary>
    internal bool Changes(Instant now)
    {
        var before = now - (Beat / 2);
        foreach (var trouble in Troubles)
        {
            if ((trouble.From <= now && trouble.From > before) || (trouble.Until <= now && trouble.Until > before))
            {
                return true;
            }
        }

        foreach (var birth in Births)
        {
            if (birth <= now && birth > before)
            {
                return true;
            }
        }

        return false;
    }

    internal sealed record Trouble(Kind Kind, Instant From, Instant Until, int Host, int Other)
    {
        internal bool At(Instant now) => now >= From && now < Until;
    }
}
