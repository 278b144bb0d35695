using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Power;

namespace Understudy.Tests.Power;

/// <summary>
/// Seed 002's own machine on one host of the same room, with the first mains witness as its power node, 1 and 5 minutes, and <c>ping -c 3</c> as it was measured: 2.05 s where it is
/// answered, 12.05 s where it is not, 0.02 s where there is no way to ask.
/// </summary>
internal static class RoomTableSeed
{
    private static readonly CarefulRules s_rules = new(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), Safe: false);

    /// <summary>From one ping to the next while all is well.</summary>
    internal const double Turn = 62.05;

    /// <summary>When it powers the host off, in seconds from the incident; null: it does not.</summary>
    /// <param name="phase">When in its turn the incident finds it, 0 up to <see cref="Turn"/>.</param>
    internal static double? OffAt(RoomTableScript script, string host, double phase)
    {
        var isFirst = host == script.Hosts[0].Name;
        var t = -script.Up - phase;
        var state = CarefulState.AtStart(s_rules, Moment(t));
        var killed = !isFirst || script.Restart is null;
        while (CarefulMachine.Deadline(state) is { } at && Seconds(at) < script.Until)
        {
            if (!killed && Seconds(at) >= script.Restart!.Value.From)
            {
                killed = true;
                state = CarefulState.AtStart(s_rules, Moment(script.Restart.Value.Until));      // it remembers nothing
                continue;
            }

            var begins = isFirst && script.Frozen is { } frozen && RoomTableScript.In([frozen], Seconds(at)) ? frozen.Until : Seconds(at);
            var answers = Enumerable.Range(0, 3).Select(i => script.Sees(host, control: false, 0, begins + i)).ToList();
            var up = answers.Contains(true);
            t = begins + (up ? 2.05 : answers.Contains(null) ? 0.02 : 12.05);
            var turn = CarefulMachine.Heard(s_rules, CarefulMachine.Look(state, Moment(begins)).State, up ? new ProbeReading.Good("") : new ProbeReading.Bad(""), Moment(t));
            state = turn.State;
            if (turn.Order == CarefulOrder.PowerOff)
            {
                return t;
            }
        }

        return null;
    }

    private static Instant Moment(double seconds) => new((long)((seconds + 1_000_000) * TimeSpan.TicksPerSecond));

    private static double Seconds(Instant at) => (at.Ticks / (double)TimeSpan.TicksPerSecond) - 1_000_000;
}
