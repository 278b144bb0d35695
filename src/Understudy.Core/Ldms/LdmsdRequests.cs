using System.Diagnostics;

namespace Understudy.Core.Ldms;

/// <summary>A command's meaning, or everything that is wrong with it.</summary>
/// <param name="Request">Null exactly when there are problems.</param>
/// <param name="Notes">What was read otherwise than it stands there, or is out of date.</param>
public sealed record LdmsdRequestReading(LdmsdRequest? Request, ValueList<LdmsdProblem> Problems, ValueList<LdmsdProblem> Notes)
{
    /// <summary>What to answer to whoever sent it: EINVAL (EOPNOTSUPP for what we do not do) and all problems in one text; null when there is a request.</summary>
    public LdmsdRefusal? Refusal { get; init; }
}

/// <summary>From words to meaning, for every verb that Understudy does.</summary>
public static class LdmsdRequests
{
    /// <summary>Permissions of what is added without saying them (ldmsd(8): 0770 for policies).</summary>
    public const int UsualPermissions = 0b111_111_000;

    private static readonly string[] s_unused = ["rail", "quota", "rx_rate"];

    /// <summary>Reads one command, from a file or from a wire. Never throws.</summary>
    public static LdmsdRequestReading Read(LdmsdCommand command)
    {
        if (LdmsdVerbs.Find(command.Verb) is not { } verb)
        {
            return Refused(LdmsdRefusal.NotSupported, new(command.Place, LdmsdVerbs.Unknown(command.Verb)));
        }

        if (verb.NotDone is { } why)
        {
            return Refused(LdmsdRefusal.NotSupported, new(command.Place, $"{verb.Name} is not done by Understudy: {why}"));
        }

        if (verb.Name == "include")
        {
            return Refused(LdmsdRefusal.NotSupported, new(command.Place, "include is read in files, and only there: it is resolved before a command has its meaning"));
        }

        var at = new LdmsdFields(verb, command);
        var request = LdmsdVerbs.Idle(verb) is { } idle ? new LdmsdRequest.PassOver(verb.Name, idle) : Meaning(verb, at);
        return at.Problems.Count == 0
            ? new(request, [], at.Notes)
            : new(null, at.Problems, at.Notes) { Refusal = new(LdmsdRefusal.Invalid, string.Join(" ", at.Problems.Select(p => p.Text))) };
    }

    private static LdmsdRequestReading Refused(int code, LdmsdProblem problem) => new(null, [problem], []) { Refusal = new(code, problem.Text) };

