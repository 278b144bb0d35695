using FsCheck;
using FsCheck.Fluent;
using Understudy.Core.Evidence;
using Understudy.Core.Power;
using Xunit;

namespace Understudy.Tests.Power;

/// <summary>What a UPS's words say of its mains.</summary>
public sealed class UpsEvidenceTests
{
    private const char Good = 'g', Bad = 'b', Unread = 'u';

    [Theory]
    [InlineData("OL", Good)]
    [InlineData("ol chrg", Good)]
    [InlineData("OL CHRG LB", Good)]
    [InlineData("OL BOOST", Good)]
    [InlineData("OL TRIM OVER", Good)]
    [InlineData("OL BYPASS", Good)]             // the load is on the mains directly
    [InlineData("OL OFF", Good)]                // its output was switched off by hand: its input is there
    [InlineData("FSD OL", Good)]                // somebody's latched order to shut down says nothing of the mains
    [InlineData("ALARM OL RB", Good)]
    [InlineData("OL CAL DISCHRG", Good)]
    [InlineData("OL TEST", Good)]
    [InlineData("OB", Bad)]
    [InlineData("OB DISCHRG", Bad)]
    [InlineData("OB LB", Bad)]
    [InlineData("FSD OB LB", Bad)]
    [InlineData("OL OB", Bad)]                  // the worse word of a contradiction
    [InlineData("OB OFF", Bad)]
    [InlineData("OB CAL", Unread)]              // on battery by its own will
    [InlineData("OB TEST DISCHRG", Unread)]
    [InlineData("", Unread)]
    [InlineData("WAIT", Unread)]
    [InlineData("WAIT OB", Unread)]
    [InlineData("OFF", Unread)]
    [InlineData("BYPASS", Unread)]
    [InlineData("FSD", Unread)]
    [InlineData("LB", Unread)]
    [InlineData("CHRG", Unread)]
    [InlineData("OLD OBSOLETE", Unread)]
    public void A_status_is_evidence_only_where_it_speaks_of_the_mains(string status, char kind) =>
        Assert.Equal(kind, Kind(UpsEvidence.Mains(new UpsdAnswer.Value(status), "nut ups@host")));

    [Theory]
    [InlineData("ERR DATA-STALE")]
    [InlineData("ERR DRIVER-NOT-CONNECTED")]
    [InlineData("ERR UNKNOWN-UPS")]
    [InlineData("ERR VAR-NOT-SUPPORTED")]
    [InlineData("ERR ACCESS-DENIED")]
    [InlineData("ERR UNKNOWN-COMMAND")]
    [InlineData("ERR ")]
    [InlineData("")]
    [InlineData("OK")]
    [InlineData("SSH-2.0-OpenSSH_9.2")]
    [InlineData("VAR other ups.status \"OB\"")]
    [InlineData("VAR ups ups.load \"OB\"")]
    [InlineData("VAR ups ups.status OB")]
    [InlineData("VAR ups ups.status \"OB")]
    [InlineData("VAR ups ups.status \"OB\\")]
    [InlineData("VAR ups ups.status \"OB\" \"OL\"")]
    public void What_upsd_does_not_know_is_no_outage(string line) =>
        Assert.Equal(Unread, Kind(UpsEvidence.Mains(UpsdAnswer.Read(line, "ups", "ups.status"), "nut ups@host")));

    [Theory]
    [InlineData("VAR ups ups.status \"OL CHRG\"", "OL CHRG")]
    [InlineData("VAR ups ups.status \"OL CHRG\"\r", "OL CHRG")]
    [InlineData("VAR UPS ups.status \"OB\"", "OB")]
    [InlineData("VAR ups ups.status \"\"", "")]
    [InlineData("VAR ups ups.status \"a \\\"b\\\" c\\\\\"", "a \"b\" c\\")]
    public void An_answer_is_read_with_its_quotes_and_escapes(string line, string value) =>
        Assert.Equal(new UpsdAnswer.Value(value), UpsdAnswer.Read(line, "ups", "ups.status"));

    [Fact]
    public void A_value_comes_back_as_it_was_written() => Prop.ForAll<string>(text =>
    {
        var value = string.Concat((text ?? "").Where(c => c is >= ' ' and <= '~').Take(400));
        var line = $"VAR ups ups.status \"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
        return UpsdAnswer.Read(line, "ups", "ups.status") == new UpsdAnswer.Value(value);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_line_is_read_or_refused_and_its_words_stay_short() => Prop.ForAll<string>(line =>
    {
        var reading = UpsEvidence.Mains(UpsdAnswer.Read(line ?? "", "ups", "ups.status"), "nut ups@host");
        return reading is ProbeReading.Unread { Reason.Length: < 200 } unread && !unread.Reason.Any(char.IsControl);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_longer_line_than_any_of_upsd_s_is_none() =>
        Assert.IsType<UpsdAnswer.None>(UpsdAnswer.Read($"VAR ups ups.status \"{new string('x', UpsdAnswer.MaxLineBytes)}\"", "ups", "ups.status"));

    [Theory]
    [InlineData("ups", "ups.status", "GET VAR ups ups.status\n")]
    [InlineData("rack-1_a", "battery.charge", "GET VAR rack-1_a battery.charge\n")]
    [InlineData("ups\nFSD ups", "ups.status", null)]
    [InlineData("two words", "ups.status", null)]
    [InlineData("", "ups.status", null)]
    public void A_name_cannot_become_another_command(string ups, string variable, string? question) => Assert.Equal(question, UpsdAnswer.Question(ups, variable));

    [Theory]
    [InlineData("100", 100.0)]
    [InlineData("87.5", 87.5)]
    [InlineData("0", 0.0)]
    [InlineData("101", null)]
    [InlineData("-1", null)]
    [InlineData("NaN", null)]
    [InlineData("full", null)]
    public void A_charge_is_percent_or_unread(string text, double? percent) =>
        Assert.Equal(percent, UpsEvidence.Charge(new UpsdAnswer.Value(text), "ups@host") is Measure.Taken taken ? taken.Number : null);

    [Fact]
    public void A_charge_that_upsd_does_not_know_is_unread() =>
        Assert.Equal(new Measure.Unread("ups@host: the driver has no fresh data (DATA-STALE)"), UpsEvidence.Charge(new UpsdAnswer.Refused("DATA-STALE"), "ups@host"));

    /// <summary>Who looks for power asks only whether somebody answers.</summary>
    [Fact]
    public void Whatever_answers_has_power_and_silence_stays_silence()
    {
        ProbeReading refused = new ProbeReading.Bad("tcp 10.0.0.7:80: Connection refused") { Answered = true }, silent = new ProbeReading.Bad("no answer"), unread = new ProbeReading.Unread("no route"), good = new ProbeReading.Good("fine");
        Assert.Equal(new ProbeReading.Good("tcp 10.0.0.7:80: Connection refused: it answers, so it has power"), PowerEvidence.Of(refused));
        Assert.Equal([silent, unread, good], new[] { silent, unread, good }.Select(PowerEvidence.Of));
    }

    private static char Kind(ProbeReading reading) => reading switch
    {
        ProbeReading.Good => Good,
        ProbeReading.Bad => Bad,
        _ => Unread,
    };
}
