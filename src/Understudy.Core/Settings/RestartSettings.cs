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
}
