using System.Globalization;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Collection;

/// <summary>Seed 001's example: samplers s00 to s03, the pair a10 and a11, a20 above; with a probe at a20. The second level's offset is a fifth of the interval, the third's two fifths.</summary>
internal sealed class SeedExample : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private DaemonTalk a11;

    /// <param name="walled">a10 and a11 in namespaces of their own.</param>
    /// <param name="store">a10 and a11 store meminfo in one folder.</param>
    /// <exception cref="TimeoutException">It did not come to rest.</exception>
    internal SeedExample(TimeSpan interval, bool walled = false, bool store = false)
    {
        Interval = interval;
        try
        {
            Build(walled, store);
            Probe = Bed.Listen("a20", "s00/a", "s02/a");
            a11 = Bed.Talk("a11");
            AwaitRest();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal DaemonBed Bed { get; } = new();

    internal TimeSpan Interval { get; }

    internal SampleEar Probe { get; private set; } = null!;

    /// <summary>Where a10 and a11 store.</summary>
    internal string StoreFolder => Path.Combine(Bed.Folder, "store", "memory");

    /// <summary>a11 collects what is a10's.</summary>
    internal bool StandsIn => a11.Say("failover_status").Contains("\"peercfg_activated\": \"1\"", StringComparison.Ordinal);

    /// <summary>a11 has a copy of this producer of a10's, and could pull its sets at once.</summary>
    internal bool HasCopy(string producer)
    {
        var all = a11.Say("prdcr_status");
        var at = all.IndexOf($"\"#{producer}\"", StringComparison.Ordinal);
        return at >= 0 && all[at..].Split("\"name\"")[0].Contains("\"state\":\"READY\"", StringComparison.Ordinal);
    }

    /// <summary>Waits for a random phase of the interval.</summary>
    internal void PauseAtRandom() => LabClock.Pause(Interval * Random.Shared.NextDouble());

    /// <summary>Waits until both of the pair collect their own, a20 has all sets, and two intervals have passed so.</summary>
    /// <exception cref="TimeoutException">That did not come, or a daemon has ended by itself.</exception>
    internal void AwaitRest()
    {
        var begun = Understudy.Linux.Clocks.WallClock.Micros;
        if (!LabClock.WaitUntil(IsAtRest, Patience) || Probe.Await("s00/a", begun, Patience) is null || Probe.Await("s02/a", begun, Patience) is null)
        {
            throw new TimeoutException($"the daemons did not come to rest: {Bed.LastWords}");
        }

        if (Bed.Fallen is { } fallen)
        {
            throw new TimeoutException($"{fallen} has ended by itself: {Bed.LastWords}");
        }

        LabClock.Pause(Interval * 2);
    }

    /// <summary>Starts one of the pair again.</summary>
    internal void Restart(string daemon)
    {
        Bed.Start(daemon);
        if (daemon == "a11")
        {
            a11.Dispose();
            a11 = Bed.Talk(daemon);
        }
    }

    public void Dispose()
    {
        Probe?.Dispose();
        a11?.Dispose();
        Bed.Dispose();
    }

    private bool IsAtRest()
    {
        var status = a11.Say("failover_status");
        return status.Contains("\"peercfg_activated\": \"0\"", StringComparison.Ordinal) && status.Contains("\"conn_state\": \"CONFIGURED\"", StringComparison.Ordinal)
            && HasCopy("prdcr_s00") && HasCopy("prdcr_s01");
    }

    private void Build(bool walled, bool store)
    {
        if (walled)
        {
            Bed.BuildWalls();
        }

        string[] samplers = ["s00", "s01", "s02", "s03"];
        foreach (var name in samplers)
        {
            Bed.Configure(name, [.. Sampler(name, "meminfo", "a"), .. Sampler(name, "vmstat", "b")]);
        }

        Bed.Configure("a10", [.. Producer("s00"), .. Producer("s01"), .. Updater(0.2), .. Pair("a11"), .. Store(store)]);
        Bed.Configure("a11", [.. Producer("s02"), .. Producer("s03"), .. Updater(0.2), .. Pair("a10"), .. Store(store)]);
        Bed.Configure("a20", [.. Producer("a10"), .. Producer("a11"), .. Updater(0.4)]);
        foreach (var name in samplers)
        {
            Bed.Start(name);
        }

        Bed.Start("a10");
        Bed.Start("a11");
        Bed.Start("a20");
    }

    private static string Micros(TimeSpan span) => ((long)span.TotalMicroseconds).ToString(CultureInfo.InvariantCulture);

    private IEnumerable<string> Sampler(string name, string plugin, string set) =>
        [$"load name={plugin}", $"config name={plugin} producer={name} instance={name}/{set} schema={plugin}", $"start name={plugin} interval={Micros(Interval)} offset=0"];

    private IEnumerable<string> Producer(string name) =>
    [
        $"prdcr_add name=prdcr_{name} host={Bed[name].Address} port={Bed[name].Port} xprt=sock \\",
        $"          type=active interval={Micros(Interval)}",
        $"prdcr_start name=prdcr_{name}",
    ];

    private IEnumerable<string> Updater(double offset) => [$"updtr_add name=upd interval={Micros(Interval)} offset={Micros(Interval * offset)}", "updtr_prdcr_add name=upd regex.*", "updtr_start upd"];

    private IEnumerable<string> Pair(string peer) => [$"failover_config host={Bed[peer].Address} port={Bed[peer].Port} xprt=sock interval={Micros(Interval)} peer_name={peer}", "failover_start"];

    private IEnumerable<string> Store(bool store) => !store ? [] :
        ["load name=store_csv", $"config name=store_csv path={Path.Combine(Bed.Folder, "store")}", "strgp_add name=keep plugin=store_csv container=memory schema=meminfo", "strgp_start name=keep"];
}
