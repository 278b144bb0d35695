namespace Understudy.Core.Settings;

/// <summary>How many failures of a start or of the service a host bears before its part of the duty waits for an operator.</summary>
/// <param name="Limit">Failures within <paramref name="Window"/>, 1..1000.</param>
/// <param name="Window">10 s..30 days.</param>
/// <param name="Backoff">Wait after the first failure, doubled after each further one, 10 ms..<paramref name="MaxBackoff"/>.</param>
/// <param name="MaxBackoff">The longest wait, up to 1 h.</param>
public sealed record RestartSettings(int Limit, TimeSpan Window, TimeSpan Backoff, TimeSpan MaxBackoff)
{
    public static RestartSettings Default { get; } =
        new(Limit: 3, Window: TimeSpan.FromMinutes(10), Backoff: TimeSpan.FromSeconds(1), MaxBackoff: TimeSpan.FromSeconds(60));


    internal static RestartSettings Read(Section at)
    {
        var s = new RestartSettings(
            Limit: at.Whole("limit", Default.Limit, 1, 1000, "Failures within `window` after which the duty waits for an operator on this host."),
            Window: at.Span("window", Default.Window, "10s", "720h", "The span in which failures are counted."),
            Backoff: at.Span("backoff", Default.Backoff, "10ms", "1h", "Wait after the first failure; doubled after each further one."),
            MaxBackoff: at.Span("max_backoff", Default.MaxBackoff, "10ms", "1h", "The longest wait."));
        at.Require("max_backoff", s.MaxBackoff >= s.Backoff,
            $"is {Scalars.Say(s.MaxBackoff)}, must be at least backoff {Scalars.Say(s.Backoff)}", "backoff");
        return s;
    }
}
