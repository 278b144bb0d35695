using Understudy.Core;
using Understudy.Core.Collection;

namespace Understudy.Tests.Simulation.Collection;

/// <summary>
/// Seed 001's example in virtual time: four samplers, a pair of aggregators and one above. Members of the pair are killed and come back empty, freeze, lose their link, a sampler or a connection. Asked is: which samples did the one
/// above never have, and does a fault that may cost them explain each; in a hand-back none is lost. When all was quiet for a while, exactly the owner collects and every list is the seed's.
/// </summary>
internal sealed class CollectorWorld
{
    private const int Seconds = 70;
    private const int QuietAt = 42;

    /// <summary>What was sampled so long before a fault may not have gone up yet: the pulls follow at 0.2 s and at 0.4 s after it.</summary>
    private const double Before = 0.7;

    /// <summary>So long a sample is the newest of its sampler, and can be had, s.</summary>
    private const double Newest = 1;

    /// <summary>After a fault its host is not counted on for so long: it connects, pairs, is told what the peer collects.</summary>
    private const double Recovers = 6;

    private static readonly string[] s_samplers = ["s00", "s01", "s02", "s03"];

    private readonly Dice dice;
    private readonly SimWires wires;
    private readonly Instant begin;
    private readonly Dictionary<string, SimHost> hosts = new(StringComparer.Ordinal);
    private readonly SimCollector[] pair;
    private readonly SimCollector top;
    private readonly List<PairTrouble> troubles = [];
    private readonly Dictionary<string, HashSet<long>> had = new(StringComparer.Ordinal);

    /// <summary>From when to when each of the pair knows what the other collects, in seconds; the last may be open.</summary>
    private readonly bool[][] knows = [new bool[Seconds * 10], new bool[Seconds * 10]];

    private CollectorWorld(ulong seed, PairBreach breach)
    {
        dice = new Dice(seed);
        wires = new SimWires(dice);
        begin = wires.Now;
        foreach (var name in s_samplers)
        {
            var sampler = new SimSampler(wires, name);
            hosts.Add(name, sampler);
            had.Add(sampler.Set, []);
        }

        pair = [Collector("a10", File("s00", "s01", "a11"), breach), Collector("a11", File("s02", "s03", "a10"), breach)];
        top = Collector("a20", File("a10", "a11", null), breach);
        top.Settled = () =>
        {
            foreach (var set in top.Desk.Sets.Values)
            {
                _ = had[set.Name].Add((set.Id.Micros - SimCollector.Wall(begin)) / 1_000_000);
            }
        };
        Plan();
    }

    /// <returns>What went wrong; null: nothing.</returns>
    internal static string? Run(ulong seed, PairBreach breach) => new CollectorWorld(seed, breach).Live() is { } what ? $"seed {seed}: {what}" : null;

    private static string File(string one, string other, string? peer) => $"""
        prdcr_add name=prdcr_{one} host={one} port=411 xprt=sock type=active interval=1000000
        prdcr_start name=prdcr_{one}
        prdcr_add name=prdcr_{other} host={other} port=411 xprt=sock type=active interval=1000000
        prdcr_start name=prdcr_{other}
        updtr_add name=upd interval=1000000 offset={(peer is null ? 400000 : 200000)}
        updtr_prdcr_add name=upd regex.*
        updtr_start upd
        """ + (peer is null ? "" : $"\nfailover_config host={peer} port=411 xprt=sock interval=1000000 peer_name={peer}\nfailover_start\n");

    private SimCollector Collector(string name, string text, PairBreach breach)
    {
        var collector = new SimCollector(wires, name, text, host => hosts[host], name == "a20" || breach != PairBreach.NeverLooksForLate ? breach : PairBreach.None);
        hosts.Add(name, collector);
        return collector;
    }

    private Instant At(double seconds) => begin + TimeSpan.FromSeconds(seconds);

    private double Within(double from, double to) => from + (dice.Below(1000) / 1000.0 * (to - from));

