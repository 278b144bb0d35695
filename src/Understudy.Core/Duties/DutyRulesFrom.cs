using Understudy.Core.Settings;

namespace Understudy.Core.Duties;

/// <summary>From settings to what the stance machine goes by.</summary>
public static class DutyRulesFrom
{
    /// <summary>TTL of a bare pair, where only our own freeze is bounded by it: three seconds of kernel lifetime, renewed by ourselves.</summary>
    private static TimeSpan BareTtl { get; } = TimeSpan.FromSeconds(3);

    /// <summary>Rules for <paramref name="node"/>, or null if it is no candidate of the duty.</summary>
    public static DutyRules? Settings(UnderstudySettings settings, DutySettings duty, string node)
    {
        if (duty.RankOf(node) is not { } self)
        {
            return null;
        }

        var witness = settings.Arbiter as ArbiterSettings.Witness;
        var ttl = witness?.Ttl ?? BareTtl;
        var renew = witness?.RenewEvery ?? ttl / 6;
        return new DutyRules(
            duty.Name,
            duty.Candidates,
            self,
            Arbitrated: witness is not null,
            ttl,
            Lease: witness?.ServeFor(duty.StopLimit) ?? ttl,
            renew,
            AskAgain: Shorter(TimeSpan.FromMilliseconds(20), renew),
            Promises: witness?.Promises ?? false,
            duty.OnSplit,
            duty.Failback,
            RankDelay: Spans.Longer(settings.Heartbeat.Every * 2, TimeSpan.FromMilliseconds(100)),
            duty.Run?.StartLimit ?? TimeSpan.FromSeconds(10),
            duty.StopLimit,
            duty.Restart,
            StandbyHealth: duty.Run is null,
            Probed: duty.HealthyWhen.Count > 0,
            Commanded: duty.Run is not null,
            Grace: Spans.Longer(self == 0 && witness is not null ? settings.Heartbeat.DeadAfter : settings.Heartbeat.StartGrace, witness?.Ttl ?? TimeSpan.Zero));
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
