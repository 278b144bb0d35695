namespace Understudy.Tests.Simulation.Power;

/// <summary>Says of every power-off whether it was right, and of every host in every outage beyond the grace and the plan how it ended: by its one name.</summary>
internal static class RoomAccount
{
    /// <summary>A look, three of which make a judgement, and the wait for a silent witness.</summary>
    private const double Judging = (3 * RoomHost.Every) + 5;

    /// <summary>Readings older than that do not make a verdict stand, as <see cref="Understudy.Core.Power.GuardRules.StandsFor"/>, and what a notice takes.</summary>
    private const double Stands = 30;

    private static double Limit => RoomHost.GraceSeconds + RoomHost.PlanSeconds;

    /// <summary>A plan powers a host off in this moment.</summary>
    internal static void Judge(RoomPlan plan, RoomHost host, int who, RoomLeaving leaving, RoomScore score, ulong seed)
    {
        var (t, inlet) = (leaving.At, plan.Heat.At(leaving.At) + plan.Offsets[who]);
        string What() => $"seed {seed}: host {who} powers off at {t:0} in {inlet:0.0} degrees; {host.Desk.State}";
        if (plan.MainsAt(t))
        {
            var isHot = leaving.ByHeat && (inlet >= RoomHeat.Hard - 1.5 || (inlet >= RoomHeat.Cool - 1 && plan.Heat.Rose(t, 240)));
            var outcome = isHot ? RoomOutcome.OverheatedLeft
                : IsAtReturn(plan, host.LitAt, t) ? RoomOutcome.AtReturn
                : plan.Troubles.Any(f => f.Fault == RoomFault.Pause && f.What == who && f.Until <= t && t - f.Until < Stands) ? RoomOutcome.ClockStood
                : RoomOutcome.FalseWithMains;
            score.False += outcome == RoomOutcome.FalseWithMains ? 1 : 0;
            score.Count(outcome, What);
            return;
        }

        var outage = plan.Outages.First(o => t < o.Until);
        if (outage.Until - outage.From > Limit && t - outage.From >= RoomHost.GraceSeconds)
        {
            return;                                                            // that outage's account has it
        }

        if (t - outage.From < RoomHost.GraceSeconds && !leaving.ByHeat)
        {
            var fits = Bucket(plan, who, t) >= RoomHost.GraceSeconds - 5;
            if (!fits || outage.Until - outage.From <= Limit)
            {
                score.Count(fits ? RoomOutcome.ShortFlapping : RoomOutcome.Early, What);
            }
        }
        else if (leaving.ByHeat && outage.Until - outage.From <= Limit && t - outage.From < RoomHost.GraceSeconds)
        {
            score.Count(RoomOutcome.ShortByHeat);
        }
    }

    /// <summary>The mains are back since so short a time that what boots on them, and the looks at it, may not have answered, and nothing has answered since then.</summary>
    /// <param name="litAt">When a mains witness that is looked at last answered.</param>
    internal static bool IsAtReturn(RoomPlan plan, double litAt, double t) => plan.BackSince(t) is var back && litAt < back && t - back < plan.Boots.Max() + Stands;

