using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Peers;
using Understudy.Linux.Guarding;
using Understudy.Linux.Interop;

namespace Understudy.Daemon;

/// <summary>
/// Keeps the guardian's will equal to what we hold: for each duty the addresses to drop, the command to run, and the signed "I have let go of epoch N"
/// for every candidate on every link, ready to be sent by somebody who knows nothing of all that. Without a guardian it does nothing.
/// </summary>
internal sealed class LetGoWill : IDisposable
{
    /// <summary>So far ahead of our own numbers that the datagram is newer than whatever we still sent before we died.</summary>
    private const ulong Ahead = 1UL << 32;

    private static readonly TimeSpan LongestTick = TimeSpan.FromMilliseconds(250);

    private readonly WillWriter? will;
    private readonly long[] written;
    private readonly Instant[] deadlines;
    private readonly byte[] room = new byte[Datagram.MaxBytes];
    private HostSockets? sockets;

    public LetGoWill(WillWriter? will, int duties, TimeSpan freezeLimit)
    {
        this.will = will;
        written = new long[duties];
        deadlines = new Instant[duties];
        will?.LimitFreeze(freezeLimit);
        TickEvery = freezeLimit / 3 < LongestTick ? freezeLimit / 3 : LongestTick;
    }

    /// <summary>The loop must turn at least this often, so that the guardian and systemd can tell a frozen loop from an idle one.</summary>
    public TimeSpan TickEvery { get; }

    public bool Guarded => will is not null;

    public void Reach(HostSockets through) => sockets = through;

    public void Tick(Instant now) => will?.Tick(now);

    public void Follow(int duty, DutyDesk desk, DutyHands hands, Candidate candidate, Instant now)
    {
        if (will is null || sockets is null)
        {
            return;
        }

        // While a command is still bringing the service down, the addresses are gone and only the claim is ours: the will stays until the stop is confirmed.
        var epoch = desk.State.Hold?.Epoch ?? (desk.State.Stance is Stance.Stopping t ? t.Epoch : 0);
        if (epoch == 0)
        {
            if (written[duty] != 0)
            {
                will.Clear(duty);
                written[duty] = 0;
            }

            return;
        }

        var deadline = desk.State.Hold?.Until ?? Instant.Never;
        if (written[duty] != epoch)
        {
            Write(duty, desk, hands, candidate, epoch, deadline, now);
        }
        else if (deadline != deadlines[duty])
        {
            will.SetDeadline(duty, deadline);
        }

        (written[duty], deadlines[duty]) = (epoch, deadline);
    }

    /// <summary>The addresses' messages changed (a device was made anew): write the section again at the next turn.</summary>
    public void Forget(int duty) => written[duty] = 0;

    public void EndOrderly() => will?.EndOrderly();

    private void Write(int duty, DutyDesk desk, DutyHands hands, Candidate candidate, long epoch, Instant deadline, Instant now)
    {
        var draft = will!.Begin(duty);
        draft.Remove(hands.Addresses.Removals);
        if (hands.Duty.Run is { } run)
        {
            draft.Run(run.Path, "down", hands.EnvironmentOf("down", epoch, "the daemon died"), run.StopLimit);
        }

        var body = new LetGoBody(desk.Id, (ulong)epoch, 0);
        for (var p = 0; p < candidate.Talk.Sessions.Length; p++)
        {
            var session = candidate.Talk.Sessions[p];
            if (session.Peer.Witness || !desk.Concerns(p))
            {
                continue;
            }

            for (var l = 0; l < session.Links.Length; l++)
            {
                var length = candidate.Talk.Frame(
                    room, DatagramKind.LetGo, body.Write(room.AsSpan(Datagram.HeaderBytes)), p, l, now, session.Links[l].NextSequence + Ahead);
                draft.Say(sockets!.LocalOf(l), sockets.AddressOf(p, l), room.AsSpan(0, length));
            }
        }

        draft.Commit(deadline);
    }

    public void Dispose() => will?.Dispose();
}
