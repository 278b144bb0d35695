using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Understudy.Core.Ldms;

/// <summary>Answers in JSON as ldmsd 4.5.1 writes them, blank for blank (the recorded pair of docs/protocol/ldms.md), and what we add under the key <c>understudy</c>.</summary>
/// <remarks>Its scalars are text, ours have types. Unlike the original we escape what a name may hold.</remarks>
public static class LdmsdJson
{
    /// <summary>What the original shows while no time-out is armed: INT64_MAX seconds.</summary>
    private const string Disarmed = "9223372036854775807.0";

    public static string Producers(IEnumerable<LdmsdProducerRow> rows) => List(rows, (text, p) =>
    {
        text.Append(CultureInfo.InvariantCulture, $$"""{ "name":{{Q(p.Name)}},"type":{{Q(p.Kind)}},"host":{{Q(p.Host)}},"port":{{p.Port}},"transport":{{Q(p.Transport)}},"auth":{{Q(p.Auth)}}""");
        text.Append(CultureInfo.InvariantCulture, $""","rail":{Q(p.Rail)},"quota":{Q(p.Quota)},"rx_rate":{Q(p.RxRate)},"reconnect_us":"{p.ReconnectMicros}","state":{Q(p.State)},"sets": """);
        text.Append(List(p.Sets, (t, s) => t.Append(CultureInfo.InvariantCulture, $$"""{ "inst_name":{{Q(s.Instance)}},"schema_name":{{Q(s.Schema)}},"state":{{Q(s.State)}}}""")));
        if (p.More is { } m)
        {
            text.Append(CultureInfo.InvariantCulture,
                $$""","understudy":{"owner":{{QOrNull(m.Owner)}},"home":{{QOrNull(m.Home)}},"standby":{{B(m.Standby)}},"since_ms":{{m.SinceMs}},"samples":{{m.Samples}},"lost":{{m.Lost}},"age_ms":{{N(m.AgeMs)}},"why":{{Q(m.Why)}}}""");
        }

        text.Append('}');
    });

    public static string Updaters(IEnumerable<LdmsdUpdaterRow> rows) => List(rows, (text, u) =>
    {
        text.Append(CultureInfo.InvariantCulture,
            $$"""{"name":{{Q(u.Name)}},"interval":"{{u.IntervalMicros}}","offset":"{{u.OffsetMicros}}","sync":"{{B(u.Synchronous)}}","mode":{{Q(u.Mode)}},"auto":"{{B(u.Auto)}}","state":{{Q(u.State)}},"producers":""");
        text.Append(List(u.Producers, (t, p) => t.Append(CultureInfo.InvariantCulture,
            $$"""{"name":{{Q(p.Name)}},"host":{{Q(p.Host)}},"port":{{p.Port}},"transport":{{Q(p.Transport)}},"state":{{Q(p.State)}}}""")));
        if (u.More is { } m)
        {
            text.Append(CultureInfo.InvariantCulture, $$""","understudy":{"skipped":{{m.Skipped}},"timed_out":{{m.TimedOut}},"late":{{m.Late}}}""");
        }

        text.Append('}');
    });

    public static string Matches(IEnumerable<LdmsdUpdaterMatchesRow> rows) => List(rows, (text, u) =>
    {
        text.Append(CultureInfo.InvariantCulture, $$"""{"name":{{Q(u.Name)}},"match":""");
        text.Append(List(u.Matches, (t, m) => t.Append(CultureInfo.InvariantCulture, $$"""{"regex":{{Q(m.Regex)}},"selector":{{Q(m.By == SetMatch.Schema ? "schema" : "inst")}}}"""))).Append('}');
    });

    public static string ProducerSets(IEnumerable<LdmsdProducerSetRow> rows) => List(rows, (text, s) => text.Append(CultureInfo.InvariantCulture,
        $$"""{ "inst_name":{{Q(s.Instance)}},"schema_name":{{Q(s.Schema)}},"state":{{Q(s.State)}},"origin":{{Q(s.Origin)}},"producer":{{Q(s.Producer)}}""")
        .Append(CultureInfo.InvariantCulture,
            $$""","timestamp.sec":"{{s.TimestampMicros / 1_000_000}}","timestamp.usec":"{{s.TimestampMicros % 1_000_000}}","duration.sec":"{{s.DurationMicros / 1_000_000}}","duration.usec":"{{s.DurationMicros % 1_000_000}}"}"""));

