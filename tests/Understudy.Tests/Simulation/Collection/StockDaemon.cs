using System.Globalization;
using System.Text.RegularExpressions;
using Understudy.Core;
using Understudy.Core.Ldms;

namespace Understudy.Tests.Simulation.Collection;

/// <summary>A set as a stock daemon has it.</summary>
internal sealed class StockSet
{
    internal required string Instance { get; init; }

    /// <summary>Null for a sampler's own.</summary>
    internal StockProducer? From { get; init; }

    internal Instant LookedUpAt { get; init; }

    internal long Micros { get; set; }
}

internal sealed class StockProducer
{
    internal required string Name { get; init; }

    internal required int Port { get; init; }

    internal string State { get; set; } = "STOPPED";

    /// <summary>The daemon at the other end, and which of its lives.</summary>
    internal (StockDaemon Daemon, int Life)? To { get; set; }

    /// <summary>A start by name leaks a reference: it cannot be deleted any more (spec D1).</summary>
    internal bool IsLeaked { get; set; }

    /// <summary>Sets that it would have taken, but the daemon has them from elsewhere already.</summary>
    internal HashSet<string> Refused { get; } = new(StringComparer.Ordinal);
}

internal sealed class StockUpdater
{
    internal required string Name { get; init; }

    internal required long IntervalMicros { get; init; }

    internal long? OffsetMicros { get; init; }

    internal string State { get; set; } = "STOPPED";

    internal List<string> Producers { get; } = [];

    internal List<(string Regex, string Of)> Matches { get; } = [];
}

/// <summary>
/// A stock ldmsd of 4.5.1 as the spec tells it, as far as a supervisor can see: producers that connect to ports, updaters that look up at their tick and update no sooner than 1 s after (2.3), sets that belong to the connection that
/// brought them first (1.10), references that leak (D1), and requests that are answered in order. Time is told.
/// </summary>
internal sealed class StockDaemon(string name, int port, StockWorld world)
{
    /// <summary>Hard-coded in ldmsd (spec 2.3).</summary>
    private static readonly TimeSpan s_hold = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<string, StockProducer> producers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, StockUpdater> updaters = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, StockSet> sets = new(StringComparer.Ordinal);

    internal string Name => name;

    internal int Port => port;

    internal bool IsAlive { get; private set; }

    /// <summary>SIGSTOP: its connections stand, and nothing is done.</summary>
    internal bool IsHung { get; set; }

    /// <summary>Its network is cut without a word: connections stand, and nothing comes through.</summary>
    internal bool IsSilent { get; set; }

    /// <summary>Its updaters do nothing, and it answers.</summary>
    internal bool IsStalled { get; set; }

    internal int Life { get; private set; }

    /// <summary>What its file says, in order; starts come last.</summary>
    internal List<string> File { get; } = [];

    /// <summary>For a sampler: what it samples, and how often.</summary>
    internal List<string> Samples { get; } = [];

    internal TimeSpan SampleEvery { get; init; } = TimeSpan.FromSeconds(1);

    internal IReadOnlyDictionary<string, StockSet> Sets => sets;

    internal IReadOnlyDictionary<string, StockProducer> Producers => producers;

    internal bool Hears => IsAlive && !IsHung && !IsSilent;

    internal void Start(Instant now)
    {
        (IsAlive, IsHung, IsSilent, IsStalled) = (true, false, false, false);
        Life++;
        producers.Clear();
        updaters.Clear();
        sets.Clear();
        foreach (var sample in Samples)
        {
            sets[sample] = new StockSet { Instance = sample };
        }

        foreach (var line in File)
        {
            if (Answer(LdmsdText.ReadLine(line, new("file", 1, 1))!, now) is { Code: not 0 } refused)
            {
                throw new InvalidOperationException($"{name}: {line}: {refused.Text}");
            }
        }
    }

    internal void Kill() => IsAlive = false;

