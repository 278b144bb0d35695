using System.Globalization;

namespace Understudy.Core.Ups;

/// <summary>
/// What the sources say, put together into what is shown: of the primary in failover, of the best that has it for each variable in multiplex, with our own variables beside it. Only
/// what was touched is looked at again, or all of it when a source came, went, or changed its worth.
/// </summary>
internal sealed class ProxyComposer
{
    /// <summary>Two sources that poll in turn disagree for a moment after each change; after so long it is no moment any more.</summary>
    private static readonly TimeSpan s_contradictionPatience = TimeSpan.FromSeconds(5);

    private ProxyRules rules;
    private readonly UpsSource[] sources;
    private readonly Dictionary<string, Variable> own = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> touched = new(StringComparer.OrdinalIgnoreCase);
    private bool everything = true;
    private bool everShown;
    private bool mayAlarm;      // this process has shown a source, or the one before it had lost all: a restart with other sources must not shut clients down
    private bool alarmed;
    private Instant freshUntil;
    private readonly string[] upstreamDrivers;
    private readonly Instant startedAt;
    private Instant nobodySince;
    private int lastPrimary = -1;
    private Instant contradictedSince = Instant.Never;
    private Instant flipAt = Instant.Never;
    private string? contradiction;
    private string? cabling;

    internal ProxyComposer(ProxyRules rules, ProxyIdentity identity, UpsSource[] sources, Instant now)
    {
        (this.rules, this.sources, startedAt, nobodySince) = (rules, sources, now, now);
        upstreamDrivers = [.. sources.Select(s => $"upstream.{s.Name}.driver.")];
        Own("device.type", "ups");
        Own("driver.name", identity.Program);
        Own("driver.version", identity.Version);
        Own("driver.version.internal", identity.Version);
        Own("driver.state", "init.starting");
        Own("driver.stats.total_drivers", sources.Length);
        own["driver.debug"] = new Variable("0", VariableTraits.Writable | VariableTraits.Number, 0, [], []);
        var armed = identity.Parameters.LastOrDefault(e => e.Key == "allow_killpower") is { Value: not "0" };
        own["driver.flag.allow_killpower"] = new Variable(armed ? "1" : "0", VariableTraits.Writable | VariableTraits.Number, 0, [], []);
        foreach (var (name, value) in rules.Fixed)
        {
            Own(name, value);
        }

        foreach (var entry in identity.Parameters.Where(e => e.Key is not ("driver" or "allow_killpower")))
        {
            Own(entry.Value is null ? $"driver.flag.{entry.Key}" : $"driver.parameter.{entry.Key}", entry.Value ?? "enabled");
        }
    }

    internal ProxyView View { get; } = new();

    /// <summary>A variable or command of a source changed.</summary>
    internal void Touch(int source, string name)
    {
        if (name.StartsWith("driver.", StringComparison.OrdinalIgnoreCase))
        {
            name = Upstream(source, name);
        }

        touched.Add(name);
    }

    internal void Everything() => everything = true;

    internal void Apply(ProxyRules other)
    {
        foreach (var (name, _) in rules.Fixed)
        {
            own.Remove(name);
        }

        foreach (var (name, value) in other.Fixed)
        {
            Own(name, value);
        }

        (rules, everything) = (other, true);
    }

    /// <summary>What is shown, and how long it may pass for fresh, as the process before us leaves it.</summary>
    /// <param name="at">When that one stopped to look at sources.</param>
    internal void Inherit(HandedView told, Func<string, int> rankOf, Instant at)
    {
        View.Inherit(told, rankOf);
        (everShown, nobodySince, everything) = (told.EverShown, told.NobodySince, true);
        mayAlarm = told.EverShown && told.NobodySince != Instant.Never;
        freshUntil = told.Fresh ? Instant.Earlier(told.FreshUntil, at + Hold) : at;
    }

    /// <summary>Until when what is shown counts as fresh; Never while somebody vouches for it.</summary>
    internal (Instant FreshUntil, Instant NobodySince, bool EverShown) Standing => (freshUntil, nobodySince, everShown);

    /// <summary>Sets one of our own writable variables; false where it is none.</summary>
    internal bool SetOwn(string name, string value)
    {
        if (own.GetValueOrDefault(name) is not { } variable || !variable.Flags.HasFlag(VariableTraits.Writable))
        {
            return false;
        }

        own[name] = variable with { Value = value };
        touched.Add(name);
        return true;
    }

