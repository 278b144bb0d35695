namespace Understudy.Core.Power;

/// <summary>Where in a span a host's turn is, so that a room of hosts neither looks nor stops in step. It depends on the host's name alone.</summary>
/// <remarks>
/// <para>Racks number their hosts. A name that ends in a number is placed by that number times the golden ratio, shifted by a hash of what stands
/// before it: any run of consecutive numbers is then spread evenly (the three-gap theorem: of up to 34 such hosts no two are nearer than
/// 1/47 of the span). 30 numbered hosts never make more than twice their mean rate in any second of a span of 10 s to 60 s.</para>
/// <para>Names without numbers are placed by the hash alone, which is as good as chance: of 30 such hosts some second has more than twice the
/// mean rate in most rooms. Where the hosts of a room are known to each other (<c>nodes</c>), <see cref="PhaseAmong"/> places them evenly whatever
/// their names.</para>
/// <para>The hash is FNV-1a of 64 bits (Fowler, Noll and Vo), finished as SplitMix64 does, as FNV's upper bits are poor for short names. It is
/// fixed for ever: hosts of different versions must agree.</para>
/// </remarks>
public static class Spread
{
    private const double Golden = 0.618_033_988_749_894_9;

    /// <summary>The host's turn in a span, 0 up to but without the span.</summary>
    public static TimeSpan Phase(string host, TimeSpan span)
    {
        var (stem, number) = Split(host);
        return At(span, Fraction(stem) + (number * Golden % 1.0));
    }

    /// <summary>The host's turn in a span among hosts that all know each other: evenly, in the order of their names.</summary>
    /// <param name="host">Ours.</param>
    /// <param name="hosts">All of them, ours too; the same on each.</param>
    /// <param name="span">The span.</param>
    public static TimeSpan PhaseAmong(string host, ValueList<string> hosts, TimeSpan span)
    {
        var place = 0;
        var known = false;
        foreach (var other in hosts)
        {
            place += string.CompareOrdinal(other, host) < 0 ? 1 : 0;
            known |= other == host;
        }

        return known && hosts.Count > 1 ? At(span, (double)place / hosts.Count) : Phase(host, span);
    }

    /// <summary>A stable hash of a name.</summary>
    public static ulong Hash(string name)
    {
        var hash = Fnv1a.OfUtf8(name);
        hash = unchecked((hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9);
        hash = unchecked((hash ^ (hash >> 27)) * 0x94D049BB133111EB);
        return hash ^ (hash >> 31);
    }

    private static double Fraction(string name) => (Hash(name) >> 11) / (double)(1UL << 53);

    private static TimeSpan At(TimeSpan span, double turns) => TimeSpan.FromTicks((long)(span.Ticks * (turns % 1.0)));

    /// <summary>A short name (without its domain) and the number that it ends in, nine digits at most; 0 for none.</summary>
    private static (string Stem, long Number) Split(string host)
    {
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        var name = dot > 0 ? host[..dot] : host;
        var domain = dot > 0 ? host[dot..] : "";
        var digits = 0;
        while (digits < 9 && digits < name.Length && char.IsAsciiDigit(name[^(digits + 1)]))
        {
            digits++;
        }

        return digits == 0 ? (host, 0) : (name[..^digits] + domain, long.Parse(name[^digits..], System.Globalization.CultureInfo.InvariantCulture));
    }
}
