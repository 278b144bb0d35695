using System.Buffers.Binary;
using System.Numerics;

namespace Understudy.Core.Ldms;

/// <summary>SHA-224 (FIPS 180-4, sections 5.3.2 and 6.3), which .NET does not have and LDMS's ovis authentication wants.</summary>
public static class Sha224
{
    public const int DigestBytes = 28;

    private const int BlockBytes = 64;

    /// <summary>FIPS 180-4, section 5.3.2.</summary>
    private static ReadOnlySpan<uint> Initial => [0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4];

    /// <summary>FIPS 180-4, section 4.2.2: the first 32 bits of the fractions of the cube roots of the first 64 primes.</summary>
    private static readonly uint[] s_constants = Constants();

    public static byte[] Hash(ReadOnlySpan<byte> message)
    {
        Span<uint> state = stackalloc uint[8];
        Initial.CopyTo(state);
        var left = message;
        for (; left.Length >= BlockBytes; left = left[BlockBytes..])
        {
            Compress(state, left[..BlockBytes]);
        }

        Span<byte> last = stackalloc byte[2 * BlockBytes];
        last.Clear();
        left.CopyTo(last);
        last[left.Length] = 0x80;
        last = last[..(left.Length < BlockBytes - 8 ? BlockBytes : 2 * BlockBytes)];
        BinaryPrimitives.WriteUInt64BigEndian(last[^8..], (ulong)message.Length * 8);
        for (; last.Length > 0; last = last[BlockBytes..])
        {
            Compress(state, last[..BlockBytes]);
        }

        var digest = new byte[DigestBytes];
        for (var i = 0; i < DigestBytes / 4; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(digest.AsSpan(4 * i), state[i]);
        }

        return digest;
    }

    private static void Compress(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> w = stackalloc uint[64];
        for (var t = 0; t < 16; t++)
        {
            w[t] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * t)..]);
        }

        for (var t = 16; t < 64; t++)
        {
            var s0 = BitOperations.RotateRight(w[t - 15], 7) ^ BitOperations.RotateRight(w[t - 15], 18) ^ (w[t - 15] >> 3);
            var s1 = BitOperations.RotateRight(w[t - 2], 17) ^ BitOperations.RotateRight(w[t - 2], 19) ^ (w[t - 2] >> 10);
            w[t] = unchecked(w[t - 16] + s0 + w[t - 7] + s1);
        }

        var (a, b, c, d, e, f, g, h) = (state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]);
        for (var t = 0; t < 64; t++)
        {
            var s1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            var s0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            var one = unchecked(h + s1 + ((e & f) ^ (~e & g)) + s_constants[t] + w[t]);
            var two = unchecked(s0 + ((a & b) ^ (a & c) ^ (b & c)));
            (h, g, f, e, d, c, b, a) = (g, f, e, unchecked(d + one), c, b, a, unchecked(one + two));
        }

        ReadOnlySpan<uint> add = [a, b, c, d, e, f, g, h];
        for (var i = 0; i < 8; i++)
        {
            state[i] = unchecked(state[i] + add[i]);
        }
    }

    private static uint[] Constants()
    {
        var constants = new uint[64];
        for (var (prime, found) = (2, 0); found < constants.Length; prime++)
        {
            var isPrime = true;
            for (var divisor = 2; divisor * divisor <= prime && isPrime; divisor++)
            {
                isPrime = prime % divisor != 0;
            }

            if (isPrime)
            {
                constants[found++] = CubeRootFraction(prime);
            }
        }

        return constants;
    }

    /// <summary>In whole numbers: the largest r with r^3 at most p * 2^96 is the root times 2^32.</summary>
    private static uint CubeRootFraction(int prime)
    {
        var (low, high, cube) = (UInt128.Zero, (UInt128)1 << 36, new BigInteger(prime) << 96);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = BigInteger.Pow((BigInteger)middle, 3) <= cube ? (middle, high) : (low, middle);
        }

        return (uint)(low & uint.MaxValue);
    }
}
