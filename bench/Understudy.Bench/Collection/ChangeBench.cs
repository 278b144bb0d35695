using System.Globalization;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Collection;

/// <summary>A producer more at a10, by its configuration channel: when does a11 have the copy of it, connected?</summary>
internal static class ChangeBench
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    internal static IEnumerable<CollectionRow> Run(int runs)
    {
        var spans = new List<double?>();
        using var world = new SeedExample(TimeSpan.FromSeconds(1));
        using var a10 = world.Bed.Talk("a10");
        for (var i = 0; i < runs; i++)
        {
            world.PauseAtRandom();
            var name = string.Create(CultureInfo.InvariantCulture, $"new{i}");
            a10.Say($"prdcr_add name={name} host={world.Bed["s03"].Address} port={world.Bed["s03"].Port} xprt=sock type=active interval=1000000");
            a10.Say($"prdcr_start name={name}");
            var at = LabClock.Now;
            spans.Add(LabClock.WaitUntil(() => world.HasCopy(name), Patience) ? LabClock.Ms(LabClock.Now - at) / 1000 : null);
            a10.Say($"prdcr_stop name={name}");
            a10.Say($"prdcr_del name={name}");
        }

        yield return CollectionRow.Of("change", "prdcr_add and prdcr_start at a10 of the pair: until a11 has the copy, with its sets looked up", "s", spans, 2, LdmsFigures.Change,
            "Over a10's configuration channel while the pair runs (the original answers \"Daemon busy.\"); a11 is asked over its own every 5 ms.");
    }
}
