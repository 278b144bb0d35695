namespace Understudy.Core.Settings;

/// <summary>What a guard's settings are held to: errors for a guard that could not do its work or would do harm, warnings for what is only unwise.</summary>
internal static class GuardCheck
{
    /// <summary>When a router tells that nobody answered its ARP: three requests a second apart (mcast_solicit and retrans_time_ms of arp(7)); others are not far from it.</summary>
    private static readonly TimeSpan RouterSpeaks = TimeSpan.FromSeconds(3);

    internal static void Hold(Section at, GuardSettings guard, FileSoFar file)
    {
        Witnesses(at, guard);
        Times(at, guard);
        Steps(at, guard, file);
        if (file.Nodes is { Count: 0 })
        {
            at.Require("tier", guard.Tier == 0, "is for several hosts, and there are no 'nodes'");
        }

        at.WarnWhen("return", guard.Return is not null && !guard.Stays && file.Nodes is { Count: 0 }, "is given, but this host does not stay, and a host that is off wakes nobody", "stays");
        at.WarnWhen("heat", guard.Temperatures.Count == 0 && (guard.Heat with { Rises = null }) != HeatSettings.Default, "is not used without temperatures", "temperatures");
    }

    /// <summary>Who is believed. Without a control, silence may always be our own blindness; a witness that speaks (an adapter, a UPS) needs none.</summary>
    private static void Witnesses(Section at, GuardSettings guard)
    {
        var (mains, controls) = (guard.Mains, guard.Controls);
        at.Require("mains", at.Describes || mains.Count > 0, "is missing or empty; give things that are fed like the cooling");
        at.Require("needed", guard.Needed <= Math.Max(1, mains.Count), $"is {guard.Needed}, and there are only {mains.Count} mains witnesses, so that no loss would ever be seen", "mains");
        var speaking = mains.Count(m => m.Speaks);
        at.Require("mains", controls.Count > 0 || guard.Alone || speaking > 0 || mains.Count == 0,
            mains.Count == 1
                ? "is one witness without a control: its silence may be our own blindness, and nothing would ever be done; add 'controls', things on UPS power, or say 'alone: true'"
                : "has no control besides: silence of all may be our own blindness, and nothing would ever be done; add 'controls', things on UPS power, or say 'alone: true'", "controls", "alone");
        at.Require("mains", mains.Select(m => m.Subject).Distinct(StringComparer.Ordinal).Count() == mains.Count, "has one witness twice: one thing that breaks would count as two");
        foreach (var both in mains.Select(m => m.Subject).Intersect(controls.Select(c => c.Subject), StringComparer.Ordinal).Take(1))
        {
            at.Require("controls", holds: false, $"{Scalars.Quote(both)} is a mains witness too; a control is on UPS power", "mains");
        }

        at.WarnWhen("mains", guard.Needed == 1 && speaking < mains.Count && mains.Count > 0 && !(guard.Alone && mains.Count == 1),
            mains.Count == 1 ? "is one witness: when that thing breaks, it looks like an outage; add another on another breaker and switch"
            : "has several witnesses of which one is enough: when any of them breaks, it looks like an outage", "needed", "alone");
        var deaf = mains.FirstOrDefault(m => m is ProbeSettings.Icmp or ProbeSettings.Tcp or ProbeSettings.Http && m.Timeout >= RouterSpeaks);
        at.WarnWhen("mains", deaf is not null,
            $"looks at {deaf?.Subject} for {Scalars.Say(deaf?.Timeout ?? default)}: where it is behind a router, that router says after 3 s that it does not reach it, which is a word about a path, and the witness could never be dark; "
            + "make its timeout shorter than 3 s");
        at.WarnWhen("alone", guard.Alone && controls.Count > 0, "is not used where there are controls", "controls");
        at.WarnWhen("on_blind", guard.OnBlind < guard.Grace, "is shorter than the grace: a switch that reboots could take the host down", "grace");
    }

    private static void Times(Section at, GuardSettings guard)
    {
        at.Require("spread", guard.Spread <= guard.Grace, $"is {Scalars.Say(guard.Spread)}, must be at most grace {Scalars.Say(guard.Grace)}", "grace");
        at.Require("heat", guard.Heat.ExtendTo is not { } to || to >= guard.Grace, $"has extend_to {Scalars.Say(guard.Heat.ExtendTo ?? default)}, must be at least grace {Scalars.Say(guard.Grace)}", "grace");
        var needs = guard.Grace + guard.PlanLength + guard.Heat.Margin;
        at.Require("grace", guard.Heat.Lasts is not { } lasts || needs <= lasts,
            $"{Scalars.Say(guard.Grace)} + plan {Scalars.Say(guard.PlanLength)} + margin {Scalars.Say(guard.Heat.Margin)} = {Scalars.Say(needs)}, and the room lasts "
            + $"{Scalars.Say(Whole(guard.Heat.Lasts ?? default))} from {guard.Heat.Cool:0.##} to {guard.Heat.Critical:0.##} degrees; shorten the grace or the steps' limits", "heat", "plan", "spread", "tier", "tier_timeout");
        at.WarnWhen("countdown", guard.Countdown > guard.Grace, $"is longer than grace {Scalars.Say(guard.Grace)}: the plan stands armed from the first moment of a loss, with what is left", "grace");
        foreach (var slow in guard.Mains.Where(m => m.Every > guard.Grace).Take(1))
        {
            at.Require("mains", holds: false, $"looks at {slow.Subject} only each {Scalars.Say(slow.Every)}, longer than grace {Scalars.Say(guard.Grace)}", "grace");
        }
    }

    private static void Steps(Section at, GuardSettings guard, FileSoFar file)
    {
        var plan = guard.Plan;
        at.Require("plan", at.Describes || plan.Count > 0, "is empty; give steps, or leave it out to tell everybody and power off");
        at.Require("plan", plan.Count == 0 || guard.Stays || plan[^1] is GuardStepSettings.End,
            "has a last step that is none of poweroff, suspend and hibernate, so that nothing would get cooler; add one, or say 'stays: true'", "stays");
        at.Require("plan", plan.SkipLast(1).All(s => s is not GuardStepSettings.End), "goes on after the host is off; poweroff, suspend or hibernate is the last step");
        at.Require("plan", plan.Count(s => s is GuardStepSettings.WaitForTiers) <= 1, "waits for the lower tiers twice");
        at.Require("plan", file.Nodes is not { Count: 0 } || plan.All(s => s is not GuardStepSettings.WaitForTiers), "waits for tiers, which are for several hosts, and there are no 'nodes'");
    }

    /// <summary>A quotient of degrees, rounded down to something that people read.</summary>
    private static TimeSpan Whole(TimeSpan span) => TimeSpan.FromSeconds(Math.Floor(span.TotalSeconds));
}
