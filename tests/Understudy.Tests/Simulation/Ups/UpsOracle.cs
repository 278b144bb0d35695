using System.Text.RegularExpressions;
using Understudy.Core;
using Understudy.Core.Ups;

namespace Understudy.Tests.Simulation;

/// <summary>One source as the world knows that the proxy was told of it.</summary>
internal sealed class SeenSource(string name)
{
    internal string Name { get; } = name;

    internal bool Connected { get; set; }

    internal bool Dumped { get; set; }

    internal bool DataOk { get; set; }

    internal bool Hung { get; set; }

    internal SeenTree Tree { get; set; } = new();

    internal SeenTree? Incoming { get; set; }

    internal (bool Primary, Instant Until)? Override { get; set; }

    /// <summary>Since when it has been fresh; null while it is not.</summary>
    internal Instant? WellSince { get; private set; }

    /// <summary>The last moment at which it was fresh; null where it never was.</summary>
    internal Instant? LastWell { get; private set; }

    internal Instant? AskedAt { get; set; }

    internal SourcePriority Priority { get; set; } = SourcePriority.None;

    internal Instant PrioritySince { get; set; }

    internal bool Fresh => Connected && Dumped && DataOk && !Hung;

    internal bool KeptOut(Instant now) => Override is { Primary: false } o && now < o.Until;

    /// <summary>Its data may be shown: fresh now, or no longer ago than this.</summary>
    internal bool Counts(TimeSpan bound, Instant now) => !KeptOut(now) && (Fresh || (Connected && Dumped && LastWell is { } last && now < last + bound));

    internal bool WasAway { get; private set; }

    /// <summary>It has been well from its first time on, and that was in the start.</summary>
    internal bool IsNewcomer(Instant start) => !WasAway && WellSince is { } since && since < start;

    /// <summary>The last status that it vouched for had FSD.</summary>
    internal bool Forced { get; private set; }

    internal void Judge(Instant now)
    {
        if (Fresh)
        {
            Forced = Tokens().Contains("FSD");
            WellSince ??= now;
            LastWell = null;
        }
        else if (WellSince is not null)
        {
            (WellSince, LastWell, WasAway) = (null, now, true);
        }
    }

    internal HashSet<string> Tokens() => [.. (Tree["ups.status"] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(t => t != "WAIT")];
}

/// <summary>
/// What must be shown, worked out anew after each turn from what the sources said, in the plainest way that the rules allow: no increments, no views, no lines. It knows the proxy's
/// judgement of silence only (and holds that against its bounds).
/// </summary>
internal sealed class UpsOracle
{
    private readonly UpsWorld world;
    private readonly ProxyRules rules;
    private readonly Dictionary<string, int[]> orders = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, (TimeSpan After, TimeSpan Back)> flips = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> ours = new(StringComparer.OrdinalIgnoreCase) { "driver.killpower", "driver.reload", "driver.reload-or-error", "driver.reload-or-exit", "driver.exit" };
    private int held = -1;
    private Instant nobodySince;
    private Instant freshUntil;
    private Instant mustAct = Instant.Never;
    private Instant? contradictedSince;
    private Instant switchedAt = new(0);
    private string lastStatus = "WAIT";

    internal UpsOracle(UpsWorld world)
    {
        (this.world, rules, nobodySince) = (world, world.Plan.Rules, world.Plan.Start);
        Sources = [.. rules.Sources.Select(n => new SeenSource(n) { PrioritySince = nobodySince })];
        foreach (var source in Sources)
        {
            ours.Add($"{source.Name}.force.primary");
            ours.Add($"{source.Name}.force.ignore");
        }
    }

    internal SeenSource[] Sources { get; }

    internal int Primary { get; private set; } = -1;

    internal bool EverShown { get; private set; }

    /// <summary>Whose each shown variable is, as of the last turn.</summary>
    internal Dictionary<string, int> Owners { get; private set; } = new(StringComparer.OrdinalIgnoreCase);

    internal Dictionary<string, int> CommandOwners { get; private set; } = new(StringComparer.OrdinalIgnoreCase);

    private bool Multiplex => rules.Mode == ProxyMode.Multiplex;

