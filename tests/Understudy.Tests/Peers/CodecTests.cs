using FsCheck;
using FsCheck.Fluent;
using Understudy.Core.Evidence;
using Understudy.Core.Peers;
using Xunit;

namespace Understudy.Tests.Peers;

/// <summary>Every body and the header: what is written is read again, and any bytes are read or refused.</summary>
public sealed class CodecTests
{
    private static readonly Gen<ulong> s_epochs = Gen.OneOf(Gen.Choose(0, 100).Select(i => (ulong)i), Gen.Constant((ulong)long.MaxValue / 2));
    private static readonly Gen<ulong> s_ids = ArbMap.Default.GeneratorFor<ulong>();
    private static readonly Gen<long> s_counts = ArbMap.Default.GeneratorFor<long>().Select(l => l & long.MaxValue);
    private static readonly Gen<byte> s_bytes = ArbMap.Default.GeneratorFor<byte>();
    private static readonly Gen<uint> s_spans = ArbMap.Default.GeneratorFor<uint>();

    [Fact]
    public void A_header_comes_back_as_it_was() => Prop.ForAll(
        (from kind in Gen.Elements(Enum.GetValues<DatagramKind>())
         from ids in s_ids.ArrayOf(4)
         from stamps in s_counts.ArrayOf(2)
         from held in s_spans
         from small in s_bytes.ArrayOf(2)
         from length in Gen.Choose(0, Datagram.MaxBodyBytes)
         select (new DatagramHeader(kind, Talks.Key().KeyId, ids[0], ids[1], ids[2], stamps[0], ids[3], stamps[1], held, small[0], small[1]), length)).ToArbitrary(),
        given =>
        {
            var (header, length) = given;
            var room = new byte[Datagram.MaxBytes];
            new Random(length).NextBytes(room);
            var sent = room.AsSpan(Datagram.HeaderBytes, length).ToArray();
            var bytes = Datagram.Frame(room, header, length, Talks.Key());
            return bytes == Datagram.MinBytes + length
                && Datagram.Open(room.AsSpan(0, bytes), new KeyRing(Talks.Key()), out var read, out var body) == Refusal.None
                && read == header && room.AsSpan(0, bytes)[body].SequenceEqual(sent);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_beat_comes_back_as_it_was() => Prop.ForAll(
        (from heard in (from link in s_bytes
                        from health in Gen.Elements(Enum.GetValues<Health>())
                        from loss in Gen.Choose(0, 100)
                        from jitter in s_bytes
                        from silent in s_spans
                        select new HeardEntry(link, health, (byte)loss, jitter, silent)).ListOf().Select(l => l.Take(BeatBody.MaxHeard).ToArray())
         from duties in (from ids in s_ids.ArrayOf(2)
                         from stance in Gen.Choose(1, 9)
                         from flags in s_bytes
                         from epochs in s_epochs.ArrayOf(2)
                         from stamp in s_counts
                         select new DutyEntry(ids[0], (byte)stance, flags, epochs[0], epochs[1], ids[1], stamp)).ListOf().Select(l => l.Take(BeatBody.MaxDuties).ToArray())
         from arbiter in Gen.Elements(Enum.GetValues<Health>())
         from ground in Gen.Elements(true, false)
         from late in Gen.Choose(0, ushort.MaxValue)
         select (new BeatHead((byte)heard.Length, (byte)duties.Length, arbiter, ground, (ushort)late), heard, duties)).ToArbitrary(),
        given =>
        {
            var (head, heard, duties) = given;
            var room = new byte[Datagram.MaxBodyBytes];
            var body = room.AsSpan(0, BeatBody.Write(room, head, heard, duties));
            var good = BeatBody.TryReadHead(body, out var read) && read == head;
            for (var i = 0; i < heard.Length; i++)
            {
                good &= BeatBody.TryReadHeard(body, i, out var entry) && entry == heard[i];
            }

            for (var i = 0; i < duties.Length; i++)
            {
                good &= BeatBody.TryReadDuty(body, i, out var entry) && entry == duties[i];
            }

            return good;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_largest_beat_fits_into_a_datagram()
    {
        var room = new byte[Datagram.MaxBodyBytes];
        Assert.InRange(BeatBody.Write(room, new BeatHead(8, 24, Health.Healthy, true, 0), new HeardEntry[BeatBody.MaxHeard], new DutyEntry[BeatBody.MaxDuties]), 1, Datagram.MaxBodyBytes);
    }

    [Fact]
    public void A_let_go_comes_back_as_it_was() => Prop.ForAll(
        (from ids in s_ids.ArrayOf(2) from epoch in s_epochs select new LetGoBody(ids[0], epoch, ids[1])).ToArbitrary(),
        said =>
        {
            var room = new byte[LetGoBody.Bytes];
            return said.Write(room) == room.Length && LetGoBody.TryRead(room, out var read) && read == said;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_ask_comes_back_as_it_was() => Prop.ForAll(
        (from ask in Gen.Choose(1, 5)
         from ttl in Gen.Choose(1, int.MaxValue)
         from counts in s_counts.ArrayOf(2)
         from epoch in s_epochs
         from heir in s_ids
         from name in Gen.Choose(1, AskBody.MaxNameBytes).Select(n => new string('w', n))
         select (new AskBody((byte)ask, (uint)ttl, counts[0], (long)epoch, counts[1], heir), name)).ToArbitrary(),
        given =>
        {
            var (ask, name) = given;
            var room = new byte[Datagram.MaxBodyBytes];
            var bytes = ask.Write(room, System.Text.Encoding.ASCII.GetBytes(name));
            return AskBody.TryRead(room.AsSpan(0, bytes), out var read, out var readName) && read == ask && System.Text.Encoding.ASCII.GetString(readName) == name;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_answer_comes_back_as_it_was() => Prop.ForAll(
        (from word in Gen.Choose(1, 8)
         from remaining in s_spans
         from ids in s_ids.ArrayOf(2)
         from counts in s_counts.ArrayOf(2)
         from epoch in s_epochs
         select new AnswerBody((byte)word, remaining, ids[0], counts[0], counts[1], (long)epoch, ids[1])).ToArbitrary(),
        answer =>
        {
            var room = new byte[AnswerBody.Bytes];
            return answer.Write(room) == room.Length && AnswerBody.TryRead(room, out var read) && read == answer;
        }).QuickCheckThrowOnFailure();

    /// <summary>Whatever is read from any bytes is within the bounds that the readers promise, and writes back to the same bytes where nothing is reserved.</summary>
    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        var dice = new Duties.Dice(1);
        var (read, refused) = (0, 0);
        for (var i = 0; i < 60_000; i++)
        {
            Span<byte> body = new byte[Length(dice)];
            dice.Fill(body);
            if (body.Length > 4 && dice.Next(2) == 0)
            {
                (body[0], body[1], body[2], body[3]) = ((byte)dice.Next(9), (byte)dice.Next(25), (byte)dice.Next(4), (byte)dice.Next(2));
            }

            if (BeatBody.TryReadHead(body, out var head))
            {
                for (var h = 0; h < head.Heard; h++)
                {
                    Assert.True(!BeatBody.TryReadHeard(body, h, out var entry) || entry.LossPercent <= 100);
                }

                for (var d = 0; d < head.Duties; d++)
                {
                    Assert.True(!BeatBody.TryReadDuty(body, d, out var entry) || entry.Stance is >= 1 and <= 9);
                }

                read++;
            }

            read += LetGoBody.TryRead(body, out _) ? 1 : 0;
            read += AnswerBody.TryRead(body, out var answer) && answer.Word is >= 1 and <= 8 ? 1 : 0;
            if (AskBody.TryRead(body, out var ask, out var name))
            {
                Assert.True(ask is { Epoch: >= 0, Ticket: >= 0, Released: >= 0, TtlMs: > 0 } && name.Length is >= 1 and <= AskBody.MaxNameBytes);
                read++;
            }
            else
            {
                refused++;
            }
        }

        Assert.True(read > 100 && refused > 1000, $"{read} read, {refused} refused");
    }

    private static int Length(Duties.Dice dice) => dice.Next(4) switch
    {
        0 => dice.Next(Datagram.MaxBodyBytes),
        1 => LetGoBody.Bytes,
        2 => AnswerBody.Bytes,
        _ => 8 + (8 * dice.Next(9)) + (48 * dice.Next(3)),
    };
}
