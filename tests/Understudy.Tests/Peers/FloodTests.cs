using System.Text;
using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Peers;
using Xunit;
using static Understudy.Tests.Peers.Talks;

namespace Understudy.Tests.Peers;

/// <summary>A million datagrams that nobody meant, and one candidate that goes on as if nothing had come.</summary>
public sealed class FloodTests
{
    private readonly HmacSeal key = Key();
    private readonly HmacSeal wrong = Key(2);

    /// <summary>What the candidate knows and says, apart from counters of what it refused: duties, sessions, links.</summary>
    private static string Picture(Candidate candidate)
    {
        var picture = new StringBuilder();
        foreach (var desk in candidate.Desks)
        {
            _ = picture.Append(desk.State);
        }

        foreach (var session in candidate.Talk.Sessions)
        {
            _ = picture.Append(session.Boot).Append(session.Arbiter).Append(session.Ground).Append(session.LateMs).Append(session.BeatAt);
            foreach (var l in session.Links)
            {
                _ = picture.Append(l.Accepted).Append(l.HeardAt).Append(l.Health).Append(l.Since).Append(l.EchoBoot).Append(l.EchoStamp).Append(l.EchoAt).Append(l.JitterTicks)
                    .Append(l.RoundTrip).Append(l.TheyHear).Append(l.NextSequence).Append(l.LossPercent);
            }
        }

        return picture.Append(candidate.Orders.Count).Append(candidate.Turns.Count).Append(candidate.Deadline()).ToString();
    }

    /// <summary>Two candidates that have heard each other on every link.</summary>
    private (Candidate Alpha, List<byte[]> FromBeta) Acquainted()
    {
        var (alpha, beta) = (Candidate("alpha", 100, At(0), key), Candidate("beta", 200, At(0), key));
        var said = new List<byte[]>();
        for (var ms = 0; ms < 590; ms += 10)
        {
            alpha.Wake(At(ms));
            beta.Wake(At(ms));
            Carry(alpha, beta, ms, []);
            Carry(beta, alpha, ms, said);
        }

        Assert.Equal(Health.Healthy, alpha.Talk.Sessions[alpha.Talk.IndexOf(Datagram.Id("beta"))].Health);
        while (alpha.Orders.TryDequeue(out _) || alpha.Turns.TryDequeue(out _))
        {
            // what the acquaintance left is none of the flood's
        }

        return (alpha, said);
    }

    private static void Carry(Candidate from, Candidate to, int ms, List<byte[]> said)
    {
        for (var i = 0; i < from.Outbox.Count; i++)
        {
            var bytes = from.Outbox.Get(i, out var peer, out var link);
            if (!from.Talk.Sessions[peer].Peer.Witness)
            {
                if (to.Receive(bytes, link, At(ms), At(ms)) == Refusal.None)
                {
                    said.Add(bytes.ToArray());
                }
            }
        }

        from.Outbox.Clear();
    }

