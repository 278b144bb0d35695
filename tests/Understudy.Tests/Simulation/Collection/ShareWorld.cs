using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Peers;
using Kind = Understudy.Tests.Simulation.Collection.SharePlan.Kind;

namespace Understudy.Tests.Simulation.Collection;

/// <summary>
/// Two to six aggregators that share producers, in virtual time: members die, freeze, return empty, drain, cannot hear each other, or cannot reach one producer. The desks are the production ones; words take time and get lost.
/// Asked is: is each producer fed again within the bound after the last thing that went wrong, does a move that was asked for leave no hole, has nobody more than it takes for longer than that, does nobody begin with what its owner feeds,
/// and does all end with one holder each, the dealt one.
/// </summary>
internal sealed class ShareWorld
{
    private static readonly TimeSpan s_beat = SharePlan.Beat;
    private static readonly TimeSpan s_silence = s_beat * 5;
    private static readonly TimeSpan s_stuck = s_beat * 8;
    private static readonly TimeSpan s_linger = s_beat * 2;

    /// <summary>Of all that may follow one upon another: silence, no samples at the one who has it then, its heir's first look-up and pull, and a word's way each time.</summary>
    private static readonly TimeSpan s_bound = s_silence + s_stuck + (s_beat * 7);

    /// <summary>What is fed for so long is heard to be by everybody who still takes its owner for there: a word from it is never older than silence, and is on its way for half a beat.</summary>
    private static readonly TimeSpan s_known = s_silence + s_beat;

    private readonly Dice dice;
    private readonly ShareBreach breach;
    private readonly SharePlan plan;
    private readonly ShareViews views;
    private readonly MemberRules[] members;
    private readonly ProducerRules[] producers;
    private readonly Host[] hosts;
    private readonly bool[] acts;
    private readonly Dictionary<string, int> places;
    private readonly PriorityQueue<(int To, int From, bool Drains, ShareWord Word), Instant> wire = new();
    private readonly Instant[] unfedSince;
    private readonly Instant[] overSince;
    private readonly bool[] wasFed;
    private Instant troubledAt;
    private Instant hurtAt;

    private ShareWorld(ulong seed, ShareBreach breach)
    {
        dice = new Dice(seed);
        this.breach = breach;
        plan = new SharePlan(dice);
        (members, producers) = (plan.Members, plan.Producers);
        views = new ShareViews(plan, s_silence, s_bound);
        places = producers.Select((p, i) => (p.Name, i)).ToDictionary(p => p.Name, p => p.i, StringComparer.Ordinal);
        hosts = [.. members.Select((m, i) => new Host(m.Name, i, producers.Length))];
        acts = new bool[members.Length];
        unfedSince = [.. producers.Select(_ => Instant.Never)];
        wasFed = new bool[producers.Length];
        overSince = [.. members.Select(_ => Instant.Never)];
    }

    /// <returns>What went wrong, with its moment; null: nothing.</returns>
    internal static string? Run(ulong seed, ShareBreach breach)
    {
        var world = new ShareWorld(seed, breach);
        return world.Live() is { } what ? $"seed {seed}: {what}; {string.Join("; ", world.plan.Troubles)}" : null;
    }

    private string? Live()
    {
        for (var half = 0; half < SharePlan.Beats * 2; half++)
        {
            var now = SharePlan.At(half / 2.0);
            troubledAt = plan.Changes(now) ? now : troubledAt;
            hurtAt = plan.Hurts(now) ? now : hurtAt;
            views.Wait(now);
            Order(now);
            Deliver(now);
            foreach (var host in hosts)
            {
                Turn(host, now);
                acts[host.Place] = host.Desk is not null && !plan.Is(Kind.Frozen, host.Place, now);
            }

            views.Look(acts, now);
            foreach (var host in hosts)
            {
                if (acts[host.Place] && Take(host, now) is { } took)
                {
                    return $"{took} at beat {half / 2.0}";
                }

                if (acts[host.Place] && half % 2 == host.Place % 2)
                {
                    Tell(host, now);
                }
            }

            if (Look(now) is { } what)
            {
                return $"{what} at beat {half / 2.0}";
            }
        }

        return End();
    }

    private void Turn(Host host, Instant now)
    {
        if (now < plan.Births[host.Place] || plan.Is(Kind.Dead, host.Place, now))
        {
            host.Desk = null;
            Array.Clear(host.Since);
            Array.Fill(host.FedSince, Instant.Never);
            views.Ended(host.Place);
            return;
        }

        if (plan.Is(Kind.Frozen, host.Place, now))
        {
            Array.Fill(host.FedSince, Instant.Never);
            return;
        }

        if (host.Desk is null)
        {
            var seen = breach == ShareBreach.NoGuard ? members.Select(m => m with { Capacity = 1e9 }) : members;
            host.Desk = new ShareDesk(host.Name, new ShareRules([.. seen], breach == ShareBreach.NeverSilent ? TimeSpan.FromHours(1) : s_silence, breach == ShareBreach.NeverStuck ? TimeSpan.FromHours(1) : s_stuck, s_linger), producers, now, plan.Is(Kind.Drains, host.Place, now));
            Array.Clear(host.WasWarm);
            views.Born(host.Place, now);
        }

        host.Desk.Look(now);
    }

    /// <summary>Who is to drain, or no more, is told so, as soon as it can hear it.</summary>
    private void Order(Instant now)
    {
        foreach (var host in hosts)
        {
            var drains = plan.Is(Kind.Drains, host.Place, now);
            if (host.Desk is { } desk && desk.Drains != drains && !plan.Is(Kind.Frozen, host.Place, now))
            {
                desk.Drain(drains, now);
            }
        }
    }

