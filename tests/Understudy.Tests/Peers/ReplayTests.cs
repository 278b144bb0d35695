using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Peers;
using Xunit;
using static Understudy.Tests.Peers.Talks;

namespace Understudy.Tests.Peers;

/// <summary>Nothing counts twice, and no other boot is believed without proof.</summary>
public sealed class ReplayTests
{
    private static LinkSession Link() => new(new AdaptiveTimeout(TimeSpan.FromMilliseconds(100), 3.5));

    [Theory]
    [InlineData("first", new ulong[] { 1 }, true)]
    [InlineData("zero is never sent", new ulong[] { 0 }, false)]
    [InlineData("the same again", new ulong[] { 1, 1 }, false)]
    [InlineData("the next", new ulong[] { 1, 2 }, true)]
    [InlineData("overtaken", new ulong[] { 5, 4 }, true)]
    [InlineData("overtaken, again", new ulong[] { 5, 4, 4 }, false)]
    [InlineData("at the window's far end", new ulong[] { 64, 1 }, true)]
    [InlineData("just beyond it", new ulong[] { 65, 1 }, false)]
    [InlineData("after a leap of the guardian's", new ulong[] { 7, 7 + (1UL << 32) }, true)]
    [InlineData("before that leap", new ulong[] { 7, 7 + (1UL << 32), 8 }, false)]
    [InlineData("a leap of a whole window forgets nothing that matters", new ulong[] { 1, 65, 1 }, false)]
    [InlineData("the last number there is", new ulong[] { 1, ulong.MaxValue }, true)]
    public void A_number_counts_once(string _, ulong[] numbers, bool last)
    {
        var link = Link();
        foreach (var number in numbers[..^1])
        {
            Assert.True(link.Fresh(number) || numbers.Length > 2);
        }

        Assert.Equal(last, link.Fresh(numbers[^1]));
    }

    [Theory]
    [InlineData("all came", new ulong[] { 1, 2, 3, 4 }, 0)]
    [InlineData("who joined late has missed nothing", new ulong[] { 9001, 9002, 9003, 9004 }, 0)]
    [InlineData("one of four is missing", new ulong[] { 9001, 9002, 9004 }, 25)]
    [InlineData("overtaken is not lost", new ulong[] { 9001, 9003, 9002 }, 0)]
    [InlineData("of the last 64 at most", new ulong[] { 1, 64, 65 }, 96)]
    public void Loss_is_counted_from_the_first_that_was_heard(string _, ulong[] numbers, int percent)
    {
        var link = Link();
        foreach (var number in numbers)
        {
            Assert.True(link.Fresh(number));
            link.Heard(1, 0, new Instant(0));
        }

        Assert.Equal(percent, link.LossPercent);
    }

    [Fact]
    public void The_window_is_the_set_of_the_last_64()
    {
        for (var seed = 1UL; seed < 200; seed++)
        {
            var dice = new Duties.Dice(seed);
            var link = Link();
            var seen = new HashSet<ulong>();
            var highest = 0UL;
            for (var i = 0; i < 500; i++)
            {
                var number = dice.Next(4) == 0 ? highest + (ulong)dice.Next(90) : (ulong)Math.Max(0, (long)highest - 80 + dice.Next(90));
                var fresh = number > 0 && number + 64 > highest && !seen.Contains(number);
                Assert.True(fresh == link.Fresh(number), $"seed {seed}, step {i}: {number} at {highest}");
                if (fresh)
                {
                    _ = seen.Add(number);
                    highest = Math.Max(highest, number);
                }
            }
        }
    }

    private readonly HmacSeal key = Key();

    private PeerTalk Alpha() => new(Rules("alpha", 100, "beta"), new KeyRing(key), At(0));

    private static Refusal Take(PeerTalk talk, byte[] bytes, double ms, out bool answer, int link = 0) => talk.Receive(bytes, link, At(ms), At(ms), out _, out answer);

