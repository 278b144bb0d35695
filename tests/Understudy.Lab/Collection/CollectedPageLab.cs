using System.Globalization;
using System.Text;
using Understudy.Core.Collection;
using Understudy.Lab.Worlds;
using Understudy.Linux.Clocks;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>What Prometheus would scrape of two hosts that share six producers: both pages are read by our own strict reader, every value with the moment of its sample, and none of a producer that has died.</summary>
[Collection(nameof(OneAtATime))]
public sealed class CollectedPageLab
{
    private static readonly string[] s_nodes = ["a", "b"];
    private static readonly string[] s_producers = [.. Enumerable.Range(0, 6).Select(i => $"p{i}")];

    /// <summary>Every series that was ever seen, and the newest moment of each.</summary>
    private readonly Dictionary<string, long> seen = new(StringComparer.Ordinal);

    [Fact]
    public void Every_value_has_the_moment_of_its_sample_and_what_is_dead_is_not_told()
    {
        using var world = new SharedWorld(s_nodes);
        using var farm = new ProducerFarm(world.Place, SharedWorld.PlaceAddress, s_producers);
        world.Collection = string.Create(CultureInfo.InvariantCulture, $$"""
              producers:
            {{string.Join('\n', s_producers.Select(p => $"    {p}: {{ ldms: \"{SharedWorld.PlaceAddress}:{farm.PortOf(p)}\" }}"))}}
                this: { sampler: meminfo }
              share: { ping: 500ms, factor: 4 }
            """);
        foreach (var node in s_nodes)
        {
            world.Put(node);
            world.Start(node);
        }

        world.Await("each producer's series are at one host", () => Told(world) is var told && s_producers.All(p => told.Count(t => t.Producer == p) == 1) ? null : Say(told));
        Assert.All(s_nodes, n => AssertSamplersOwn(world.Page(n), n));
        Assert.All(s_producers, p => Assert.True(IsUp(world, p)));
        foreach (var node in s_nodes)
        {
            _ = Read(world.Page(node, "text/plain"), OpenMetricsFormat.PrometheusText);
        }

        // Who collects it has its lag and its losses; over both hosts each is collected once.
        Assert.All(s_producers, p => Assert.Equal(1, s_nodes.Sum(n => Own(world, n, "understudy_producer_collects", p))));
        Assert.All(s_producers, p => Assert.True(Own(world, OwnerOf(world, p), "understudy_producer_samples_total", p) > 0));
        Assert.All(s_producers, p => Assert.Equal(0, Own(world, OwnerOf(world, p), "understudy_producer_lost_samples_total", p)));
        Assert.All(s_producers, p => Assert.InRange(Own(world, OwnerOf(world, p), "understudy_producer_lag_seconds", p), -1, 10));

        // One dies: its series go, and no value of it is told with a later moment than its last sample has.
        farm.Dies("p0");
        var died = WallClock.Micros;
        world.Await("the series of what died go", () => Told(world) is var told && told.All(t => t.Producer != "p0") && s_producers.Skip(1).All(p => told.Any(t => t.Producer == p)) ? null : Say(told));
        Assert.True(seen[SeriesOf("p0")] <= died, $"a value of p0's has the moment {seen[SeriesOf("p0")]}, and it died at {died}");
        world.Await("that it is not up is told", () => s_producers.FirstOrDefault(p => IsUp(world, p) != (p != "p0")));

        // One hangs while its sampler goes on: its lag grows, what was missed is counted, and nobody else's.
        var owner = OwnerOf(world, "p1");
        farm.Hangs("p1", hangs: true);
        world.Await("the lag of what hangs grows", () => Own(world, owner, "understudy_producer_lag_seconds", "p1") is var lag && lag > 2.5 ? null : $"{lag}");
        farm.Hangs("p1", hangs: false);
        world.Await("what was missed is counted", () => s_nodes.Sum(n => Own(world, n, "understudy_producer_lost_samples_total", "p1")) > 0 ? null : "nothing is");

        farm.Returns("p0");
        world.Await("the series of what is back are told", () => Told(world) is var told && s_producers.All(p => told.Any(t => t.Producer == p)) ? null : Say(told));
        Assert.True(seen[SeriesOf("p0")] > died);
    }

    private static string SeriesOf(string producer) => $"ldms_rack_stamp{{instance=\"{ProducerFarm.SetOf(producer)}\",producer=\"{producer}\"}}";

    private static string Say(List<(string Node, string Producer)> told) => string.Join(' ', told.Select(t => $"{t.Producer}@{t.Node}"));

    /// <summary>Which producers' series each host tells now; each value must be its own moment.</summary>
    private List<(string Node, string Producer)> Told(SharedWorld world)
    {
        var told = new List<(string, string)>();
        foreach (var node in s_nodes)
        {
            var page = world.Page(node);
            var now = WallClock.Micros;
            if (page.Length == 0)
            {
                continue;
            }

            var reader = Read(page, OpenMetricsFormat.OpenMetrics);
            Assert.DoesNotContain(reader.Template.Series, s => s.Text.Contains("producer=\"\"", StringComparison.Ordinal));
            foreach (var producer in s_producers)
            {
                var at = reader.Template.Series.ToList().FindIndex(s => s.Text == SeriesOf(producer));
                if (at >= 0)
                {
                    Assert.Equal(reader.Values[at], reader.Stamps[at]);
                    Assert.InRange(reader.Stamps[at], now - 10_000_000, now);
                    Assert.True(reader.Stamps[at] >= seen.GetValueOrDefault(SeriesOf(producer)) || told.Any(t => t.Item2 == producer));
                    seen[SeriesOf(producer)] = Math.Max(seen.GetValueOrDefault(SeriesOf(producer)), reader.Stamps[at]);
                    told.Add((node, producer));
                }
            }
        }

        return told;
    }

    /// <summary>The host's own sampler is told as that host's.</summary>
    private static void AssertSamplersOwn(string page, string node) => Assert.Contains(Values(page).Keys, k => k.StartsWith("ldms_meminfo_MemTotal{", StringComparison.Ordinal) && k.Contains($"instance=\"{node}/meminfo\"", StringComparison.Ordinal));

    private static OpenMetricsReader Read(string page, OpenMetricsFormat format)
    {
        var reader = new OpenMetricsReader(new OpenMetricsLimits());
        var reading = reader.Read(Encoding.UTF8.GetBytes(page), format);
        Assert.True(reading.IsSample, $"{reading.Why}\n{page}");
        return reader;
    }

    private static Dictionary<string, double> Values(string page)
    {
        var reader = Read(page, OpenMetricsFormat.OpenMetrics);
        return reader.Template.Series.Select((s, i) => (s.Text, reader.Values[i])).ToDictionary(s => s.Text, s => s.Item2, StringComparer.Ordinal);
    }

    /// <summary>Some host says that it tells the values of the producer's set.</summary>
    private static bool IsUp(SharedWorld world, string producer) => s_nodes.Any(n => Values(world.Page(n)).Any(v => v.Value == 1
        && v.Key.StartsWith("understudy_set_up{", StringComparison.Ordinal) && v.Key.Contains($"\"{ProducerFarm.SetOf(producer)}\"", StringComparison.Ordinal)));

    private static string OwnerOf(SharedWorld world, string producer) => s_nodes.First(n => Own(world, n, "understudy_producer_collects", producer) == 1);

    /// <summary>A metric that the daemon tells of a producer; 0 where it tells none.</summary>
    private static double Own(SharedWorld world, string node, string metric, string producer) => Values(world.Metrics(node)).GetValueOrDefault($"{metric}{{producer=\"{producer}\"}}");
}
