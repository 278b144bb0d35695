namespace Understudy.Core.Ldms;

/// <summary>Every verb of ldmsd, those that Understudy does and those that it refuses with a sentence.</summary>
/// <remarks>Names, attributes and numbers are those of LDMS 4.5.1 (ldmsd(8), ldmsd_controller(8), the recorded pair of docs/protocol/ldms.md).</remarks>
public static class LdmsdVerbs
{
    private const string Streams = "streams and messages are not forwarded by Understudy; keep an ldmsd for them";
    private const string Advertisers = "producers are not discovered by Understudy; name each with prdcr_add";
    private const string Groups = "set groups are not made by Understudy; match several sets with updtr_match_add";
    private const string Quotas = "quota groups are not kept by Understudy; leave the line out";
    private const string UserWords = "user data of metrics is not set by Understudy; leave the line out";
    private const string OwnWay = "is not done by Understudy; see `understudy status` and /metrics";
    private const string Sizes = "has no meaning here: Understudy sizes itself";

    /// <summary>All verbs, in the order of their numbers.</summary>
    public static ValueList<LdmsdVerb> All { get; } = ValueList.Create<LdmsdVerb>(
    [
        Not("greeting", 0x002, OwnWay),
        Ask("cfg_cntr", 0x003, "") with { Everyone = false, InPair = false },
        Not("dump_cfg", 0x004, "the configuration is the file that you wrote; it is not dumped by Understudy"),

        Order("prdcr_add", 0x100, "name type xprt host port", "reconnect interval auth perm rail quota rx_rate cache_ip") with
        {
            ControllerNeeds = ["name", "type", "xprt", "host", "port", "reconnect"],
        },
        Order("prdcr_del", 0x101, "name"),
        Start("prdcr_start", 0x102, "name", "reconnect interval"),
        Order("prdcr_stop", 0x103, "name"),
        Ask("prdcr_status", 0x104, "name summary"),
        Start("prdcr_start_regex", 0x105, "regex", "reconnect interval"),
        Order("prdcr_stop_regex", 0x106, "regex"),
        Ask("prdcr_set_status", 0x107, "producer instance schema") with { Everyone = false },
        Not("prdcr_hint_tree", 0x108, "update hints are followed with auto_interval=true, and not listed by Understudy"),
        Not("prdcr_subscribe", 0x109, Streams),
        Not("prdcr_unsubscribe", 0x10a, Streams),
        Not("prdcr_stream_status", 0x10b, Streams),
        Not("bridge_add", 0x10c, "bridges are not made by Understudy; add a producer with prdcr_add"),
        Not("advertiser_add", 0x10d, Advertisers),
        Not("advertiser_start", 0x10e, Advertisers),
        Not("advertiser_stop", 0x10f, Advertisers),
        Not("advertiser_del", 0x110, Advertisers),
        Not("prdcr_listen_add", 0x111, Advertisers),
        Not("prdcr_listen_del", 0x112, Advertisers),
        Not("prdcr_listen_start", 0x113, Advertisers),
        Not("prdcr_listen_stop", 0x114, Advertisers),
        Not("prdcr_listen_status", 0x115, Advertisers),

        Order("strgp_add", 0x200, "name plugin container", "schema regex decomposition flush perm"),
        Order("strgp_del", 0x201, "name"),
        Start("strgp_start", 0x202, "name"),
        Order("strgp_stop", 0x203, "name"),
        Ask("strgp_status", 0x204, "name"),
        Order("strgp_prdcr_add", 0x205, "name regex"),
        Order("strgp_prdcr_del", 0x206, "name regex"),
        Order("strgp_metric_add", 0x207, "name metric"),
        Order("strgp_metric_del", 0x208, "name metric"),
        Not("store_time_stats", 0x209, OwnWay),

        Order("updtr_add", 0x300, "name", "interval offset auto_interval push perm"),
        Order("updtr_del", 0x301, "name"),
        Start("updtr_start", 0x302, "name", "interval offset auto_interval"),
        Order("updtr_stop", 0x303, "name"),
        Ask("updtr_status", 0x304, "name summary reset"),
        Order("updtr_prdcr_add", 0x305, "name regex"),
        Order("updtr_prdcr_del", 0x306, "name regex"),
        Order("updtr_match_add", 0x307, "name regex", "match"),
        Order("updtr_match_del", 0x308, "name regex", "match"),
        Ask("updtr_task", 0x309, "", "name"),
        Ask("updtr_match_list", 0x30a, "name") with { InPair = false },
        Not("update_time_stats", 0x30b, OwnWay),

        Order("start", 0x502, "name interval", "offset exclusive_thread"),
        Order("stop", 0x503, "name"),
        Not("plugn_status", 0x504, OwnWay),
        Order("load", 0x505, "name", "plugin"),
        Order("term", 0x506, "name"),
        Order("config", 0x507, "name") with { Rest = LdmsdRest.Plugin },
        Not("usage", 0x508, "plugins are not listed by Understudy: it has meminfo and vmstat"),
        Not("plugn_sets", 0x509, OwnWay),

        Not("udata", 0x600, UserWords),
        Not("udata_regex", 0x601, UserWords),
        First("log_level", 0x602, "level", "name regex"),
        Ask("daemon_status", 0x603, "thread_stats"),
        Ask("version", 0x604, "") with { InPair = false },
        First("env", 0x605, "") with { Rest = LdmsdRest.Plugin },
        First("include", 0x606, "path"),
        Not("oneshot", 0x607, "a sampler is not run once by Understudy; start it"),
        Not("logrotate", 0x608, "the log is the journal's or the terminal's; nothing is rotated by Understudy"),
        Not("daemon_exit", 0x609, "Understudy is not ended over the network; end it with systemctl or a signal"),
        Ask("xprt_stats", 0x60c, "reset sq_depth") with { InPair = false },
        Not("thread_stats", 0x60d, OwnWay),
        Not("prdcr_stats", 0x60e, OwnWay),
        Ask("set_stats", 0x60f, "summary") with { InPair = false },
        First("listen", 0x610, "xprt port", "host auth quota rx_rate"),
        Not("metric_sets_default_authz", 0x611, "permissions of sets are those of their sampler; say perm= in its config line"),
        First("option", 0x612, "") with { Rest = LdmsdRest.Words },
        Not("set_sec_mod", 0x613, "permissions of sets are those of their sampler; say perm= in its config line"),
        Not("log_status", 0x614, OwnWay),
        Not("stats_reset", 0x615, OwnWay),
        First("default_auth", 0x616, "plugin") with { Rest = LdmsdRest.Plugin },
        Passed("memory", 0x617, "size"),
        Passed("log_file", 0x618, "path"),
        Passed("publish_kernel", 0x619, "path"),
        First("daemon_name", 0x61a, "name"),
        Passed("worker_threads", 0x61b, "num"),
        Passed("default_quota", 0x61c, "quota"),
        Passed("pid_file", 0x61d, "path"),
        Passed("banner", 0x61e, "mode"),
        Not("profiling", 0x61f, OwnWay),

        Order("failover_config", 0x700, "", "host port xprt peer_name interval timeout_factor auto_switch") with
        {
            ControllerNeeds = ["host", "port", "xprt"],
            Noise = ["type"],                                          // ldms_quickstart(7) writes type=active here
        },
        Order("failover_peercfg_start", 0x701, "") with { InPair = true },
        Order("failover_peercfg_stop", 0x702, "") with { InPair = true },
        Not("failover_mod", 0x703, "is deprecated and does nothing in ldmsd either; write failover_config auto_switch="),
        Ask("failover_status", 0x704, "") with { Everyone = false },
        Start("failover_start", 0x770, ""),
        Order("failover_stop", 0x771, "") with { InPair = true },

        Not("setgroup_add", 0x800, Groups),
        Not("setgroup_mod", 0x801, Groups),
        Not("setgroup_del", 0x802, Groups),
        Not("setgroup_ins", 0x803, Groups),
        Not("setgroup_rm", 0x804, Groups),
        Not("publish", 0x900, Streams),
        Not("subscribe", 0x901, Streams),
        Not("unsubscribe", 0x902, Streams),
        Not("stream_client_dump", 0x903, Streams),
        Not("stream_status", 0x905, Streams),
        Not("stream_disable", 0x906, Streams),
        First("auth_add", 0xa00, "name", "plugin") with { Rest = LdmsdRest.Plugin },
        Not("auth_del", 0xa01, "auth domains live as long as the daemon; change the file and start it again"),
        Not("qgroup_config", 0xb00, Quotas),
        Not("qgroup_member_add", 0xb01, Quotas),
        Not("qgroup_member_del", 0xb02, Quotas),
        Not("qgroup_start", 0xb03, Quotas),
        Not("qgroup_stop", 0xb04, Quotas),
        Not("qgroup_info", 0xb05, Quotas),
        Not("msg_stats", 0xc00, Streams),
        Not("msg_client_stats", 0xc01, Streams),
        Not("msg_disable", 0xc02, Streams),
    ]);

