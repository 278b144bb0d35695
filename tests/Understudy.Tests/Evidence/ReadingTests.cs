using System.Net.Sockets;
using System.Text;
using Understudy.Core.Evidence;
using Understudy.Linux.Commands;
using Understudy.Linux.Probing;
using Xunit;

namespace Understudy.Tests.Evidence;

public sealed class ReadingTests
{
    [Theory]
    [InlineData(SocketError.ConnectionRefused, false)]
    [InlineData(SocketError.ConnectionReset, false)]
    [InlineData(SocketError.TimedOut, false)]
    [InlineData(SocketError.HostUnreachable, false)]
    [InlineData(SocketError.HostDown, false)]
    [InlineData(SocketError.NetworkUnreachable, true)]
    [InlineData(SocketError.NetworkDown, true)]
    [InlineData(SocketError.AccessDenied, true)]
    [InlineData(SocketError.AddressNotAvailable, true)]
    [InlineData(SocketError.TooManyOpenSockets, true)]
    [InlineData(SocketError.NoBufferSpaceAvailable, true)]
    [InlineData(SocketError.HostNotFound, true)]
    [InlineData(SocketError.TryAgain, true)]
    [InlineData(SocketError.InvalidArgument, true)]      // a blackhole route
    public void What_kept_us_from_asking_is_not_held_against_the_subject(SocketError error, bool unread)
    {
        var reading = SocketReading.Of(error, "the kernel's words", "tcp 10.99.0.1:80");
        Assert.Equal(
            unread ? new ProbeReading.Unread("tcp 10.99.0.1:80 was not asked: the kernel's words") : new ProbeReading.Bad("tcp 10.99.0.1:80: the kernel's words") { Answered = error is SocketError.ConnectionRefused or SocketError.ConnectionReset },
            reading);
    }

    [Theory]
    [InlineData(300, 400, true)]     // half of the limit is 150 ms
    [InlineData(300, 450, true)]
    [InlineData(300, 451, false)]
    [InlineData(10, 110, true)]      // at least 100 ms
    [InlineData(10, 111, false)]
    public void A_reading_that_ends_late_by_our_own_clock_is_worth_nothing(int limitMs, int tookMs, bool counts)
    {
        foreach (ProbeReading reading in (ProbeReading[])[new ProbeReading.Good("fine"), new ProbeReading.Bad("no answer")])
        {
            var worth = ProbeRunner.Worth(reading, TimeSpan.FromMilliseconds(tookMs), TimeSpan.FromMilliseconds(limitMs));
            Assert.Equal(
                counts ? reading : new ProbeReading.Unread($"we were late ourselves: the reading ended after {tookMs} ms, its limit is {limitMs} ms"), worth);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(100)]
    public void First_turns_are_spread_over_the_interval(int probes)
    {
        var every = TimeSpan.FromSeconds(1);
        var phases = Enumerable.Range(0, probes).Select(i => ProbeRunner.Phase(i, every)).Order().ToArray();
        Assert.Equal(TimeSpan.Zero, phases[0]);
        Assert.True(phases[^1] < every);

        // The three-gap theorem: for the golden ratio the closest two are never nearer than 0.38 of an even spread.
        Assert.All(phases.Zip(phases.Skip(1)), pair => Assert.True(pair.Second - pair.First > every * 0.38 / probes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(8192)]
    [InlineData(8193)]
    [InlineData(12_289)]
    [InlineData(100_000)]
    public void Output_keeps_both_ends_whatever_the_pieces(int length)
    {
        var text = string.Create(length, 0, static (into, _) =>
        {
            for (var i = 0; i < into.Length; i++)
            {
                into[i] = (char)('a' + (i * 7 / 3 % 26));
            }
        });
        var expected = length <= 8192 ? text : $"{text[..4096]}\n[{length - 8192} bytes left out]\n{text[^4096..]}";
        foreach (var piece in (int[])[1, 7, 4096, 5000, 16_384, 200_000])
        {
            var output = new BoundedOutput();
            for (var at = 0; at < length; at += piece)
            {
                output.Take(Encoding.ASCII.GetBytes(text[at..Math.Min(length, at + piece)]));
            }

            Assert.Equal(expected, output.ToString());
            Assert.Equal(length, output.Total);
        }
    }

    [Fact]
    public void A_value_of_the_environment_is_one_line_of_bounded_length()
    {
        Assert.Equal("UNDERSTUDY_REASON=a b c d", CommandEnvironment.Entry("REASON", "a\nb\0c\u001bd"));
        Assert.Equal("UNDERSTUDY_REASON=".Length + CommandEnvironment.LongestValue, CommandEnvironment.Entry("REASON", new string('x', 100_000)).Length);
    }
}
