namespace Understudy.Core.Ups;

/// <summary>Which of several fresh sources of one device is believed where they disagree about its power.</summary>
public enum StatusConflict
{
    /// <summary>The preferred one.</summary>
    Prefer = 0,

    /// <summary>The one that says the worse.</summary>
    Pessimistic = 1,

    /// <summary>The one that says the better.</summary>
    Optimistic = 2,
}

/// <summary>What one source says of the device's state, in the order of preference.</summary>
/// <param name="Status">Its <c>ups.status</c>; tokens apart by blanks. Null, empty and WAIT are no opinion.</param>
/// <param name="Alarm">Its <c>ups.alarm</c>, or null.</param>
public sealed record StatusOpinion(string Source, string? Status, string? Alarm);

/// <summary>What all sources of a device say together.</summary>
/// <param name="Status">Empty where nobody has an opinion.</param>
/// <param name="Alarm">All alarms, each with its source, and our own about contradictions; null for none.</param>
/// <param name="PowerFrom">Whose word on mains and battery counts; null where nobody has one.</param>
/// <param name="Contradiction">What the sources contradict each other in, in a sentence; null if in nothing.</param>
public sealed record JointStatus(string Status, string? Alarm, string? PowerFrom, string? Contradiction);

/// <summary>
/// The status of one device that several sources look at (StatusRulesTests has the table). Mains and battery (OL, OB, LB, FSD aside) are one source's word, never a
/// mixture; what the device does besides is the union; FSD stays until its own source takes it back; a contradiction is an alarm.
/// </summary>
public static class StatusRules
{
    private static readonly string[] s_order = ["FSD", "OL", "OB", "LB", "HB", "RB", "CHRG", "DISCHRG", "BYPASS", "CAL", "OFF", "OVER", "TRIM", "BOOST", "ECO", "TEST"];

    /// <summary>The two variables that are composed of what the sources say, and not shown as one of them says them. Names are compared without regard to case.</summary>
    public static bool IsStatus(string name) => name.Equals("ups.status", StringComparison.OrdinalIgnoreCase) || name.Equals("ups.alarm", StringComparison.OrdinalIgnoreCase);

    /// <summary>How bad the news of a status is: what gets worse is told before the rest, and an election of the worst goes by it.</summary>
    public static int Severity(string? status)
    {
        var (worst, known) = (0, false);
        foreach (var token in Tokens(status))
        {
            known = true;
            worst = Math.Max(worst, token switch { "FSD" => 5, "LB" => 4, "OFF" => 3, "OB" => 2, "ALARM" or "OVER" or "BYPASS" => 1, _ => 0 });
        }

        return known ? worst : -1;
    }

