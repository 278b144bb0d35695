using Understudy.Core;
using Understudy.Core.Settings;

namespace Understudy.Linux.Power;

/// <summary>One deed of a plan, to be done once, within its limit.</summary>
/// <remarks>Each is idempotent as far as the world lets it be: a unit that is stopped is stopped again without harm; a line on the terminals comes twice.</remarks>
public abstract record PowerOrder
{
    private PowerOrder()
    {
    }

    /// <summary>For so long it may run, more than zero; for <see cref="End"/> besides the wait for inhibitors.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>It is not begun after this moment; looked at immediately before each program starts.</summary>
    public Instant NotAfter { get; init; } = Instant.Never;

    /// <summary>Says only what it would do.</summary>
    public bool Dry { get; init; }

    /// <summary>Tells people, in one of the ways of the settings.</summary>
    /// <param name="Notice">What is told.</param>
    public sealed record Tell(NotifyWay Way, PowerNotice Notice) : PowerOrder
    {
        public override string ToString() => $"notify {Way}";
    }

    /// <summary>Stops a unit or slice of systemd. What of it runs, <see cref="PowerPerformer.RunningAsync"/> says before.</summary>
    public sealed record StopUnit(string Unit) : PowerOrder
    {
        public override string ToString() => $"stop {Unit}";
    }

    /// <summary>Starts units of systemd: undoes <see cref="StopUnit"/>, with what ran before.</summary>
    public sealed record StartUnits(ValueList<string> Units) : PowerOrder
    {
        public override string ToString() => $"start {string.Join(' ', Units)}";
    }

    /// <summary>Runs an executable file: exit 75 asks to wait, 99 vetoes.</summary>
    /// <param name="Environment">UNDERSTUDY_NAME=value, without the prefix and the common ones.</param>
    public sealed record Run(string Path, ValueList<(string Name, string Value)> Environment) : PowerOrder
    {
        public ValueList<string> Arguments { get; init; } = [];

        public override string ToString() => $"command {Path}";
    }

    /// <summary>
    /// Lets the host announce its shutdown by its own means: a message on all terminals, again as the time comes near, and no new logins in the last five minutes (shutdown(8), /run/nologin). With
    /// <paramref name="Real"/> systemd powers off by itself then, whether we still live and want it or not; without, it only announces, and the end is another order.
    /// </summary>
    /// <param name="In">Rounded up to whole minutes, as shutdown(8) takes no other.</param>
    public sealed record Announce(TimeSpan In, string Text, bool Real) : PowerOrder
    {
        public override string ToString() => Real ? "schedule a power-off" : "announce a power-off";
    }

    /// <summary>Takes an announcement back.</summary>
    public sealed record Withdraw(string Text) : PowerOrder
    {
        public override string ToString() => "withdraw the announcement";
    }

    /// <summary>Takes the host down. Who holds a block inhibitor is waited for, then overridden, and named in the outcome.</summary>
    /// <param name="Inhibitors">How long they are waited for.</param>
    /// <param name="Why">For the system's log, one line.</param>
    public sealed record End(PowerEnd How, TimeSpan Inhibitors, string Why) : PowerOrder
    {
        public override string ToString() => How switch
        {
            PowerEnd.PowerOff => "power off",
            PowerEnd.Suspend => "suspend",
            PowerEnd.Hibernate => "hibernate",
        };
    }
}

/// <summary>What people are told.</summary>
/// <param name="Text">One or more lines.</param>
/// <param name="Guard">The guard's name.</param>
/// <param name="Node">Our own name.</param>
/// <param name="What">One word for programs: <c>armed</c>, <c>warning</c>, <c>aborted</c>.</param>
public sealed record PowerNotice(string Text, string Guard, string Node, string What);

/// <summary>How a deed ended.</summary>
public abstract record PowerOutcome
{
    private PowerOutcome()
    {
    }

    public sealed record Done : PowerOutcome
    {
        public override string ToString() => "done";
    }

    /// <summary>Exit code 75: please wait, and run it again.</summary>
    public sealed record Wait : PowerOutcome
    {
        public override string ToString() => "exit code 75: asks to wait";
    }

    /// <summary>Exit code 99.</summary>
    public sealed record Veto : PowerOutcome
    {
        public override string ToString() => "exit code 99: veto";
    }

    /// <summary>It could not be done, or it was not done in time.</summary>
    public sealed record Failed(string Why) : PowerOutcome
    {
        public override string ToString() => Why;
    }

    /// <summary>We ended it because we were told to.</summary>
    public sealed record Recalled : PowerOutcome
    {
        public override string ToString() => "recalled";
    }
}

/// <summary>A deed has ended.</summary>
/// <param name="Detail">What was said or seen on the way, bounded; empty for nothing. Of a dry one: what would have been done.</param>
/// <param name="Took">From the order to the end.</param>
public sealed record PowerEnded(PowerOrder Order, PowerOutcome Outcome, string Detail, TimeSpan Took)
{
    /// <summary>For the ledger and for people.</summary>
    public string Sentence => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{(Order.Dry ? "dry: " : "")}{Order}: {Outcome} after {Took.TotalMilliseconds:0} ms{(Detail.Length == 0 ? "" : $": {Detail}")}");
}
