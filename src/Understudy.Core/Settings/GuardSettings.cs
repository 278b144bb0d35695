namespace Understudy.Core.Settings;

/// <summary>A rule that turns evidence about mains and heat into a plan: by whom the mains are seen, how long their loss is borne, and what is done then.</summary>
/// <param name="Name">[a-z0-9-_], at most 63.</param>
/// <param name="Mains">1..16 witnesses that are fed like the cooling.</param>
/// <param name="Needed">So many of them dark are a loss, 1..the number of them.</param>
/// <param name="Controls">0..16 witnesses on UPS power: while one is up, our way there works.</param>
/// <param name="Alone">Without any control, silence alone is believed.</param>
/// <param name="Temperatures">0..16 sources.</param>
/// <param name="Heat">What they mean.</param>
/// <param name="Grace">How long a loss is borne, counted as a bucket that fills while the mains are lost and drains twice as fast while they are there.</param>
/// <param name="Settle">For so long after boot, resume or a stall of ours nothing is decided.</param>
/// <param name="OnBlind">Blind for so long counts as Lost; null: never.</param>
/// <param name="OnDisputed">Disputed for so long counts as Lost; null: never.</param>
/// <param name="Tier">This host's tier, 0..15: lower ones go first.</param>
/// <param name="TierTimeout">So long a higher tier waits for each lower one.</param>
/// <param name="Spread">This host's action starts up to so much later, by a hash of its name, so that not all stop at once.</param>
/// <param name="Stays">This host does all but the plan's end, and wakes the others.</param>
/// <param name="DryRun">The same, and besides the end nothing else is really done either.</param>
/// <param name="Countdown">How long before its first step the plan stands armed, with warnings.</param>
/// <param name="Plan">1..32 steps; the last is an <see cref="GuardStepSettings.End"/> unless the host stays.</param>
/// <param name="Return">How the others are woken, or null.</param>
public sealed record GuardSettings(
    string Name,
    ValueList<ProbeSettings> Mains,
    int Needed,
    ValueList<ProbeSettings> Controls,
    bool Alone,
    ValueList<TemperatureSettings> Temperatures,
    HeatSettings Heat,
    TimeSpan Grace,
    TimeSpan Settle,
    TimeSpan? OnBlind,
    TimeSpan? OnDisputed,
    int Tier,
    TimeSpan TierTimeout,
    TimeSpan Spread,
    bool Stays,
    bool DryRun,
    TimeSpan Countdown,
    ValueList<GuardStepSettings> Plan,
    ReturnSettings? Return)
{
    /// <summary>The highest tier.</summary>
    public const int MostTier = 15;

    /// <summary>The name of the guard that the line <c>guard:</c> stands for, after the program of seed 002.</summary>
    public const string CarefulName = "careful";

    /// <summary>What a guard waits at most for lower tiers: all of them, one after the other; zero for tier 0.</summary>
    public TimeSpan TierWait => TierTimeout * Tier;

    /// <summary>The longest that the plan may take from its due moment to its last step's end, this host's spread and its wait for tiers included.</summary>
    public TimeSpan PlanLength
    {
        get
        {
            var length = Spread + TierWait;
            foreach (var step in Plan)
            {
                length += step is GuardStepSettings.WaitForTiers ? TimeSpan.Zero : step.Longest;
            }

            return length;
        }
    }

    private static TimeSpan UsualSpread => TimeSpan.FromSeconds(30);

    /// <summary>A majority; of two both.</summary>
    public static int NeededOf(int witnesses) => (witnesses / 2) + 1;


    internal static GuardSettings Read(string name, Section at, FileSoFar file)
    {
        var mains = at.Sections("mains", 16, new("list of mappings", "required", "1..16",
            "Witnesses that are fed like the cooling, best on different breakers and switches. Each has exactly one of the keys `icmp`, `arp`, `tcp`, `http`, `command`, `carrier`, `nut` and `ac`.",
            "things that are fed like the cooling"), ProbeSettings.ReadWitness);
        var usual = NeededOf(mains.Count);
        var needed = at.Whole("needed", usual, 1, 16, "So many mains witnesses dark are a loss.", says: "a majority, of two both");
        var controls = at.Sections("controls", 16, new("list of mappings", "none", "0..16",
            "Witnesses on UPS power, of the same kinds. While none of them is up, silence of the mains witnesses may be our own blindness, and nothing is done about it."), ProbeSettings.ReadWitness);
        var alone = at.Flag("alone", fallback: false, "Silence is believed without any control, even of one witness alone. A switch that dies looks like an outage then.");
        var temperatures = at.Sections("temperatures", 16, new("list of mappings", "none", "0..16",
            "Where it is measured how warm it is. Each has exactly one of the keys `hwmon`, `thermal`, `ipmi`, `file`, `command` and `http`."), TemperatureSettings.Read);
        var heat = at.Sub("heat", "What the temperatures mean, in degrees Celsius.", HeatSettings.Read);
        var grace = at.Span("grace", TimeSpan.FromMinutes(5), "1s", "24h",
            "How long a loss is borne. It fills like a bucket, 1 s a second while the mains are lost, and drains 2 s a second while they are there.");
        var settle = at.Span("settle", TimeSpan.FromMinutes(2), "0ms", "1h", "For so long after boot, resume or a stall of ours nothing is decided.");
        var onBlind = at.SpanOr("on_blind", "never", "1s", "168h", "Blind for so long counts as a loss: the mains witnesses are silent, and so is every control.");
        var onDisputed = at.SpanOr("on_disputed", "never", "1s", "168h", "Disputed for so long counts as a loss: we see one, and another host sees the mains.");
        var tierTimeout = at.Span("tier_timeout", TimeSpan.FromMinutes(3), "1s", "1h", "So long a host waits for each lower tier before it is passed, loudly.");
        var guard = new GuardSettings(name, mains, needed, controls, alone, temperatures, heat, grace, settle, onBlind, onDisputed,
            ReadTier(at, file), tierTimeout,
            Spread: at.Span("spread", grace < UsualSpread ? grace : UsualSpread, "0ms", "1h", "This host's plan starts up to so much later, by a hash of its name, so that not all hosts stop at once.",
                says: $"{Scalars.Say(UsualSpread)}, or `grace` if that is shorter"),
            Stays: ReadStays(at, file),
            DryRun: at.Flag("dry_run", fallback: false, "Everything is decided and done but the last step, of which it is only recorded what would be done; nobody is woken either."),
            Countdown: at.Span("countdown", TimeSpan.FromMinutes(1), "0ms", "1h", "How long before its first step the plan stands armed, with warnings; part of the grace where that is longer."),
            Plan: ReadPlan(at, file, tierTimeout),
            Return: at.Optional("return", "How a host that stays wakes the others.", s => ReturnSettings.Read(s, file)));
        GuardCheck.Hold(at, guard, file);
        return guard;
    }

    private static ValueList<GuardStepSettings> ReadPlan(Section at, FileSoFar file, TimeSpan tierTimeout)
    {
        var steps = at.Sections("plan", 32, new("list of mappings", "notify wall and syslog, power off", "1..32",
            "What is done, in this order. Each step has exactly one of the keys `notify`, `stop`, `release`, `command`, `wait_for`, `poweroff`, `suspend` and `hibernate`."),
            s => GuardStepSettings.Read(s, file, tierTimeout));
        return at.Has("plan") ? steps : GuardStepSettings.Default;
    }

    /// <summary>One tier for all hosts, or each with its own; we take ours.</summary>
    private static int ReadTier(Section at, FileSoFar file) => at.Either("tier", Section.Within(Scalars.Whole, 0, MostTier), s =>
        {
            var tiers = s.Each("NODE", file.OneNodeEach(), Section.Within(Scalars.Whole, 0, MostTier), 16, new("whole number", "0", "0..15", "A host's tier."));
            return tiers.FirstOrDefault(t => t.Name == file.Node).Value;
        },
        new("whole number, or a mapping of nodes", "0", "0..15",
            "Lower tiers go first: 0 for what can be spared, the highest for storage, switches and the host that coordinates. One number for all hosts, or `{ alpha: 1, beta: 2 }`."),
        fallback: 0);

    private static bool ReadStays(Section at, FileSoFar file)
    {
        var parse = file.OneNodeEach();
        var words = at.Values("stays", (string text, out string value) =>
            {
                value = text;
                return text is "true" or "false" ? null : parse(text, out value);
            },
            0, 16, new("true, false, or a list of nodes", "false", "", "Whether this host stays up: it does all steps but the last, and wakes the others. A list names the hosts that do."));
        return words.Any(w => w == "true" || (w != "false" && w == file.Node));
    }

    /// <summary>The line <c>guard:</c>: seed 002's one witness and two times.</summary>
    internal static GuardSettings ReadCareful(Section at, FileSoFar file)
    {
        var ping = at.Needed("ping", Scalars.LinkAddress, new("address", "required", "", "The one thing that is fed like the cooling.", "the address of something that is fed like the cooling"), System.Net.IPAddress.None);
        var normal = at.Span("normal", TimeSpan.FromMinutes(1), "1s", "1h", "From one ping to the next.");
        var wait = at.Span("wait", TimeSpan.FromMinutes(5), "1s", "24h", "How long a loss is borne. Unlike seed 002's program we look on during that time, and a ping that comes back ends it.");
        at.Require("normal", normal <= wait, $"is {Scalars.Say(normal)}, must be at most wait {Scalars.Say(wait)}, or nothing would be looked at in between", "wait");
        at.Require("ping", !file.Guards.Contains(CarefulName, StringComparer.Ordinal), $"'guards' has a '{CarefulName}' too; each name belongs to one");
        return Careful(ping, normal, wait);
    }

    /// <summary>The guard that behaves as seed 002's program, made safe.</summary>
    /// <param name="ping">The witness.</param>
    /// <param name="normal">From one ping to the next; one lost ping starts the clock, as there.</param>
    /// <param name="wait">The grace.</param>
    public static GuardSettings Careful(System.Net.IPAddress ping, TimeSpan normal, TimeSpan wait) => new(
        CarefulName,
        Mains: [new ProbeSettings.Icmp(ping) { Every = normal, Timeout = normal < TimeSpan.FromSeconds(2) ? normal : TimeSpan.FromSeconds(2), Fails = 1 }],
        Needed: 1, Controls: [], Alone: true, Temperatures: [], HeatSettings.Default, Grace: wait, Settle: TimeSpan.FromMinutes(2), OnBlind: null, OnDisputed: null,
        Tier: 0, TierTimeout: TimeSpan.FromMinutes(3), Spread: TimeSpan.Zero, Stays: false, DryRun: false, Countdown: TimeSpan.FromMinutes(1), GuardStepSettings.Default, Return: null);
}