    private static readonly Dictionary<string, LdmsdVerb> s_byName = All.ToDictionary(v => v.Name, StringComparer.Ordinal);

    private static readonly Dictionary<uint, LdmsdVerb> s_byId = All.ToDictionary(v => v.RequestId);

    /// <summary>Other spellings of a verb in configuration files.</summary>
    private static readonly Dictionary<string, string> s_alias = new(StringComparer.Ordinal) { ["loglevel"] = "log_level" };

    /// <summary>Failover's own requests between two ldmsd, 0x705 to 0x70b: not for users, and an assertion away from ending the original (docs/protocol/ldms.md).</summary>
    public static bool IsBetweenPeers(uint requestId) => requestId is >= 0x705 and <= 0x70b;

    public static LdmsdVerb? Find(string name) => s_byName.GetValueOrDefault(s_alias.GetValueOrDefault(name, name));

    public static LdmsdVerb? Find(uint requestId) => s_byId.GetValueOrDefault(requestId);

    /// <summary>What to say of a verb that is none: the nearest that there is.</summary>
    public static string Unknown(string verb)
    {
        var meant = Nearest.To(verb, All.Where(v => v.NotDone is null).Select(v => v.Name).Concat(s_alias.Keys));
        return $"{LdmsdProblem.Quote(verb)} is no command of ldmsd{(meant is null ? "; docs/guide/collection.md lists those that are read" : $"; did you mean '{meant}'?")}";
    }