    private void Plan()
    {
        for (var i = 1 + dice.Below(3); i > 0; i--)
        {
            var from = Within(10, QuietAt - 14);
            var kind = (PairTroubleKind)dice.Below(5);
            var host = dice.Below(2);
            var reaches = s_samplers[(host * 2) + dice.Below(2)];
            var until = kind == PairTroubleKind.Loss ? from : from + Within(0.3, dice.Below(2) == 0 ? 4 : 13);
            troubles.Add(new(kind, from, until, host, kind == PairTroubleKind.CutOff ? reaches : dice.OneOf<string>(["a20", reaches, pair[1 - host].Name])));
        }

        // One process has one fault at a time.
        troubles.RemoveAll(t => troubles.Exists(o => o != t && o.Host == t.Host && o.From <= t.From && t.From <= o.Until + 1 && t.Kind is PairTroubleKind.Kill or PairTroubleKind.Freeze && o.Kind is PairTroubleKind.Kill or PairTroubleKind.Freeze));
    }

    private string? Live()
    {
        foreach (var collector in pair.Append(top))
        {
            wires.At(At(Within(0, 1.5)), collector.Start);
        }

        foreach (var trouble in troubles)
        {
            wires.At(At(trouble.From), () => Begin(trouble));
            wires.At(At(trouble.Until), () => End(trouble));
        }

        var together = 0;
        for (var tenth = 0; tenth < Seconds * 10; tenth++)
        {
            wires.Run(At(tenth / 10.0));
            var well = pair.All(p => p is { IsUp: true, IsFrozen: false }) && !wires.IsCut(pair[0], pair[1]) && !troubles.Exists(t => t.Kind == PairTroubleKind.Loss && t.To == pair[1 - t.Host].Name && tenth / 10.0 >= t.From && tenth / 10.0 < t.From + 2);
            together = well ? together + 1 : 0;
            for (var host = 0; host < 2; host++)
            {
                knows[host][tenth] = pair[host].IsUp && (together >= 40 || (tenth > 0 && knows[host][tenth - 1]));
            }
        }

        return Lost() ?? Rest();
    }

    private void Begin(PairTrouble trouble)
    {
        var host = pair[trouble.Host];
        switch (trouble.Kind)
        {
            case PairTroubleKind.Kill:
                host.Kill(wires);
                break;
            case PairTroubleKind.Freeze:
                host.Freeze();
                break;
            case PairTroubleKind.CutPair:
                wires.Cut(pair[0], pair[1]);
                break;
            case PairTroubleKind.CutOff:
                wires.Cut(host, hosts[trouble.To]);
                break;
            case PairTroubleKind.Loss:
                wires.Reset(host, hosts[trouble.To]);
                break;
        }
    }

    private void End(PairTrouble trouble)
    {
        switch (trouble.Kind)
        {
            case PairTroubleKind.Kill:
                pair[trouble.Host].Start();
                break;
            case PairTroubleKind.Freeze:
                pair[trouble.Host].Thaw(dice.Below(2) == 0);
                break;
            case PairTroubleKind.CutPair:
                wires.Heal(pair[0], pair[1]);
                break;
            case PairTroubleKind.CutOff:
                wires.Heal(pair[trouble.Host], hosts[trouble.To]);
                break;
        }
    }

    /// <summary>Samples that the one above never had and that no fault explains.</summary>
    private string? Lost()
    {
        foreach (var (set, numbers) in had)
        {
            var owner = set[2] is '0' or '1' ? 0 : 1;
            var sampler = set[..3];
            var lost = Enumerable.Range(9, Seconds - 11).Where(k => !numbers.Contains(k)).ToArray();
            var bad = Array.FindIndex(lost, k => !IsExplained(k, owner, sampler));
            if (bad >= 0)
            {
                return $"{set} of {lost[bad]} s never went up (of [{string.Join(' ', lost)}]); {string.Join("; ", troubles)}";
            }
        }

        return null;
    }

