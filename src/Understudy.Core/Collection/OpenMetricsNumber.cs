using System.Globalization;

namespace Understudy.Core.Collection;

/// <summary>The numbers of both text formats: decimal with or without an exponent, NaN, Inf with or without a sign, in any case of letters. No hexadecimal numbers, no separators.</summary>
public static class OpenMetricsNumber
{
    /// <summary>Integers up to here are doubles exactly (IEEE 754: a significand of 53 bits).</summary>
    private const ulong ExactSignificand = 1UL << 53;

    /// <summary>Powers of ten that are doubles exactly: 10^22 = 5^22 * 2^22, and 5^22 has 52 bits.</summary>
    private static readonly double[] s_exactPowers =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    /// <summary>Reads the number that the text begins with. One multiplication or division of two exact doubles rounds once, so what is short is read exactly here (Clinger 1990); the rest is .NET's.</summary>
    /// <param name="used">Bytes of the number; 0 when the text begins with none.</param>
    public static bool TryRead(ReadOnlySpan<byte> text, out double value, out int used)
    {
        var at = 0;
        var negative = false;
        if (text.Length > 0 && text[0] is (byte)'-' or (byte)'+')
        {
            negative = text[0] == (byte)'-';
            at = 1;
        }

        ulong significand = 0;
        var first = at;
        uint digit;
        while (at < text.Length && (digit = (uint)(text[at] - '0')) <= 9)
        {
            significand = (significand * 10) + digit;
            at++;
        }

        var digits = at - first;
        var power = 0;
        if (at < text.Length && text[at] == (byte)'.')
        {
            var point = ++at;
            while (at < text.Length && (digit = (uint)(text[at] - '0')) <= 9)
            {
                significand = (significand * 10) + digit;
                at++;
            }

            power = point - at;
            digits -= power;
        }

        if (digits == 0)
        {
            return TryWord(text, first, negative, out value, out used);
        }

        var exponent = 0;
        if (at < text.Length && (text[at] | 0x20) == 'e' && Exponent(text[(at + 1)..], out exponent) is > 0 and var more)
        {
            at += 1 + more;
        }

        power += exponent;
        used = at;
        // 19 digits fit into 64 bits; with more, the significand has wrapped.
        if (digits <= 19 && significand <= ExactSignificand && power is >= -22 and <= 22)
        {
            var exact = (double)significand;
            value = power < 0 ? exact / s_exactPowers[-power] : exact * s_exactPowers[power];
            value = negative ? -value : value;
            return true;
        }

        return double.TryParse(text[..at], NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Bytes of the exponent with its sign; 0 where there are no digits, and then the 'e' belongs to what follows.</summary>
    private static int Exponent(ReadOnlySpan<byte> text, out int exponent)
    {
        var at = text.Length > 0 && text[0] is (byte)'-' or (byte)'+' ? 1 : 0;
        var first = at;
        exponent = 0;
        while (at < text.Length && (uint)(text[at] - '0') <= 9)
        {
            // Nothing but zero and infinity is left beyond four digits, and .NET says which.
            exponent = exponent < 100_000 ? (exponent * 10) + (text[at] - '0') : exponent;
            at++;
        }

        exponent = text.Length > 0 && text[0] == (byte)'-' ? -exponent : exponent;
        return at > first ? at : 0;
    }

    private static bool TryWord(ReadOnlySpan<byte> text, int at, bool negative, out double value, out int used)
    {
        var rest = text[at..];
        var infinity = Begins(rest, "infinity"u8) ? 8 : Begins(rest, "inf"u8) ? 3 : 0;
        if (infinity > 0)
        {
            (value, used) = (negative ? double.NegativeInfinity : double.PositiveInfinity, at + infinity);
            return true;
        }

        var isNaN = at == 0 && Begins(rest, "nan"u8);
        (value, used) = isNaN ? (double.NaN, 3) : (0, 0);
        return isNaN;
    }

    private static bool Begins(ReadOnlySpan<byte> text, ReadOnlySpan<byte> small)
    {
        if (text.Length < small.Length)
        {
            return false;
        }

        for (var i = 0; i < small.Length; i++)
        {
            if ((text[i] | 0x20) != small[i])
            {
                return false;
            }
        }

        return true;
    }
}
