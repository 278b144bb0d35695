using System.Globalization;

namespace Understudy.Core.Ldms;

/// <summary>A moment on the wall as people read it. It comes as a number with every sample: nothing here looks at a clock.</summary>
/// <param name="Date">Of the Gregorian calendar.</param>
/// <param name="Time">Since midnight.</param>
/// <param name="Zone">Of the time zone, behind UTC where negative.</param>
internal readonly record struct CivilTime(DateOnly Date, TimeSpan Time, TimeSpan Zone)
{
    private const int EpochDay = 719_162;                              // 1970-01-01 as DateOnly counts

    private static readonly string[] s_days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

    private static readonly string[] s_months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    /// <summary>Sun Nov 22 00:16:33 2026 +0000: strftime(3) with %a %b %d %H:%M:%S %Y %z.</summary>
    internal string Long => string.Create(CultureInfo.InvariantCulture,
        $"{s_days[(int)Date.DayOfWeek]} {s_months[Date.Month - 1]} {Date.Day:00} {Time.Hours:00}:{Time.Minutes:00}:{Time.Seconds:00} {Date.Year} {(Zone < TimeSpan.Zero ? '-' : '+')}{Zone.Duration().Hours:00}{Zone.Duration().Minutes:00}");

    /// <summary>11-22-26 00:16:34: strftime(3) with %m-%d-%y %H:%M:%S.</summary>
    internal string Short => string.Create(CultureInfo.InvariantCulture,
        $"{Date.Month:00}-{Date.Day:00}-{Date.Year % 100:00} {Time.Hours:00}:{Time.Minutes:00}:{Time.Seconds:00}");

    /// <param name="micros">µs since 1970; beyond the years 1 to 9999 it is the nearer end of them.</param>
    /// <param name="zone">Of the time zone.</param>
    internal static CivilTime Of(long micros, TimeSpan zone)
    {
        const long DayMicros = 86_400_000_000;
        var local = Math.Clamp(micros, -62_000_000_000_000_000, 253_000_000_000_000_000) + (zone.Ticks / TimeSpan.TicksPerMicrosecond);
        var day = Math.DivRem(local, DayMicros, out var rest);
        if (rest < 0)
        {
            (day, rest) = (day - 1, rest + DayMicros);
        }

        return new(DateOnly.FromDayNumber((int)day + EpochDay), TimeSpan.FromTicks(rest * TimeSpan.TicksPerMicrosecond), zone);
    }
}