    /// <summary>The tokens of a status, upper case, each once; WAIT is left out: it says that the driver does not know yet.</summary>
    public static IEnumerable<string> Tokens(string? status) => (status ?? "")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => t.ToUpperInvariant()).Where(t => t != "WAIT").Distinct(StringComparer.Ordinal);

    /// <param name="opinions">Of the fresh sources only, the preferred one first.</param>
    /// <param name="tell">Contradictions are alarms. False at first: two sources that poll in turn disagree for a moment after each change.</param>
    /// <param name="forced">A source that said FSD has not taken it back, whether or not it is fresh. It adds to what the others say, and is no opinion by itself.</param>
    public static JointStatus Join(IReadOnlyList<StatusOpinion> opinions, StatusConflict policy, bool tell = true, bool forced = false)
    {
        var said = opinions.Select(o => (o.Source, o.Alarm, Tokens: Tokens(o.Status).ToHashSet(StringComparer.Ordinal))).Where(o => o.Tokens.Count > 0).ToList();
        var contradictions = new List<string>();
        var power = said.Select(o => (o.Source, Supply: SupplyOf(o.Source, o.Tokens, contradictions))).Where(o => o.Supply is not Supply.Unsaid).ToList();
        (string? Source, Supply Supply) chosen = power.Count == 0 ? (null, Supply.Unsaid) : policy switch
        {
            StatusConflict.Pessimistic => power.MaxBy(o => o.Supply),
            StatusConflict.Optimistic => power.MinBy(o => o.Supply),
            StatusConflict.Prefer => power[0],
        };
        if (power.Select(o => o.Supply).Distinct().Count() > 1)
        {
            contradictions.Add($"power state mismatch: {string.Join(", ", power.Select(o => $"{o.Source} says {Words(o.Supply)}"))}");
        }

        var tokens = said.SelectMany(o => o.Tokens).Where(t => t is not ("OL" or "OB" or "ALARM") && (t != "LB" || power.Count == 0)).ToHashSet(StringComparer.Ordinal);
        if (tokens.Contains("CHRG") && tokens.Contains("DISCHRG"))
        {
            // The battery cannot do both: the preferred source that says anything of it is believed.
            var first = said.First(o => o.Tokens.Contains("CHRG") || o.Tokens.Contains("DISCHRG"));
            tokens.Remove(first.Tokens.Contains("DISCHRG") ? "CHRG" : "DISCHRG");
            contradictions.Add($"battery mismatch: {string.Join(", ", said.Select(o => (o.Source, Says: o.Tokens.Where(t => t is "CHRG" or "DISCHRG").ToList())).Where(o => o.Says.Count > 0).Select(o => $"{o.Source} says {string.Join(' ', o.Says)}"))}");
        }

        if (forced)
        {
            tokens.Add("FSD");
        }

        tokens.UnionWith(chosen.Supply switch { Supply.Mains => ["OL"], Supply.Battery => ["OB"], Supply.LowOnMains => ["OL", "LB"], Supply.LowBattery => ["OB", "LB"], Supply.Unsaid => [] });
        var alarms = said.Where(o => o.Alarm is { Length: > 0 }).Select(o => $"[{o.Source}] {o.Alarm}").Concat(contradictions.Where(_ => tell).Select(c => $"[understudy] {c}")).ToList();
        if (alarms.Count > 0 || said.Any(o => o.Tokens.Contains("ALARM")))
        {
            tokens.Add("ALARM");
        }

        return new JointStatus(
            said.Count == 0 ? "" : Compose(tokens),
            alarms.Count == 0 ? null : string.Join("; ", alarms),
            chosen.Source,
            contradictions.Count == 0 ? null : string.Join("; ", contradictions));
    }

    /// <summary>One status in NUT's order: ALARM first, as the drivers' core puts it, then the rest, what we do not know last.</summary>
    public static string Compose(IEnumerable<string> tokens) =>
        string.Join(' ', tokens.Distinct(StringComparer.Ordinal).OrderBy(t => t == "ALARM" ? -1 : Array.IndexOf(s_order, t) is >= 0 and var i ? i : s_order.Length).ThenBy(t => t, StringComparer.Ordinal));

    private static Supply SupplyOf(string source, HashSet<string> tokens, List<string> contradictions)
    {
        var (mains, battery, low) = (tokens.Contains("OL"), tokens.Contains("OB"), tokens.Contains("LB"));
        if (mains && battery)
        {
            contradictions.Add($"{source} says OL and OB at once; taken for OB");
        }

        return battery ? (low ? Supply.LowBattery : Supply.Battery) : mains ? (low ? Supply.LowOnMains : Supply.Mains) : Supply.Unsaid;
    }

    private static string Words(Supply power) => power switch
    {
        Supply.Mains => "OL",
        Supply.LowOnMains => "OL LB",
        Supply.Battery => "OB",
        Supply.LowBattery => "OB LB",
        Supply.Unsaid => "nothing",
    };

    /// <summary>From better to worse.</summary>
    private enum Supply
    {
        Unsaid = 0,
        Mains,
        LowOnMains,
        Battery,
        LowBattery,
    }
}
