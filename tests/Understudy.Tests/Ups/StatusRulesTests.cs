using Understudy.Core.Ups;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>What two sources of one device say together: a table, and all pairs of statuses.</summary>
public sealed class StatusRulesTests
{
    private static readonly string[] s_tokens = ["OL", "OB", "LB", "CHRG", "DISCHRG", "BYPASS", "TRIM", "RB", "FSD", "OFF"];

    [Theory]
    [InlineData("OL", "OL", StatusConflict.Prefer, "OL", false)]
    [InlineData("OL CHRG", "OL", StatusConflict.Prefer, "OL CHRG", false)]
    [InlineData("OL", "OB", StatusConflict.Prefer, "ALARM OL", true)]
    [InlineData("OL", "OB", StatusConflict.Pessimistic, "ALARM OB", true)]
    [InlineData("OB", "OL", StatusConflict.Optimistic, "ALARM OL", true)]
    [InlineData("OB", "OB LB", StatusConflict.Prefer, "ALARM OB", true)]
    [InlineData("OB", "OB LB", StatusConflict.Pessimistic, "ALARM OB LB", true)]
    [InlineData("OL OB", "OL", StatusConflict.Prefer, "ALARM OB", true)]
    [InlineData("OL", "OL FSD", StatusConflict.Optimistic, "FSD OL", false)]
    [InlineData("OL CHRG", "OL DISCHRG", StatusConflict.Prefer, "ALARM OL CHRG", true)]
    [InlineData("", "OL", StatusConflict.Prefer, "OL", false)]
    [InlineData("WAIT", "OB", StatusConflict.Optimistic, "OB", false)]
    [InlineData("", "WAIT", StatusConflict.Prefer, "", false)]
    [InlineData("LB", "", StatusConflict.Prefer, "LB", false)]
    [InlineData("OL TRIM", "OL BYPASS", StatusConflict.Prefer, "OL BYPASS TRIM", false)]
    public void Two_sources_say(string a, string b, StatusConflict policy, string expected, bool contradicts)
    {
        var joint = StatusRules.Join([new("usb", a, null), new("snmp", b, null)], policy);
        Assert.Equal(expected, joint.Status);
        Assert.Equal(contradicts, joint.Contradiction is not null);
    }

    [Fact]
    public void A_shutdown_that_was_not_taken_back_adds_to_what_is_said_and_says_nothing_alone()
    {
        Assert.Equal("FSD OL", StatusRules.Join([new("usb", "OL", null)], StatusConflict.Prefer, forced: true).Status);
        Assert.Equal("", StatusRules.Join([new("usb", "WAIT", null)], StatusConflict.Prefer, forced: true).Status);
    }

    [Fact]
    public void Alarms_are_told_with_their_source()
    {
        var joint = StatusRules.Join([new("usb", "OL", null), new("snmp", "OL ALARM", "fan failed")], StatusConflict.Prefer);
        Assert.Equal(("ALARM OL", "[snmp] fan failed"), (joint.Status, joint.Alarm));
    }

    [Fact]
    public void A_contradiction_that_is_young_is_no_alarm() =>
        Assert.Equal(("OL", null), (StatusRules.Join([new("usb", "OL", null), new("snmp", "OB", null)], StatusConflict.Prefer, tell: false) is var j ? (j.Status, j.Alarm) : default));

    /// <summary>All pairs of statuses of up to three tokens, under each policy.</summary>
    [Theory]
    [InlineData(StatusConflict.Prefer)]
    [InlineData(StatusConflict.Pessimistic)]
    [InlineData(StatusConflict.Optimistic)]
    public void No_token_that_no_source_said_and_never_both_mains_and_battery(StatusConflict policy)
    {
        var statuses = Statuses().ToList();
        foreach (var a in statuses)
        {
            foreach (var b in statuses)
            {
                var joint = StatusRules.Tokens(StatusRules.Join([new("usb", a, null), new("snmp", b, null)], policy).Status).ToHashSet(StringComparer.Ordinal);
                var said = StatusRules.Tokens(a).Union(StatusRules.Tokens(b), StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
                Assert.True(joint.Where(t => t != "ALARM").All(said.Contains), $"{a} and {b} gave {string.Join(' ', joint)}");
                Assert.False(joint.Contains("OL") && joint.Contains("OB"), $"{a} and {b} gave {string.Join(' ', joint)}");
                Assert.False(joint.Contains("CHRG") && joint.Contains("DISCHRG"), $"{a} and {b} gave {string.Join(' ', joint)}");
                Assert.Equal(said.Contains("FSD"), joint.Contains("FSD"));
                Assert.Equal(said.Contains("OL") || said.Contains("OB"), joint.Contains("OL") || joint.Contains("OB"));
                Assert.False(policy == StatusConflict.Pessimistic && said.Contains("OB") && !joint.Contains("OB"), $"{a} and {b} gave {string.Join(' ', joint)}");
            }
        }
    }

    private static IEnumerable<string> Statuses()
    {
        yield return "";
        yield return "WAIT";
        for (var i = 0; i < s_tokens.Length; i++)
        {
            yield return s_tokens[i];
            for (var j = i + 1; j < s_tokens.Length; j++)
            {
                yield return $"{s_tokens[i]} {s_tokens[j]}";
                for (var k = j + 1; k < s_tokens.Length; k++)
                {
                    yield return $"{s_tokens[i]} {s_tokens[j]} {s_tokens[k]}";
                }
            }
        }
    }
}