    /// <summary>One turn of a few ms.</summary>
    internal void Step(Instant before, Instant now)
    {
        if (!IsAlive || IsHung)
        {
            return;
        }

        if (Ticks(before, now, SampleEvery, TimeSpan.Zero))
        {
            foreach (var sample in Samples)
            {
                sets[sample].Micros = StockWorld.Micros(now);
            }
        }

        foreach (var producer in producers.Values)
        {
            Connect(producer);
        }

        foreach (var updater in updaters.Values)
        {
            if (updater.State == "RUNNING" && !IsStalled && Ticks(before, now, TimeSpan.FromMicroseconds(updater.IntervalMicros), TimeSpan.FromMicroseconds(updater.OffsetMicros ?? 0)))
            {
                foreach (var producer in updater.Producers.Select(p => producers[p]))
                {
                    Pull(producer, updater, now);
                }
            }
        }
    }

    internal LdmsdAnswer Answer(LdmsdCommand command, Instant now) => command.Verb switch
    {
        "daemon_status" => new(0, "", LdmsdJson.Daemon("ready")),
        "prdcr_status" => new(0, "", LdmsdJson.Producers(producers.Values.Select(p => new LdmsdProducerRow(
            p.Name, "active", "127.0.0.1", p.Port, "sock", "DEFAULT", "1", "-1", "-1", 1_000_000, p.State, sets.Values.Where(s => s.From == p).Select(s => new LdmsdSetRow(s.Instance, "meminfo", "READY")).ToValueList())))),
        "updtr_status" => new(0, "", LdmsdJson.Updaters(updaters.Values.Select(u => new LdmsdUpdaterRow(
            u.Name, u.IntervalMicros, u.OffsetMicros ?? 0, u.OffsetMicros is not null, "Pull", false, u.State,
            u.Producers.Select(p => new LdmsdUpdaterProducer(p, "127.0.0.1", producers[p].Port, "sock", producers[p].State)).ToValueList())))),
        "prdcr_set_status" => new(0, "", LdmsdJson.ProducerSets(SetRows())),
        "updtr_match_list" => new(0, "", $"[{string.Join(',', updaters.Values.Select(u => $$"""{"name":"{{u.Name}}","match":[{{string.Join(',', u.Matches.Select(m => $$"""{"regex":"{{m.Regex}}","selector":"{{m.Of}}"}"""))}}]}"""))}]"),
        "prdcr_add" => Add(producers, command, () => new StockProducer { Name = command["name"]!, Port = int.Parse(command["port"]!, CultureInfo.InvariantCulture) }),
        "prdcr_start" => With(producers, command, p => p.State != "STOPPED" ? Busy : Done(() => (p.State, p.IsLeaked) = ("DISCONNECTED", true))),
        "prdcr_stop" => With(producers, command, p => p.State == "STOPPED" ? Busy : Done(() => Stop(p))),
        "prdcr_del" => With(producers, command, p => p.State != "STOPPED" || p.IsLeaked || updaters.Values.Any(u => u.Producers.Contains(p.Name)) ? Busy : Done(() => producers.Remove(p.Name))),
        "updtr_add" when command["name"]!.StartsWith('#') => new(22, $"{command["name"]} is an invalid updtr name", null),
        "updtr_add" => Add(updaters, command, () => new StockUpdater
        {
            Name = command["name"]!,
            IntervalMicros = long.Parse(command["interval"]!, CultureInfo.InvariantCulture),
            OffsetMicros = command["offset"] is { } o ? long.Parse(o, CultureInfo.InvariantCulture) : null,
        }),
        "updtr_prdcr_add" => With(updaters, command, u => u.State != "STOPPED" ? Busy : Done(() => u.Producers.AddRange(producers.Keys.Where(p => Regex.IsMatch(p, command["regex"]!, RegexOptions.None, TimeSpan.FromSeconds(1)))))),
        "updtr_match_add" => With(updaters, command, u => Done(() => u.Matches.Add((command["regex"]!, command["match"] ?? "inst")))),
        "updtr_start" => With(updaters, command, u => u.State != "STOPPED" ? Busy : Done(() => u.State = "RUNNING")),
        "updtr_stop" => With(updaters, command, u => u.State == "STOPPED" ? Busy : Done(() => u.State = "STOPPED")),
        "updtr_del" => With(updaters, command, u => u.State != "STOPPED" ? Busy : Done(() => updaters.Remove(u.Name))),
        _ => new(38, $"{command.Verb} is not implemented at {now}", null),
    };

    private static LdmsdAnswer Busy => new(16, "busy", null);

    private IEnumerable<LdmsdProducerSetRow> SetRows()
    {
        foreach (var set in sets.Values)
        {
            if (set.From is { } from)
            {
                yield return new(set.Instance, "meminfo", "READY", "s", from.Name, set.Micros, 30);
            }
        }

        foreach (var producer in producers.Values)
        {
            foreach (var instance in producer.Refused)
            {
                yield return new(instance, "meminfo", "START", "s", producer.Name, 0, 0);
            }
        }
    }

    private static LdmsdAnswer Done(Action act)
    {
        act();
        return new(0, "", null);
    }

    private static LdmsdAnswer Add<T>(SortedDictionary<string, T> all, LdmsdCommand command, Func<T> make) =>
        all.ContainsKey(command["name"]!) ? new(17, "exists", null) : Done(() => all[command["name"]!] = make());

    private static LdmsdAnswer With<T>(SortedDictionary<string, T> all, LdmsdCommand command, Func<T, LdmsdAnswer> act) =>
        all.TryGetValue(command["name"]!, out var found) ? act(found) : new(2, "there is none", null);

    private static bool Ticks(Instant before, Instant now, TimeSpan every, TimeSpan offset) => (before - offset).Ticks / every.Ticks != (now - offset).Ticks / every.Ticks;

    private void Stop(StockProducer producer)
    {
        (producer.State, producer.To) = ("STOPPED", null);
        Drop(producer);
    }

    private void Drop(StockProducer producer)
    {
        producer.Refused.Clear();
        foreach (var instance in sets.Values.Where(s => s.From == producer).Select(s => s.Instance).ToList())
        {
            _ = sets.Remove(instance);
        }
    }

    private void Connect(StockProducer producer)
    {
        if (producer.State == "STOPPED")
        {
            return;
        }

        if (producer.To is { } to)
        {
            if (to.Daemon.Life != to.Life || (!to.Daemon.IsAlive && !to.Daemon.IsSilent))
            {
                producer.To = null;
                producer.State = "DISCONNECTED";
                Drop(producer);
            }
            else if (to.Daemon.Hears)
            {
                producer.State = "CONNECTED";
                foreach (var gone in sets.Values.Where(s => s.From == producer && !to.Daemon.Sets.ContainsKey(s.Instance)).Select(s => s.Instance).ToList())
                {
                    _ = sets.Remove(gone);
                }
            }

            return;
        }

        if (world.At(producer.Port) is { IsAlive: true, IsSilent: false } there && !IsSilent)
        {
            producer.To = (there, there.Life);
            producer.State = there.IsHung ? "CONNECTING" : "CONNECTED";
        }
    }

    private void Pull(StockProducer producer, StockUpdater updater, Instant now)
    {
        if (producer.State != "CONNECTED" || producer.To is not { Daemon: { Hears: true } there } || IsSilent)
        {
            return;
        }

        producer.Refused.Clear();
        foreach (var (instance, set) in there.Sets)
        {
            if (updater.Matches.Count > 0 && !updater.Matches.Exists(m => Regex.IsMatch(instance, m.Regex, RegexOptions.None, TimeSpan.FromSeconds(1))))
            {
                continue;
            }

            if (!sets.TryGetValue(instance, out var have))
            {
                sets[instance] = new StockSet { Instance = instance, From = producer, LookedUpAt = now };
            }
            else if (have.From != producer)
            {
                _ = producer.Refused.Add(instance);                    // EEXIST, tried again at each tick
            }
            else if (now - have.LookedUpAt >= s_hold)
            {
                have.Micros = set.Micros;
            }
        }
    }
}

/// <summary>Stock daemons that reach each other by ports.</summary>
internal sealed class StockWorld
{
    private readonly Dictionary<int, StockDaemon> daemons = [];

    internal IReadOnlyCollection<StockDaemon> Daemons => daemons.Values;

    internal static long Micros(Instant at) => 1_795_306_500_000_000 + (at.Ticks / TimeSpan.TicksPerMicrosecond);

    internal StockDaemon? At(int port) => daemons.GetValueOrDefault(port);

    internal StockDaemon Add(string name, int port, params ReadOnlySpan<string> file) => Add(name, port, TimeSpan.FromSeconds(1), file);

    internal StockDaemon Add(string name, int port, TimeSpan sampleEvery, params ReadOnlySpan<string> file)
    {
        var daemon = new StockDaemon(name, port, this) { SampleEvery = sampleEvery };
        daemon.File.AddRange(file.ToArray());
        daemons[port] = daemon;
        return daemon;
    }

    internal void Step(Instant before, Instant now)
    {
        foreach (var daemon in daemons.Values)
        {
            daemon.Step(before, now);
        }
    }

    /// <summary>The nine daemons of seed 001 without the level that nobody needs here: four samplers with two sets each, a10 and a11, a20.</summary>
    /// <param name="port">What the samplers' port numbers begin at.</param>
    /// <param name="aggregators">The ports of a10, a11 and a20; none for 10, 11 and 20 behind the first.</param>
    internal static StockWorld Nine(int port, long intervalMicros = 1_000_000, params ReadOnlySpan<int> aggregators)
    {
        var (a10, a11, a20) = aggregators.IsEmpty ? (port + 10, port + 11, port + 20) : (aggregators[0], aggregators[1], aggregators[2]);
        var world = new StockWorld();
        for (var i = 0; i < 4; i++)
        {
            world.Add($"s0{i}", port + i, TimeSpan.FromMicroseconds(intervalMicros)).Samples.AddRange([$"s0{i}/a", $"s0{i}/b"]);
        }

        foreach (var (name, at, from) in new[] { ("a10", a10, 0), ("a11", a11, 2) })
        {
            world.Add(name, at,
                $"prdcr_add name=prdcr_s0{from} type=active xprt=sock host=127.0.0.1 port={port + from} reconnect=1000000",
                $"prdcr_add name=prdcr_s0{from + 1} type=active xprt=sock host=127.0.0.1 port={port + from + 1} reconnect=1000000",
                $"updtr_add name=upd interval={intervalMicros} offset={intervalMicros / 5}", "updtr_prdcr_add name=upd regex=.*",
                $"prdcr_start name=prdcr_s0{from}", $"prdcr_start name=prdcr_s0{from + 1}", "updtr_start name=upd");
        }

        world.Add("a20", a20,
            $"prdcr_add name=prdcr_a10 type=active xprt=sock host=127.0.0.1 port={a10} reconnect=1000000",
            $"prdcr_add name=prdcr_a11 type=active xprt=sock host=127.0.0.1 port={a11} reconnect=1000000",
            $"updtr_add name=upd interval={intervalMicros} offset={intervalMicros * 2 / 5}", "updtr_prdcr_add name=upd regex=.*",
            "prdcr_start name=prdcr_a10", "prdcr_start name=prdcr_a11", "updtr_start name=upd");
        return world;
    }

    internal void StartAll(Instant now)
    {
        foreach (var daemon in daemons.Values)
        {
            daemon.Start(now);
        }
    }
}