    /// <summary>Brings the view up to date. Returns what a person should know: contradictions that began or ended.</summary>
    internal IReadOnlyList<string> Compose(int primary, ReadOnlySpan<SourcePriority> priorities, Instant now)
    {
        nobodySince = primary >= 0 ? Instant.Never : nobodySince == Instant.Never ? now : nobodySince;
        (lastPrimary, everShown, mayAlarm) = primary >= 0 ? (primary, true, true) : (lastPrimary, everShown, mayAlarm);
        Statistics(primary, priorities);
        freshUntil = primary >= 0 ? FreshUntil(primary, now) : Instant.Earlier(freshUntil == Instant.Never ? now + Hold : freshUntil, HeldUntil);
        var nothing = Alarmed(primary, now);
        everything |= now >= flipAt || nothing != alarmed;
        alarmed = nothing;
        var said = new List<string>();
        var names = everything ? AllNames() : touched;
        var held = primary >= 0 ? primary : lastPrimary;      // data of the last primary stays, though not as fresh
        if (held >= 0 || alarmed)
        {
            foreach (var name in names)
            {
                if (!StatusRules.IsStatus(name))
                {
                    Show(name, held, primary, now);
                }
            }

            Commands(held, primary, names, now);
            if (everything || primary < 0 || contradictedSince != Instant.Never || BearsOnStatus(names))
            {
                Status(held, primary, now, said);
            }
        }
        else
        {
            foreach (var (name, variable) in own)
            {
                View.Want(name, variable, -1);
            }

            View.Want("ups.status", View.Tree.Find("ups.status") ?? Variable.Of("WAIT"), -1);      // without one upsd would say that the variable is not there
        }

        (everything, flipAt) = (false, NextFlip(now));
        touched.Clear();
        View.WantFresh(IsFresh(primary, now));
        return said;
    }

