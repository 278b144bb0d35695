using Understudy.Core.Power;

namespace Understudy.Tests.Simulation.Power;

/// <summary>What came of some room-years.</summary>
internal sealed record RoomScore
{
    /// <summary>Power-offs while the mains were there and a witness on them had had the time to boot.</summary>
    internal int False { get; set; }

    /// <summary>Power-offs in the seconds between the return of the mains and the first answer of what boots on them: no witness can tell.</summary>
    internal int AtReturn { get; set; }

    /// <summary>True outages beyond the grace, once for each host that was up at their beginning and past its settling.</summary>
    internal int Owed { get; set; }

    /// <summary>Of these, ended in a power-off in time.</summary>
    internal int Done { get; set; }

    /// <summary>The others, by what else was wrong then.</summary>
    internal SortedDictionary<string, int> Missed { get; } = new(StringComparer.Ordinal);

    /// <summary>Missed though nothing else was wrong.</summary>
    internal int Unexcused { get; set; }

    internal string? First { get; set; }

    internal void Add(RoomScore other)
    {
        (False, AtReturn, Owed, Done, Unexcused) = (False + other.False, AtReturn + other.AtReturn, Owed + other.Owed, Done + other.Done, Unexcused + other.Unexcused);
        First ??= other.First;
        foreach (var (why, times) in other.Missed)
        {
            Missed[why] = Missed.GetValueOrDefault(why) + times;
        }
    }

    public override string ToString() =>
        $"power-offs with mains: {False}; in the seconds after their return: {AtReturn}; outages beyond the grace (times hosts): {Owed}, ended in good order: {Done}, "
        + $"not, by what else was wrong: {string.Join(", ", Missed.Select(m => $"{m.Key} {m.Value}"))}; without excuse: {Unexcused}";
}

/// <summary>A year of one room in virtual time: from change to change, and round by round only where something changes.</summary>
internal static class RoomWorld
{
    /// <summary>A host that went down comes back so long after the mains did.</summary>
    private const double ComesBack = 900;

    internal static RoomScore Run(ulong seed, RoomBreach breach)
    {
        var plan = new RoomPlan(seed);
        var hosts = Enumerable.Range(0, RoomPlan.Hosts).Select(i => new RoomHost(plan, breach, i)).ToArray();
        var (score, offs, reboots) = (new RoomScore(), new List<(int Host, double At)>(), plan.Troubles.Where(t => t.Fault == RoomFault.Reboot).ToList());
        var comes = new double[hosts.Length];
        Array.Fill(comes, double.PositiveInfinity);
        var now = 0.0;
        foreach (var (from, until) in plan.Windows.Prepend((0, 300)))
        {
            if (from > now)
            {
                foreach (var host in hosts)
                {
                    host.Jump(from);
                }
            }

            var extended = until;
            for (var steps = 0; ; steps++)
            {
                var next = Next(hosts, comes, reboots, out var who);
                Xunit.Assert.True(steps < 300_000, $"seed {seed}: host {who} spins at {now}: {(who < 0 ? "" : hosts[who].Why)}");
                if (next > extended)
                {
                    if ((hosts.All(h => h.IsQuiet) && comes.All(double.IsPositiveInfinity)) || extended > until + 86_400)
                    {
                        break;
                    }

                    extended += 60;
                    continue;
                }

                now = next;
                Act(plan, hosts, comes, reboots, offs, score, seed, now, who);
                if (score.First is not null && breach != RoomBreach.None)
                {
                    return score;                                              // it is caught, and could boot and leave for ever
                }
            }
        }

        Settle(plan, offs, score, seed, plan.Troubles);
        return score;
    }

    private static double Next(RoomHost[] hosts, double[] comes, List<Trouble> reboots, out int who)
    {
        var next = reboots.Count > 0 ? reboots[0].From : double.PositiveInfinity;
        who = -1;
        for (var i = 0; i < hosts.Length; i++)
        {
            var at = Math.Min(hosts[i].NextAt, comes[i]);
            if (at < next)
            {
                (next, who) = (at, i);
            }
        }

        return next;
    }

    private static void Act(RoomPlan plan, RoomHost[] hosts, double[] comes, List<Trouble> reboots, List<(int Host, double At)> offs, RoomScore score, ulong seed, double now, int who)
    {
        if (who < 0)
        {
            var reboot = reboots[0];
            reboots.RemoveAt(0);
            if (hosts[reboot.What].IsUp)
            {
                hosts[reboot.What].Off(now);
                comes[reboot.What] = reboot.Until;
            }

            return;
        }

        var host = hosts[who];
        if (!host.IsUp)
        {
            comes[who] = double.PositiveInfinity;
            host.Boot(now);
            return;
        }

        if (!host.Step(now, Peers(plan, hosts, who, now)))
        {
            return;
        }

        offs.Add((who, now));
        if (plan.MainsAt(now))
        {
            var atReturn = now - plan.BackSince(now) < plan.Boots.Max() + 15;
            score.AtReturn += atReturn ? 1 : 0;
            score.False += atReturn ? 0 : 1;
            score.First ??= atReturn ? null : $"seed {seed}: host {who} powers off at {now:0} with mains; {host.Why}";
        }

        host.Off(now);
        comes[who] = plan.Outages.Where(o => now >= o.From && now < o.Until).Select(o => o.Until).DefaultIfEmpty(now).Max() + ComesBack;
    }

    private static PeerView[] Peers(RoomPlan plan, RoomHost[] hosts, int who, double now) => plan.Any(RoomFault.Core, now, 0)
        ? []
        : [.. hosts.Where((h, i) => i != who && h.IsUp && now - h.Tells.At < 60).Select(h => new PeerView("peer", h.Tells.Mains, TimeSpan.FromSeconds(now - h.Tells.At)))];

    /// <summary>Who owed a power-off, who did it in time, and what else was wrong where not.</summary>
    private static void Settle(RoomPlan plan, List<(int Host, double At)> offs, RoomScore score, ulong seed, Trouble[] troubles)
    {
        var limit = RoomHost.GraceSeconds + RoomHost.PlanSeconds;
        foreach (var (from, until) in plan.Outages.Where(o => o.Until - o.From > limit && o.From > 600))
        {
            for (var host = 0; host < RoomPlan.Hosts; host++)
            {
                if (offs.Any(o => o.Host == host && o.At < from && o.At > from - 20_000))
                {
                    continue;                                                  // still down, or only just back
                }

                score.Owed++;
                if (offs.Any(o => o.Host == host && o.At >= from && o.At <= from + limit))
                {
                    score.Done++;
                    continue;
                }

                var excuses = troubles.Where(t => t.Fault != RoomFault.Outage && t.Concerns(host) && t.Touches(from - 700, from + limit)).Select(t => t.Fault.ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
                var why = excuses.Length > 0 ? string.Join("+", excuses) : plan.Outages.Any(o => o.Until <= from && o.Until > from - 900) ? "another outage just before" : "nothing";
                score.Missed[why] = score.Missed.GetValueOrDefault(why) + 1;
                if (why == "nothing")
                {
                    score.Unexcused++;
                    score.First ??= $"seed {seed}: host {host} stays up in the outage of {from:0}..{until:0}";
                }
            }
        }
    }
}
