using System.Collections.Concurrent;
using System.Globalization;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Collection;

/// <summary>a10 and a11 store the same schema in one folder, and are cut from each other: who writes?</summary>
internal static class WritersBench
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private sealed record Seen(int Looks, int Two, int Twice, int Torn, int Rows, int Epochs, int Shared);

    internal static IEnumerable<CollectionRow> Run(int runs, int worlds)
    {
        var all = new ConcurrentBag<Seen>();
        Crew.Work(worlds, runs, () => new SeedExample(Interval, walled: true, store: true), (world, _) => all.Add(Try(world)));
        var note = string.Create(CultureInfo.InvariantCulture,
            $"{all.Sum(s => s.Looks)} looks at who has a file of the folder open for writing and at the claim's epoch, every 20 ms, through the cut and 6 s of it; {all.Sum(s => s.Rows)} rows were written, {all.Max(s => s.Epochs)} epochs at the most in a run.");
        yield return CollectionRow.Of("writers", "a10 and a11 cut from each other, one folder for both to store in: looks that saw two writers, or one epoch with two holders", "looks", [.. all.Select(s => (double?)(s.Two + s.Shared))], 0, null, note);
        yield return CollectionRow.Of("writers-rows", "a10 and a11 cut from each other, one folder for both to store in: rows that are in it twice, or torn", "rows", [.. all.Select(s => (double?)(s.Twice + s.Torn))], 0, null, null);
    }

    private static Seen Try(SeedExample world)
    {
        world.AwaitRest();
        world.PauseAtRandom();
        var (looks, two) = (0, 0);
        var holders = new HashSet<(string Epoch, string Holder)>();
        world.Bed.Cut(toEverybody: false);
        Watch(Interval * 6);
        world.Bed.Heal();
        Watch(Interval * 4);
        world.AwaitRest();
        var (rows, twice, torn) = Rows(world);
        return new Seen(looks, two, twice, torn, rows, holders.Select(h => h.Epoch).Distinct().Count(), holders.GroupBy(h => h.Epoch).Count(g => g.Count() > 1));

        void Watch(TimeSpan span)
        {
            for (var end = LabClock.Now + LabClock.Of(span); LabClock.Now < end; LabClock.Pause(TimeSpan.FromMilliseconds(20)))
            {
                looks++;
                two += Writes(world, "a10") && Writes(world, "a11") ? 1 : 0;
                if (Claim(world) is [var epoch, var holder])
                {
                    _ = holders.Add((epoch, holder));
                }
            }
        }
    }

    /// <summary>It has a file of rows open. The lock file alone is open at who asks for it too.</summary>
    private static bool Writes(SeedExample world, string daemon)
    {
        foreach (var link in Directory.EnumerateFileSystemEntries($"/proc/{world.Bed.PidOf(daemon)}/fd"))
        {
            if (new FileInfo(link).LinkTarget is { } path && path.StartsWith(world.StoreFolder, StringComparison.Ordinal) && !Path.GetFileName(path).StartsWith('.'))
            {
                return true;
            }
        }

        return false;
    }

    private static string[] Claim(SeedExample world)
    {
        try
        {
            return File.ReadAllText(Path.Combine(world.StoreFolder, ".understudy-writer")).TrimEnd('\n').Split(' ', 2);
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>A row is known by its sample's time and its producer, the first and the third column.</summary>
    private static (int Rows, int Twice, int Torn) Rows(SeedExample world)
    {
        var (known, rows, twice, torn) = (new HashSet<string>(StringComparer.Ordinal), 0, 0, 0);
        foreach (var file in Directory.EnumerateFiles(world.StoreFolder).Where(f => !Path.GetFileName(f).StartsWith('.')))
        {
            var columns = 0;
            foreach (var line in File.ReadLines(file))
            {
                var words = line.Split(',');
                columns = columns == 0 ? words.Length : columns;
                if (line.StartsWith('#'))
                {
                    continue;
                }

                rows++;
                torn += words.Length == columns ? 0 : 1;
                twice += known.Add($"{words[0]} {words.ElementAtOrDefault(2)}") ? 0 : 1;
            }
        }

        return (rows, twice, torn);
    }
}
