using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Peers;

namespace Understudy.Tests.Simulation.Collection;

/// <summary>
/// Two to six aggregators that share producers, in virtual time: members die, freeze, return empty, drain, cannot hear each other, or cannot reach one producer. The desks are the production ones; words take time and get lost.
/// Asked is: is each producer fed again within the bound after the last thing that went wrong, is nobody given more than it takes for longer than that, and does all end with one holder each, the dealt one.
/// </summary>
internal sealed class ShareWorld
{
    private const int Beats = 140;
    private const int Quiet = 60;

    private static readonly TimeSpan s_beat = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_silence = s_beat * 5;
    private static readonly TimeSpan s_stuck = s_beat * 8;
    private static readonly TimeSpan s_linger = s_beat * 2;

    /// <summary>Of all that may follow one upon another: silence, no samples at the one who has it then, its heir's first look-up and pull, and a word's way each time.</summary>
    private static readonly TimeSpan s_bound = s_silence + s_stuck + (s_beat * 7);

    private readonly Dice dice;
    private readonly ShareBreach breach;
    private readonly MemberRules[] members;
    private readonly ProducerRules[] producers;
    private readonly Host[] hosts;
    private readonly Dictionary<string, int> places;
    private readonly List<Trouble> troubles = [];
    private readonly PriorityQueue<(int To, int From, ShareWord Word), Instant> wire = new();
    private readonly Instant[] unfedSince;
    private readonly Instant[] overSince;
    private readonly bool[] wasFed;
    private readonly bool ample;
    private Instant deafAt = new(long.MinValue / 2);
    private Instant troubledAt;
    private Instant hurtAt;
    private Instant shortAt = new(long.MinValue / 2);

    private ShareWorld(ulong seed, ShareBreach breach)
    {
        dice = new Dice(seed);
        this.breach = breach;
        var count = 2 + dice.Below(5);
        producers = [.. Enumerable.Range(0, 3 + dice.Below(22)).Select(i => new ProducerRules($"p{i:00}", new ProducerTarget.Ldms("h", 411 + i, "none"), TimeSpan.FromSeconds(1)) { Load = 1 + dice.Below(3) })];
        var all = producers.Sum(p => p.Load);
        ample = dice.Below(2) == 0;
        members = [.. Enumerable.Range(0, count).Select(i => new MemberRules($"m{i}", 1 + dice.Below(3), ample ? all : Math.Ceiling(all * (1.2 + (dice.Below(20) / 10.0)) / count)))];
        producers = [.. producers.Select(p => dice.Below(4) == 0 ? p with { Home = $"m{dice.Below(count)}" } : p)];
        places = producers.Select((p, i) => (p.Name, i)).ToDictionary(p => p.Name, p => p.i, StringComparer.Ordinal);
        hosts = [.. members.Select((m, i) => new Host(m.Name, i))];
        unfedSince = [.. producers.Select(_ => Instant.Never)];
        wasFed = new bool[producers.Length];
        overSince = [.. members.Select(_ => Instant.Never)];
        Plan();
    }

    /// <returns>What went wrong, with its moment; null: nothing.</returns>
    internal static string? Run(ulong seed, ShareBreach breach) => new ShareWorld(seed, breach).Live() is { } what ? $"seed {seed}: {what}" : null;

    private static Instant At(double beat) => new((long)(beat * s_beat.Ticks));

    private void Plan()
    {
        for (var i = 1 + dice.Below(5); i > 0; i--)
        {
            var from = 8 + dice.Below(Beats - Quiet - 20);
            var until = from + 1 + dice.Below(dice.Below(3) == 0 ? 60 : 16);
            var kind = (Kind)dice.Below(6);
            troubles.Add(new(kind, At(from), At(kind == Kind.Drains && dice.Below(2) == 0 ? Beats + 1 : Math.Min(until, Beats - Quiet)), dice.Below(hosts.Length), dice.Below(2) == 0 ? dice.Below(hosts.Length) : dice.Below(producers.Length)));
        }

        foreach (var host in hosts)
        {
            host.BornAt = dice.Below(6) == 0 ? At(10 + dice.Below(20)) : At(0);      // one that is added later
        }
    }