    internal void Came(int source, Instant now)
    {
        var s = Sources[source];
        (s.Connected, s.Dumped, s.DataOk, s.Hung, s.Incoming, s.AskedAt) = (true, false, true, false, new SeenTree(), null);
        s.Judge(now);
    }

    internal void Went(int source, Instant now)
    {
        var s = Sources[source];
        (s.Connected, s.Dumped, s.Hung, s.Incoming, s.AskedAt) = (false, false, false, null, null);
        s.Judge(now);
    }

    /// <summary>A source is asked for all that it has.</summary>
    internal void ToldAgain(int source)
    {
        if (Sources[source].Dumped)
        {
            world.Met("a source was asked for all again");
            Sources[source].Incoming = new SeenTree();
        }
    }

    internal void Heard(int source, Said said, Instant now)
    {
        var s = Sources[source];
        if (said.Word == SaidWord.Nonsense)
        {
            return;
        }

        (s.AskedAt, s.Hung) = (null, false);
        switch (said.Word)
        {
            case SaidWord.DumpDone when s.Incoming is { } whole:
                (s.Tree, s.Incoming, s.Dumped) = (whole, null, true);
                break;
            case SaidWord.Ok or SaidWord.Stale:
                s.DataOk = said.Word == SaidWord.Ok;
                break;
            default:
                // While it tells all again, what it told before still counts, and so does what changes meanwhile.
                if (s.Dumped)
                {
                    said.Change?.Invoke(s.Tree);
                }

                if (s.Incoming is { } growing)
                {
                    said.Change?.Invoke(growing);
                }

                break;
        }

        s.Judge(now);
    }

    internal void Force(int source, bool primary, int seconds, Instant now) =>
        Sources[source].Override = seconds == 0 ? null : (primary, seconds < 0 ? Instant.Never : now + TimeSpan.FromSeconds(seconds));

    /// <summary>Before a turn: nothing that is shown as fresh may have passed its bound since the last one.</summary>
    internal void CheckAge(Instant now)
    {
        if (now > mustAct)
        {
            world.Break($"what should have been taken back at {world.Told(mustAct)} is still shown as fresh");
        }
    }

    /// <summary>After a turn: silence as the proxy judged it, the election, and all that is shown.</summary>
    internal void Settled(UpsProxy proxy, SimUpsd shown, Instant now)
    {
        for (var i = 0; i < Sources.Length; i++)
        {
            JudgeSilence(Sources[i], proxy.Sources[i], now);
        }

        Elect(now);
        if (proxy.Primary != Primary)
        {
            world.Break($"the primary is {Name(proxy.Primary)}, and should be {Name(Primary)}: {string.Join(", ", Sources.Select(s => $"{s.Name} {s.Priority} since {world.Told(s.PrioritySince)}"))}");
            return;
        }

        var tree = shown.Tree;
        if (held >= 0)
        {
            CheckVariables(tree, now);
            CheckCommands(tree, now);
            CheckStatus(tree, now);
        }
        else if (tree["ups.status"] != "WAIT")
        {
            world.Break($"status '{tree["ups.status"]}' is shown, and no source was ever there");
        }

        CheckFresh(shown, now);
    }

    private void JudgeSilence(SeenSource source, UpsSource judged, Instant now)
    {
        if (judged.Hung && !source.Hung)
        {
            var patience = rules.Silence < rules.DeadTime ? rules.Silence : rules.DeadTime;
            if (source.AskedAt is not { } asked || now < asked + patience)
            {
                world.Break($"{source.Name} counts as hung, and was asked {(source.AskedAt is { } at ? world.Told(at) : "nothing")}");
            }

            source.Hung = true;
        }
        else if (source.Hung && !judged.Hung)
        {
            world.Break($"{source.Name} does not count as hung, and has said nothing");
        }

        if (source is { Connected: true, AskedAt: { } since } && now >= since + rules.DeadTime)
        {
            world.Break($"{source.Name} has been silent for all of deadtime, and is still connected");
        }

        source.Judge(now);
    }

