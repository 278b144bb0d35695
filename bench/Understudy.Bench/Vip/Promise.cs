using System.Globalization;

namespace Understudy.Bench.Vip;

/// <summary>What Understudy promises about a fault at the settings of the bench: heartbeats each 100 ms, dead_after 350 ms, a TTL of 600 ms or,
/// where only the kernel can let go, 1500 ms, and a probe each second of which 3 must fail. Never are two hosts active, before and after the heal.</summary>
/// <param name="Outage">At most, in ms; null where nobody may serve.</param>
/// <param name="Stays">The duty may not move.</param>
/// <param name="Restored">From the heal to the next answer, at most, in ms.</param>
internal sealed record Promise(double? Outage, bool Stays = false, double? Restored = null)
{
    private const double DeadAfter = 350;
    private const double Ttl = 600;
    private const double LongTtl = 1500;
    private const double ThreeProbes = 3000;

    private static readonly Dictionary<string, Promise> All = new(StringComparer.Ordinal)
    {
        ["handover"] = new(10),
        ["host-off"] = new(Ttl + 50),
        ["carrier-lost"] = new(50),
        ["service-cut"] = new(DeadAfter + 100),
        ["outbound-lost"] = new(DeadAfter + 100),
        ["inbound-lost"] = new(DeadAfter + 100),
        ["all-links-cut"] = new(Ttl + 50),
        ["pair-cut"] = new(0, Stays: true),
        ["all-cut"] = new(null, Restored: Ttl + 100),
        ["witness-dead"] = new(0, Stays: true),
        ["daemon-killed"] = new(50),
        ["all-killed"] = new(LongTtl + 100),
        ["daemon-frozen"] = new(Ttl + 100),
        ["all-frozen"] = new(LongTtl + 100),
        ["standby-killed"] = new(0, Stays: true),
        ["standby-frozen"] = new(0, Stays: true),
        ["witness-frozen"] = new(0, Stays: true),
        ["unhealthy"] = new(ThreeProbes + 100),

        // With three of ten frames lost each way a client misses answers whoever serves: only the move counts.
        ["loss-30"] = new(double.PositiveInfinity, Stays: true),
        ["quiet"] = new(0, Stays: true),
    };

    internal static string Of(string fault) => All[fault].ToString();

    /// <summary>What a row of Understudy's own missed, in words; null where it kept all, and for other products, which promised nothing.</summary>
    internal static string? Missed(VipRow row)
    {
        if (row.Product != "understudy" || row.N == 0)
        {
            return null;
        }

        var promise = All[row.Fault];
        var missed = new List<string>();
        if (row.DualTimes + row.HealDualTimes > 0)
        {
            missed.Add($"both hosts active {row.DualTimes + row.HealDualTimes} times");
        }

        if (promise.Outage is { } outage)
        {
            Note(row.Recovered < row.N, $"nobody served in {row.N - row.Recovered} of {row.N} runs");
            Note(row.OutageMs?.Max > outage, $"outage of {row.OutageMs?.Max:0} ms, promised {outage:0}");
        }
        else
        {
            Note(row.Runs.Any(r => r.AtHeal != "nobody"), "somebody had the address where nobody can know");
            Note(row.RestoredMs?.Max > promise.Restored, $"served again {row.RestoredMs?.Max:0} ms after the heal, promised {promise.Restored:0}");
        }

        Note(promise.Stays && row.Runs.Any(r => r.Moves + r.HealMoves > 0), "moved");
        Note(row.BlackHoles > 0, $"{row.BlackHoles} black holes after the heal");
        Note(row.BackHome < row.N, $"not back home in {row.N - row.BackHome} of {row.N} runs");
        return missed.Count == 0 ? null : $"{row.Title}: {string.Join(", ", missed)}";

        void Note(bool isSo, string words)
        {
            if (isSo)
            {
                missed.Add(words);
            }
        }
    }

    public override string ToString() => this switch
    {
        { Stays: true, Outage: 0 } => "0, no move",
        { Stays: true } => "no move",
        { Restored: { } restored } => string.Create(CultureInfo.InvariantCulture, $"nobody; {restored:0} after the heal"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Outage:0}"),
    };
}
