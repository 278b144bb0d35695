using System.Net;
using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Power;
using Understudy.Core.Settings;

namespace Understudy.Tests.Power;

/// <summary>A room as its evidence tells of it: two mains witnesses of which both are needed, one control, a look each ten seconds.</summary>
internal static class GuardRoom
{
    internal const string First = "icmp 10.0.0.1", Second = "icmp 10.0.0.2", Control = "icmp 10.0.1.1";

    internal static readonly DateTimeOffset Wall = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    internal static GuardSettings Settings(double graceMinutes = 5) => new(
        "cooling",
        [Icmp("10.0.0.1"), Icmp("10.0.0.2")], Needed: 2, [Icmp("10.0.1.1")],
        Alone: false, Temperatures: [new TemperatureSettings.File("/run/inlet") { Name = "inlet" }], HeatSettings.Default, Grace: TimeSpan.FromMinutes(graceMinutes), Settle: TimeSpan.FromMinutes(2),
        OnBlind: null, OnDisputed: null, Tier: 0, TierTimeout: TimeSpan.FromMinutes(3), Spread: TimeSpan.Zero, Stays: false, DryRun: false, Countdown: TimeSpan.FromMinutes(1), GuardStepSettings.Default, Return: null);

    internal static ProbeSettings Icmp(string address) => new ProbeSettings.Icmp(IPAddress.Parse(address)) { Every = TimeSpan.FromSeconds(10), Timeout = TimeSpan.FromSeconds(2) };

    internal static Instant At(double seconds) => new Instant(0) + TimeSpan.FromSeconds(seconds);

    /// <summary>All lines of a while, one round of looks each ten seconds.</summary>
    /// <param name="sees">What a witness shows at a second: '+' up, '-' silent, '?' unread.</param>
    internal static IEnumerable<EvidenceLine> Lines(double from, double to, Func<double, string, char> sees)
    {
        for (var t = from; t <= to; t += 10)
        {
            foreach (var subject in (string[])[First, Second, Control])
            {
                yield return Line(t, subject, sees(t, subject));
            }
        }
    }

    internal static EvidenceLine Line(double t, string subject, char seen) =>
        EvidenceLine.Of(At(t), "cooling", subject, seen switch
        {
            '+' => new ProbeReading.Good($"an echo of {subject}"),
            '-' => new ProbeReading.Bad($"no echo of {subject} within 2 s"),
            _ => new ProbeReading.Unread("no route"),
        }) with
        { Wall = (Wall + TimeSpan.FromSeconds(t)).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture) };

    /// <summary>The mains are gone from a second to another; controls stay up.</summary>
    internal static Func<double, string, char> Outage(double from, double to) => (t, subject) => subject != Control && t >= from && t < to ? '-' : '+';

    /// <summary>A guard that has gone through a while.</summary>
    internal static GuardSnapshot Snapshot(double seconds, Func<double, string, char> sees) =>
        GuardReplay.Run(Settings(), "alpha", [], Lines(0, seconds, sees).Prepend(EvidenceLine.Started(At(0), "cooling", "boot-1")), careful: false).End;
}
