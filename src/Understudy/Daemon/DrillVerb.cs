using System.Globalization;
using Understudy.Cli;
using Understudy.Core.Settings;
using Understudy.Linux.Addresses;
using Understudy.Linux.Clocks;

namespace Understudy.Daemon;

/// <summary><c>understudy drill</c>: walks the take-over path many times without any effect, and prints how long that takes on this machine.</summary>
internal static class DrillVerb
{
    private const int Rounds = 200;

    public static int Execute(DrillOptions options)
    {
        var loaded = SettingsFile.Load(options.File, options.Node, SettingsRole.Candidate);
        if (!Loading.Told(loaded, Console.Error) || loaded.Settings is not { } settings)
        {
            return ExitCodes.Bad;
        }

        var decide = Measure(static () => WarmUp.Rehearse());
        Print("a whole move of two candidates and a witness, in memory", decide, options.Json);
        foreach (var duty in settings.Duties.Where(d => d.Addresses.Count > 0))
        {
            using var addresses = AddressPerformer.Open([.. duty.Addresses.Select(a => (a.Address, a.PrefixLength, a.Device))]);
            Print($"{duty.Name}: kernel orders of a take-over and a let-go, refused on purpose", Measure(() => addresses.DryRun()), options.Json);
        }

        return ExitCodes.Ok;
    }

    private static long[] Measure(Action walk)
    {
        var took = new long[Rounds];
        for (var i = 0; i < Rounds; i++)
        {
            var from = BootClock.Now;
            walk();
            took[i] = (BootClock.Now - from).Ticks / (TimeSpan.TicksPerMillisecond / 1000);
        }

        Array.Sort(took);
        return took;
    }

    private static void Print(string what, long[] sorted, bool json)
    {
        var (least, middle, most) = (sorted[0], sorted[sorted.Length / 2], sorted[sorted.Length * 99 / 100]);
        Console.Out.WriteLine(json
            ? string.Create(CultureInfo.InvariantCulture, $"{{\"what\":\"{what}\",\"rounds\":{Rounds},\"min_us\":{least},\"median_us\":{middle},\"p99_us\":{most}}}")
            : string.Create(CultureInfo.InvariantCulture, $"{what}: {least} µs at least, {middle} µs in the middle, {most} µs in 99 of 100"));
    }
}
