using System.Globalization;

namespace Understudy.Bench;

/// <summary>What a process has cost so far, by proc(5).</summary>
internal static class ProcessCost
{
    /// <summary>proc_pid_stat(5) counts in units of sysconf(_SC_CLK_TCK), which is 100 on all that we run on.</summary>
    internal const double TicksPerSecond = 100;

    /// <summary>utime and stime, the 14th and 15th field; the name before them may hold anything, so count from its last bracket.</summary>
    internal static long CpuTicks(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }

    /// <param name="field">Of smaps_rollup, with its colon: <c>Rss:</c> or <c>Pss:</c>.</param>
    internal static double Megabytes(int pid, string field)
    {
        var line = File.ReadLines($"/proc/{pid}/smaps_rollup").First(l => l.StartsWith(field, StringComparison.Ordinal));
        var kibibytes = long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return Math.Round(kibibytes / 1024.0, 1);
    }
}