    private void Elect(Instant now)
    {
        foreach (var source in Sources)
        {
            if (PriorityOf(source, now) is var priority && priority != source.Priority)
            {
                (source.Priority, source.PrioritySince) = (priority, now);
            }
        }

        var best = -1;
        for (var i = 0; i < Sources.Length; i++)
        {
            var p = Sources[i].Priority;
            if (p != SourcePriority.None && (best < 0 || p < Sources[best].Priority || (p == Sources[best].Priority && p >= SourcePriority.Fresh && RunsLonger(Sources[i], Sources[best]))))
            {
                best = i;
            }
        }

        var stays = Primary >= 0 && best >= 0 && best != Primary && Sources[Primary].Priority == Sources[best].Priority
            && !(Sources[best].Priority < SourcePriority.Fresh && Sources[best].IsNewcomer(world.Plan.Start + rules.InitTime))
            && (now < Sources[best].PrioritySince + Flip("ups.status").Back || now < switchedAt + Flip("ups.status").Back);
        var elected = stays ? Primary : best;
        if (elected != Primary)
        {
            (Primary, switchedAt) = (elected, now);
        }

        nobodySince = Primary >= 0 ? Instant.Never : nobodySince == Instant.Never ? now : nobodySince;
        (held, EverShown) = Primary >= 0 ? (Primary, true) : (held, EverShown);
    }

    private SourcePriority PriorityOf(SeenSource s, Instant now)
    {
        if (!s.Connected || !s.Dumped || s.Hung || s.KeptOut(now))
        {
            return SourcePriority.None;
        }

        if (s.Override is { Primary: true } o && now < o.Until)
        {
            return SourcePriority.Forced;
        }

        var tokens = s.Tokens();
        var filters = rules.Filters;
        if (filters.AnySet)
        {
            var passes = tokens.Count > 0 && !filters.NotHaveAny.Any(tokens.Contains) && filters.HaveAll.All(tokens.Contains)
                && !(filters.NotHaveAll.Count > 0 && filters.NotHaveAll.All(tokens.Contains)) && (filters.HaveAny.Count == 0 || filters.HaveAny.Any(tokens.Contains));
            if (passes || rules.StrictFiltering)
            {
                return passes ? SourcePriority.Filtered : SourcePriority.None;
            }
        }

        return !s.DataOk ? SourcePriority.Alive : tokens.Contains("OL") ? SourcePriority.Online : SourcePriority.Fresh;
    }

    private bool RunsLonger(SeenSource a, SeenSource b)
    {
        static double Number(SeenSource s, string name) => double.TryParse(s.Tree[name], out var n) ? n : -1;
        var longer = Number(a, "battery.runtime") > Number(b, "battery.runtime");
        var higher = Number(a, "battery.runtime.low") > Number(b, "battery.runtime.low");
        return rules.CheckRuntime == 1 ? longer : rules.CheckRuntime == 2 ? higher : rules.CheckRuntime == 3 && longer && higher;
    }

    /// <summary>With fsdmode 1 and 2 nothing is shown but the alarm when nobody has been there for long enough.</summary>
    private bool Alarmed(Instant now) => Primary < 0 && rules.Nobody != NobodyPolicy.Stale && EverShown && now >= nobodySince + rules.NoPrimaryTime;

