using System.Globalization;
using Understudy.Collection;
using Understudy.Core.Collection;

namespace Understudy.Bench.Collection;

/// <summary>The daemon's collection loop in a process of the bench, with producers of pages; a line on its input is answered with how many metrics it has taken in, and the input's end ends it.</summary>
internal static class PageCollector
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    internal static int Run(Options options)
    {
        var (port, count) = (options.Number("port", 1), options.Number("producers", 1));
        using var loop = new CollectionLoop(new CollectionParts(note => Tell(note), e => Environment.FailFast("the loop broke", e), "."));
        var names = Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"p{i:0000}")).ToArray();
        var at = CollectionLoop.Now;
        var producers = names.Select(n => loop.Desk.Add(new ProducerRules(n, new ProducerTarget.Page($"http://127.0.0.1:{port}/{n}/metrics", Interval, null), Interval), at.Now)).ToList();
        var updater = loop.Desk.Add(new UpdaterRules("all", Interval, TimeSpan.Zero, [.. names], []));
        loop.Desk.Start(updater, at);
        producers.ForEach(p => loop.Desk.SetPart(p, ProducerPart.Collect, "the bench started it", at));
        loop.Start();
        while (Console.In.ReadLine() is not null)
        {
            using var done = new ManualResetEventSlim();
            var taken = 0L;
            _ = loop.Post(_ =>
            {
                taken = loop.Desk.Sets.Values.Sum(s => s.Had * s.Layout.Fields.Count(f => !f.IsMeta));
                done.Set();
            });
            done.Wait();
            Console.WriteLine(taken.ToString(CultureInfo.InvariantCulture));
        }

        return 0;
    }

    private static void Tell(in CollectionNote note)
    {
        if (note.Loud)
        {
            Console.Error.WriteLine($"{note.About}: {note.Text}");
        }
    }
}
