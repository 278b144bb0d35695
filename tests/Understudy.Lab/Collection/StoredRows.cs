using System.Globalization;

namespace Understudy.Lab.Collection;

/// <summary>Who stored which sample of which set: the rows of all hosts' own CSV files, which each host writes as it collects. A sample is known by the whole second in which its sampler made it.</summary>
internal sealed class StoredRows
{
    private readonly Dictionary<string, SortedDictionary<long, HashSet<string>>> sets = new(StringComparer.Ordinal);

    /// <summary>A set's key: producer, schema and component.</summary>
    internal IEnumerable<string> Sets => sets.Keys;

    internal static string ProducerOf(string set) => set.Split(' ')[0];

    internal static StoredRows Read(IEnumerable<(string Node, string Folder)> hosts)
    {
        var rows = new StoredRows();
        foreach (var (node, folder) in hosts)
        {
            foreach (var file in Directory.GetFiles(folder).Where(f => !Path.GetFileName(f).StartsWith('.')))
            {
                rows.Add(node, Path.GetFileName(file), Whole(file));
            }
        }

        return rows;
    }

    /// <summary>Seconds of a stretch, both ends too, of which nobody has the set's sample.</summary>
    internal long[] Missing(string set, long from, long to) => [.. Seconds(from, to).Where(s => !sets[set].ContainsKey(s))];

    /// <summary>Seconds of a stretch of which a host has the set's sample.</summary>
    internal long[] Had(string set, string node, long from, long to) => [.. Seconds(from, to).Where(s => sets[set].TryGetValue(s, out var by) && by.Contains(node))];

    /// <summary>The newest second that anybody has of a set.</summary>
    internal long Newest(string set) => sets[set].Keys.Last();

    private static IEnumerable<long> Seconds(long from, long to)
    {
        for (var s = from; s <= to; s++)
        {
            yield return s;
        }
    }

    /// <summary>The last line may be under way.</summary>
    private static string[] Whole(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private void Add(string node, string schema, string[] lines)
    {
        var hasComponent = lines.Length > 0 && lines[0].StartsWith("#Time,Time_usec,ProducerName,component_id", StringComparison.Ordinal);
        foreach (var line in lines)
        {
            if (line.StartsWith('#') || line.Split(',') is not { Length: > 3 } columns)
            {
                continue;
            }

            var key = $"{columns[2]} {schema} {(hasComponent ? columns[3] : "-")}";
            if (!sets.TryGetValue(key, out var seconds))
            {
                sets[key] = seconds = [];
            }

            var second = long.Parse(columns[0].Split('.')[0], CultureInfo.InvariantCulture);
            if (!seconds.TryGetValue(second, out var by))
            {
                seconds[second] = by = new HashSet<string>(StringComparer.Ordinal);
            }

            _ = by.Add(node);
        }
    }
}
