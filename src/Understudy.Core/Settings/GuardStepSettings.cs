namespace Understudy.Core.Settings;

/// <summary>How a plan ends.</summary>
public enum PowerEnd
{
    PowerOff,
    Suspend,
    Hibernate,
}

/// <summary>One step of a guard's plan.</summary>
public abstract record GuardStepSettings
{
    /// <summary>A power-off that is refused once, by a system bus that is just being restarted for instance, is asked for again.</summary>
    private const int EndAttempts = 3;

    private GuardStepSettings()
    {
    }

    /// <summary>How long it may take, all attempts together, before it is passed, loudly; 100 ms..24 h.</summary>
    public TimeSpan Limit { get; init; }

    /// <summary>How often it is tried, 1..10.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>What cannot be done ends the plan; else the plan goes on with the next step. A power-off that is not reached cools nothing.</summary>
    public bool StopOnFailure { get; init; }

    /// <summary>From the begin of this step on the plan cannot be aborted. An end (power-off) is one by itself.</summary>
    public bool PointOfNoReturn { get; init; }

    /// <summary>The step in a few words: <c>stop batch.slice</c>.</summary>
    public abstract string Subject { get; }

    /// <summary>The longest that the step may take, granted waits included.</summary>
    public virtual TimeSpan Longest => Limit;

    /// <summary>Tells people.</summary>
    /// <param name="Ways">1..8 of: wall, syslog, a web hook, a command.</param>
    /// <param name="Text">What is said before the reason; null: our own words.</param>
    public sealed record Notify(ValueList<NotifyWay> Ways, string? Text) : GuardStepSettings
    {
        public override string Subject => $"notify {string.Join(", ", Ways)}";
    }

    /// <summary>Stops a unit or slice of systemd. Undone by starting it again.</summary>
    public sealed record Stop(string Unit) : GuardStepSettings
    {
        public override string Subject => $"stop {Unit}";
    }

    /// <summary>Hands a duty of this file to another host; passed where this host does not hold it, and left out on a host that stays.</summary>
    public sealed record Release(string Duty) : GuardStepSettings
    {
        public override string Subject => $"release {Duty}";
    }

    /// <summary>Runs an executable file: exit 75 (EX_TEMPFAIL of sysexits.h) asks to wait, 99 (as of apcupsd's apccontrol) vetoes.</summary>
    /// <param name="Path">Absolute.</param>
    /// <param name="Ceiling">How long waits and vetoes may hold the plan up, together with the runs.</param>
    /// <param name="Undo">What is run when the plan is aborted after this step was begun, or null.</param>
    public sealed record Command(string Path, TimeSpan Ceiling, string? Undo) : GuardStepSettings
    {
        public override string Subject => $"command {Path}";

        public override TimeSpan Longest => Limit > Ceiling ? Limit : Ceiling;
    }

    /// <summary>Waits until all hosts of lower tiers have acknowledged, or their time is over.</summary>
    public sealed record WaitForTiers : GuardStepSettings
    {
        public override string Subject => "wait for tiers";
    }

    /// <summary>Takes the host down. Always the last step.</summary>
    /// <param name="How">Off, or asleep.</param>
    /// <param name="Inhibitors">How long logind's block inhibitors (systemd-inhibit(1)) are waited for before they are overridden.</param>
    public sealed record End(PowerEnd How, TimeSpan Inhibitors) : GuardStepSettings
    {
        public override string Subject => How switch
        {
            PowerEnd.PowerOff => "power off",
            PowerEnd.Suspend => "suspend",
            PowerEnd.Hibernate => "hibernate",
        };

        public override TimeSpan Longest => Limit + Inhibitors;
    }

    /// <summary>What a guard does that has no plan of its own: tell everybody, then power off.</summary>
    public static ValueList<GuardStepSettings> Default { get; } =
    [
        new Notify([new NotifyWay.Wall(), new NotifyWay.Syslog()], Text: null) { Limit = TimeSpan.FromSeconds(10) },
        new End(PowerEnd.PowerOff, UsualInhibitors) { Limit = UsualEndLimit, Attempts = EndAttempts, PointOfNoReturn = true },
    ];

    private static TimeSpan UsualInhibitors => TimeSpan.FromSeconds(30);

    private static TimeSpan UsualEndLimit => TimeSpan.FromMinutes(2);