    /// <summary>A status goes by what a UPS says of itself and its battery, and by serial numbers; not by the word of a driver on its own state, which comes all the time.</summary>
    private static bool BearsOnStatus(HashSet<string> names)
    {
        foreach (var name in names)
        {
            if (!name.StartsWith("upstream.", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("driver.", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>When time alone changes what is shown.</summary>
    internal Instant Deadline(int primary, Instant now)
    {
        var next = flipAt;
        if (contradictedSince != Instant.Never)
        {
            next = Sooner(next, contradictedSince + s_contradictionPatience, now);
        }

        if (!everShown)
        {
            next = Sooner(next, startedAt + rules.InitTime, now);
        }

        if (primary < 0)
        {
            next = Sooner(next, freshUntil, now);
            next = Sooner(next, nobodySince + rules.NoPrimaryTime, now);
            next = Sooner(next, nobodySince + rules.NoPrimaryTime + NobodyAlarm, now);
        }

        return next;
    }

    /// <summary>When a source will have been well, or not well, for as long as a flip timer says.</summary>
    private Instant NextFlip(Instant now)
    {
        var next = Instant.Never;
        foreach (var source in sources)
        {
            next = source.Override is { } word ? Sooner(next, word.Until, now) : next;
            if (source.EverSeen)
            {
                foreach (var span in source.Fresh ? rules.FlipBack : rules.FlipAfter)
                {
                    next = Sooner(next, (source.Fresh ? source.WellSince : source.UnwellSince) + span.Span, now);
                }
            }
        }

        return next;
    }

    /// <summary>How long data without a source is still shown as fresh: no longer than a variable may be old.</summary>
    private TimeSpan Hold => rules.FlipOf("ups.status").After;

    /// <summary>With fsdmode 1 the alarm is shown as fresh for so long, so that upsmon sees it before the data goes stale (failover(8): 15 s).</summary>
    private static TimeSpan NobodyAlarm => TimeSpan.FromSeconds(15);

    private static Instant Sooner(Instant next, Instant at, Instant now) => at > now ? Instant.Earlier(next, at) : next;

    /// <summary>Stock drivers' own variables keep apart from ours.</summary>
    private string Upstream(int source, string name) => rules.Mode == ProxyMode.Failover ? $"upstream.{name}" : $"upstream.{sources[source].Name}.{name}";

    private HashSet<string> AllNames()
    {
        var names = new HashSet<string>(View.Tree.Variables.Keys, StringComparer.OrdinalIgnoreCase);
        names.UnionWith(View.Tree.Commands);
        names.UnionWith(own.Keys);
        names.UnionWith(rules.Defaults.Select(d => d.Name));
        foreach (var source in sources)
        {
            names.UnionWith(source.Tree.Variables.Keys.Select(n => n.StartsWith("driver.", StringComparison.OrdinalIgnoreCase) ? Upstream(source.Rank, n) : n));
            names.UnionWith(source.Tree.Commands);
        }

        return names;
    }

    private void Show(string name, int held, int primary, Instant now)
    {
        if (own.TryGetValue(name, out var ours))
        {
            View.Want(name, ours, -1);
            return;
        }

        if (alarmed || name.StartsWith("driver.", StringComparison.OrdinalIgnoreCase))
        {
            View.Want(name, Default(name), -1);      // of driver.* only ours is shown under this name; one that is not is of a process before us
            return;
        }

        var (owner, theirs) = name.StartsWith("upstream.", StringComparison.OrdinalIgnoreCase) ? Upstreams(name, held, now) : (Owner(name, held, primary, now), name);
        View.Want(name, owner < 0 ? Default(name) : sources[owner].Tree.Find(theirs), owner);
    }

    private Variable? Default(string name)
    {
        foreach (var (known, value) in rules.Defaults)
        {
            if (known.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return Variable.Of(value);
            }
        }

        return null;
    }

    /// <summary>ignorelb: the battery is low when what is shown of it is below what is shown as its limit.</summary>
    private IEnumerable<string> WithOwnLowBattery(IEnumerable<string> tokens) =>
        !rules.IgnoreLowBattery ? tokens : tokens.Where(t => t != "LB").Concat(IsBelow("battery.charge") || IsBelow("battery.runtime") ? ["LB"] : []);

    private bool IsBelow(string name) => Shown(name) is { } value && Shown($"{name}.low") is { } low && value < low;

    private double? Shown(string name) => double.TryParse(View.Tree.ValueOf(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Whose own variable a name with <c>upstream.</c> is, and how that source calls it.</summary>
    private (int Owner, string Name) Upstreams(string name, int held, Instant now)
    {
        if (rules.Mode == ProxyMode.Failover)
        {
            return (held, name["upstream.".Length..]);
        }

        foreach (var source in sources)
        {
            if (name.StartsWith(upstreamDrivers[source.Rank], StringComparison.OrdinalIgnoreCase))
            {
                return (Vouches(source, now) ? source.Rank : -1, name[$"upstream.{source.Name}.".Length..]);
            }
        }

        return (-1, name);
    }

    /// <summary>The source that a variable is shown from; -1 for none.</summary>
    private int Owner(string name, int held, int primary, Instant now)
    {
        if (rules.Mode == ProxyMode.Failover || primary < 0)
        {
            return sources[held].Tree.Find(name) is null ? -1 : held;
        }

        var (after, back) = rules.FlipOf(name);
        var current = View.OwnerOf(name);
        var best = -1;
        foreach (var i in rules.OrderFor(name))
        {
            if (sources[i].Tree.Find(name) is null || !Counts(sources[i], after, now))
            {
                continue;
            }

            // One that comes back waits, unless nobody else has the variable, or it is shown already.
            if (i == current || current < 0 || (sources[i].Fresh && (now >= sources[i].WellSince + back || sources[i].IsNewcomer(startedAt + rules.InitTime))))
            {
                return i;
            }

            best = best < 0 ? i : best;
            if (i != current && (sources[current].Tree.Find(name) is null || !Counts(sources[current], after, now)))
            {
                return i;
            }
        }

        return best;
    }

    /// <summary>Its values may be shown: it is fresh, or has not been stale for longer than allowed. One that is gone has nothing to wait for.</summary>
    private static bool Counts(UpsSource source, TimeSpan after, Instant now) =>
        !source.KeptOut(now) && (source.Fresh || (source.Connected && source.Dumped && now < source.UnwellSince + after));

    /// <summary>It is fresh, and no operator keeps it out.</summary>
    private static bool Vouches(UpsSource source, Instant now) => source.Fresh && !source.KeptOut(now);

    private void Commands(int held, int primary, HashSet<string> names, Instant now)
    {
        if (everything)
        {
            OwnCommands();
        }

        foreach (var name in names)
        {
            var theirs = Downstream(name);
            if (s_own.Contains(theirs, StringComparer.OrdinalIgnoreCase) || !sources.Any(s => s.Tree.Commands.Contains(theirs)))
            {
                foreach (var former in (ReadOnlySpan<string>)[theirs, $"upstream.{theirs}"])
                {
                    if (!IsOwn(former))
                    {
                        View.WantCommand(former, false, -1);
                    }
                }

                continue;
            }

            var owner = primary < 0 ? -1 : rules.Mode == ProxyMode.Failover
                ? (sources[held].Tree.Commands.Contains(theirs) ? held : -1)
                : rules.OrderFor(theirs).Where(i => Vouches(sources[i], now) && sources[i].Tree.Commands.Contains(theirs)).Append(-1).First();
            View.WantCommand(theirs, owner >= 0, owner);
            View.WantCommand($"upstream.{theirs}", rules.UpstreamNames && owner >= 0, owner);
        }
    }

    /// <summary>A command that we answer ourselves.</summary>
    private bool IsOwn(string name) => s_own.Contains(name, StringComparer.OrdinalIgnoreCase) || sources.Any(
        s => name.Equals($"{s.Name}.force.primary", StringComparison.OrdinalIgnoreCase) || name.Equals($"{s.Name}.force.ignore", StringComparison.OrdinalIgnoreCase));

    private void OwnCommands()
    {
        foreach (var source in sources)
        {
            View.WantCommand($"{source.Name}.force.primary", true, -1);
            View.WantCommand($"{source.Name}.force.ignore", true, -1);
        }

        foreach (var ours in s_own)
        {
            View.WantCommand(ours, true, -1);
        }
    }

    /// <summary>How its source calls a command that was touched or is offered under this name.</summary>
    private string Downstream(string name)
    {
        foreach (var source in sources)
        {
            if (name.StartsWith(upstreamDrivers[source.Rank], StringComparison.OrdinalIgnoreCase))
            {
                return name[$"upstream.{source.Name}.".Length..];
            }
        }

        return name.StartsWith("upstream.", StringComparison.OrdinalIgnoreCase) ? name["upstream.".Length..] : name;
    }

    /// <summary>Ours, whoever else has such a command: a proxy must not have its sources' drivers killed or reloaded by name.</summary>
    private static readonly string[] s_own = ["driver.killpower", "driver.reload", "driver.reload-or-error", "driver.reload-or-exit", "driver.exit"];

    private void Status(int held, int primary, Instant now, List<string> said)
    {
        if (primary < 0)
        {
            Nobody(held, now);
            return;
        }

        if (rules.Mode == ProxyMode.Failover)
        {
            var status = WithOwnLowBattery(StatusRules.Tokens(sources[primary].Tree.ValueOf("ups.status"))).ToList();
            View.Want("ups.status", Variable.Of(status.Count == 0 ? "WAIT" : StatusRules.Compose(status)), primary);
            View.Want("ups.alarm", sources[primary].Tree.Find("ups.alarm"), primary);
            return;
        }

        var opinions = rules.OrderFor("ups.status").Select(i => sources[i]).Where(s => Counts(s, Hold, now))
            .Select(s => new StatusOpinion(s.Name, s.Tree.ValueOf("ups.status"), s.Tree.ValueOf("ups.alarm"))).ToList();
        var lasting = contradictedSince != Instant.Never && now >= contradictedSince + s_contradictionPatience;
        var joint = StatusRules.Join(opinions, rules.Conflict, tell: lasting, forced: Forced(now));
        contradictedSince = joint.Contradiction is null ? Instant.Never : contradictedSince == Instant.Never ? now : contradictedSince;
        Told(ref contradiction, lasting ? joint.Contradiction : null, "the sources agree again", said);
        Told(ref cabling, Cabling(now), "the sources report one serial number again", said);
        var alarm = cabling is null ? joint.Alarm : joint.Alarm is null ? $"[understudy] {cabling}" : $"{joint.Alarm}; [understudy] {cabling}";
        var tokens = joint.Status.Length == 0 ? [] : WithOwnLowBattery(StatusRules.Tokens(joint.Status)).Concat(alarm is null ? [] : ["ALARM"]).ToList();      // where nobody says anything there is nothing to add to
        var owner = joint.PowerFrom is { } from ? Array.FindIndex(sources, s => s.Name == from) : -1;
        View.Want("ups.status", Variable.Of(tokens.Count == 0 ? "WAIT" : StatusRules.Compose(tokens)), owner);
        View.Want("ups.alarm", alarm is null ? null : Variable.Of(alarm), -1);
    }

    /// <summary>Somebody was told that all must go down, and who said so has not taken it back: that another path says OL is no reason to stop in the middle.</summary>
    private bool Forced(Instant now) => rules.Mode == ProxyMode.Multiplex && sources.Any(s => s.ForcedShutdown && !s.KeptOut(now));

    private static void Told(ref string? was, string? now, string over, List<string> said)
    {
        if (was != now)
        {
            said.Add(now ?? over);
            was = now;
        }
    }

    /// <summary>Two paths that report different serial numbers look at two devices: somebody plugged a cable into the wrong one.</summary>
    private string? Cabling(Instant now)
    {
        var serials = sources.Where(s => Vouches(s, now))
            .Select(s => (s.Name, Serial: (s.Tree.ValueOf("device.serial") ?? s.Tree.ValueOf("ups.serial") ?? "").Trim())).Where(s => s.Serial.Length > 0).ToList();
        return serials.Select(s => s.Serial).Distinct(StringComparer.OrdinalIgnoreCase).Count() < 2
            ? null
            : $"these are not one device: {string.Join(", ", serials.Select(s => $"{s.Name} has serial {s.Serial}"))}";
    }

    /// <summary>
    /// fsdmode: the last source has been gone for a while, and one was shown before. The alarm counts as fresh, for as long as it takes: so nothing else may be shown beside it,
    /// or values would be told as fresh that nobody has vouched for since.
    /// </summary>
    private bool Alarmed(int primary, Instant now) => primary < 0 && rules.Nobody != NobodyPolicy.Stale && mayAlarm && now >= nobodySince + rules.NoPrimaryTime;

    private void Nobody(int held, Instant now)
    {
        if (!alarmed)
        {
            var tokens = StatusRules.Tokens(sources[held].Tree.ValueOf("ups.status")).ToList();
            View.Want("ups.status", View.Tree.Find("ups.status") ?? Variable.Of(tokens.Count == 0 ? "WAIT" : StatusRules.Compose(tokens)), held);
            return;
        }

        View.Want("ups.alarm", Variable.Of("No source of this UPS can be shown"), -1);
        View.Want("ups.status", Variable.Of(rules.Nobody == NobodyPolicy.AlarmAndShutdown || Forced(now) ? "ALARM FSD" : "ALARM"), -1);
    }

    private bool IsFresh(int primary, Instant now)
    {
        if (primary >= 0 || !everShown)
        {
            // Before the first source there is no data to be old, and upsmon need not call it lost yet: inittime.
            return everShown ? now < freshUntil : now < startedAt + rules.InitTime;
        }

        // What was stale before it went does not become fresh by going.
        var gone = now - nobodySince;
        return now < freshUntil || (mayAlarm && gone >= rules.NoPrimaryTime && rules.Nobody switch
        {
            NobodyPolicy.Stale => false,
            NobodyPolicy.AlarmThenStale => gone < rules.NoPrimaryTime + NobodyAlarm,
            NobodyPolicy.AlarmAndShutdown => true,
        });
    }

    /// <summary>When what is shown now stops to count as fresh: Never while a source vouches for it, else a bound after that ended.</summary>
    private Instant FreshUntil(int primary, Instant now)
    {
        var shown = rules.Mode == ProxyMode.Failover ? [sources[primary]] : sources.Where(s => s.Connected && s.Dumped && !s.KeptOut(now)).ToArray();
        return shown.Any(s => s.Fresh) ? Instant.Never : shown.Length == 0 ? default : shown.Max(s => s.UnwellSince) + Hold;
    }

    /// <summary>The last primary may have been shown for another reason than its freshness: then it is no fresher for being the last.</summary>
    private Instant HeldUntil => lastPrimary < 0 || sources[lastPrimary].Fresh ? Instant.Never : sources[lastPrimary].UnwellSince + Hold;

    private void Statistics(int primary, ReadOnlySpan<SourcePriority> priorities)
    {
        Own("driver.state", primary >= 0 ? "quiet" : everShown ? "reconnect.trying" : "init.starting");
        Own("driver.stats.alive_drivers", sources.Count(s => s.Alive));
        Own("driver.stats.online_drivers", sources.Count(s => s.Fresh && s.Status.Contains("OL")));
        Own("driver.stats.primary_drivers", primary >= 0 ? 1 : 0);
        Own("driver.primary.socketname", primary >= 0 ? sources[primary].Name : "");
        Own("driver.primary.priority", primary >= 0 ? (int)priorities[primary] : -1);
        Own("driver.primary.stats.cmds", primary >= 0 ? sources[primary].Tree.Commands.Count : 0);
        Own("driver.primary.stats.vars", primary >= 0 ? sources[primary].Tree.Variables.Count : 0);
    }

    private void Own(string name, int value) => Own(name, value.ToString(CultureInfo.InvariantCulture));

    private void Own(string name, string value)
    {
        if (own.GetValueOrDefault(name)?.Value != value)
        {
            own[name] = Variable.Of(value);
            touched.Add(name);
        }
    }
}