    private void CheckVariables(SeenTree shown, Instant now)
    {
        var expected = new Dictionary<string, (int Owner, string Theirs)>(StringComparer.OrdinalIgnoreCase);
        if (!Alarmed(now))
        {
            for (var i = 0; i < Sources.Length; i++)
            {
                foreach (var name in Sources[i].Tree.Variables.Keys)
                {
                    if (name.StartsWith("driver.", StringComparison.OrdinalIgnoreCase))
                    {
                        if (!Multiplex && i == held)
                        {
                            expected[$"upstream.{name}"] = (i, name);
                        }
                        else if (Multiplex && Sources[i].Fresh && !Sources[i].KeptOut(now))
                        {
                            expected[$"upstream.{Sources[i].Name}.{name}"] = (i, name);
                        }
                    }
                    else if (!Own(name) && !expected.ContainsKey(name) && OwnerOf(name, now) is >= 0 and var owner)
                    {
                        expected[name] = (owner, name);
                    }
                }
            }
        }

        foreach (var (name, value) in rules.Defaults)
        {
            if (!Own(name) && !expected.ContainsKey(name) && shown[name] != value)
            {
                world.Break($"{name} is shown as '{shown[name]}', and no source has it: '{value}'");
            }
        }

        foreach (var (name, value) in rules.Fixed)
        {
            if (shown[name] != value)
            {
                world.Break($"{name} is shown as '{shown[name]}', and is set to '{value}'");
            }
        }

        foreach (var (name, variable) in shown.Variables)
        {
            if (Own(name) || (!expected.ContainsKey(name) && rules.Defaults.Any(d => d.Name.Equals(name, StringComparison.OrdinalIgnoreCase))))
            {
                continue;
            }

            if (!expected.TryGetValue(name, out var from))
            {
                world.Break($"{name} is shown as {variable}, and nobody who counts has it");
            }
            else if (!variable.Same(Sources[from.Owner].Tree.Variables[from.Theirs]))
            {
                world.Break($"{name} is shown as {variable}, and {Sources[from.Owner].Name}, whose it is, says {Sources[from.Owner].Tree.Variables[from.Theirs]}; the others say {string.Join(", ", Sources.Select(s => $"{s.Name} {s.Tree[name]}"))}");
            }
        }

        foreach (var (name, from) in expected)
        {
            if (!shown.Variables.ContainsKey(name))
            {
                world.Break($"{name} of {Sources[from.Owner].Name} is not shown");
            }
        }

        var was = Owners;
        Owners = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, from) in expected)
        {
            Owners[name] = from.Owner;
            if (was.TryGetValue(name, out var former) && former != from.Owner)
            {
                world.Met(from.Owner < former ? "a variable went back up" : "a variable was taken from the next");
            }
        }
    }

    private int OwnerOf(string name, Instant now)
    {
        if (!Multiplex || Primary < 0)
        {
            return Sources[held].Tree.Variables.ContainsKey(name) ? held : -1;
        }

        var (after, back) = Flip(name);
        var who = Order(name).Where(i => Sources[i].Tree.Variables.ContainsKey(name) && Sources[i].Counts(after, now)).ToList();
        return who.Count == 0 ? -1 :
            !Owners.TryGetValue(name, out var current) || !who.Contains(current) ? who[0] :
            who.First(i => i == current || (Sources[i].WellSince is { } well && (now >= well + back || Sources[i].IsNewcomer(world.Plan.Start + rules.InitTime))));
    }

    private void CheckCommands(SeenTree shown, Instant now)
    {
        CommandOwners = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var command in Sources.SelectMany(s => s.Tree.Commands).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var owner = ours.Contains(command) || Primary < 0 ? -1 :
                !Multiplex ? (Sources[held].Tree.Commands.Contains(command) ? held : -1) :
                Order(command).Where(i => Sources[i].Fresh && !Sources[i].KeptOut(now) && Sources[i].Tree.Commands.Contains(command)).Append(-1).First();
            if (owner >= 0)
            {
                CommandOwners[command] = owner;
                if (rules.UpstreamNames)
                {
                    CommandOwners[$"upstream.{command}"] = owner;
                }
            }
        }

        foreach (var command in shown.Commands)
        {
            if (!ours.Contains(command) && !CommandOwners.ContainsKey(command))
            {
                world.Break($"the command {command} is offered, and nobody who counts has it");
            }
        }

        foreach (var (command, owner) in CommandOwners)
        {
            if (!shown.Commands.Contains(command))
            {
                world.Break($"the command {command} of {Sources[owner].Name} is not offered");
            }
        }
    }

    private void CheckStatus(SeenTree shown, Instant now)
    {
        var status = shown["ups.status"] ?? "";
        var tokens = status.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        HashSet<string> expected;
        var alarm = shown["ups.alarm"];
        if (Primary < 0)
        {
            var alarmed = Alarmed(now);
            expected = !alarmed ? [.. lastStatus.Split(' ')] : rules.Nobody == NobodyPolicy.AlarmAndShutdown || ForcedBy(now) is not null ? ["ALARM", "FSD"] : ["ALARM"];
            if (alarmed)
            {
                world.Met(rules.Nobody == NobodyPolicy.AlarmAndShutdown ? "fsdmode 2 shut all down" : "fsdmode 1 raised its alarm");
            }
        }
        else if (!Multiplex)
        {
            expected = WithLow(Sources[Primary].Tokens(), shown);
            if (alarm != Sources[Primary].Tree["ups.alarm"])
            {
                world.Break($"the alarm is '{alarm}', and the primary's '{Sources[Primary].Tree["ups.alarm"]}'");
            }
        }
        else
        {
            expected = Joint(alarm, shown, now);
        }

        if (expected.Count == 0)
        {
            expected.Add("WAIT");
        }

        if (!expected.SetEquals(tokens))
        {
            world.Break($"the status is '{status}', and should be '{string.Join(' ', expected)}': {string.Join(", ", Sources.Select(s => $"{s.Name} says '{s.Tree["ups.status"]}'{(s.Fresh ? "" : s.LastWell is { } last ? $", stale since {world.Told(last)}" : ", stale")}"))}");
        }

        lastStatus = status;
    }

    /// <summary>The table of the specification, for sources of one device.</summary>
    private HashSet<string> Joint(string? alarm, SeenTree shown, Instant now)
    {
        var said = Order("ups.status").Select(i => Sources[i]).Where(s => s.Counts(Flip("ups.status").After, now)).Select(s => (Source: s, Tokens: s.Tokens())).Where(s => s.Tokens.Count > 0).ToList();
        var tokens = said.SelectMany(s => s.Tokens).Except(["OL", "OB", "LB", "ALARM"]).ToHashSet();
        var power = said.Where(s => s.Tokens.Contains("OL") || s.Tokens.Contains("OB")).Select(s => (Battery: s.Tokens.Contains("OB"), Low: s.Tokens.Contains("LB"))).ToList();
        var contradiction = power.Distinct().Count() > 1 || said.Any(s => s.Tokens.Contains("OL") && s.Tokens.Contains("OB"));
        if (power.Count > 0)
        {
            var sorted = power.OrderBy(p => p.Battery).ThenBy(p => p.Low).ToList();
            var (battery, low) = rules.Conflict switch { StatusConflict.Pessimistic => sorted[^1], StatusConflict.Optimistic => sorted[0], _ => power[0] };
            tokens.Add(battery ? "OB" : "OL");
            if (low)
            {
                tokens.Add("LB");
            }
        }
        else if (said.Any(s => s.Tokens.Contains("LB")))
        {
            tokens.Add("LB");
        }

        if (tokens.Contains("CHRG") && tokens.Contains("DISCHRG"))
        {
            contradiction = true;
            tokens.Remove(said.First(s => s.Tokens.Contains("CHRG") || s.Tokens.Contains("DISCHRG")).Tokens.Contains("DISCHRG") ? "CHRG" : "DISCHRG");
        }

        var lasting = contradictedSince is { } since && now >= since + TimeSpan.FromSeconds(5);
        contradictedSince = contradiction ? contradictedSince ?? now : null;
        var cabling = Sources.Where(s => s.Fresh && !s.KeptOut(now)).Select(s => s.Tree["ups.serial"]).OfType<string>().Distinct().Count() > 1;
        var alarms = said.Select(s => s.Source.Tree["ups.alarm"]).Where(a => !string.IsNullOrEmpty(a)).ToList();
        if (alarms.Any(a => alarm?.Contains(a!, StringComparison.Ordinal) != true))
        {
            world.Break($"the alarm '{alarm}' lacks one of '{string.Join("', '", alarms)}'");
        }

        if ((alarm is null) != (alarms.Count == 0 && !(lasting && contradiction) && !cabling))
        {
            world.Break($"the alarm is '{alarm}', with {alarms.Count} of the sources, {(contradiction ? lasting ? "a lasting" : "a young" : "no")} contradiction and {(cabling ? "two serials" : "one serial")}");
        }

        if (said.Count > 0 && ForcedBy(now) is { } forcing)
        {
            tokens.Add("FSD");
            if (!forcing.Fresh)
            {
                world.Met("FSD outlived its source");
            }
        }

        tokens = said.Count > 0 ? WithLow(tokens, shown) : tokens;
        if (said.Count > 0 && (alarm is not null || said.Any(s => s.Tokens.Contains("ALARM"))))
        {
            tokens.Add("ALARM");
        }

        if (contradiction)
        {
            world.Met(lasting ? "a contradiction lasted" : "a contradiction");
        }

        return tokens;
    }

    private SeenSource? ForcedBy(Instant now) => Multiplex ? Sources.FirstOrDefault(s => s.Forced && !s.KeptOut(now)) : null;

    /// <summary>ignorelb: LB is what is shown of the battery against its limits, whatever a source says.</summary>
    private HashSet<string> WithLow(HashSet<string> tokens, SeenTree shown)
    {
        bool Below(string name) => double.TryParse(shown[name], out var value) && double.TryParse(shown[$"{name}.low"], out var low) && value < low;
        if (rules.IgnoreLowBattery)
        {
            tokens.Remove("LB");
            if (Below("battery.charge") || Below("battery.runtime"))
            {
                tokens.Add("LB");
                world.Met("the battery is low by its own limits");
            }
        }

        return tokens;
    }

    private void CheckFresh(SimUpsd shown, Instant now)
    {
        var hold = Flip("ups.status").After;
        var alarm = false;
        if (Primary >= 0)
        {
            freshUntil = Multiplex
                ? Sources.Where(s => s.Connected && s.Dumped && !s.KeptOut(now)).Select(s => Until(s, hold)).Append(new Instant(0)).Max()
                : Until(Sources[Primary], hold);
        }
        else if (held >= 0)
        {
            freshUntil = Instant.Earlier(freshUntil == Instant.Never ? now + hold : freshUntil, Until(Sources[held], hold));
            alarm = Alarmed(now) && (rules.Nobody == NobodyPolicy.AlarmAndShutdown || now < nobodySince + rules.NoPrimaryTime + TimeSpan.FromSeconds(15));
        }

        // Before the first source nothing is shown that could be old; nobody need be there until inittime is over.
        var fresh = held >= 0 ? now < freshUntil || alarm : now < world.Plan.Start + rules.InitTime;
        if (shown.DataOk != fresh)
        {
            world.Break($"the data is told as {(shown.DataOk ? "fresh" : "stale")}; the last that counted did so until {world.Told(freshUntil)}");
        }

        world.Met(fresh ? "fresh" : "stale");
        mustAct = Instant.Never;
        if (!fresh || alarm)
        {
            return;
        }

        mustAct = held >= 0 ? freshUntil : world.Plan.Start + rules.InitTime;
        if (!Multiplex || Primary < 0)
        {
            return;
        }

        foreach (var (name, owner) in Owners)
        {
            if (!name.StartsWith("upstream.", StringComparison.Ordinal))
            {
                mustAct = Instant.Earlier(mustAct, Until(Sources[owner], Flip(name).After));
            }
        }
    }

    /// <summary>How long a source's data may be shown if nothing happens: Never while it is fresh.</summary>
    private static Instant Until(SeenSource source, TimeSpan bound) => source.Fresh ? Instant.Never : source.LastWell is { } last ? last + bound : new Instant(0);

    private bool Own(string name) =>
        rules.Fixed.Any(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ||
        name.StartsWith("driver.", StringComparison.OrdinalIgnoreCase) || name.Equals("device.type", StringComparison.OrdinalIgnoreCase)
        || name.Equals("ups.status", StringComparison.OrdinalIgnoreCase) || name.Equals("ups.alarm", StringComparison.OrdinalIgnoreCase);

    private int[] Order(string name)
    {
        if (!orders.TryGetValue(name, out var order))
        {
            order = [.. rules.Preferences.Where(p => Matches(p.Pattern, name)).OrderByDescending(p => Plain(p.Pattern)).Select(p => p.Source).Concat(Enumerable.Range(0, Sources.Length)).Distinct()];
            orders[name] = order;
        }

        return order;
    }

    private (TimeSpan After, TimeSpan Back) Flip(string name)
    {
        if (!flips.TryGetValue(name, out var flip))
        {
            flip = (Span(rules.FlipAfter, name), Span(rules.FlipBack, name));
            flips[name] = flip;
        }

        return flip;
    }

    private static TimeSpan Span(ValueList<SpanFor> spans, string name) => spans.Where(s => Matches(s.Pattern, name)).OrderByDescending(s => Plain(s.Pattern)).First().Span;

    private static bool Matches(string pattern, string name) => Regex.IsMatch(name, $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1));

    private static int Plain(string pattern) => pattern.Contains('*', StringComparison.Ordinal) ? pattern.Count(c => c != '*') : int.MaxValue;

    private string Name(int source) => source < 0 ? "nobody" : Sources[source].Name;
}