    private bool IsExplained(double at, int owner, string sampler)
    {
        var hurt = troubles.Where(t => t.Hurts(owner, sampler) && at >= t.From - Before && at <= t.Until + Recovers).ToArray();
        var stand = 1 - owner;
        if (Exists(owner, Newest) && Exists(stand, Newest))
        {
            return true;        // whoever was to bring it up was hurt before the next one came, and so was the other
        }

        return hurt.Any(t => at <= t.From + (IsUnseen(t) ? PairTrouble.Unseen : t.Costs))
            // The stand-in was not there when it was needed.
            || hurt.Any(t => !knows[stand][(int)(t.From * 10)] || !KnowsSince(stand, t.From, at));

        bool Exists(int host, double before) => troubles.Exists(t => t.Hurts(host, sampler) && at >= t.From - before && at <= t.Until + Recovers);
    }

    /// <summary>A kill ends the connections of the killed, unless the other of the pair is cut from it: then only its silence tells.</summary>
    private bool IsUnseen(PairTrouble trouble) =>
        trouble.Kind == PairTroubleKind.Kill && troubles.Exists(t => t.Kind == PairTroubleKind.CutPair && t.From <= trouble.From && trouble.From < t.Until);

    private bool KnowsSince(int host, double from, double to)
    {
        for (var tenth = (int)(from * 10); tenth <= (int)(to * 10); tenth++)
        {
            if (!knows[host][tenth])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>All is quiet: the seed's first drawing.</summary>
    private string? Rest()
    {
        for (var host = 0; host < 2; host++)
        {
            var own = s_samplers.Skip(host * 2).Take(2).ToArray();
            var desk = pair[host].Desk;
            if (!desk.Sets.Keys.SequenceEqual(own.Select(s => $"{s}/a")))
            {
                return $"at the end {pair[host].Name} offers [{string.Join(' ', desk.Sets.Keys)}]; {string.Join("; ", troubles)}";
            }

            foreach (var producer in desk.Producers.Values)
            {
                var wanted = producer.Rules.IsCopy ? ProducerPart.Warm : ProducerPart.Collect;
                if (producer.Part != wanted || producer.State != ProducerState.Connected)
                {
                    return $"at the end {producer.Name} of {pair[host].Name} is {producer.Part} and {producer.State}; {string.Join("; ", troubles)}";
                }
            }

            if (desk.Producers.Count != 4 || pair[host].Pair!.Link != PairLink.Configured)
            {
                return $"at the end {pair[host].Name} has {desk.Producers.Count} producers and its pair is {pair[host].Pair!.Link}; {string.Join("; ", troubles)}";
            }
        }

        return top.Desk.Sets.Keys.SequenceEqual(s_samplers.Select(s => $"{s}/a")) ? null : $"at the end a20 has [{string.Join(' ', top.Desk.Sets.Keys)}]";
    }
}

internal enum PairTroubleKind
{
    Kill,
    Freeze,

    /// <summary>The two of the pair do not hear each other.</summary>
    CutPair,

    /// <summary>One of the pair does not reach a sampler.</summary>
    CutOff,

    /// <summary>A connection is reset.</summary>
    Loss,
}

/// <summary>One fault.</summary>
/// <param name="Host">Of the pair: 0 or 1.</param>
/// <param name="To">The other end of what is cut off or lost.</param>
internal sealed record PairTrouble(PairTroubleKind Kind, double From, double Until, int Host, string To)
{
    /// <summary>What only silence tells is noticed by the echo's time-out, s.</summary>
    internal const double Unseen = 2.5;

    /// <summary>For so long after its begin it may cost samples, s: until it is noticed and mended.</summary>
    internal double Costs => Kind switch
    {
        PairTroubleKind.Kill => 0.3,
        PairTroubleKind.Freeze => Unseen,
        PairTroubleKind.CutOff => 8.5,         // three intervals until the connection is given up, a ping, and three until the peer takes what we lack
        PairTroubleKind.Loss => 1.3,           // the pause before the next attempt
        _ => 0,
    };

    /// <summary>It keeps a member of the pair from bringing a sampler's set up.</summary>
    internal bool Hurts(int host, string sampler) => host == Host && Kind switch
    {
        PairTroubleKind.Kill or PairTroubleKind.Freeze => true,
        PairTroubleKind.CutOff => To == sampler,
        PairTroubleKind.Loss => To == sampler || To == "a20",
        _ => false,
    };
}