    internal static void Settle(RoomPlan plan, RoomHost[] hosts, RoomScore score, ulong seed)
    {
        for (var who = 0; who < hosts.Length; who++)
        {
            foreach (var (from, until) in plan.Outages.Where(o => o.Until - o.From > Limit && o.From > 600))
            {
                var since = hosts[who].Log.UpSince(from);
                if (since is null || from - since < RoomHost.SettleSeconds + Judging)
                {
                    score.Count(RoomOutcome.NotUp);
                    continue;
                }

                var outcome = Of(plan, hosts[who], who, from, until);
                score.Owed++;
                score.Done += outcome is RoomOutcome.InOrder or RoomOutcome.InOrderSooner ? 1 : 0;
                score.Cooked += outcome is RoomOutcome.CriticalAway or RoomOutcome.CriticalMeasured or RoomOutcome.CriticalUnmeasured ? 1 : 0;
                score.Count(outcome, () => $"seed {seed}: host {who} in the outage of {from:0}..{until:0}, critical at {string.Join(",", plan.Heat.Reaches(RoomHeat.Critical - plan.Offsets[who]).Select(c => $"{c:0}"))}");
            }

            foreach (var at in hosts[who].Log.Cooked.Where(c => plan.MainsAt(c)))
            {
                score.Count(plan.HeatAlone && hosts[who].Sensor is { } sensor && sensor.IsTrue(at - 1800, at) && Away(plan, hosts[who], who, at - 600, at) == 0
                    && plan.Heat.At(at) - plan.Heat.At(at - 240) < 4 ? RoomOutcome.CriticalMeasured : RoomOutcome.OverheatedStayed, () => $"seed {seed}: host {who} at {at:0} with mains");
            }
        }
    }

    private static RoomOutcome Of(RoomPlan plan, RoomHost host, int who, double from, double until)
    {
        var log = host.Log;
        var leaving = log.Leavings.Find(l => l.At >= from && l.At < until + plan.Boots.Max() + Stands);
        var critical = plan.Heat.Reaches(RoomHeat.Critical - plan.Offsets[who]).FirstOrDefault(c => c >= from && c < until, double.PositiveInfinity);
        if (leaving is not null && log.UpSince(from) == log.UpSince(leaving.At - 1e-6) | leaving.ByHeat)
        {
            var away = Away(plan, host, who, from - RoomHost.GraceSeconds, leaving.At);
            return leaving.Down > critical ? AsRoomFailed(plan, host, who, from, critical)
                : leaving.At < from + RoomHost.GraceSeconds && leaving.ByHeat ? RoomOutcome.InOrderSooner
                : leaving.Down <= from + Limit ? RoomOutcome.InOrder
                : leaving.Down <= from + Limit + away ? RoomOutcome.InOrderLaterOwn
                : leaving.ByHeat ? RoomOutcome.InOrderByHeat
                : leaving.Down <= from + Limit + away + Blind(plan, who, from - RoomHost.GraceSeconds, leaving.At) ? RoomOutcome.InOrderLaterBlind
                : RoomOutcome.LaterUnexplained;
        }

        var rebooted = log.Boots.Find(b => b > from && b < until);
        if (log.Cooked.Any(c => c >= from && c < until))
        {
            return Away(plan, host, who, critical - 600, critical) > 0 ? RoomOutcome.CriticalAway
                : host.Sensor is { } sensor && sensor.IsTrue(Math.Max(from, critical - 7200) - 60, critical) ? RoomOutcome.CriticalMeasured
                : Told(log, from, rebooted > 0 ? rebooted - from + 300 : Away(plan, host, who, from - 300, critical)) ? RoomOutcome.CriticalUnmeasured
                : RoomOutcome.StayedSilent;
        }

        var (own, blind) = (Away(plan, host, who, from - RoomHost.GraceSeconds, until), Blind(plan, who, from - RoomHost.GraceSeconds, until));
        return rebooted > 0 ? until - rebooted < 300 || Told(log, from, rebooted - from + 300) ? RoomOutcome.RebootedTold : RoomOutcome.StayedSilent
            : blind == 0 || !plan.Troubles.Any(t => t.Fault != RoomFault.Outage && t.Concerns(who) && !t.IsOfSensor && t.Touches(from - 300, until)) ? until - from <= Limit + own ? RoomOutcome.OverBefore : RoomOutcome.Missed
            : Told(log, from, own) ? RoomOutcome.StayedTold
            : until - from <= Limit + own + blind ? RoomOutcome.OverBefore
            : RoomOutcome.StayedSilent;
    }