    private static LdmsdVerb Order(string name, uint id, string needs, string takes = "") =>
        new(name, id, LdmsdTurn.InOrder, Words(needs), Words(takes), LdmsdRest.Refused, Everyone: false, Changes: true, InPair: false, NotDone: null);

    private static LdmsdVerb Start(string name, uint id, string needs, string takes = "") => Order(name, id, needs, takes) with { Turn = LdmsdTurn.Last };

    private static LdmsdVerb First(string name, uint id, string needs, string takes = "") => Order(name, id, needs, takes) with { Turn = LdmsdTurn.First };

    private static LdmsdVerb Ask(string name, uint id, string takes, string needs = "") => Order(name, id, needs, takes) with { Everyone = true, Changes = false, InPair = true };

    private static LdmsdVerb Not(string name, uint id, string why) => Order(name, id, "") with { NotDone = why, Rest = LdmsdRest.Plugin };

    /// <summary>A line that is read, noted, and has no effect.</summary>
    private static LdmsdVerb Passed(string name, uint id, string takes) => First(name, id, "", takes) with { Noise = Words($"{takes} *") };

    /// <summary>Why a verb that is read has no effect; null for one that has.</summary>
    internal static string? Idle(LdmsdVerb verb) => verb.Noise.Contains("*", StringComparer.Ordinal) ? Sizes : null;

    private static ValueList<string> Words(string words) => words.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToValueList();
}
