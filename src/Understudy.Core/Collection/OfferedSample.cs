using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>A set as it was collected last.</summary>
/// <param name="Sample">Of the layout; empty while there is none.</param>
/// <param name="Producer">Under which name we collect it.</param>
/// <param name="Interval">How often it is collected.</param>
/// <param name="Target">Where it is of an OpenMetrics target of ours, whose names may be longer than LDMS's.</param>
public readonly record struct OfferedSample(SetLayout Layout, ReadOnlyMemory<byte> Sample, string Producer, TimeSpan Interval, OpenMetricsSet? Target = null);
