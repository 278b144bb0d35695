using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;

namespace Understudy.Tests.Duties;

/// <summary>Rules, states and moments of a small pair: alpha is home, beta stands in. Times are milliseconds after a moment well past zero.</summary>
internal static class Given
{
    internal const long Ticket = 7;
    internal const long Epoch = 4;

    /// <summary>TTL 600 = lease 440 + stop 100 + margin 60.</summary>
    internal static DutyRules Alpha { get; } = new(
        "web", ["alpha", "beta"], Self: 0, Arbitrated: true, Ttl: Ms(600), Lease: Ms(440), Renew: Ms(100), AskAgain: Ms(20), Promises: true, SplitPolicy.Hold,
        new FailbackSettings.After(Ms(5000)), RankDelay: Ms(200), StartLimit: Ms(1000), StopLimit: Ms(100),
        new RestartSettings(2, Ms(60_000), Ms(1000), Ms(30_000)), StandbyHealth: false, Probed: false, Commanded: true, Grace: Ms(600));

    internal static DutyRules Beta { get; } = Alpha with { Self = 1 };

    internal static DutyRules Probed { get; } = Alpha with { Probed = true };

    /// <summary>No command: the probes speak for a standby too.</summary>
    internal static DutyRules Unattended { get; } = Alpha with { StandbyHealth = true, Probed = true, Commanded = false };

    internal static DutyRules Bare { get; } = Alpha with { Arbitrated = false, Promises = false };

    internal static TimeSpan Ms(double ms) => TimeSpan.FromMilliseconds(ms);

    internal static Instant At(double ms) => new Instant(0) + TimeSpan.FromHours(1) + Ms(ms);

    internal static Judged Good { get; } = new(Health.Healthy, "answers");

    internal static Judged Bad { get; } = new(Health.Failed, "does not answer");

    /// <summary>A candidate that has epoch 4 in its ledger, hears nobody, and has known nobody to hold since 0.</summary>
    internal static DutyState In(Stance stance) => new(
        stance, Ticket, Epoch, LetGo: 0, Successor: null, Vacant: At(0), PromisedUntil: At(0), new ClaimView.Unread(), Judged.Nothing, Good, Idle: true,
        [PeerView.Unheard, PeerView.Unheard], []);

    internal static DutyState Hears(this DutyState s, int candidate, PeerView view) =>
        s with { Peers = s.Peers.Select((p, i) => i == candidate ? view : p).ToValueList(), Vacant = view.Holds && view.Epoch > s.LetGo ? null : s.Vacant };

    /// <summary>Until, renew-at and answered-at follow from when the request was sent.</summary>
    internal static Holding Hold(double sentMs, long epoch = Epoch) => new(epoch, At(sentMs + 440), At(sentMs + 100), At(sentMs), Seized: false);

    internal static PeerView Stands(double sinceMs = 0, long epoch = Epoch) => new(StanceCode.Standby, epoch, Fit: true, At(sinceMs), 0);

    internal static PeerView Serves(long epoch) => new(StanceCode.Active, epoch, Fit: false, At(0), 0);

    /// <summary>The same stance or effect with every sentence blanked: what is said to people is no rule.</summary>
    internal static Stance Mute(Stance stance) => stance switch
    {
        Stance.Stopping s => s with { Then = Mute(s.Then) },
        Stance.Faulted s => s with { Why = "" },
        Stance.Active { Leaving: { } l } s => s with { Leaving = l with { Why = "" } },
        _ => stance,
    };

    internal static AfterStop Mute(AfterStop then) => then switch
    {
        AfterStop.ToStandby => new AfterStop.ToStandby(""),
        AfterStop.ToFaulted f => f with { Why = "" },
        AfterStop.ToNothing => new AfterStop.ToNothing(""),
        _ => then,
    };

    internal static DutyEffect Mute(DutyEffect effect) => effect switch
    {
        DutyEffect.Start e => e with { Why = "" },
        DutyEffect.Stop e => e with { Why = "" },
        DutyEffect.Announce e => e with { Why = "" },
        DutyEffect.RunVerb e => e with { Why = "" },
        DutyEffect.Alarm => new DutyEffect.Alarm(""),
        _ => effect,
    };
}
