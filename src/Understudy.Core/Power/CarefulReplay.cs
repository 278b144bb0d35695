using Understudy.Core.Evidence;
using Understudy.Core.Settings;

namespace Understudy.Core.Power;

/// <summary>What seed 002's own program would have made of recorded evidence: of the first mains witness alone, at the moments at which it looks.</summary>
internal static class CarefulReplay
{
    /// <summary>Its usual pace, one minute; it waits as long as the guard bears a loss, so that the two can be compared.</summary>
    private static readonly TimeSpan s_normal = TimeSpan.FromMinutes(1);

    /// <summary>How long <c>ping -c 3</c> takes, as measured with iputils: three answers a second apart, or silence and its last wait of ten seconds.</summary>
    private static readonly TimeSpan s_answered = TimeSpan.FromSeconds(2), s_silent = TimeSpan.FromSeconds(12);

    internal static (ValueList<ReplayNote> Notes, Instant? DownAt) Run(GuardSettings settings, IReadOnlyList<EvidenceLine> lines)
    {
        var rules = new CarefulRules(s_normal, settings.Grace, Safe: false);
        var subject = settings.Mains[0].Subject;
        var seen = new List<(int Place, EvidenceLine Line)>();
        var from = 0;
        var notes = new List<ReplayNote>();
        for (var i = 0; i <= lines.Count; i++)
        {
            // A line of another boot ends one story and begins another.
            if (i == lines.Count || (i > 0 && lines[i].At < lines[i - 1].At))
            {
                if (Story(rules, seen, lines, lines[from].At, lines[i - 1].At, notes) is { } down)
                {
                    return (notes.ToValueList(), down);
                }

                seen.Clear();
                from = i;
            }

            if (i < lines.Count && lines[i].Subject == subject && lines[i].Reading is not null)
            {
                seen.Add((i, lines[i]));
            }
        }

        return (notes.ToValueList(), DownAt: null);
    }

    private static Instant? Story(CarefulRules rules, List<(int Place, EvidenceLine Line)> seen, IReadOnlyList<EvidenceLine> lines, Instant from, Instant to, List<ReplayNote> notes)
    {
        var state = CarefulState.AtStart(rules, from);
        var at = 0;
        while (seen.Count > 0 && CarefulMachine.Deadline(state) is { } look && look <= to)
        {
            state = CarefulMachine.Look(state, look).State;
            while (at + 1 < seen.Count && seen[at + 1].Line.At <= look)
            {
                at++;
            }

            var reading = PowerEvidence.Of(seen[at].Line.Reading!);
            var heard = look + (reading is ProbeReading.Good ? s_answered : reading is ProbeReading.Bad ? s_silent : TimeSpan.Zero);
            var before = state.Stage;
            var turn = CarefulMachine.Heard(rules, state, reading, heard);
            state = turn.State;
            if (state.Stage != before || turn.Order == CarefulOrder.PowerOff)
            {
                var (wall, after) = GuardReplay.WallAt(lines, seen[at].Place, heard);
                notes.Add(new ReplayNote(heard, wall, after, "careful", turn.Reason));
            }

            if (turn.Order == CarefulOrder.PowerOff)
            {
                return heard;
            }
        }

        return null;
    }
}