    private static LdmsdRequest Meaning(LdmsdVerb verb, LdmsdFields at) => verb.Name switch
    {
        "env" => new LdmsdRequest.SetEnvironment(at.Rest),
        "log_level" => Level(at),
        "listen" => new LdmsdRequest.Listen(at.Needed("xprt", LdmsdValues.Transport, ""), at.Needed("port", LdmsdValues.Port, 0), at.OrNull<string>("host", LdmsdValues.Host), at.AnyName("auth")),
        "auth_add" => Auth(at),
        "default_auth" => new LdmsdRequest.SetDefaultAuth(at.Needed("plugin", AuthPlugin, ""), at.Rest),
        "daemon_name" => new LdmsdRequest.SetDaemonName(at.Name()),
        "option" => LdmsdOptions.Read(at),

        "load" => Load(at),
        "config" => new LdmsdRequest.ConfigurePlugin(at.Name(), at.Rest),
        "start" => StartSampler(at),
        "stop" => new LdmsdRequest.StopSampler(at.Name()),
        "term" => new LdmsdRequest.UnloadPlugin(at.Name()),

        "prdcr_add" => Producer(at),
        "prdcr_del" => new LdmsdRequest.ProducerDelete(at.Name()),
        "prdcr_start" => new LdmsdRequest.ProducerStart(at.Name(), Reconnect(at)),
        "prdcr_stop" => new LdmsdRequest.ProducerStop(at.Name()),
        "prdcr_start_regex" => new LdmsdRequest.ProducerStartMatching(at.Pattern(), Reconnect(at)),
        "prdcr_stop_regex" => new LdmsdRequest.ProducerStopMatching(at.Pattern()),
        "prdcr_status" => new LdmsdRequest.ProducerStatus(at.AnyName("name")),
        "prdcr_set_status" => new LdmsdRequest.ProducerSetStatus(at.AnyName("producer"), at.AnyName("instance"), at.AnyName("schema")),

        "updtr_add" => LdmsdPolicies.Updater(at),
        "updtr_del" => new LdmsdRequest.UpdaterDelete(at.Name()),
        "updtr_start" => LdmsdPolicies.UpdaterStart(at),
        "updtr_stop" => new LdmsdRequest.UpdaterStop(at.Name()),
        "updtr_status" => new LdmsdRequest.UpdaterStatus(at.AnyName("name"), at.Has("summary")),
        "updtr_task" => new LdmsdRequest.UpdaterTask(at.AnyName("name") ?? ""),
        "updtr_match_list" => new LdmsdRequest.UpdaterMatchList(at.AnyName("name")),
        "updtr_prdcr_add" => new LdmsdRequest.UpdaterProducerAdd(at.Name(), at.Pattern()),
        "updtr_prdcr_del" => new LdmsdRequest.UpdaterProducerDelete(at.Name(), at.Pattern()),
        "updtr_match_add" => new LdmsdRequest.UpdaterMatchAdd(at.Name(), at.Pattern(), LdmsdPolicies.Match(at)),
        "updtr_match_del" => new LdmsdRequest.UpdaterMatchDelete(at.Name(), at.Pattern(), LdmsdPolicies.Match(at)),

        "strgp_add" => LdmsdPolicies.Storage(at),
        "strgp_del" => new LdmsdRequest.StorageDelete(at.Name()),
        "strgp_start" => new LdmsdRequest.StorageStart(at.Name()),
        "strgp_stop" => new LdmsdRequest.StorageStop(at.Name()),
        "strgp_status" => new LdmsdRequest.StorageStatus(at.AnyName("name")),
        "strgp_prdcr_add" => new LdmsdRequest.StorageProducerAdd(at.Name(), at.Pattern()),
        "strgp_prdcr_del" => new LdmsdRequest.StorageProducerDelete(at.Name(), at.Pattern()),
        "strgp_metric_add" => new LdmsdRequest.StorageMetricAdd(at.Name(), at.Needed("metric", LdmsdValues.Text, "")),
        "strgp_metric_del" => new LdmsdRequest.StorageMetricDelete(at.Name(), at.Needed("metric", LdmsdValues.Text, "")),

        "failover_config" => LdmsdPolicies.Failover(at),
        "failover_start" => new LdmsdRequest.FailoverStart(),
        "failover_stop" => new LdmsdRequest.FailoverStop(),
        "failover_status" => new LdmsdRequest.FailoverStatus(),
        "failover_peercfg_start" => new LdmsdRequest.FailoverPeerStart(),
        "failover_peercfg_stop" => new LdmsdRequest.FailoverPeerStop(),

        "daemon_status" => new LdmsdRequest.DaemonStatus(),
        "version" => new LdmsdRequest.Version(),
        "cfg_cntr" => new LdmsdRequest.ConfigurationCount(),
        "set_stats" => new LdmsdRequest.SetStatistics(),
        "xprt_stats" => new LdmsdRequest.TransportStatistics(at.Has("reset")),
        _ => throw new UnreachableException(verb.Name),
    };

    private static LdmsdRequest.SetLogLevel Level(LdmsdFields at) => new(at.Word("level", "",
        ("QUIET", "QUIET"), ("DEBUG", "DEBUG"), ("INFO", "INFO"), ("WARN", "WARN"), ("WARNING", "WARN"), ("ERROR", "ERROR"), ("CRITICAL", "CRITICAL")));

