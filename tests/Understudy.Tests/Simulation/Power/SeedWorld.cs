using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Power;

namespace Understudy.Tests.Simulation.Power;

/// <summary>Seed 002's program on the same six hosts in the same room, with the first mains witness as its power node. It knows nothing else.</summary>
internal static class SeedWorld
{
    private static readonly CarefulRules Rules = new(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), Safe: false);

    internal static RoomScore Run(ulong seed)
    {
        var plan = new RoomPlan(seed);
        var score = new RoomScore();
        for (var host = 0; host < RoomPlan.Hosts; host++)
        {
            var offs = Host(plan, host, score);
            foreach (var (from, until) in plan.Outages.Where(o => o.Until - o.From > RoomHost.GraceSeconds + RoomHost.PlanSeconds && o.From > 600))
            {
                if (offs.Any(o => o < from && o > from - 20_000))
                {
                    continue;
                }

                score.Owed++;
                score.Done += offs.Any(o => o >= from && o <= from + RoomHost.GraceSeconds + RoomHost.PlanSeconds) ? 1 : 0;
                var critical = plan.Heat.Reaches(RoomHeat.Critical - plan.Offsets[host]).FirstOrDefault(c => c >= from && c < until, double.PositiveInfinity);
                score.Cooked += critical < until && !offs.Any(o => o >= from && o < critical) ? 1 : 0;
            }
        }

        return score;
    }

    private static List<double> Host(RoomPlan plan, int host, RoomScore score)
    {
        var offs = new List<double>();
        var t = 0.0;
        foreach (var (from, until) in plan.Windows)
        {
            t = Math.Max(t, from + (plan.Dice.Below(62_000) / 1000.0));           // where in its minute it is after a calm time
            var litAt = double.NegativeInfinity;
            var state = CarefulState.AtStart(Rules, Moment(t));
            while (CarefulMachine.Deadline(state) is { } at && (Seconds(at) < until || state.Stage == CarefulStage.PreFail))
            {
                var begins = Seconds(at);
                var unread = plan.Any(RoomFault.NoRoute, begins, host) || plan.Any(RoomFault.NoProbe, begins, host);
                var answers = !unread && Enumerable.Range(0, 3).Any(i => Answers(plan, begins + i));
                litAt = answers ? begins : litAt;
                t = begins + (unread ? 0.02 : answers ? 2.05 : 12.05);
                var turn = CarefulMachine.Heard(Rules, CarefulMachine.Look(state, at).State, answers ? new ProbeReading.Good("") : new ProbeReading.Bad(""), Moment(t));
                state = turn.State;
                if (turn.Order == CarefulOrder.PowerOff)
                {
                    offs.Add(t);
                    if (plan.MainsAt(t) && RoomAccount.IsAtReturn(plan, litAt, t))
                    {
                        score.Count(RoomOutcome.AtReturn);
                    }
                    else
                    {
                        score.False += plan.MainsAt(t) ? 1 : 0;
                    }

                    t = plan.Outages.Where(o => t >= o.From && t < o.Until).Select(o => o.Until).DefaultIfEmpty(t).Max() + 900;
                    state = CarefulState.AtStart(Rules, Moment(t));
                }
            }
        }

        return offs;
    }

    private static bool Answers(RoomPlan plan, double t) =>
        !plan.Any(RoomFault.Core, t, 0) && !plan.Any(RoomFault.Switch, t, 0) && !plan.Any(RoomFault.Witness, t, 0)
        && !(plan.Any(RoomFault.Loss, t, 0) && plan.Dice.Below(2) == 0)
        && plan.MainsAt(t) && t - plan.BackSince(t) >= plan.Boots[0];

    private static Instant Moment(double t) => new((long)(t * TimeSpan.TicksPerSecond));

    private static double Seconds(Instant at) => at.Ticks / (double)TimeSpan.TicksPerSecond;
}
