namespace Understudy.Tests.Simulation;

/// <summary>SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014): ours, so that a seed in a report means the same world for ever.</summary>
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

    /// <summary>0 to <paramref name="count"/> - 1.</summary>
    internal int Below(int count) => (int)(Next() % (ulong)count);

    /// <summary>True in so many of a thousand draws.</summary>
    internal bool PerMille(int share) => Below(1000) < share;

    internal T OneOf<T>(ReadOnlySpan<T> choices) => choices[Below(choices.Length)];

    /// <summary>From <paramref name="least"/> to <paramref name="most"/>, in ticks of 100 ns, both inclusive.</summary>
    internal long Ticks(long least, long most) => least + (long)(Next() % (ulong)(most - least + 1));

    internal long Micros(int least, int most) => Ticks(least * 10L, most * 10L);

    internal long Millis(int least, int most) => Ticks(least * TimeSpan.TicksPerMillisecond, most * TimeSpan.TicksPerMillisecond);
}