    [Fact]
    public void Another_boot_is_believed_only_when_it_has_heard_us_just_now()
    {
        var alpha = Alpha();
        Assert.Equal(Refusal.Unproven, Take(alpha, Beat(key, "beta", 7, 1, At(0)), 10, out var answer));
        Assert.True(answer, "it must be sent something to echo");
        Assert.Equal(7UL, Echoed(alpha));
        Assert.Equal(0UL, alpha.Sessions[0].Boot);
        Assert.Equal(Refusal.Unproven, Take(alpha, Beat(key, "beta", 7, 2, At(0), 0, 99, At(10).Ticks), 20, out _));            // somebody else's boot
        Assert.Equal(Refusal.Unproven, Take(alpha, Beat(key, "beta", 7, 2, At(0), 0, 100, At(10).Ticks), 3011, out _));          // heard us too long ago
        Assert.Equal(Refusal.Unproven, Take(alpha, Beat(key, "beta", 7, 2, At(0), 0, 100, At(30).Ticks), 20, out _));            // a stamp that we have not made yet
        Assert.Equal(Refusal.None, Take(alpha, Beat(key, "beta", 7, 2, At(0), 0, 100, At(10).Ticks), 3010, out _));
        Assert.Equal(7UL, alpha.Sessions[0].Boot);
    }

    [Fact]
    public void Another_boot_must_have_heard_us_after_the_one_before_it()
    {
        var alpha = Alpha();
        Assert.Equal(Refusal.None, Take(alpha, Beat(key, "beta", 7, 1, At(0), 0, 100, At(5).Ticks), 10, out _));
        Assert.Equal(Refusal.Unproven, Take(alpha, Beat(key, "beta", 8, 1, At(0), 0, 100, At(5).Ticks), 10, out _));
        Assert.Equal(7UL, alpha.Sessions[0].Boot);
        Assert.Equal(Refusal.None, Take(alpha, Beat(key, "beta", 8, 1, At(0), 0, 100, At(6).Ticks), 10, out _));
    }

    [Fact]
    public void A_boot_that_was_replaced_comes_back_only_with_a_newer_echo_and_where_it_was()
    {
        var alpha = Alpha();
        for (var boot = 1UL; boot <= 9; boot++)
        {
            Assert.Equal(Refusal.None, Take(alpha, Beat(key, "beta", boot, 5, At(0), 0, 100, At(boot).Ticks), 10, out _));
        }

        for (var boot = 2UL; boot <= 8; boot++)
        {
            Assert.Equal(Refusal.Unproven, Take(alpha, Beat(key, "beta", boot, 50, At(0), 0, 100, At(9).Ticks), 10, out _));
        }

        Assert.Equal(9UL, alpha.Sessions[0].Boot);
        Assert.Equal(Refusal.Replayed, Take(alpha, Beat(key, "beta", 8, 5, At(0), 0, 100, At(9.5).Ticks), 10, out _));
        Assert.Equal(Refusal.None, Take(alpha, Beat(key, "beta", 8, 6, At(0), 0, 100, At(9.6).Ticks), 10, out _));
        Assert.Equal(8UL, alpha.Sessions[0].Boot);
    }

    [Fact]
    public void A_stranger_is_answered_once_in_a_while_and_takes_no_echo_from_the_boot_that_lives()
    {
        var alpha = Alpha();
        Assert.Equal(Refusal.None, Take(alpha, Beat(key, "beta", 7, 1, At(0), 0, 100, At(0).Ticks), 10, out _));
        var answers = 0;
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(Refusal.Unproven, Take(alpha, Beat(key, "beta", 6, (ulong)i, At(0)), 10 + (i / 10.0), out var answer));
            answers += answer ? 1 : 0;
        }

