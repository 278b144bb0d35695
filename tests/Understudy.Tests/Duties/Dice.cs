namespace Understudy.Tests.Duties;

/// <summary>SplitMix64 (Steele, Lea, Flood 2014): the same seed gives the same numbers for ever.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong state = seed;

    internal ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    internal int Next(int below) => (int)(Next() % (ulong)below);

    internal void Fill(Span<byte> into)
    {
        for (var i = 0; i < into.Length; i++)
        {
            into[i] = (byte)Next();
        }
    }
}