    public static string Storages(IEnumerable<LdmsdStorageRow> rows) => List(rows, (text, s) =>
    {
        text.Append(CultureInfo.InvariantCulture, $$"""{"name":{{Q(s.Name)}},"container":{{Q(s.Container)}},"schema":{{Q(s.Schema ?? "-")}},"regex":{{Q(s.Regex ?? "-")}},"plugin":{{Q(s.Plugin)}}""");
        text.Append(CultureInfo.InvariantCulture, $""","flush":"{s.FlushMicros / 1_000_000}.{s.FlushMicros % 1_000_000:000000}","state":{Q(s.State)},"decomp":{Q(s.Decomposition ?? "-")}""");
        text.Append(CultureInfo.InvariantCulture, $""","producers":[{string.Join(',', s.Producers.Select(Q))}],"metrics":[{string.Join(',', s.Metrics.Select(Q))}]""");
        if (s.More is { } m)
        {
            text.Append(CultureInfo.InvariantCulture, $$""","understudy":{"writer":{{QOrNull(m.Writer)}},"rows":{{m.Rows}},"dropped":{{m.Dropped}},"error":{{Q(m.Error)}}}""");
        }

        text.Append('}');
    });

    public static string Daemon(string state) => $$"""{"state":{{Q(state)}}}""";

    public static string Failover(LdmsdFailoverStatus s)
    {
        var text = new StringBuilder("{");
        Put("host", s.Host);
        Put("port", s.Port);
        Put("xprt", s.Transport);
        Put("peer_name", s.PeerName);
        Put("task_interval", N(s.TaskIntervalMicros));
        Put("ping_interval", N(s.PingIntervalMicros));
        Put("ping_skipped", N(s.PingsSkipped));
        Put("ping_max", N(s.PingMaxMicros));
        Put("ping_avg", N(s.PingMeanMicros));
        Put("ping_sd", s.PingDeviationMicros.ToString("F6", CultureInfo.InvariantCulture));
        Put("timeout_factor", s.TimeoutFactor.ToString("F6", CultureInfo.InvariantCulture));
        Put("auto_switch", s.AutoSwitch ? "1" : "0");
        Put("ping_ts", Stamp(s.PingTimestampMicros));
        Put("echo_ts", Stamp(s.EchoTimestampMicros));
        Put("timeout_ts", s.TimeoutTimestampMicros is { } armed ? Stamp(armed) : Disarmed);
        Put("failover_state", s.FailoverState);
        Put("conn_state", s.ConnectionState);
        Put("peercfg_activated", s.PeerActivated ? "1" : "0");
        Put("peercfg_updtr_activated", N(s.PeerUpdaters));
        Put("peercfg_prdcr_activated", N(s.PeerProducers));
        text.Append(", \"flags\": {");
        text.AppendJoin(", ", new[] { ("CONFIGURED", s.IsConfigured), ("PEERCFG_RECEIVED", s.PeerReceived), ("OUTSTANDING_PING", s.PingOutstanding), ("OURCFG_ACTIVATED", s.OursActivated) }
            .Select(f => $"\"{f.Item1}\": \"{(f.Item2 ? "1" : "0")}\""));
        text.Append('}');
        if (s.More is { } m)
        {
            text.Append(CultureInfo.InvariantCulture,
                $$""", "understudy": {"timeout_us": {{m.TimeoutMicros}}, "armed": {{B(m.Armed)}}, "echo_age_ms": {{N(m.EchoAgeMs)}}, "holding": [{{string.Join(", ", m.Holding.Select(Q))}}], "moves": {{m.Moves}}, "last_move": {{Q(m.LastMove)}}, "drift": {{Q(m.Drift)}}}""");
        }

        return text.Append('}').ToString();

        void Put(string key, string value) => text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 1 ? ", " : "")}\"{key}\": {Q(value)}");
    }

    /// <summary>Seconds, a point and microseconds. The original leaves out leading zeros of the latter, so that 1.5 means 1.000005 s there; we write them.</summary>
    private static string Stamp(long micros) => string.Create(CultureInfo.InvariantCulture, $"{micros / 1_000_000}.{micros % 1_000_000:000000}");

    private static string List<T>(IEnumerable<T> rows, Action<StringBuilder, T> write)
    {
        var text = new StringBuilder("[");
        foreach (var row in rows)
        {
            if (text.Length > 1)
            {
                text.Append(",\n");
            }

            write(text, row);
        }

        return text.Append(']').ToString();
    }

    /// <summary>A string of JSON, with its quotes.</summary>
    internal static string Q(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";

    private static string QOrNull(string? text) => text is null ? "null" : Q(text);

    private static string B(bool flag) => flag ? "true" : "false";

    private static string N(long? number) => number is { } n ? n.ToString(CultureInfo.InvariantCulture) : "null";
}
