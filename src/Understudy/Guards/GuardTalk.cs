using Understudy.Core;
using Understudy.Core.Peers;
using Understudy.Core.Plans;

namespace Understudy.Guards;

/// <summary>When the peers are told how our guards stand: in time, more often while a plan is armed or runs, and at once when a verdict or a phase changes.</summary>
/// <param name="tell">Takes the words to the host's loop; must not wait.</param>
internal sealed class GuardTalk(Action<GuardEntry[]> tell)
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_often = TimeSpan.FromMilliseconds(500);

    private (byte, byte, byte)[] told = [];

    /// <summary>When it is time to tell, if nothing changes before.</summary>
    internal Instant Deadline { get; private set; }

    internal void Tell(List<GuardSeat> seats, Instant now)
    {
        var entries = new GuardEntry[seats.Count];
        var news = new (byte, byte, byte)[seats.Count];
        var busy = false;
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = seats[i].Desk.Entry(now);
            news[i] = (entries[i].Verdict, entries[i].Phase, entries[i].Flags);
            busy |= seats[i].Desk.Plan is { Phase: PlanPhase.Armed or PlanPhase.Running, Run.Dry: false };
        }

        if (now >= Deadline || !news.AsSpan().SequenceEqual(told))
        {
            told = news;
            Deadline = now + (busy ? s_often : s_every);
            tell(entries);
        }
    }
}
