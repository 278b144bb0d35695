using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Peers;
using Understudy.Core.Power;
using Xunit;

namespace Understudy.Tests.Power;

public sealed class EvidenceLineTests
{
    private static readonly Instant s_at = GuardRoom.At(12.5);

    public static TheoryData<ProbeReading> Readings() => [new ProbeReading.Good("echo"), new ProbeReading.Bad("silence"), new ProbeReading.Bad("refused") { Answered = true }, new ProbeReading.Unread("no route")];

    [Theory]
    [MemberData(nameof(Readings))]
    public void A_reading_comes_back_as_it_was(ProbeReading reading) => Assert.Equal(reading, Again(EvidenceLine.Of(s_at, "cooling", "icmp 10.0.0.1", reading)).Reading);

    [Fact]
    public void A_temperature_comes_back_with_its_place_and_one_that_was_not_read_with_the_reason()
    {
        Assert.Equal(new Measure.Taken(27.25, "inlet"), Again(EvidenceLine.Of(s_at, "cooling", "file /run/inlet", new Measure.Taken(27.25, "inlet"))).Measure);
        Assert.Equal(new Measure.Unread("gone"), Again(EvidenceLine.Of(s_at, "cooling", "file /run/inlet", new Measure.Unread("gone"))).Measure);
    }

    [Fact]
    public void Another_hosts_word_comes_back_as_far_as_it_counts()
    {
        var entry = new GuardEntry(Datagram.Id("cooling"), 3, 2, 3, 1, GuardEntry.NoReturn, 1, 2, 0, 1, 250, 1000, 300_000, 7, 4) { AgeSeconds = 33 };
        var again = Again(EvidenceLine.Of(s_at, "cooling", "beta", entry)).Word;
        Assert.Equal((entry.Guard, entry.Tier, entry.Verdict, entry.Phase, entry.Flags, entry.AgeSeconds), (again!.Value.Guard, again.Value.Tier, again.Value.Verdict, again.Value.Phase, again.Value.Flags, again.Value.AgeSeconds));
    }

    [Fact]
    public void A_line_says_what_was_seen_in_words() => Assert.Equal(
        """{"wall":"2026-03-01T12:00:12.500Z","at":125000000,"guard":"cooling","subject":"icmp 10.0.0.1","what":"bad","detail":"no echo of icmp 10.0.0.1 within 2 s"}""" + "\n",
        Encoding.UTF8.GetString(GuardRoom.Line(12.5, GuardRoom.First, '-').ToBytes()));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"at":1,"guard":"a","subject":"b","what":"maybe","detail":""}""")]
    [InlineData("""{"at":1,"guard":"a","subject":"b","what":"degrees","detail":""}""")]
    [InlineData("""{"at":1,"guard":"a","subject":"b","what":"stalled","detail":"","number":-1}""")]
    [InlineData("""{"at":1,"guard":"a","subject":"b","what":"said","detail":"lost in space"}""")]
    [InlineData("""{"at":-1,"guard":"a","subject":"b","what":"good","detail":""}""")]
    [InlineData("""{"at":"never","guard":"a","subject":"b","what":"good","detail":""}""")]
    [InlineData("""{"at":1,"guard":"a","subject":"b","what":"good","detail":"","more":1}""")]
    public void What_is_no_line_is_refused_with_a_reason(string text)
    {
        Assert.Null(EvidenceLine.Read(Encoding.UTF8.GetBytes(text), out var problem));
        Assert.False(string.IsNullOrEmpty(problem));
    }

    [Fact]
    public void Any_bytes_are_a_line_or_are_refused() => Prop.ForAll<byte[]>(bytes =>
    {
        var line = EvidenceLine.Read(bytes, out var problem);
        return line is null != problem is null;
    }).QuickCheckThrowOnFailure();

    private static EvidenceLine Again(EvidenceLine line)
    {
        var again = EvidenceLine.Read(line.ToBytes().AsSpan()[..^1], out var problem);
        Assert.Null(problem);
        Assert.Equal(line, again);
        return again!;
    }
}
