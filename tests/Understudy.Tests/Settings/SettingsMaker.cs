using System.Net;
using Understudy.Core;
using Understudy.Core.Settings;

namespace Understudy.Tests.Settings;

/// <summary>Makes valid settings of every shape from a seed. SplitMix64 (Steele, Lea and Flood 2014), as a seed in a report must work for ever.</summary>
internal sealed class SettingsMaker(ulong seed)
{
    private ulong state = seed;
    private int addresses;

    internal UnderstudySettings Make()
    {
        ValueList<string> links = [.. Some(1, 3, i => $"link{i}")];
        ValueList<bool> v6 = [.. links.Select(_ => Flip())];
        ValueList<NodeSettings> nodes = [.. Some(1, 4, i => new NodeSettings($"node{i}", [.. links.Select((l, j) => new LinkSettings(l, Fresh(v6[j])))]))];
        var every = Ms(10, 10_000);
        var judge = Flip() ? HeartbeatJudge.Missed : HeartbeatJudge.Adaptive;
        var heartbeat = new HeartbeatSettings(every, every * (2.5 + Below(10)), judge, judge == HeartbeatJudge.Adaptive ? 1 + (Below(39) / 2.0) : 2, Ms(0, 600_000));
        var ttl = Ms(200, 60_000);
        ArbiterSettings arbiter = Flip()
            ? new ArbiterSettings.None()
            : new ArbiterSettings.Witness([.. Some(1, 3, _ => Fresh(Flip()))], ttl, TimeSpan.FromMilliseconds(10 + Below((int)(ttl.TotalMilliseconds / 6))), Flip(), Name("/var/"));
        var stopRoom = arbiter is ArbiterSettings.Witness w ? w.ServeFor(2 * w.RenewEvery) : TimeSpan.FromSeconds(60);
        ValueList<DutySettings> duties = [.. Some(1, 4, i => Duty($"duty-{i}", nodes, arbiter, (int)stopRoom.TotalMilliseconds))];
        var listen = Flip() ? new IPEndPoint(Flip() ? IPAddress.Any : Fresh(Flip()), 1 + Below(65535)) : null;
        return new(nodes[Below(nodes.Count)].Name, Flip() ? ["/a"] : ["/a", "/b"], 1 + Below(65535), nodes, heartbeat, arbiter, duties,
            new(Name("/run/"), listen, listen is null ? null : Name("/etc/")), new(Name("/log/"), 65536 + Below(1 << 29), 1 + Below(100)))
        {
            Guards = [.. Some(0, 3, i => GuardMaker.Make($"guard-{i}", this, duties))],
            Collection = Flip() ? CollectionMaker.Make(this, nodes, duties) : null,
        };
    }

    private DutySettings Duty(string name, ValueList<NodeSettings> nodes, ArbiterSettings arbiter, int stopMs)
    {
        var take = arbiter is ArbiterSettings.None && Flip();
        var run = Flip() ? new RunSettings(Name("/bin/"), Ms(10, 600_000), Ms(10, Math.Min(stopMs, 60_000)), Ms(10, 600_000)) : null;
        var backoff = Ms(10, 1_800_000);
        FailbackSettings failback = Below(3) switch
        {
            0 => new FailbackSettings.Never(),
            1 => new FailbackSettings.WhenIdle(),
            _ => new FailbackSettings.After(Ms(0, 600_000)),
        };
        return new(name,
            [.. nodes.Select(n => n.Name).Skip(Below(nodes.Count)).Reverse()],
            [.. Some(run is null ? 1 : 0, 3, i => new AddressSettings(Fresh(i % 2 == 1), 24, $"eth{i}"))],
            run,
            [.. Some(0, 4, Probe)],
            failback, take ? SplitPolicy.Take : SplitPolicy.Hold,
            new(1 + Below(1000), Ms(10_000, 1_000_000), backoff, backoff * 2));
    }

    private ProbeSettings Probe(int i)
    {
        var every = Ms(20, 60_000);
        ProbeSettings kind = Below(6) switch
        {
            0 => new ProbeSettings.Http(new($"http://127.0.0.1:{1 + Below(65535)}/a?b={i}"))
            {
                ExpectFrom = 200 + Below(50),
                ExpectTo = 300 + Below(100),
                Contains = Flip() ? "all: \"well\" # { ' \\ é" : null,
                Insecure = Flip(),
            },
            1 => new ProbeSettings.Tcp(Flip() ? "db.example.org" : "fd00::1", 1 + Below(65535)),
            2 => new ProbeSettings.Icmp(Fresh(Flip())),
            3 => new ProbeSettings.Arp(Fresh(v6: false), "eth0"),
            4 => new ProbeSettings.Command(Name("/usr/")),
            _ => new ProbeSettings.Carrier("bond0.7"),
        };
        return kind with { Every = every, Timeout = every / 2, Fails = 1 + Below(100), Rises = 1 + Below(100) };
    }

    internal IPAddress Fresh(bool v6)
    {
        addresses++;
        return IPAddress.Parse(v6 ? $"fd00::{addresses:x}" : $"10.9.{addresses / 250}.{1 + (addresses % 250)}");
    }

    internal string Name(string folder) => $"{folder}{Below(3) switch { 0 => "x", 1 => "with space", _ => "a:b #c" }}{Below(10)}";

    internal TimeSpan Ms(int min, int max) => TimeSpan.FromMilliseconds(min + Below(max - min + 1));

    internal T[] Some<T>(int min, int max, Func<int, T> make) => [.. Enumerable.Range(0, min + Below(max - min + 1)).Select(make)];

    internal bool Flip() => Below(2) == 0;

    internal int Below(int bound)
    {
        state += 0x9E3779B97F4A7C15;
        var z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (int)((z ^ (z >> 31)) % (ulong)Math.Max(1, bound));
    }
}