    [Theory]
    [InlineData("random bytes", 300_000)]
    [InlineData("random bytes behind a good head", 200_000)]
    [InlineData("cut short", 200_000)]
    [InlineData("too long", 100_000)]
    [InlineData("sent before", 100_000)]
    [InlineData("one bit wrong", 50_000)]
    [InlineData("another secret", 50_000)]
    public void A_million_datagrams_change_nothing_and_allocate_nothing(string kind, int count)
    {
        var (alpha, said) = Acquainted();
        Assert.True(said.Count > 4);
        var before = Picture(alpha);
        var refused = Total(alpha);
        var dice = new Duties.Dice(9);
        var room = new byte[Datagram.MaxBytes + 200];
        var forged = Beat(wrong, "beta", 200, 1_000_000, At(580));
        _ = Pour(alpha, said, kind, 2_000, dice, room, forged);
        var (accepted, least) = (0, long.MaxValue);
        for (var part = 0; part < 4; part++)
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            accepted += Pour(alpha, said, kind, count / 4, dice, room, forged);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - allocated);      // the least: the runtime itself may compile on this thread meanwhile
        }

        Assert.Equal(0, least);
        Assert.Equal(0, accepted);
        Assert.Equal(refused + count + 2_000, Total(alpha));
        Assert.Equal(0, alpha.Outbox.Count);
        Assert.Equal(before, Picture(alpha));
    }

    private static long Total(Candidate candidate)
    {
        var total = 0L;
        foreach (var count in candidate.Talk.Refused)
        {
            total += count;
        }

        return total;
    }

    private static int Pour(Candidate alpha, List<byte[]> said, string kind, int count, Duties.Dice dice, byte[] room, byte[] forged)
    {
        var accepted = 0;
        dice.Fill(room);
        for (var i = 0; i < count; i++)
        {
            var good = said[dice.Next(said.Count)];
            var link = good[60];
            var length = good.Length;
            switch (kind)
            {
                case "random bytes":
                    length = dice.Next(Datagram.MaxBytes + 1);
                    dice.Fill(room.AsSpan(0, Math.Min(length, 80)));
                    break;
                case "random bytes behind a good head":
                    good.CopyTo(room, 0);
                    dice.Fill(room.AsSpan(8 + dice.Next(length - 8), 8));
                    room[62] = good[62];
                    room[63] = good[63];
                    break;
                case "cut short":
                    length = dice.Next(length);
                    good.AsSpan(0, length).CopyTo(room);
                    break;
                case "too long":
                    good.CopyTo(room, 0);
                    length += 1 + dice.Next(room.Length - length);
                    break;
                case "sent before":
                    good.CopyTo(room, 0);
                    break;
                case "one bit wrong":
                    good.CopyTo(room, 0);
                    room[dice.Next(length)] ^= (byte)(1 << dice.Next(8));
                    break;
                default:
                    (link, length) = (0, forged.Length);
                    forged.CopyTo(room, 0);
                    break;
            }

            accepted += alpha.Receive(room.AsSpan(0, length), link, At(580), At(580)) == Refusal.None ? 1 : 0;
        }

        return accepted;
    }

    [Fact]
    public void A_beat_that_is_heard_and_judged_allocates_nothing()
    {
        var (alpha, beta) = (Candidate("alpha", 100, At(0), key), Candidate("beta", 200, At(0), key));
        alpha.Tell(0, new DutyEvent.HoldAsked("eve"), At(0));      // nothing to decide: what is left is hearing and judging
        beta.Tell(0, new DutyEvent.HoldAsked("eve"), At(0));
        alpha.Tell(0, new DutyEvent.LetGoHeard(1, 5, "alpha"), At(0));      // told again in every beat
        var allocated = new List<(int Beat, long Bytes)>(200);
        for (var beat = 0; beat < 200; beat++)
        {
            var at = At(beat * 10);
            beta.Wake(at);
            var begun = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < beta.Outbox.Count; i++)
            {
                var bytes = beta.Outbox.Get(i, out var peer, out var link);
                if (!beta.Talk.Sessions[peer].Peer.Witness)
                {
                    _ = alpha.Receive(bytes, link, at, at);
                }
            }

            alpha.Wake(at);
            var bytesTaken = GC.GetAllocatedBytesForCurrentThread() - begun;
            if (bytesTaken > 0 && beat is > 80 and < 140)
            {
                allocated.Add((beat, bytesTaken));      // settled: no verdict changes in this span
            }

            beta.Outbox.Clear();
            for (var i = 0; i < alpha.Outbox.Count; i++)
            {
                var bytes = alpha.Outbox.Get(i, out var peer, out var link);
                if (!alpha.Talk.Sessions[peer].Peer.Witness)
                {
                    _ = beta.Receive(bytes, link, at, at);
                }
            }

            alpha.Outbox.Clear();
        }

        Assert.Empty(allocated);
        Assert.True(alpha.Talk.Received > 20);
    }
}
