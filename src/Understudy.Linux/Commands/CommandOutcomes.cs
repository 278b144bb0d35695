using System.Globalization;
using Understudy.Core;

namespace Understudy.Linux.Commands;

/// <summary>A duty's command, to be run with one verb.</summary>
/// <param name="Duty">The duty's name.</param>
/// <param name="Path">Absolute path of the command.</param>
/// <param name="Verb">start, stop, fail, recover, reclaim, up or down.</param>
/// <param name="Epoch">The claim's epoch that the command acts for; it only ever grows, and storage can refuse a smaller one.</param>
/// <param name="Reason">Why, as one sentence.</param>
/// <param name="Node">Our own name.</param>
/// <param name="Peer">Who holds or held the duty besides us, or the empty string.</param>
/// <param name="Addresses">The duty's addresses, as <c>10.99.0.100/24</c>.</param>
/// <param name="Limit">At this time after the start the command's process group is killed; more than zero.</param>
/// <param name="NotAfter">A command that would begin later is not begun: an order to serve must not outlive its claim. <see cref="Instant.Never"/> for letting go.</param>
public sealed record CommandOrder(
    string Duty,
    string Path,
    string Verb,
    long Epoch,
    string Reason,
    string Node,
    string Peer,
    ValueList<string> Addresses,
    TimeSpan Limit,
    Instant NotAfter);

/// <summary>How a command ended.</summary>
public abstract record CommandOutcome
{
    /// <summary>Exit codes with a meaning of their own: EX_TEMPFAIL of sysexits.h, and ours (no shell uses it).</summary>
    public const int TryLaterCode = 75, VetoCode = 99;

    private CommandOutcome()
    {
    }

    /// <summary>Exit code 0.</summary>
    public sealed record Done : CommandOutcome
    {
        public override string ToString() => "done";
    }

    /// <summary>Exit code 75: nothing was changed, and the same may succeed later.</summary>
    public sealed record TryLater : CommandOutcome
    {
        public override string ToString() => "exit code 75: try later";
    }

    /// <summary>Exit code 99: this host must not do it, and asking again is of no use.</summary>
    public sealed record Veto : CommandOutcome
    {
        public override string ToString() => "exit code 99: veto";
    }

    /// <summary>Any other exit code.</summary>
    public sealed record Failed(int Code) : CommandOutcome
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"exit code {Code}");
    }

    /// <summary>A signal that was not ours.</summary>
    public sealed record Killed(int Signal) : CommandOutcome
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"killed by signal {Signal}");
    }

    /// <summary>We ended its process group at the limit.</summary>
    /// <param name="Dead">False when it outlived SIGKILL for a quarter second: it waits in the kernel, and what it holds may still be in use.</param>
    public sealed record TimedOut(bool Dead) : CommandOutcome
    {
        public override string ToString() => Dead ? "over its time limit and killed" : "over its time limit, killed, and stuck in the kernel";
    }

    /// <summary>We ended its process group because another order came.</summary>
    public sealed record Recalled : CommandOutcome
    {
        public override string ToString() => "recalled";
    }

    /// <summary>It was never begun.</summary>
    public sealed record Refused(string Why) : CommandOutcome
    {
        public override string ToString() => $"not run: {Why}";
    }
}

/// <summary>A command has ended; or it was never begun.</summary>
/// <param name="Order">What was ordered.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Output">The first and the last 4 KiB of stdout and stderr, in the order written.</param>
/// <param name="Took">From the order to the end.</param>
/// <param name="At">When it had ended.</param>
public sealed record CommandEnded(CommandOrder Order, CommandOutcome Outcome, string Output, TimeSpan Took, Instant At)
{
    /// <summary>For the ledger and for people: <c>/etc/understudy/web start: exit code 3 after 12 ms</c>.</summary>
    public string Sentence => string.Create(
        CultureInfo.InvariantCulture, $"{Order.Path} {Order.Verb}: {Outcome} after {Took.TotalMilliseconds:0} ms");
}