    internal static GuardStepSettings? Read(Section at, FileSoFar file, TimeSpan tierTimeout)
    {
        var kind = at.OneKind<GuardStepSettings>("what to do",
            ("notify", () => Limited(at, "10s", new Notify(
                at.Values<NotifyWay>("notify", NotifyWay.Parse, 1, 8, new("way, or a list of them", "this or another", "1..8",
                    "Tells people: `wall`, `syslog`, an http or https URL that gets a POST, or the path of a command.", "at least one way")),
                at.Value<string?>("text", Scalars.Any!, new("text", "our own words", "", "Only for `notify`: what is said before the reason."), null)))),
            ("stop", () => Limited(at, "2m", new Stop(at.Needed("stop", Scalars.Unit, new("unit", "this or another", "",
                "Stops a unit or slice of systemd; an abort starts it again."), "")))),
            ("release", () => Limited(at, "1m", new Release(at.Needed("release", file.OneDuty, new("duty", "this or another", "",
                "Hands a duty of this file to another host; passed where this host does not hold it, and left out on a host that stays."), "")))),
            ("command", () => ReadCommand(at)),
            ("wait_for", () => ReadWait(at, tierTimeout)),
            ("poweroff", () => ReadEnd(at, "poweroff", PowerEnd.PowerOff, "Powers the host off. Must be the last step.")),
            ("suspend", () => ReadEnd(at, "suspend", PowerEnd.Suspend, "Suspends to memory instead: quickly back, and it still draws a little. Must be the last step.")),
            ("hibernate", () => ReadEnd(at, "hibernate", PowerEnd.Hibernate, "Suspends to disk instead. Must be the last step.")));
        var attempts = at.Whole("attempts", kind is End ? EndAttempts : 1, 1, 10, "How often the step is tried.", says: $"1, the last step {EndAttempts}");
        var stop = at.Choice("on_failure", false, "What cannot be done is passed, loudly, and the plan goes on; or it stops the plan.", ("go_on", false), ("stop", true));
        var noReturn = at.Flag("point_of_no_return", fallback: false, "From the begin of this step on the plan cannot be aborted. The last step is one by itself.");
        return kind is null ? null : kind with { Attempts = attempts, StopOnFailure = stop, PointOfNoReturn = noReturn || kind is End };
    }

    private static Command ReadCommand(Section at)
    {
        var path = at.Needed("command", Scalars.Path, new("path", "this or another", "",
            "Runs an executable file. Exit 75 asks to wait and be run again, 99 vetoes the plan, both within `ceiling`."), "");
        var limit = ReadLimit(at, "2m");
        var ceiling = at.Span("ceiling", TimeSpan.FromMinutes(10), "0ms", "24h", "Only for `command`: for so long in all it may hold the plan up by asking to wait or by a veto.");
        var undo = at.Value<string?>("undo", Scalars.Path!, new("path", "none", "", "Only for `command`: what is run when the plan is aborted after this step was begun."), null);
        return new(path, ceiling, undo) { Limit = limit };
    }

    private static WaitForTiers ReadWait(Section at, TimeSpan tierTimeout)
    {
        _ = at.Needed("wait_for", Section.OneOf("", ("tiers", true)), new("word", "this or another", "tiers",
            "Where in the plan the hosts of lower tiers are waited for, each tier for `tier_timeout`; without this step it is done first."), standIn: true);
        at.Require("wait_for", !at.Has("limit"), "has no 'limit' of its own; remove it: tier_timeout says how long");
        return new() { Limit = tierTimeout };
    }

    private static End ReadEnd(Section at, string key, PowerEnd how, string meaning)
    {
        _ = at.Needed(key, Section.OneOf("", ("now", true)), new("word", "this or another", "now", meaning), standIn: true);
        var limit = ReadLimit(at, Scalars.Say(UsualEndLimit));
        var inhibitors = at.Span("inhibitors", UsualInhibitors, "0ms", "24h",
            "Only for the last step: how long logind's block inhibitors are waited for before they are overridden, with the reason in the record.");
        return new(how, inhibitors) { Limit = limit };
    }

    private static TimeSpan ReadLimit(Section at, string usual)
    {
        _ = Scalars.Span(usual, out var span);
        return at.Span("limit", span, "100ms", "24h", "How long the step may take, all attempts together, before it is passed, loudly.",
            says: at.Describes ? "notify 10s, stop 2m, release 1m, command 2m, the last step 2m" : null);
    }

    private static T Limited<T>(Section at, string usual, T step)
        where T : GuardStepSettings => step with { Limit = ReadLimit(at, usual) };
}

/// <summary>How people are told.</summary>
public abstract record NotifyWay
{
    private NotifyWay()
    {
    }

    /// <summary>A line on every terminal (wall(1)).</summary>
    public sealed record Wall : NotifyWay
    {
        public override string ToString() => "wall";
    }

    /// <summary>A line in the system's log.</summary>
    public sealed record Syslog : NotifyWay
    {
        public override string ToString() => "syslog";
    }

    /// <summary>A POST of JSON.</summary>
    public sealed record Webhook(Uri Url) : NotifyWay
    {
        public override string ToString() => Url.ToString();
    }

    /// <summary>An executable file that is told the text.</summary>
    public sealed record Command(string Path) : NotifyWay
    {
        public override string ToString() => Path;
    }


    internal static string? Parse(string text, out NotifyWay value)
    {
        value = new Wall();
        if (text is "wall" or "syslog")
        {
            value = text == "wall" ? value : new Syslog();
            return null;
        }

        if (text.StartsWith('/'))
        {
            value = new Command(text);
            return Scalars.Path(text, out _);
        }

        if (text.Contains("://", StringComparison.Ordinal))
        {
            var problem = Scalars.Url(text, out var url);
            value = url is null ? value : new Webhook(url);
            return problem;
        }

        return Section.OneOf<NotifyWay>("a URL, the path of a command", ("wall", new Wall()), ("syslog", new Syslog()))(text, out _);
    }
}
