using System.Globalization;

namespace Understudy.Tests.Simulation;

/// <summary>Where the simulations begin, and how many worlds they are to see: `./dev sim SEED N` says so through the environment.</summary>
internal static class Campaigns
{
    internal static readonly ulong Seed = ulong.Parse(Environment.GetEnvironmentVariable("UNDERSTUDY_SIM_SEED") ?? "1", CultureInfo.InvariantCulture);

    /// <summary>Null: as many as each takes by itself.</summary>
    internal static readonly int? Worlds = Environment.GetEnvironmentVariable("UNDERSTUDY_SIM_WORLDS") is { } worlds ? Math.Max(1, int.Parse(worlds, CultureInfo.InvariantCulture)) : null;

    /// <summary>`./dev ci` and `./dev sim` see more worlds than `./dev test`, which is to be over in a minute or two.</summary>
    internal static readonly bool IsLong = Worlds is not null || Environment.GetEnvironmentVariable("UNDERSTUDY_SIM_LONG") == "1";

    /// <summary>One for ten of the duties' worlds, where each is a longer story.</summary>
    internal static int? LongWorlds => Worlds is { } worlds ? Math.Max(1, worlds / 10) : null;
}
