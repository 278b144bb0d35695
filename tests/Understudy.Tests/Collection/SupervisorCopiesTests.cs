using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Collection;

/// <summary>From what two daemons have to what the second is told, row by row.</summary>
public sealed class SupervisorCopiesTests
{
    private const string Producer = "prdcr_add name=fo_p0 type=active xprt=sock host=n0 port=411 reconnect=1000000";
    private const string Updater = "updtr_add name=fo_upd interval=1000000 offset=200000";
    private const string Takes = "updtr_prdcr_add name=fo_upd regex=^fo_p0$";

    public static TheoryData<string, string, string, string> Rows => new()
    {
        { "both empty", "", "", "" },
        { "a producer without an updater", "p0", "", Producer },
        { "a producer and its updater", "p0 upd", "", $"{Producer}; {Updater}; {Takes}" },
        { "all there", "p0 upd", "fo_p0 fo_upd", "" },
        { "copies that run when they should not", "p0 upd", "fo_p0+ fo_upd+", "updtr_stop name=fo_upd; prdcr_stop name=fo_p0" },
        { "a copy of what is no more", "", "fo_p0 fo_upd", "updtr_del name=fo_upd; prdcr_del name=fo_p0" },
        { "a copy with another port", "p0 upd", "fo_p0:412 fo_upd", $"updtr_del name=fo_upd; prdcr_del name=fo_p0; {Producer}; {Updater}; {Takes}" },
        { "the other's own, and a stock pair's copies", "p0 #p1", "p9 #p0", Producer },
        { "our own copies of the other are not copied back", "p0 fo_p7 fo_upd", "fo_p0", "" },
        { "one that connects by itself", "p0=passive upd", "", "" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void At_rest(string what, string from, string at, string told) => Assert.True(told == Told(new SupervisorCopies("fo_").ToRest(Read(from), Read(at))), what);

    [Theory]
    [InlineData("p0+ upd+", "fo_p0 fo_upd", "prdcr_start name=fo_p0; updtr_start name=fo_upd")]
    [InlineData("p0+ upd+", "fo_p0+ fo_upd+", "")]
    [InlineData("p0 upd+", "fo_p0 fo_upd", "updtr_start name=fo_upd")]
    [InlineData("p0+ upd+", "", $"{Producer}; {Updater}; {Takes}; prdcr_start name=fo_p0; updtr_start name=fo_upd")]
    [InlineData("p0+ upd+", "fo_p0+ fo_p1+ fo_upd+", "")]
    public void In_the_others_place(string from, string at, string told) => Assert.Equal(told, Told(new SupervisorCopies("fo_").ToRun(Read(from), Read(at))));

    [Fact]
    public void What_was_never_read_is_stood_in_for_by_the_copies_that_are_there() =>
        Assert.Equal("prdcr_start name=fo_p0; updtr_start name=fo_upd", Told(new SupervisorCopies("fo_").ToRun(null, Read("p9 fo_p0 fo_upd"))));

    [Fact]
    public void A_copy_that_cannot_go_gets_a_successor_under_another_name()
    {
        var copies = new SupervisorCopies("fo_");
        var told = copies.ToRest(Read("p0 upd"), Read("fo_p0:412"));
        copies.Refused(told.Single(c => c.Verb == "prdcr_del"), LdmsdRefusal.Busy);
        copies.Refused(told.Single(c => c.Verb == "prdcr_add"), LdmsdRefusal.Exists);
        Assert.StartsWith("updtr_del name=fo_upd; prdcr_add name=fo_p0.2 type=active xprt=sock host=n0 port=411", Told(copies.ToRest(Read("p0 upd"), Read("fo_p0:412 fo_upd"))), StringComparison.Ordinal);
        Assert.True(copies.IsCopy("fo_p0.2"));
        Assert.Equal("p0", copies.OriginalOf("fo_p0.2", Read("p0")));
    }

    [Fact]
    public void A_daemon_that_reports_a_copy_otherwise_than_it_was_given_is_not_told_again_and_again()
    {
        var copies = new SupervisorCopies("fo_");
        Assert.NotEmpty(copies.ToRest(Read("p0"), Read("")));
        Assert.Empty(copies.ToRest(Read("p0"), Read("fo_p0:412")));
        copies.Forget();
        Assert.NotEmpty(copies.ToRest(Read("p0"), Read("fo_p0:412")));
    }

    [Theory]
    [InlineData("""[{"name":"upd","match":[{"regex":"^a","selector":"inst"}]}]""", "upd inst=^a")]
    [InlineData("""[]""", "")]
    [InlineData("""{"name":7}""", null)]
    [InlineData("""[{"name":"upd"}]""", null)]
    [InlineData("nonsense", null)]
    [InlineData(null, null)]
    public void Matches_are_read_or_said_to_be_unknown(string? json, string? read) =>
        Assert.Equal(read, UpdaterMatches.Read(json) is { } all ? string.Join(' ', all.Select(u => $"{u.Updater} {string.Join(' ', u.Matches.Select(m => $"{m.Of}={m.Regex}"))}")) : null);

    /// <summary>"p0", "p0+" where it runs, "p0:412" for another port, "p0=passive"; what has "upd" in its name is an updater of all producers but the copies of others.</summary>
    private static ReadConfiguration Read(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var producers = words.Where(w => !w.Contains("upd", StringComparison.Ordinal)).Select(w => new LdmsdProducerRow(
            w.Split('+', ':', '=')[0], w.EndsWith("=passive", StringComparison.Ordinal) ? "passive" : "active", "n0", w.EndsWith(":412", StringComparison.Ordinal) ? 412 : 411, "sock", "DEFAULT", "1", "-1", "-1", 1_000_000, w.EndsWith('+') ? "CONNECTED" : "STOPPED", [])).ToValueList();
        var updaters = words.Where(w => w.Contains("upd", StringComparison.Ordinal)).Select(w => new LdmsdUpdaterRow(
            w.TrimEnd('+'), 1_000_000, 200_000, true, "Pull", false, w.EndsWith('+') ? "RUNNING" : "STOPPED",
            producers.Where(p => p.Name.StartsWith("fo_p0", StringComparison.Ordinal) == w.StartsWith("fo_", StringComparison.Ordinal)).Select(p => new LdmsdUpdaterProducer(p.Name, "n0", 411, "sock", p.State)).ToValueList())).ToValueList();
        return new(producers, updaters, []);
    }

    private static string Told(List<LdmsdCommand> commands) => string.Join("; ", commands);
}
