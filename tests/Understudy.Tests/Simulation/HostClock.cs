using Understudy.Core;

namespace Understudy.Tests.Simulation;

/// <summary>A host's boot clock: it starts anew with each boot, and its rate is off by up to 1 %.</summary>
/// <param name="bootedAt">World time of the boot, in ticks.</param>
/// <param name="offset">What it showed then.</param>
/// <param name="ppm">Millionths by which it is too fast (or, negative, too slow).</param>
internal sealed class HostClock(long bootedAt, long offset, int ppm)
{
    internal Instant At(long world) => new(offset + (world - bootedAt) + ((world - bootedAt) * ppm / 1_000_000));

    /// <summary>The first moment of the world at which this clock shows at least <paramref name="local"/>.</summary>
    internal long WorldAt(Instant local) =>
        local == Instant.Never ? long.MaxValue / 4 : bootedAt + (long)Math.Ceiling((local.Ticks - offset) * (1_000_000.0 / (1_000_000 + ppm))) + 1;
}
