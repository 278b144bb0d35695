using System.Globalization;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Ups;

/// <summary>How exactly the limit on silence is kept, where it is known when a source said its last word: sources in the bench that fall silent.</summary>
internal static class SourceHungBench
{
    private const int Pairs = 5;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2 + 1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    internal static IEnumerable<UpsRow> Run(NutBed bed, int runs)
    {
        List<(GeneratorSource Main, GeneratorSource Spare, ChildProgram Proxy, DriverEar Ear)> pairs = [];
        try
        {
            pairs.AddRange(Enumerable.Range(0, Pairs).Select(i => Build(bed, i)));
            List<long?> spans = [];
            pairs.ForEach(p => AwaitMain(p.Ear));
            while (spans.Count < runs)
            {
                var round = pairs.Take(runs - spans.Count).ToList();
                foreach (var (main, _, _, _) in round)
                {
                    LabClock.Pause(TimeSpan.FromMilliseconds(Random.Shared.Next(20, 300)));
                    main.Manner = Manner.Hangs;
                }

                foreach (var (main, _, _, ear) in round)
                {
                    spans.Add(ear.Await("ups.load", "42", Patience) - main.LastWordAt);
                    main.Manner = Manner.Talks;
                    main.HangUp();
                }

                round.ForEach(p => AwaitMain(p.Ear));
            }

            yield return UpsRow.OfSpans("hung-exact", "primary hangs, from its last word, with silence = 1", spans, new UpsLimit((Limit + TimeSpan.FromMilliseconds(100)).TotalMilliseconds), null,
                "A generator that stops answering: pinged 2 s after its last word, given up 1 s later: 3 s are the limit, what is above it is ours.");
        }
        finally
        {
            foreach (var (main, spare, proxy, ear) in pairs)
            {
                ear.Dispose();
                proxy.Dispose();
                main.Dispose();
                spare.Dispose();
            }
        }
    }

    private static (GeneratorSource Main, GeneratorSource Spare, ChildProgram Proxy, DriverEar Ear) Build(NutBed bed, int number)
    {
        var ups = string.Create(CultureInfo.InvariantCulture, $"hang{number}");
        var (main, spare) = (bed.SocketOf("generator", $"{ups}-a"), bed.SocketOf("generator", $"{ups}-b"));
        bed.AddSection(ups, NutBed.ProxyDriver, $"{Path.GetFileName(main)},{Path.GetFileName(spare)}", [("silence", "1"), ("flip.back", "0")]);
        return (
            new GeneratorSource(main, [("ups.status", "OL"), ("ups.load", "11")]),
            new GeneratorSource(spare, [("ups.status", "OL"), ("ups.load", "42")]),
            bed.StartProxy(ups),
            new DriverEar(bed.SocketOf(NutBed.ProxyDriver, ups), Patience));
    }

    private static void AwaitMain(DriverEar ear)
    {
        if (ear.Await("ups.load", "11", Patience) is null)
        {
            throw new TimeoutException("the first source is not shown");
        }
    }
}
