namespace Understudy.Core.Ldms;

/// <summary>Which sample of a set this is, the same at every level: the sampler's time and the generation of its values.</summary>
/// <param name="Micros">When the sampler was done, microseconds since 1970.</param>
/// <param name="Generation">Grows with each change of a value.</param>
public readonly record struct SampleId(long Micros, ulong Generation) : IComparable<SampleId>
{
    public static bool operator <(SampleId a, SampleId b) => a.CompareTo(b) < 0;

    public static bool operator >(SampleId a, SampleId b) => a.CompareTo(b) > 0;

    public static bool operator <=(SampleId a, SampleId b) => a.CompareTo(b) <= 0;

    public static bool operator >=(SampleId a, SampleId b) => a.CompareTo(b) >= 0;

    /// <summary>The fresher is greater: by time, then by generation.</summary>
    public int CompareTo(SampleId other) => Micros != other.Micros ? Micros.CompareTo(other.Micros) : Generation.CompareTo(other.Generation);
}
