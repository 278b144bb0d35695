using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Measures;
using Xunit;

namespace Understudy.Lab;

/// <summary>The numbers of the bench are only as good as this arithmetic: each rule of it on made-up records, a question each ms.</summary>
public sealed class MeasuresTests
{
    /// <summary>Fault from 1000 to 3000 ms, watched to 6000 ms.</summary>
    private static readonly TrialTimes Times = new(At(1000), At(3000), At(3000), At(6000));

    [Fact]
    public void No_lost_question_is_no_outage()
    {
        var measures = Of(Answered());

        Assert.Equal(0, measures.Outage);
        Assert.True(measures.Recovered);
        Assert.Null(measures.Restored);
        Assert.False(measures.BlackHole);
    }

    [Fact]
    public void An_outage_goes_from_the_first_lost_question_to_the_next_answered_one() =>
        Assert.Equal(At(7), Of(Answered((1200, 1207), (1500, 1503))).Outage);

    [Fact]
    public void A_hole_before_the_fault_is_not_its_doing() => Assert.Equal(0, Of(Answered((900, 950))).Outage);

    [Fact]
    public void A_hole_after_the_fault_is_the_heals()
    {
        var measures = Of(Answered((3100, 3140)));

        Assert.Equal(0, measures.Outage);
        Assert.Equal(At(40), measures.HealGap);
    }

    [Fact]
    public void A_hole_that_the_heal_finds_open_counts_up_to_there_and_was_not_recovered_from()
    {
        var measures = Of(Answered((1100, 3250)));

        Assert.False(measures.Recovered);
        Assert.Equal(At(1900), measures.Outage);
        Assert.Equal(At(250), measures.Restored);
    }

    [Fact]
    public void Two_seconds_of_silence_after_the_heal_are_a_black_hole_only_while_somebody_has_the_address()
    {
        var silence = Answered((3100, 5200));

        Assert.True(Of(silence, Change(0, Host.Alpha, has: true)).BlackHole);
        Assert.False(Of(silence, Change(0, Host.Alpha, has: true), Change(3050, Host.Alpha, has: false), Change(5150, Host.Beta, has: true)).BlackHole);
        Assert.False(Of(Answered((3100, 5000)), Change(0, Host.Alpha, has: true)).BlackHole);
    }

    [Fact]
    public void Both_hosts_having_the_address_is_timed_on_either_side_of_the_heal()
    {
        var measures = Of(
            Answered(),
            Change(0, Host.Alpha, has: true),
            Change(1300, Host.Beta, has: true),
            Change(1310, Host.Alpha, has: false),
            Change(2990, Host.Alpha, has: true),
            Change(3030, Host.Beta, has: false));

        Assert.Equal((At(20), 2), (measures.Dual, measures.DualTimes));
        Assert.Equal((At(30), 1), (measures.HealDual, measures.HealDualTimes));
        Assert.Equal(2, measures.Moves);
    }

    [Fact]
    public void Two_holders_too_short_to_be_timed_are_counted_all_the_same()
    {
        var measures = Of(Answered(), Change(0, Host.Alpha, has: true), Change(1300, Host.Beta, has: true), Change(1300, Host.Alpha, has: false));

        Assert.Equal((0, 1), (measures.Dual, measures.DualTimes));
    }

    [Fact]
    public void Break_before_make_at_one_instant_is_not_two_holders()
    {
        var measures = Of(Answered(), Change(0, Host.Alpha, has: true), Change(1300, Host.Alpha, has: false), Change(1300, Host.Beta, has: true));

        Assert.Equal((0, 0, 1), (measures.Dual, measures.DualTimes, measures.Moves));
    }

    [Fact]
    public void The_worse_of_both_address_families_counts()
    {
        var measures = Of(
            Answered(),
            new AddressChange(At(0), Host.Alpha, Six: true, Has: true),
            new AddressChange(At(1300), Host.Beta, Six: true, Has: true),
            new AddressChange(At(1305), Host.Alpha, Six: true, Has: false));

        Assert.Equal(At(5), measures.Dual);
    }

    private static long At(int ms) => ms * LabClock.Millisecond;

    private static AddressChange Change(int ms, Host host, bool has) => new(At(ms), host, Six: false, has);

    private static TrialMeasures Of(ProbeRecord probes, params AddressChange[] changes) => TrialMeasures.Of(probes, changes, Times);

    /// <summary>Six seconds of questions, all answered but those of the given spans (first, first answered again).</summary>
    private static ProbeRecord Answered(params (int From, int To)[] holes)
    {
        var record = new ProbeRecord(new long[6000], new byte[6000]);
        for (var i = 0; i < record.Count; i++)
        {
            record.SentAt[i] = At(i);
            record.By[i] = holes.Any(h => i >= h.From && i < h.To) ? (byte)0 : (byte)'a';
        }

        return record;
    }
}