    /// <summary>It was leaving, and the room was faster: no matter for one that lasts less than a minute of measuring, the countdown, the plan and its margin.</summary>
    private static RoomOutcome AsRoomFailed(RoomPlan plan, RoomHost host, int who, double from, double critical) =>
        critical - from < 500 || host.Sensor?.IsTrue(from - 60, critical) != true || Away(plan, host, who, from - 300, critical) > 0
        || (RoomHeat.Critical - plan.Heat.At(from) - plan.Offsets[who]) / plan.Heat.Rises < 420
            ? RoomOutcome.InOrderAsRoomFailed
            : RoomOutcome.CriticalMeasured;

    /// <summary>An alarm was said, and stood, before the grace was over; later by so much as it was away itself.</summary>
    private static bool Told(RoomLog log, double from, double later) => log.Alarms.Exists(a => a.From < from + RoomHost.GraceSeconds + later && a.Until > from);

    /// <summary>Seconds in a span in which the host itself did not run, or settled after that.</summary>
    private static double Away(RoomPlan plan, RoomHost host, int who, double from, double until) => Seconds(from, until,
        plan.Troubles.Where(t => t.IsAbsence && t.What == who).Select(t => (t.From, t.Until + RoomHost.SettleSeconds + Judging))
            .Concat(host.Log.Boots.Where(b => b > 0).Select(b => (b, b + RoomHost.SettleSeconds + Judging))));

    /// <summary>Seconds in a span in which something was wrong with what it looks at, and the time in which that is still on its mind.</summary>
    private static double Blind(RoomPlan plan, int who, double from, double until) => Seconds(from, until,
        plan.Troubles.Where(t => t.Fault != RoomFault.Outage && t.Concerns(who) && !t.IsAbsence && !t.IsOfSensor).Select(t => (t.From, t.Until + 120 + Judging)));

    private static double Seconds(double from, double until, IEnumerable<(double From, double Until)> spans)
    {
        var (sum, end) = (0.0, from);
        foreach (var span in spans.OrderBy(s => s.From))
        {
            var (a, b) = (Math.Max(span.From, end), Math.Min(span.Until, until));
            if (b > a)
            {
                (sum, end) = (sum + b - a, b);
            }
        }

        return sum;
    }

    /// <summary>How full a bucket may be at most that fills while the mains are lost, or their return was not seen, and drains twice as fast.</summary>
    private static double Bucket(RoomPlan plan, int who, double now)
    {
        var lost = new List<(double From, double Until)>();
        foreach (var outage in plan.Outages.Where(o => o.From < now))
        {
            // What boots on the mains answers later, and is looked at each 10 s; what hides the witnesses hides their return.
            var until = outage.Until + plan.Boots.Min() + RoomHost.Every + 3;
            foreach (var trouble in plan.Troubles.Where(t => t.Fault != RoomFault.Outage && !t.IsOfSensor && t.Concerns(who)))
            {
                until = trouble.Touches(outage.From, until) ? Math.Max(until, trouble.Until + Judging) : until;
            }

            lost.Add((outage.From, Math.Min(until, now)));
        }

        // A bucket that was full counts as full until half of it has drained, and what has begun is not called off before the mains were there for as long as we settle.
        var (level, at, full) = (0.0, 0.0, false);
        foreach (var (from, until) in lost)
        {
            level = Math.Max(0, level - (2 * Seen(at, from)));
            full &= level >= (RoomHost.GraceSeconds / 2) - 5 || from - at < RoomHost.SettleSeconds + Judging;
            level = Math.Min(RoomHost.GraceSeconds, level + Math.Max(0, until - Math.Max(at, from)));
            at = Math.Max(at, until);
            full |= level >= RoomHost.GraceSeconds - 5;
        }

        level = Math.Max(0, level - (2 * Seen(at, now)));
        return full ? RoomHost.GraceSeconds : level;

        // What passes while it is stopped, and until it has judged again, drains nothing.
        double Seen(double a, double b) => Math.Max(0, b - a - Seconds(a, b, plan.Troubles.Where(f => f.IsAbsence && f.What == who).Select(f => (f.From, f.Until + Judging))));
    }
}