    /// <summary>What the desk wants of each producer is begun or ended.</summary>
    private string? Take(Host host, Instant now)
    {
        for (var p = 0; p < producers.Length; p++)
        {
            var part = host.Desk![p].Part;
            if (part != ProducerPart.Collect)
            {
                (host.Since[p], host.FedSince[p]) = (default, Instant.Never);
                host.WasWarm[p] = part == ProducerPart.Warm;
                continue;
            }

            if (host.Since[p] == default)
            {
                host.Since[p] = now;
                if (views.OwnersBy(host.Place, p) is var owners && owners.All(o => o != host.Place && (o == Shares.Nobody || hosts[o].FedSince[p] != Instant.Never && views.LastAwake(host.Place, now) - hosts[o].FedSince[p] > s_known)))
                {
                    return $"{host.Name} begins with {producers[p].Name}, which {string.Join(" and ", owners.Distinct().Select(o => o == Shares.Nobody ? "nobody has room for" : $"m{o} has fed for {Spans.Say(now - hosts[o].FedSince[p])}"))}";
                }
            }

            host.FedSince[p] = !Feeds(host, p, now) ? Instant.Never : host.FedSince[p] == Instant.Never ? now : host.FedSince[p];
        }

        return null;
    }

    private void Tell(Host host, Instant now)
    {
        var word = host.Desk!.Word(name => breach == ShareBreach.ReadyAtOnce || Feeds(host, places[name], now));
        var said = breach switch
        {
            ShareBreach.DrainsInSilence => word with { Drains = false },
            ShareBreach.SaysNothingOfSamples => word with { Ready = [.. new ulong[word.Ready.Count]] },
            _ => word,
        };
        foreach (var other in hosts)
        {
            if (other != host && !plan.IsCut(host.Place, other.Place, now) && !(plan.IsLossy(now) && dice.Below(3) == 0))
            {
                wire.Enqueue((other.Place, host.Place, word.Drains, said), now + TimeSpan.FromTicks(dice.Ticks(0, s_beat.Ticks / 2)));
            }
        }
    }

    private void Deliver(Instant now)
    {
        while (wire.TryPeek(out var one, out var at) && at <= now)
        {
            _ = wire.Dequeue();
            if (hosts[one.To].Desk is { } desk && !plan.Is(Kind.Frozen, one.To, now))
            {
                desk.Heard(members[one.From].Name, one.Word, now);
                views.Heard(one.To, one.From, one.Drains, now);
            }
        }
    }

    private string? Look(Instant now)
    {
        for (var p = 0; p < producers.Length; p++)
        {
            var isFed = IsFed(p, now);
            var must = views.MustBeFed(p, now);
            if (isFed || !must)
            {
                unfedSince[p] = Instant.Never;
                wasFed[p] = isFed && must && !views.IsLeftBySome(p);
                continue;
            }

            unfedSince[p] = unfedSince[p] == Instant.Never ? now : unfedSince[p];
            if (wasFed[p] && now > SharePlan.At(20) && now - hurtAt > s_bound)
            {
                return $"{producers[p].Name} is not fed, though nothing but planned moves went on for {Spans.Say(now - hurtAt)}";
            }

            if (now > SharePlan.At(10) && now - Instant.Later(unfedSince[p], troubledAt) > s_bound)
            {
                return $"{producers[p].Name} has not been fed for {Spans.Say(now - unfedSince[p])}, {Spans.Say(now - troubledAt)} after the last trouble";
            }
        }

        foreach (var host in hosts)
        {
            var load = 0.0;
            for (var p = 0; p < producers.Length; p++)
            {
                load += host.Since[p] != default ? producers[p].Load : 0;
            }

            // One that stands still has and gives up nothing.
            ref var since = ref overSince[host.Place];
            since = !acts[host.Place] || load <= members[host.Place].Capacity ? Instant.Never : since == Instant.Never ? now : since;
            if (since != Instant.Never && now - Instant.Later(since, troubledAt) > s_bound)
            {
                return $"{host.Name} has {load} where it takes {members[host.Place].Capacity}, for {Spans.Say(now - since)}";
            }
        }

        return null;
    }

    /// <summary>All is quiet: each producer has one holder, the one that everybody would deal it to; what nobody has room for has one at the most.</summary>
    private string? End()
    {
        for (var p = 0; p < producers.Length; p++)
        {
            var owner = views.Owners[p];
            var holders = hosts.Where(h => h.Since[p] != default).Select(h => h.Place).ToArray();
            if (owner != Shares.Nobody ? !holders.SequenceEqual([owner]) : holders.Length > 1)
            {
                return $"at the end {producers[p].Name} is held by [{string.Join(", ", holders)}] and dealt to {owner}";
            }
        }

        return null;
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
        host.Desk is not null && host.Since[p] != default && !plan.Is(Kind.Frozen, host.Place, now)
        && now >= host.Since[p] + (s_beat * (host.WasWarm[p] ? 1 : 3))
        && plan.Reaches(host.Place, p, now);

    private sealed class Host(string name, int place, int producers)
    {
        internal string Name => name;

        internal int Place => place;

        internal ShareDesk? Desk { get; set; }

        /// <summary>For each producer since when it is collected here; default: it is not.</summary>
        internal Instant[] Since { get; } = new Instant[producers];

        internal Instant[] FedSince { get; } = [.. Enumerable.Repeat(Instant.Never, producers)];

        internal bool[] WasWarm { get; } = new bool[producers];
    }
}
