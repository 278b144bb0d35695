namespace Understudy.Core.Ldms;

/// <summary>Updaters, storage policies and failover: what their commands mean.</summary>
internal static class LdmsdPolicies
{
    internal static LdmsdRequest.UpdaterAdd Updater(LdmsdFields at)
    {
        var (interval, offset) = (at.OrNone<TimeSpan>("interval", LdmsdValues.Interval), at.OrNone<TimeSpan>("offset", LdmsdValues.Time));
        var push = at.Word("push", PushMode.None, ("onchange", PushMode.OnChange), ("true", PushMode.EachSample), ("false", PushMode.None));
        at.Require("interval", interval is not null || push != PushMode.None, "is missing; write for instance interval=1s, or push=onchange");
        HoldOffset(at, interval, offset);
        return new(at.Name(), interval, offset, at.Or("auto_interval", LdmsdValues.Flag, false), push, at.Or("perm", LdmsdValues.Permissions, LdmsdRequests.UsualPermissions));
    }

    internal static LdmsdRequest.UpdaterStart UpdaterStart(LdmsdFields at)
    {
        var (interval, offset) = (at.OrNone<TimeSpan>("interval", LdmsdValues.Interval), at.OrNone<TimeSpan>("offset", LdmsdValues.Time));
        HoldOffset(at, interval, offset);
        return new(at.Name(), interval, offset, at.OrNone<bool>("auto_interval", LdmsdValues.Flag));
    }

    /// <summary>As in the original, whose updaters refuse half an interval and more: then the tick would belong to the next one.</summary>
    internal static void HoldOffset(LdmsdFields at, TimeSpan? interval, TimeSpan? offset) =>
        at.Require("offset", interval is not { } i || offset is not { } o || o.Duration() * 2 < i,
            $"is {LdmsdValues.Say(offset ?? default)}, must be less than half of the interval {LdmsdValues.Say(interval ?? default)}");

    /// <summary>Without the attribute the instance counts (ldmsd(8), updtr_match_add).</summary>
    internal static SetMatch Match(LdmsdFields at) => at.Word("match", SetMatch.Instance, ("inst", SetMatch.Instance), ("schema", SetMatch.Schema));

    internal static LdmsdRequest.StorageAdd Storage(LdmsdFields at)
    {
        var plugin = at.Needed("plugin", LdmsdValues.Text, "");
        var (schema, schemas) = (at.AnyName("schema"), at.OrNull<LdmsdPattern>("regex", LdmsdValues.Pattern));
        var decomposition = at.AnyName("decomposition");
        at.Require("schema", schema is null || schemas is null, "is given together with regex=; one of them says which sets are stored");
        at.Require("schema", schema is not null || schemas is not null, "is missing; write schema=NAME, or regex=EXPRESSION for several");
        if (decomposition is not null)
        {
            at.Fail("decomposition", "is not done by Understudy: sets are stored as they are; remove it");
        }

        return new(at.Name(), plugin, at.Needed("container", LdmsdValues.Text, ""), schema, schemas, decomposition,
            at.OrNone<TimeSpan>("flush", LdmsdValues.Interval), at.Or("perm", LdmsdValues.Permissions, LdmsdRequests.UsualPermissions));
    }

    internal static LdmsdRequest.FailoverConfigure Failover(LdmsdFields at)
    {
        var (host, port, transport) = (at.OrNull<string>("host", LdmsdValues.Host), at.OrNone<int>("port", LdmsdValues.Port), at.OrNull<string>("xprt", LdmsdValues.Transport));
        var given = (host is null ? 0 : 1) + (port is null ? 0 : 1) + (transport is null ? 0 : 1);
        at.Require("host", given is 0 or 3, LdmsdRefusal.FailoverNeedsPeer.Text);
        return new(host, port, transport, at.OrNull<string>("peer_name", PeerName),
            at.Or("interval", PingInterval, LdmsdRequest.FailoverConfigure.UsualInterval),
            at.Or("timeout_factor", LdmsdValues.Factor, LdmsdRequest.FailoverConfigure.UsualTimeoutFactor),
            at.Or("auto_switch", LdmsdValues.Switch, true));
    }

    /// <summary>0 is the default, as in the original.</summary>
    private static string? PingInterval(string text, out TimeSpan value)
    {
        if (LdmsdValues.Time(text, out value) is null && value == TimeSpan.Zero)
        {
            value = LdmsdRequest.FailoverConfigure.UsualInterval;
            return null;
        }

        return LdmsdValues.Interval(text, out value);
    }

    private static string? PeerName(string text, out string value)
    {
        value = text;
        return text.Length > 511 ? "has more than 511 signs" : text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)) ? $"{LdmsdProblem.Quote(text)} cannot be the name of a daemon" : null;
    }
}
