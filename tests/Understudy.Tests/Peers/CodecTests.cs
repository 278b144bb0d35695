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

    [Fact]
    public void Guards_come_back_as_they_were() => Prop.ForAll(
        (from ids in s_ids.ArrayOf(2)
         from tier in Gen.Choose(0, GuardEntry.MostTier)
         from verdict in Gen.Choose(1, 5)
         from phase in Gen.Choose(1, 6)
         from small in s_bytes.ArrayOf(5)
         from flags in Gen.Choose(0, byte.MaxValue)
         from age in Gen.Choose(0, byte.MaxValue)
         from tenths in Gen.OneOf(Gen.Choose(GuardEntry.ColdestTenths, GuardEntry.HottestTenths), Gen.Constant((int)GuardEntry.NoTemperature))
         from spans in s_spans.ArrayOf(3)
         select new GuardEntry(
             ids[0], (byte)tier, (byte)verdict, (byte)phase, small[0], (byte)flags, small[1], small[2], small[3], small[4], (short)tenths, spans[0], spans[1], spans[2], ids[1])
         { AgeSeconds = (byte)age })
            .ListOf().Select(l => l.Take(GuardBody.MaxGuards).ToArray()).ToArbitrary(),
        guards =>
        {
            var room = new byte[Datagram.MaxBodyBytes];
            Array.Fill(room, (byte)0x77);      // what was there before must not shine through
            var body = room.AsSpan(0, GuardBody.Write(room, guards));
            var good = GuardBody.TryReadCount(body, out var count) && count == guards.Length && !body[1..8].ContainsAnyExcept((byte)0);
            for (var i = 0; i < guards.Length; i++)
            {
                good &= GuardBody.TryRead(body, i, out var entry) && entry == guards[i];
            }

            return good;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void As_many_guards_as_the_page_says_fit_into_a_datagram()
    {
        var room = new byte[Datagram.MaxBodyBytes];
        Assert.InRange(GuardBody.Write(room, new GuardEntry[GuardBody.MaxGuards]), 1, Datagram.MaxBodyBytes);
        Assert.True(Datagram.MaxBodyBytes - GuardBody.Write(room, new GuardEntry[GuardBody.MaxGuards]) < 40);
    }

    /// <summary>Each byte that has a bound, just within and just past it.</summary>
    [Theory]
    [InlineData(8, 15, true)]
    [InlineData(8, 16, false)]
    [InlineData(9, 0, false)]
    [InlineData(9, 5, true)]
    [InlineData(9, 6, false)]
    [InlineData(10, 0, false)]
    [InlineData(10, 6, true)]
    [InlineData(10, 7, false)]
    [InlineData(18, 0x05, true)]       // 0x05dc is 150.0 degrees
    [InlineData(18, 0x06, false)]
    [InlineData(18, 0x80, false)]      // but for 0x8000, none
    public void A_guard_out_of_the_page_s_bounds_is_refused(int at, byte value, bool good)
    {
        var room = new byte[Datagram.MaxBodyBytes];
        var length = GuardBody.Write(room, [new GuardEntry(1, 1, 1, 1, GuardEntry.NoStep, 0, 1, 1, 1, 1, 0xdc, 1, 1, 1, 1)]);
        room[8 + at] = value;
        Assert.True(GuardBody.TryReadCount(room.AsSpan(0, length), out _));
        Assert.Equal(good, GuardBody.TryRead(room.AsSpan(0, length), 0, out _));
    }

    /// <summary>Whatever is read from any bytes is within the bounds that the readers promise, and writes back to the same bytes where nothing is reserved.</summary>
    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        var dice = new Duties.Dice(1);
        var (read, refused, guardsSeen) = (0, 0, 0);
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

            if (GuardBody.TryReadCount(body, out var guards))
            {
                for (var g = 0; g < guards; g++)
                {
                    Assert.True(!GuardBody.TryRead(body, g, out var entry) || entry is { Tier: <= GuardEntry.MostTier, Verdict: >= 1 and <= 5, Phase: >= 1 and <= 6 });
                    guardsSeen++;
                }
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

        Assert.True(read > 100 && refused > 1000 && guardsSeen > 100, $"{read} read, {refused} refused, {guardsSeen} guards");
    }

    private static int Length(Duties.Dice dice) => dice.Next(5) switch
    {
        4 => 8 + (40 * dice.Next(9)),
        0 => dice.Next(Datagram.MaxBodyBytes),
        1 => LetGoBody.Bytes,
        2 => AnswerBody.Bytes,
        _ => 8 + (8 * dice.Next(9)) + (48 * dice.Next(3)),
    };
}
