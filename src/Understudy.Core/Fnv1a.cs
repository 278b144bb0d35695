using System.Text;

namespace Understudy.Core;

/// <summary>FNV-1a with 64 bits (Fowler, Noll, Vo): a hash that is the same on every host and after every restart, as string hash codes are not. Not for what an enemy may choose.</summary>
public static class Fnv1a
{
    /// <summary>Where a hash begins: the offset basis.</summary>
    public const ulong Basis = 14695981039346656037;

    private const ulong Prime = 1099511628211;

    public static ulong Add(ulong hash, byte one) => Mixed(hash, one);

    public static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            hash = Mixed(hash, b);
        }

        return hash;
    }

    /// <summary>Over UTF-16 code units, each in one step.</summary>
    public static ulong Add(ulong hash, ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            hash = Mixed(hash, c);
        }

        return hash;
    }

    /// <summary>Over the bytes of UTF-8, as the function is defined.</summary>
    public static ulong OfUtf8(string text)
    {
        var hash = Basis;
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            hash = Mixed(hash, b);
        }

        return hash;
    }

    private static ulong Mixed(ulong hash, ulong one) => unchecked((hash ^ one) * Prime);
}