    private string? Live()
    {
        for (var half = 0; half < Beats * 2; half++)
        {
            var now = At(half / 2.0);
            if (troubles.Any(t => (t.From <= now && t.From > now - (s_beat / 2)) || (t.Until <= now && t.Until > now - (s_beat / 2))) || hosts.Any(h => h.BornAt <= now && h.BornAt > now - (s_beat / 2)))
            {
                troubledAt = now;
            }

            hurtAt = troubles.Any(t => t.Hurts && t.From <= now && now <= (t.Kind == Kind.Dead ? t.From : t.Until)) ? now : hurtAt;
            deafAt = troubles.Any(t => t.Kind is Kind.Cut or Kind.Loss && t.At(now)) ? now : deafAt;
            shortAt = !ample && Dealt(now).Contains(Shares.Nobody) ? now : shortAt;
            Deliver(now);
            foreach (var host in hosts)
            {
                Turn(host, now, half);
            }

            if (Look(now) is { } what)
            {
                return $"{what} at beat {half / 2.0}; {string.Join("; ", troubles)}";
            }
        }

        return End(At(Beats));
    }

    private void Turn(Host host, Instant now, int half)
    {
        var dead = now < host.BornAt || Is(Kind.Dead, host.Place, now);
        if (dead)
        {
            host.Desk = null;
            Array.Clear(host.Since);
            return;
        }

        if (Is(Kind.Frozen, host.Place, now))
        {
            return;
        }

        if (host.Desk is null)
        {
            var seen = breach == ShareBreach.NoGuard ? members.Select(m => m with { Capacity = 1e9 }) : members;
            host.Desk = new ShareDesk(host.Name, new ShareRules([.. seen], breach == ShareBreach.NeverSilent ? TimeSpan.FromHours(1) : s_silence, breach == ShareBreach.NeverStuck ? TimeSpan.FromHours(1) : s_stuck, s_linger), producers, now);
            host.Since = new Instant[producers.Length];
            host.WasWarm = new bool[producers.Length];
        }

        var drains = Is(Kind.Drains, host.Place, now);
        if (host.Desk.Drains != drains)
        {
            host.Desk.Drain(drains, now);
        }

        host.Desk.Look(now);
        for (var p = 0; p < producers.Length; p++)
        {
            var part = host.Desk[p].Part;
            if (part != ProducerPart.Collect)
            {
                host.Since[p] = default;
                host.WasWarm[p] = part == ProducerPart.Warm;
            }
            else if (host.Since[p] == default)
            {
                host.Since[p] = now;
            }
        }

        if ((half + host.Place) % 2 != 0)
        {
            return;
        }

        var word = host.Desk.Word(name => breach == ShareBreach.ReadyAtOnce || Feeds(host, places[name], now));
        word = breach == ShareBreach.DrainsInSilence ? word with { Drains = false } : word;
        foreach (var other in hosts)
        {
            if (other != host && !Cut(host.Place, other.Place, now) && !(AnyLoss(now) && dice.Below(3) == 0))
            {
                wire.Enqueue((other.Place, host.Place, word), now + TimeSpan.FromTicks(dice.Ticks(0, s_beat.Ticks / 2)));
            }
        }
    }

    private void Deliver(Instant now)
    {
        while (wire.TryPeek(out var one, out var at) && at <= now)
        {
            _ = wire.Dequeue();
            if (hosts[one.To].Desk is { } desk && !Is(Kind.Frozen, one.To, now))
            {
                desk.Heard(members[one.From].Name, one.Word, now);
            }
        }
    }

    private string? Look(Instant now)
    {
        var able = hosts.Count(h => h.Desk is not null && !Is(Kind.Frozen, h.Place, now));
        for (var p = 0; p < producers.Length; p++)
        {
            if (able == 0 || IsFed(p, now) || !HasRoom(p, now))
            {
                unfedSince[p] = Instant.Never;
                wasFed[p] = wasFed[p] ? able > 0 && HasRoom(p, now) : IsFed(p, now);
                continue;
            }

            unfedSince[p] = unfedSince[p] == Instant.Never ? now : unfedSince[p];
            // Where room was short a moment ago, somebody may just have given it up for what is dealt to him.
            if (wasFed[p] && now > At(20) && now - Instant.Later(hurtAt, shortAt) > s_bound)
            {
                return $"{producers[p].Name} is not fed, though nothing but planned moves went on for {Spans.Say(now - hurtAt)}";
            }

            if (now > At(10) && now - Instant.Later(unfedSince[p], troubledAt) > s_bound)
            {
                return $"{producers[p].Name} has not been fed for {Spans.Say(now - unfedSince[p])}, {Spans.Say(now - troubledAt)} after the last trouble";
            }
        }

        foreach (var host in hosts)
        {
            var load = 0.0;
            for (var p = 0; p < producers.Length && host.Desk is not null; p++)
            {
                load += host.Since[p] != default ? producers[p].Load : 0;
            }

            // One that does not hear another holds what that one has too: it cannot know. It is given no more for it, and that is what the guard promises.
            // One that stands still has and gives up nothing.
            var deaf = Is(Kind.Frozen, host.Place, now) || troubles.Any(t => t.Kind == Kind.Cut && t.At(now) && t.Other % hosts.Length == host.Place);
            overSince[host.Place] = deaf || load <= members[host.Place].Capacity ? Instant.Never : overSince[host.Place] == Instant.Never ? now : overSince[host.Place];
            if (overSince[host.Place] != Instant.Never && now - Instant.Later(overSince[host.Place], troubledAt) > s_bound)
            {
                return $"{host.Name} has {load} where it takes {members[host.Place].Capacity}, for {Spans.Say(now - overSince[host.Place])}";
            }
        }

        return null;
    }

