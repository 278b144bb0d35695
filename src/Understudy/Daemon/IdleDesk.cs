using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Settings;
using Understudy.Core.Wire;
using Understudy.Linux.Addresses;

namespace Understudy.Daemon;

/// <summary>
/// Looks whether the service of a duty is used, for <c>failback: when_idle</c>: once a second, and only while the answer would matter, which is while it is performed
/// here and a candidate of better rank could take it. What was not read, or not just now, is not idle. On the loop's thread, except for the reading itself.
/// </summary>
/// <param name="post">Brings a reading (duty; 1, 0 or <c>-errno</c>) to the loop; false where the loop takes no more.</param>
internal sealed class IdleDesk(DutyHands[] hands, Func<int, int, bool> post)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Instant[] dueAt = new Instant[hands.Length];
    private readonly int[] reading = new int[hands.Length];

    /// <summary>When the next look is due.</summary>
    public Instant Deadline(ReadOnlySpan<DutyDesk> desks)
    {
        var at = Instant.Never;
        for (var i = 0; i < dueAt.Length; i++)
        {
            at = Matters(desks[i]) && Volatile.Read(ref reading[i]) == 0 ? Instant.Earlier(at, dueAt[i]) : at;
        }

        return at;
    }

    /// <summary>Whether the answer would matter now.</summary>
    public static bool Matters(DutyDesk desk)
    {
        if (desk.Rules.Failback is not FailbackSettings.WhenIdle || desk.State.Stance is not Stance.Active { Leaving: null })
        {
            return false;
        }

        for (var i = 0; i < desk.Rules.Self; i++)
        {
            if (desk.State.Peers[i] is { Fit: true, Aside: false })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>It counts as idle, and nobody has looked for what it is about to do: the first guess of a new state, or a reading of another time.</summary>
    public static bool IsGuess(FailbackSettings failback, DutyState state) => failback is FailbackSettings.WhenIdle && state.Idle;

    /// <summary>Begins to look at a duty's connections where that is due.</summary>
    public void LookIfDue(int duty, DutyDesk desk, Instant now)
    {
        if (!Matters(desk))
        {
            dueAt[duty] = now;
            return;
        }

        if (now < dueAt[duty] || hands[duty].Duty.Addresses.Count == 0 || Interlocked.Exchange(ref reading[duty], 1) != 0)
        {
            return;
        }

        dueAt[duty] = now + Every;
        var addresses = hands[duty].Duty.Addresses.Select(a => WireAddress.Of(a.Address)).ToArray();
        _ = ThreadPool.QueueUserWorkItem(
            _ =>
            {
                var found = ConnectionSource.AnyTo(addresses);
                Volatile.Write(ref reading[duty], 0);
                _ = post(duty, found);      // a loop that takes no more has other troubles; the next look is a second away
            },
            null);
    }
}
