using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>Seed 001's example: four samplers with two sets each, a pair, and one above them (which makes seven daemons; with the two that ask and count, nine).</summary>
internal sealed class NineDaemons : IDisposable
{
    internal const string Of0 = "s00/a s00/b s01/a s01/b", Of1 = "s02/a s02/b s03/a s03/b", All = $"{Of0} {Of1}";

    internal LdmsdStage Stage { get; } = new("s00", "s01", "s02", "s03", "a10", "a11", "a20", "more");

    /// <summary>The seed's files as printed but for host names and ports.</summary>
    /// <param name="offset">Of the pair's updaters; the seed prints 0 everywhere. One above has as much again.</param>
    internal void Begin(int offset = 0, string failover = "", string more = "")
    {
        for (var i = 0; i < 4; i++)
        {
            Stage.Write($"s0{i}", $"""
                load name=meminfo
                config name=meminfo producer=s0{i} instance=s0{i}/a schema=meminfo component_id={i}
                start name=meminfo interval=1000000 offset=0
                load name=vmstat
                config name=vmstat producer=s0{i} instance=s0{i}/b schema=vmstat
                start name=vmstat interval=1000000 offset=0
                """);
        }

        Stage.Write("a10", Aggregator("s00", "s01", offset) + Failover("a11", failover) + more);
        Stage.Write("a11", Aggregator("s02", "s03", offset) + Failover("a10", failover) + more);
        Stage.Write("a20", Aggregator("a10", "a11", offset * 2));
        foreach (var name in new[] { "s00", "s01", "s02", "s03", "a10", "a11", "a20" })
        {
            Stage.Start(name);
        }

        AwaitDrawing();
        Stage.AwaitState("a10", "START CONFIGURED");
        Stage.AwaitState("a11", "START CONFIGURED");
        // Warm: connected to the peer's samplers, and looked up.
        Assert.True(LabClock.WaitUntil(() => Stage.Copies("a11").Split(' ').Length == 2 && Stage.Copies("a10").Split(' ').Length == 2, LdmsdStage.Patience));
    }

    /// <summary>Waits for the seed's first drawing.</summary>
    internal void AwaitDrawing()
    {
        Stage.AwaitList("a10", Of0);
        Stage.AwaitList("a11", Of1);
        Stage.AwaitList("a20", All);
    }

    internal static string Aggregator(string one, string other, int offset) => $$"""
        prdcr_add name=prdcr_{{one}} host=127.0.0.1 port={{{one}}} xprt=sock \
                  type=active interval=1000000
        prdcr_start name=prdcr_{{one}}
        prdcr_add name=prdcr_{{other}} host=127.0.0.1 port={{{other}}} xprt=sock \
                  type=active interval=1000000
        prdcr_start name=prdcr_{{other}}
        updtr_add name=upd interval=1000000 offset={{offset}}
        updtr_prdcr_add name=upd regex.*
        updtr_start upd

        """;

    internal static string Failover(string peer, string more = "") => $$"""
        failover_config host=127.0.0.1 port={{{peer}}} xprt=sock \
                              interval=1000000 peer_name={{peer}} {{more}}
        failover_start

        """;

    public void Dispose() => Stage.Dispose();
}
