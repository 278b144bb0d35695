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
        var moves = new ConcurrentBag<(int Twice, int Lost, int Rows)>();
        Crew.Work(worlds, runs, () => new SeedExample(Interval, store: true), (world, _) => moves.Add(Move(world)));
        yield return CollectionRow.Of("writers-move-rows", "who writes the folder is killed, then the other: rows that are in it twice, or torn", "rows", [.. moves.Select(m => (double?)m.Twice)], 0, null,
            $"Both collect their own half, and the one without the claim keeps its rows until it has it. {moves.Sum(m => m.Rows)} rows were written.");
        yield return CollectionRow.Of("writers-move-lost", "who writes the folder is killed, then the other: samples of the four sets that are not in it", "samples", [.. moves.Select(m => (double?)m.Lost)], 4, null, "One a kill, and a set of whoever was killed, is what a take-over may cost.");
    }

    /// <summary>Whoever writes is killed, and comes back; then the other, which writes by then.</summary>
    private static (int Twice, int Lost, int Rows) Move(SeedExample world)
    {
        world.AwaitRest();
        var before = Gaps(world);
        for (var i = 0; i < 2; i++)
        {
            world.PauseAtRandom();
            var writer = Claim(world) is [_, var holder] && holder.EndsWith(string.Create(CultureInfo.InvariantCulture, $":{world.Bed.PidOf("a10")}"), StringComparison.Ordinal) ? "a10" : "a11";
            world.Bed.Signal(writer, LabLibc.SIGKILL);
            LabClock.Pause(Interval * 3);
            world.Restart(writer);
            LabClock.Pause(Interval * 4);
            world.AwaitRest();
        }

        var (rows, twice, torn) = Rows(world);
        return (twice + torn, Gaps(world) - before, rows);
    }

    /// <summary>Seconds that a producer's rows leave out, between its first and its last.</summary>
    private static int Gaps(SeedExample world) => Directory.EnumerateFiles(world.StoreFolder).Where(f => !Path.GetFileName(f).StartsWith('.'))
        .SelectMany(File.ReadLines).Where(l => !l.StartsWith('#')).Select(l => l.Split(',')).Where(w => w.Length > 2)
        .GroupBy(w => w[2], w => (int)Math.Floor(double.Parse(w[0], CultureInfo.InvariantCulture)), StringComparer.Ordinal)
        .Sum(g => g.Max() - g.Min() + 1 - g.Distinct().Count());

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
        return new Seen(looks, two, twice, torn, rows, holders.Select(h => h.Epoch).Distinct(StringComparer.Ordinal).Count(), holders.GroupBy(h => h.Epoch, StringComparer.Ordinal).Count(g => g.Count() > 1));

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