    /// <summary>All is quiet: each producer has one holder, the one that everybody would deal it to.</summary>
    private string? End(Instant now)
    {
        var owners = Dealt(now);
        for (var p = 0; p < producers.Length; p++)
        {
            var holders = hosts.Where(h => h.Desk is not null && h.Since[p] != default).Select(h => h.Place).ToArray();
            if (owners[p] != Shares.Nobody && !holders.SequenceEqual([owners[p]]))
            {
                return $"at the end {producers[p].Name} is held by [{string.Join(", ", holders)}] and dealt to {owners[p]}; {string.Join("; ", troubles)}";
            }
        }

        return null;
    }

    private int[] Dealt(Instant now)
    {
        var owners = new int[producers.Length];
        Shares.Assign(members, producers, [.. hosts.Select(h => h.Desk is not null && !Is(Kind.Drains, h.Place, now))], owners);
        return owners;
    }

    /// <summary>Of the living one has room for it and reaches it. Where room is short and one does not hear another, what it takes over in vain fills it: the guard comes before a hole there.</summary>
    private bool HasRoom(int p, Instant now)
    {
        if (!ample && now - deafAt < s_bound)
        {
            return false;
        }

        var owners = new int[producers.Length];
        var there = hosts.Select(h => h.Desk is not null && !Is(Kind.Frozen, h.Place, now) && !Is(Kind.Drains, h.Place, now)).ToArray();
        Shares.Assign(members, producers, there, owners);
        return owners[p] != Shares.Nobody && (!Is(Kind.Unreachable, owners[p], now, p) || hosts.Any(h =>
            there[h.Place] && !Is(Kind.Unreachable, h.Place, now, p) && producers.Where((_, i) => owners[i] == h.Place || (h.Since.Length > 0 && h.Since[i] != default)).Sum(o => o.Load) + producers[p].Load <= members[h.Place].Capacity));
    }

    private bool IsFed(int p, Instant now)
    {
        foreach (var host in hosts)
        {
            if (Feeds(host, p, now))
            {
                return true;
            }
        }

        return false;
    }

    private bool Feeds(Host host, int p, Instant now) =>
        host.Desk is not null && host.Since[p] != default && !Is(Kind.Frozen, host.Place, now)
        && now >= host.Since[p] + (s_beat * (host.WasWarm[p] ? 1 : 3))
        && !Is(Kind.Unreachable, host.Place, now, p);

    private bool Is(Kind kind, int host, Instant now, int other = -1)
    {
        foreach (var trouble in troubles)
        {
            if (trouble.Kind == kind && trouble.Host == host && (other < 0 || trouble.Other == other) && trouble.At(now))
            {
                return true;
            }
        }

        return false;
    }

    private bool Cut(int from, int to, Instant now) => troubles.Any(t => t.Kind == Kind.Cut && t.At(now) && t.Host == from && t.Other % hosts.Length == to);

    private bool AnyLoss(Instant now) => troubles.Any(t => t.Kind == Kind.Loss && t.At(now));

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

    private sealed record Trouble(Kind Kind, Instant From, Instant Until, int Host, int Other)
    {
        /// <summary>A move that was asked for, or a return, may leave no hole at all.</summary>
        internal bool Hurts => Kind != Kind.Drains;

        internal bool At(Instant now) => now >= From && now < Until;
    }

    private sealed class Host(string name, int place)
    {
        internal string Name => name;

        internal int Place => place;

        internal Instant BornAt { get; set; }

        internal ShareDesk? Desk { get; set; }

        internal Instant[] Since { get; set; } = [];

        internal bool[] WasWarm { get; set; } = [];
    }
}
