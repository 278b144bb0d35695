using System.Globalization;
using System.Net;
using System.Text;

namespace Understudy.Core.Settings;

/// <summary>Turns the text of one value into what it means, or says in a sentence why it means nothing.</summary>
/// <returns>Null when all is well; else what is wrong and what would be right, to be put after the key.</returns>
internal delegate string? ParseText<T>(string text, out T value);

/// <summary>How spans, sizes, addresses, names and paths are written in a settings file.</summary>
internal static class Scalars
{
    private const int LongestEcho = 60;

    /// <summary>A year: beyond every bound of ours, and far from where sums of spans overflow.</summary>
    private const decimal LongestSpanMs = 365m * 24 * 3_600_000;

    private static readonly (string Unit, decimal Milliseconds)[] Units = [("ms", 1m), ("s", 1000m), ("m", 60_000m), ("h", 3_600_000m)];

    private static readonly (string Unit, long Bytes)[] Sizes = [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30)];

    /// <summary>What a person wrote, in quotes, on one line, and not longer than a line can bear.</summary>
    internal static string Quote(string text) => $"'{OneLine(text)}'";

    internal static string OneLine(string text, int longest = LongestEcho)
    {
        var line = new StringBuilder();
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, longest)))
        {
            line.Append(char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '?' : c);
        }

        return text.Length > longest ? line.Append("...").ToString() : line.ToString();
    }

    /// <summary>A span as it would be written: the largest unit in which it is a whole number.</summary>
    internal static string Say(TimeSpan span)
    {
        var (ticks, sign) = (Math.Abs((decimal)span.Ticks), span < TimeSpan.Zero ? "-" : "");
        for (var i = Units.Length - 1; i > 0; i--)
        {
            var unit = Units[i].Milliseconds * TimeSpan.TicksPerMillisecond;
            if (ticks > 0 && ticks % unit == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{sign}{ticks / unit:0}{Units[i].Unit}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{sign}{ticks / TimeSpan.TicksPerMillisecond:0.####}ms");
    }

    internal static string Say(long bytes)
    {
        for (var i = Sizes.Length - 1; i >= 0; i--)
        {
            if (bytes > 0 && bytes % Sizes[i].Bytes == 0)
            {
                return $"{bytes / Sizes[i].Bytes}{Sizes[i].Unit}";
            }
        }

        return bytes.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A span: a number and ms, s, m or h. Fractions are rounded to 100 ns.</summary>
    internal static string? Span(string text, out TimeSpan value)
    {
        value = default;
        var number = text.TrimEnd(Letters).TrimEnd(' ');
        var unit = text[number.Length..].TrimStart(' ');
        if (!IsNumber(number, out var amount))
        {
            return $"{Quote(text)} is no span; write a number and its unit, for instance 100ms, 2s, 5m or 1h";
        }

        if (unit.Length == 0)
        {
            return $"{Quote(text)} has no unit; write {number}ms, {number}s, {number}m or {number}h";
        }

        foreach (var known in Units)
        {
            if (known.Unit == unit)
            {
                if (amount * known.Milliseconds > LongestSpanMs)
                {
                    return $"{Quote(text)} is longer than anything here may be";
                }

                value = TimeSpan.FromTicks((long)decimal.Round(amount * known.Milliseconds * TimeSpan.TicksPerMillisecond));
                return null;
            }
        }

        return $"{Quote(text)} has the unknown unit {Quote(unit)}; units are ms, s, m and h";
    }

    /// <summary>A size: a number of bytes, or of KiB, MiB or GiB.</summary>
    internal static string? Size(string text, out long value)
    {
        var number = text.TrimEnd(Letters).TrimEnd(' ');
        var unit = text[number.Length..].TrimStart(' ');
        var bytes = unit.Length == 0 ? 1 : Sizes.FirstOrDefault(s => s.Unit == unit).Bytes;
        value = 0;
        if (bytes == 0 || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var amount) || amount > 1L << 30)
        {
            return $"{Quote(text)} is no size; write a whole number of bytes, or for instance 64KiB, 10MiB or 1GiB";
        }

        value = amount * bytes;
        return null;
    }

    internal static string? Whole(string text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            ? null
            : $"{Quote(text)} is no whole number; write for instance 3";

    internal static string? Number(string text, out double value)
    {
        var good = IsNumber(text, out var exact);
        value = (double)exact;
        return good ? null : $"{Quote(text)} is no number; write for instance 2 or 2.5";
    }

    internal static string? Flag(string text, out bool value)
    {
        value = text == "true";
        return text is "true" or "false" ? null : $"{Quote(text)} is neither true nor false";
    }

    internal static string? Any(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= 1000 ? null : $"has {text.Length} characters, must have 1..1000";
    }

    internal static string? Path(string text, out string value)
    {
        value = text;
        return !text.StartsWith('/') ? $"{Quote(text)} is not absolute; a daemon has no folder of its own, so begin with '/'"
            : text.Length < 2 || text.EndsWith('/') ? $"{Quote(text)} names a folder, must name a file"
            : text.Length > 4000 || text.Any(char.IsControl) ? $"{Quote(text)} cannot be a path"
            : null;
    }

    /// <summary>A path that fits into sockaddr_un (unix(7): 108 bytes with the final zero).</summary>
    internal static string? SocketPath(string text, out string value) =>
        Path(text, out value) ?? (Encoding.UTF8.GetByteCount(text) > 107
            ? $"has {Encoding.UTF8.GetByteCount(text)} bytes, and a socket's path must have 107 at most (unix(7))"
            : null);

    /// <summary>A duty or a link: lower-case letters, digits, '-' and '_', at most 63.</summary>
    internal static string? Name(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= 63 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_')
            ? null
            : $"{Quote(text)} cannot be a name; use a-z, 0-9, '-' and '_', 63 at most";
    }

    /// <summary>A host: letters, digits, '-', '_' and '.', at most 63, and a file name too.</summary>
    internal static string? HostName(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= 63 && (char.IsAsciiLetterOrDigit(text[0]) || text[0] == '_')
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? null
            : $"{Quote(text)} cannot name a node; use letters, digits, '-', '_' and '.', 63 at most, a letter or digit first";
    }

    /// <summary>A network device; dev_valid_name() of the kernel's net/core/dev.c has the same rules.</summary>
    internal static string? Device(string text, out string value)
    {
        value = text;
        return Encoding.UTF8.GetByteCount(text) is > 0 and <= 15 && text is not ("." or "..")
            && !text.Any(c => c is '/' or ':' || char.IsWhiteSpace(c) || char.IsControl(c))
            ? null
            : $"{Quote(text)} cannot be a network device; names have 1..15 bytes without '/', ':' and spaces";
    }

    /// <summary>An address of one host, as people write it: four decimal numbers, or v6. No scope, no port, no octal.</summary>
    internal static string? Address(string text, out IPAddress value)
    {
        value = IPAddress.None;
        if (text.Contains('%'))
        {
            return $"{Quote(text)} has a scope, which differs from host to host; use an address without one";
        }

        if (!text.All(c => char.IsAsciiHexDigit(c) || c is '.' or ':') || text.Length > 45
            || !IPAddress.TryParse(text, out var parsed)
            || (!text.Contains(':') && parsed.ToString() != text))
        {
            return $"{Quote(text)} is no address; write for instance 10.99.0.1 or fd00:99::1";
        }

        value = parsed;
        return parsed.IsIPv4MappedToIPv6 ? $"{Quote(text)} is a v4 address in v6 clothes; write {parsed.MapToIPv4()}"
            : IsMulticast(parsed) ? $"{Quote(text)} is a multicast address, must be of one host"
            : parsed.Equals(IPAddress.Any) || parsed.Equals(IPAddress.IPv6Any) ? $"{Quote(text)} stands for all addresses, must be of one host"
            : parsed.Equals(IPAddress.Broadcast) ? $"{Quote(text)} is the broadcast address, must be of one host"
            : null;
    }

    /// <summary>An address to which datagrams can be sent without naming a device.</summary>
    internal static string? LinkAddress(string text, out IPAddress value) =>
        Address(text, out value) ?? (value.IsIPv6LinkLocal
            ? $"{Quote(text)} is link-local, which needs a device to be reached; use a unique local address (fd00::/8) or v4"
            : null);

    internal static string? V4Address(string text, out IPAddress value) =>
        Address(text, out value) ?? (IsV4(value) ? null : $"{Quote(text)} is v6, must be v4: ARP knows no other");

    /// <summary>An address and the length of its network's prefix, 10.99.0.100/24.</summary>
    internal static string? Prefixed(string text, out (IPAddress Address, int Length) value)
    {
        value = (IPAddress.None, 0);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (Address(slash < 0 ? text : text[..slash], out var address) is { } problem)
        {
            return problem;
        }

        var bits = IsV4(address) ? 32 : 128;
        if (slash < 0)
        {
            return $"{Quote(text)} has no prefix length; write for instance {text}/{(bits == 32 ? 24 : 64)}";
        }

        if (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length < 1 || length > bits)
        {
            return $"the prefix length {Quote(text[(slash + 1)..])} is none, must be 1..{bits}";
        }

        value = (address, length);
        return HostPart(address, length) switch
        {
            HostBits.Zero when bits == 32 && length < 31 => $"{Quote(text)} is the address of the network itself, must be of a host in it",
            HostBits.Ones when bits == 32 && length < 31 => $"{Quote(text)} is the network's broadcast address, must be of a host in it",
            _ => null,
        };
    }

    /// <summary>An address and a port, 127.0.0.1:8291 or [::1]:8291. The address may be a wildcard: here we listen.</summary>
    internal static string? EndPoint(string text, out IPEndPoint? value)
    {
        value = null;
        if (!HostAndPort(text, out var host, out var port) || (host is not ("0.0.0.0" or "::") && Address(host, out _) is not null))
        {
            return $"{Quote(text)} is no address with a port; write for instance 127.0.0.1:8291 or [::1]:8291";
        }

        value = new IPEndPoint(IPAddress.Parse(host), port);
        return null;
    }

    /// <summary>A host, by address or name, and a port.</summary>
    internal static string? Target(string text, out (string Host, int Port) value)
    {
        var good = HostAndPort(text, out var host, out var port) && (Address(host, out _) is null
            || (host.Length <= 253 && host[0] != '.' && !host.All(c => char.IsAsciiDigit(c) || c == '.')
                && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')));
        value = (host, port);
        return good ? null : $"{Quote(text)} is no host with a port; write for instance 127.0.0.1:5432, [::1]:5432 or db.example.org:5432";
    }

    internal static string? Url(string text, out Uri? value)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out value) || value.Scheme is not ("http" or "https") || value.Host.Length == 0)
        {
            return $"{Quote(text)} is no http or https URL; write for instance http://127.0.0.1:8080/health";
        }

        return value.UserInfo.Length > 0 ? "has a user name in it, which would not be sent; remove it"
            : value.Fragment.Length > 0 ? "has a #fragment, which would not be sent; remove it"
            : null;
    }

    /// <summary>A status of HTTP, or a range of them: 204, or 200-399.</summary>
    internal static string? Statuses(string text, out (int From, int To) value)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var (from, to) = dash < 0 ? (text, text) : (text[..dash], text[(dash + 1)..]);
        var good = int.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var low)
            & int.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var high);
        value = (low, high);
        return good && low >= 100 && high <= 599 && low <= high
            ? null
            : $"{Quote(text)} is no status or range of them; write for instance 204 or 200-399, within 100..599";
    }

    /// <summary>One part of a path, as sysfs names its things.</summary>
    internal static string? FileName(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= 255 && text is not ("." or "..") && !text.Any(c => c is '/' || char.IsControl(c))
            ? null
            : $"{Quote(text)} cannot be a name under /sys; write it as `ls` shows it, without '/'";
    }

    /// <summary>A unit of systemd, whole (systemd.unit(5): at most 255 bytes of these signs, with its suffix).</summary>
    internal static string? Unit(string text, out string value)
    {
        value = text;
        var dot = text.LastIndexOf('.');
        return text.Length <= 255 && dot > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_' or '.' or '\\' or '@')
            && text[(dot + 1)..] is "service" or "slice" or "target" or "scope" or "socket" or "mount" or "timer" or "path"
            ? null
            : $"{Quote(text)} is no unit of systemd; write for instance batch.slice or slurmd.service";
    }

    /// <summary>A UPS and the host of its upsd: ups@10.0.0.5. NUT's own words have the port behind the host; here it has its own key.</summary>
    internal static string? UpsAtHost(string text, out (string Ups, string Host) value)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        value = at < 0 ? ("", "") : (text[..at], text[(at + 1)..]);
        var (ups, host) = value;
        return ups.Length is > 0 and <= 63 && ups.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            && Target(host.Contains(':') ? $"[{host}]:1" : $"{host}:1", out _) is null
            ? null
            : $"{Quote(text)} is no UPS at a host; write for instance ups@10.0.0.5, and another port than 3493 as 'port'";
    }

    /// <summary>An Ethernet address, 52:54:00:12:34:56: of one host, as frames are sent to it.</summary>
    internal static string? Mac(string text, out ValueList<byte> value)
    {
        value = [];
        var parts = text.Split(':', '-');
        if (parts.Length != 6 || !parts.All(p => p.Length == 2 && p.All(char.IsAsciiHexDigit)))
        {
            return $"{Quote(text)} is no Ethernet address; write for instance \"52:54:00:12:34:56\"";
        }

        value = parts.Select(p => byte.Parse(p, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToValueList();
        return (value[0] & 1) == 1 ? $"{Quote(text)} is the address of a group, must be of one host"
            : value.All(b => b == 0) ? $"{Quote(text)} is nobody's address"
            : null;
    }

    internal static bool IsV4(IPAddress address) => address.TryWriteBytes(stackalloc byte[4], out _);

    private static bool IsMulticast(IPAddress address) =>
        address.IsIPv6Multicast || (IsV4(address) && address.GetAddressBytes()[0] is >= 224 and < 240);

    private static HostBits HostPart(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        var (zero, ones) = (true, true);
        for (var bit = length; bit < bytes.Length * 8; bit++)
        {
            var set = (bytes[bit / 8] >> (7 - (bit % 8)) & 1) == 1;
            zero &= !set;
            ones &= set;
        }

        return zero ? HostBits.Zero : ones ? HostBits.Ones : HostBits.Mixed;
    }

    private static bool HostAndPort(string text, out string host, out int port)
    {
        var colon = text.LastIndexOf(':');
        (host, port) = ("", 0);
        if (colon < 1 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
        {
            return false;
        }

        host = text[..colon];
        var bracketed = host.Length > 2 && host[0] == '[' && host[^1] == ']';
        host = bracketed ? host[1..^1] : host;
        return host.Contains(':') == bracketed;
    }

    /// <summary>Digits with at most one point among them: no sign, no exponent, no separators. Twelve digits hold every bound of ours.</summary>
    private static bool IsNumber(string text, out decimal value)
    {
        value = 0;
        return text.Length is > 0 and <= 12 && char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[^1])
            && decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
    }

    private static readonly char[] Letters = [.. "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\u00b5\u03bc"];

    private enum HostBits
    {
        Zero,
        Ones,
        Mixed,
    }
}
