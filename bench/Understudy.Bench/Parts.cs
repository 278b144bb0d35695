namespace Understudy.Bench;

/// <summary>The parts of one kind of bench, one after the other.</summary>
internal static class Parts
{
    /// <param name="all">The names of all, with commas between.</param>
    /// <exception cref="ArgumentException">One is named that there is not.</exception>
    internal static IReadOnlyList<string> Named(Options options, string all)
    {
        var parts = options.List("rows", all);
        return parts.FirstOrDefault(p => !all.Split(',').Contains(p, StringComparer.Ordinal)) is { } unknown
            ? throw new ArgumentException($"no rows '{unknown}'; there are: {all}", nameof(options))
            : parts;
    }

    /// <summary>Measures each part; one that cannot be measured is told, and the others go on.</summary>
    /// <param name="line">A row as it is told at once.</param>
    /// <param name="write">Called after each row and at the end: minutes of numbers are not lost to a Ctrl-C.</param>
    /// <param name="plain">A failure's message as it may stand in a result.</param>
    /// <param name="stopping">The bench is being ended: what breaks by that is no failure.</param>
    internal static (IReadOnlyList<T> Rows, IReadOnlyList<string> Failures) Measure<T>(
        IReadOnlyList<string> parts, Func<string, IEnumerable<T>> rowsOf, Func<T, string> line, Action<IReadOnlyList<T>, IReadOnlyList<string>> write, Func<string, string> plain, Func<bool> stopping)
    {
        var (rows, failures) = (new List<T>(), new List<string>());
        foreach (var part in parts)
        {
            try
            {
                foreach (var row in rowsOf(part))
                {
                    rows.Add(row);
                    Console.WriteLine(line(row));
                    write(rows, failures);
                }
            }
            catch (Exception e) when (e is TimeoutException or InvalidOperationException or IOException or System.Net.Sockets.SocketException && !stopping())
            {
                failures.Add($"{part}: {plain(e.Message)}");
                Console.Error.WriteLine(failures[^1]);
            }
        }

        write(rows, failures);
        return (rows, failures);
    }
}