        Assert.Equal(5, answers);       // 100 ms, once in 20 ms
        Assert.Equal(7UL, alpha.Sessions[0].Links[0].EchoBoot);
        Assert.Equal(6UL, Echoed(alpha));
        Assert.Equal(7UL, Echoed(alpha));
    }

    /// <summary>The boot that the next datagram on link 0 echoes.</summary>
    private ulong Echoed(PeerTalk talk)
    {
        Span<byte> room = stackalloc byte[Datagram.MaxBytes];
        var bytes = talk.Frame(room, DatagramKind.Beat, BeatBody.Write(room[Datagram.HeaderBytes..], default, [], []), 0, 0, At(200), 1);
        Assert.Equal(Refusal.None, Datagram.Open(room[..bytes], new KeyRing(key), out var header, out _));
        return header.EchoedBoot;
    }

    [Fact]
    public void Each_link_has_numbers_of_its_own_and_all_begin_anew_with_another_boot()
    {
        var alpha = Alpha();
        Assert.Equal(Refusal.None, Take(alpha, Beat(key, "beta", 7, 9, At(0), 0, 100, At(0).Ticks), 10, out _));
        Assert.Equal(Refusal.None, Take(alpha, Beat(key, "beta", 7, 9, At(0), 1), 10, out _, 1));
        Assert.Equal(Refusal.Replayed, Take(alpha, Beat(key, "beta", 7, 9, At(0), 1), 10, out _, 1));
        Assert.Equal(Refusal.None, Take(alpha, Beat(key, "beta", 8, 1, At(0), 0, 100, At(1).Ticks), 10, out _));
        Assert.Equal(Refusal.None, Take(alpha, Beat(key, "beta", 8, 1, At(0), 1), 10, out _, 1));
    }

    [Fact]
    public void Strangers_and_wrong_links_are_refused()
    {
        var alpha = Alpha();
        Assert.Equal(Refusal.UnknownSender, Take(alpha, Beat(key, "mallory", 7, 1, At(0), 0, 100, At(0).Ticks), 10, out _));
        Assert.Equal(Refusal.UnknownSender, Take(alpha, Beat(key, "alpha", 100, 1, At(0), 0, 100, At(0).Ticks), 10, out _));      // our own, sent back to us
        Assert.Equal(Refusal.UnknownSender, Take(alpha, Beat(key, "beta", 0, 1, At(0), 0, 100, At(0).Ticks), 10, out _));
        Assert.Equal(Refusal.WrongLink, Take(alpha, Beat(key, "beta", 7, 1, At(0), 0, 100, At(0).Ticks), 10, out _, 1));
        Assert.Equal(Refusal.WrongLink, Take(alpha, Beat(key, "beta", 7, 1, At(0), 2, 100, At(0).Ticks), 10, out _, 2));
        Assert.Equal(3, alpha.Refused[(int)Refusal.UnknownSender]);
        Assert.Equal(2, alpha.Refused[(int)Refusal.WrongLink]);
        Assert.Equal(0, alpha.Received);
    }

    [Theory]
    [InlineData(0, 200, 0, 200)]
    [InlineData(0, 200, 150_000, 50)]
    public void A_round_trip_is_measured_on_one_clock(double sentMs, double nowMs, uint heldUs, double tripMs)
    {
        var alpha = Alpha();
        Span<byte> room = stackalloc byte[Datagram.MaxBytes];
        var body = BeatBody.Write(room[Datagram.HeaderBytes..], new BeatHead(0, 0, Health.Healthy, true, 0), [], []);
        var header = new DatagramHeader(DatagramKind.Beat, 0, Datagram.Id("beta"), 7, 1, 12345, 100, At(sentMs).Ticks, heldUs, 0, 0);
        Assert.Equal(Refusal.None, Take(alpha, room[..Datagram.Frame(room, header, body, key)].ToArray(), nowMs, out _));
        Assert.Equal(TimeSpan.FromMilliseconds(tripMs), alpha.Sessions[0].Links[0].RoundTrip);
    }
}