    private static LdmsdRequest.AddAuth Auth(LdmsdFields at)
    {
        var name = at.Name();
        return new(name, at.Has("plugin") ? at.Or("plugin", AuthPlugin, "") : AuthByName(at, name), at.Rest);
    }

    /// <summary>Without a plugin, the domain's name is the plugin's (ldmsd(8), auth_add).</summary>
    private static string AuthByName(LdmsdFields at, string name)
    {
        if (AuthPlugin(name, out var plugin) is { } problem && name.Length > 0)
        {
            at.Fail("name", $"{problem}; name another plugin with plugin=");
        }

        return plugin;
    }

    /// <summary>munge needs libmunge and its daemon; naive trusts whoever speaks.</summary>
    internal static string? AuthPlugin(string text, out string value)
    {
        value = text;
        return text is "none" or "ovis" ? null
            : text is "munge" or "naive" ? $"{LdmsdProblem.Quote(text)} is not spoken by Understudy; write none or ovis"
            : $"{LdmsdProblem.Quote(text)} is no auth plugin that Understudy has; write none or ovis";
    }

    private static LdmsdRequest.LoadPlugin Load(LdmsdFields at)
    {
        var name = at.Name();
        var plugin = at.Has("plugin") ? at.Needed("plugin", LdmsdValues.Text, "") : name;
        if (plugin is not ("meminfo" or "vmstat") && !plugin.StartsWith("store_", StringComparison.Ordinal) && plugin.Length > 0)
        {
            at.Fail(at.Has("plugin") ? "plugin" : "name", $"{LdmsdProblem.Quote(plugin)} is no plugin of Understudy's; it has meminfo, vmstat and store_csv"
                + (Nearest.To(plugin, ["meminfo", "vmstat", "store_csv"]) is { } meant ? $"; did you mean '{meant}'?" : ", and takes other samplers from an ldmsd with prdcr_add"));
        }

        return new(name, plugin);
    }

    private static LdmsdRequest.StartSampler StartSampler(LdmsdFields at)
    {
        var (interval, offset) = (at.Needed("interval", LdmsdValues.Interval, TimeSpan.Zero), at.OrNone<TimeSpan>("offset", LdmsdValues.Time));
        LdmsdPolicies.HoldOffset(at, interval, offset);
        return new(at.Name(), interval, offset);
    }

    private static LdmsdRequest.ProducerAdd Producer(LdmsdFields at)
    {
        var reconnect = Reconnect(at);
        if (reconnect is null && !at.Has("reconnect") && !at.Has("interval"))
        {
            at.Fail("reconnect", "The attribute 'reconnect' is required by prdcr_add.");
        }

        foreach (var unused in s_unused.Where(at.Has))
        {
            at.Note(unused, $"{unused}= is passed over: one connection without quotas is made to each producer");
        }

        return new(
            at.Name(),
            at.Word("type", ProducerKind.Active, ("active", ProducerKind.Active), ("passive", ProducerKind.Passive)),
            at.Needed("xprt", LdmsdValues.Transport, ""),
            at.Needed("host", LdmsdValues.Host, ""),
            at.Needed("port", LdmsdValues.Port, 0),
            reconnect ?? TimeSpan.Zero,
            at.AnyName("auth"),
            at.Or("perm", LdmsdValues.Permissions, UsualPermissions),
            at.Or("cache_ip", LdmsdValues.Flag, true));
    }

    /// <summary>The older word is still read, and noted.</summary>
    private static TimeSpan? Reconnect(LdmsdFields at)
    {
        var (now, before) = (at.OrNone<TimeSpan>("reconnect", LdmsdValues.Interval), at.OrNone<TimeSpan>("interval", LdmsdValues.Interval));
        if (at.Has("interval"))
        {
            at.Note("interval", "interval= is out of date; write reconnect=");
        }

        at.Require("interval", now is null || before is null || now == before, $"says {LdmsdValues.Say(before ?? default)} and reconnect {LdmsdValues.Say(now ?? default)}; remove interval=");
        return now ?? before;
    }
}
