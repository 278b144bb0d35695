using Understudy.Core.Power;

namespace Understudy.Tests.Simulation.Power;

/// <summary>A year of one room in virtual time: every host by itself, from change to change, and round by round only where something changes.</summary>
internal static class RoomWorld
{
    /// <summary>A host that went down is switched on so long after the mains are back, when the room is not hot any more.</summary>
    private const double ComesBack = 900;

    internal static RoomScore Run(ulong seed, RoomBreach breach)
    {
        var plan = new RoomPlan(seed);
        var hosts = Enumerable.Range(0, RoomPlan.Hosts).Select(i => new RoomHost(plan, breach, i)).ToArray();
        var (score, comes) = (new RoomScore(), new double[hosts.Length]);
        Array.Fill(comes, double.PositiveInfinity);
        var fates = new PriorityQueue<(int Host, double Comes), double>();       // a host dies in these moments if it is up
        foreach (var reboot in plan.Troubles.Where(t => t.Fault == RoomFault.Reboot))
        {
            fates.Enqueue((reboot.What, reboot.Until), reboot.From);
        }

        for (var i = 0; i < hosts.Length; i++)
        {
            hosts[i].Meet(hosts);
            foreach (var at in plan.Heat.Reaches(RoomHeat.Critical - plan.Offsets[i]))
            {
                fates.Enqueue((i, double.NaN), at);
            }
        }

        var (last, spins) = (0.0, 0);
        for (var steps = 0; ; steps++)
        {
            var (now, who) = Next(hosts, comes);
            if (fates.TryPeek(out var fate, out var at) && at <= now)
            {
                if (at > RoomPlan.Year)
                {
                    break;
                }

                fates.Dequeue();
                End(plan, hosts[fate.Host], fate, at, comes);
                continue;
            }

            if (now > RoomPlan.Year)
            {
                break;
            }

            spins = now > last + 1e-3 ? 0 : spins + 1;
            if (breach != RoomBreach.None && steps >= 3_000_000)
            {
                break;      // a broken guard that never comes to rest: what it did so far is judged
            }

            if (spins >= 1000 || steps >= 3_000_000)
            {
                Xunit.Assert.Fail($"seed {seed}: host {who} spins at {now}: {hosts[who].Desk.State}");
            }

            last = now;
            Act(plan, hosts[who], who, now, comes, score, seed);
            if (score.Examples.Count > 0 && breach != RoomBreach.None)
            {
                return score;                                                  // it is caught, and could boot and leave for ever
            }
        }

        Array.ForEach(hosts, h => h.Close());
        RoomAccount.Settle(plan, hosts, score, seed);
        return score;
    }

    private static (double At, int Who) Next(RoomHost[] hosts, double[] comes)
    {
        var (next, who) = (double.PositiveInfinity, -1);
        for (var i = 0; i < hosts.Length; i++)
        {
            var at = Math.Min(hosts[i].NextAt, comes[i]);
            if (at < next)
            {
                (next, who) = (at, i);
            }
        }

        return (next, who);
    }

    private static void Act(RoomPlan plan, RoomHost host, int who, double now, double[] comes, RoomScore score, ulong seed)
    {
        if (!host.IsUp)
        {
            comes[who] = double.PositiveInfinity;
            host.Boot(now);
        }
        else if (host.Step(now))
        {
            var leaving = new RoomLeaving(now, now + 5 + plan.Dice.Below(55), host.LeavesByHeat);
            host.Log.Leavings.Add(leaving);
            RoomAccount.Judge(plan, host, who, leaving, score, seed);
            host.Off(now);
            comes[who] = Comes(plan, who, now);
        }
    }

    private static void End(RoomPlan plan, RoomHost host, (int Host, double Comes) fate, double at, double[] comes)
    {
        if (!host.IsUp)
        {
            return;
        }

        host.Off(at);
        if (double.IsNaN(fate.Comes))
        {
            host.Log.Cooked.Add(at);
        }

        comes[fate.Host] = double.IsNaN(fate.Comes) ? Comes(plan, fate.Host, at) : fate.Comes;
    }

    private static double Comes(RoomPlan plan, int who, double now)
    {
        var at = now + ComesBack;
        for (var i = 0; i < plan.Outages.Length; i++)
        {
            at = at >= plan.Outages[i].From && at < plan.Outages[i].Until + ComesBack ? plan.Outages[i].Until + ComesBack : at;
        }

        return plan.Heat.Below(RoomHeat.Cool + 3 - plan.Offsets[who], at);
    }
}
