using System.Globalization;

namespace Understudy.Core.Ldms;

/// <summary>How values are written in ldmsd's language. Each returns null when all is well; else what is wrong and what would be right.</summary>
/// <remarks>Strict everywhere. The original reads <c>interval=1s</c> of failover_config as 1 µs and <c>auto_switch=yes</c> as off; here the first is one
/// second and the second is refused.</remarks>
public static class LdmsdValues
{
    /// <summary>A day: longer intervals are mistakes of the unit.</summary>
    public static TimeSpan LongestInterval => TimeSpan.FromDays(1);

    /// <summary>As in the original, where a name's buffer is 128 bytes with prefix and final zero.</summary>
    public const int MaxName = 126;

    private static readonly (string Unit, decimal Micros)[] s_units =
        [("us", 1), ("ms", 1000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000)];

    /// <summary>A time: whole microseconds, or a number with us, ms, s, m, h or d. It may be negative.</summary>
    public static string? Time(string text, out TimeSpan value)
    {
        value = default;
        var number = text.TrimEnd([.. "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\u00b5\u03bc"]);
        var unit = text[number.Length..];
        var found = Array.Find(s_units, u => u.Unit == (unit.Length == 0 ? "us" : unit));
        var amount = 0m;
        var good = number.Length is > 0 and <= 20 && char.IsAsciiDigit(number[^1]) && (char.IsAsciiDigit(number[0]) || number[0] == '-')
            && decimal.TryParse(number, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out amount);
        if (!good)
        {
            return $"{LdmsdProblem.Quote(text)} is no time; write microseconds, for instance 1000000, or a number with its unit: 500us, 100ms, 1s, 5m, 1h, 1d";
        }

        if (found.Unit is null)
        {
            return $"{LdmsdProblem.Quote(text)} has the unknown unit {LdmsdProblem.Quote(unit)}; units are us, ms, s, m, h and d, and without one it is microseconds";
        }

        if (Math.Abs(amount) > 1_000_000_000_000m || decimal.Truncate(amount * found.Micros) != amount * found.Micros)
        {
            return $"{LdmsdProblem.Quote(text)} is no whole number of microseconds that anything here could last";
        }

        if (Math.Abs(amount * found.Micros) > 365m * 86_400_000_000m)
        {
            return $"{LdmsdProblem.Quote(text)} is longer than anything here may be";
        }

        value = TimeSpan.FromTicks((long)(amount * found.Micros) * TimeSpan.TicksPerMicrosecond);
        return null;
    }

    /// <summary>A time that is longer than nothing, and at most a day.</summary>
    public static string? Interval(string text, out TimeSpan value) =>
        Time(text, out value) ?? (value > TimeSpan.Zero && value <= LongestInterval ? null : $"{LdmsdProblem.Quote(text)} is {Say(value)}, must be more than 0 and at most a day");

    /// <summary>The name of a policy: no blanks, no control characters, and no '#' at its beginning.</summary>
    public static string? Name(string text, out string value)
    {
        value = text;
        return text.StartsWith('#') ? $"{LdmsdProblem.Quote(text)} begins with '#', which is for copies of a failover peer's; name it otherwise"
            : text.Length is 0 or > MaxName || text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)) ? $"{LdmsdProblem.Quote(text)} cannot be a name; use 1..{MaxName} signs without blanks"
            : null;
    }

    public static string? Text(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= 4096 ? null : $"has {text.Length} signs, must have 1..4096";
    }

    /// <summary>A host's name or address.</summary>
    public static string? Host(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= 255 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':' or '%')
            ? null
            : $"{LdmsdProblem.Quote(text)} is no host; write a name or an address, 255 signs at most";
    }

    public static string? Port(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value is > 0 and <= 65535
            ? null
            : $"{LdmsdProblem.Quote(text)} is no port, must be 1..65535";

    /// <summary>Only TCP: rdma, ugni and fabric need hardware and libraries of their own.</summary>
    public static string? Transport(string text, out string value)
    {
        value = text;
        return text == "sock" ? null
            : text is "rdma" or "ugni" or "fabric" ? $"{LdmsdProblem.Quote(text)} is not spoken by Understudy; it speaks sock (TCP), which every ldmsd can listen on besides"
            : $"{LdmsdProblem.Quote(text)} is no transport; write sock";
    }

    /// <summary>Bits of a file mode in octal, 0770 or 770.</summary>
    public static string? Permissions(string text, out int value)
    {
        value = 0;
        if (text.Length is 0 or > 5 || !text.All(c => c is >= '0' and <= '7'))
        {
            return $"{LdmsdProblem.Quote(text)} is no mode; write octal digits, for instance 0770";
        }

        foreach (var digit in text)
        {
            value = (value * 8) + (digit - '0');
        }

        return null;
    }

    /// <summary>On or off as failover_config has it.</summary>
    public static string? Switch(string text, out bool value)
    {
        value = text == "1";
        return text is "0" or "1" ? null : $"{LdmsdProblem.Quote(text)} is neither 0 nor 1 (the original would read it as {(text.Length > 0 && text[0] is >= '1' and <= '9' ? "1" : "0")})";
    }

    public static string? Flag(string text, out bool value)
    {
        value = text is "true" or "1";
        return text is "true" or "false" or "1" or "0" ? null : $"{LdmsdProblem.Quote(text)} is neither true nor false";
    }

    public static string? Factor(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value is > 0 and <= 1000
            ? null
            : $"{LdmsdProblem.Quote(text)} is no factor; write a number above 0 and up to 1000, for instance 2";

    public static string? Pattern(string text, out LdmsdPattern value)
    {
        value = LdmsdPattern.Parse(text, out var problem) ?? LdmsdPattern.Any;
        return problem;
    }

    /// <summary>A listener as <c>-x</c> has it: sock:12345, or sock:12345:127.0.0.1.</summary>
    public static string? Listener(string text, out LdmsdRequest.Listen value)
    {
        var parts = text.Split(':', 3);
        value = new("sock", 0, null, null);
        if (parts.Length < 2)
        {
            return $"{LdmsdProblem.Quote(text)} is no listener; write transport, port and perhaps the address: sock:411 or sock:411:127.0.0.1";
        }

        var host = parts is [_, _, var third] ? third : null;
        var (badTransport, badPort) = (Transport(parts[0], out _), Port(parts[1], out var port));
        value = value with { Port = port, Host = host };
        return badTransport ?? badPort ?? (host is null ? null : Host(host, out _));
    }

    /// <summary>A time as it would be written: the largest unit in which it is whole.</summary>
    internal static string Say(TimeSpan span)
    {
        var micros = (decimal)span.Ticks / TimeSpan.TicksPerMicrosecond;
        for (var i = s_units.Length - 1; i > 0; i--)
        {
            if (micros != 0 && micros % s_units[i].Micros == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{micros / s_units[i].Micros:0}{s_units[i].Unit}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{micros:0.#}us");
    }
}
