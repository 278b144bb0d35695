using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Understudy.Core;
using Understudy.Core.Ups;
using Understudy.Tests.Simulation;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>What a proxy says of itself, from its state to a reader's record.</summary>
public sealed class ProxyReportTests
{
    private const string Pair = "[ups]\nport = usb,net\nflip.back = 0\n";
    private static readonly TimeSpan s_window = RelayLag.Window + TimeSpan.FromSeconds(1);

    [Fact]
    public void What_is_written_is_read() => Check.QuickThrowOnFailure(Prop.ForAll(Reports().ToArbitrary(), r => ProxyReportText.Read(Text(r))!.Equals(r)));

    [Fact]
    public void What_is_said_to_all_may_stand_between_the_lines()
    {
        var report = Reports().Sample(1).Single();
        var lines = Text(report).Split('\n');
        var mixed = string.Join("\nSETINFO ups.status \"OB UNDERSTUDY END\"\nDATAOK\n", lines);
        Assert.Equal(report, ProxyReportText.Read(mixed));
    }

    [Theory]
    [InlineData("")]
    [InlineData("DUMPDONE\n")]
    [InlineData("UNDERSTUDY END\n")]
    [InlineData("UNDERSTUDY PROXY ups \"a\"\n")]
    [InlineData("UNDERSTUDY PROXY mode \"failover\"\nUNDERSTUDY END\n")]
    [InlineData("SETINFO a \"UNDERSTUDY PROXY ups a\"\nUNDERSTUDY END\n")]
    public void What_is_no_whole_answer_is_none(string text) => Assert.Null(ProxyReportText.Read(text));

    [Fact]
    public void Words_of_a_newer_program_are_skipped()
    {
        const string Text = """
            UNDERSTUDY PROXY ups "a" colour "blue" switches "3" mode "quorum" clients "-1"
            UNDERSTUDY WEATHER wet "1"
            UNDERSTUDY SOURCE 1 name "net" condition "asleep" age_ms "99999999999999999999" lines "7"
            UNDERSTUDY SOURCE 0 name "usb" condition "hung"
            UNDERSTUDY SOURCE 2 condition "fresh"
            UNDERSTUDY SOURCE 2000000000 name "far"
            UNDERSTUDY SOURCE x name "odd"
            UNDERSTUDY END
            """;
        var read = ProxyReportText.Read(Text)!;
        Assert.Equal(("a", 3, ProxyMode.Failover, 0), (read.Ups, read.Switches, read.Mode, read.Clients));
        Assert.Equal(["usb Hung 0", "net Unknown 7"], read.Sources.Select(s => $"{s.Name} {s.Condition} {s.Lines}"));
        Assert.All(read.Sources, s => Assert.Null(s.AgeMs));
    }

    [Fact]
    public void Any_text_is_an_answer_or_is_none()
    {
        var answer = Text(Reports().Sample(1).Single());
        for (var seed = 1UL; seed <= 5_000; seed++)
        {
            var dice = new Dice(seed);
            var text = new StringBuilder(answer);
            for (var i = 0; i < 1 + dice.Below(6); i++)
            {
                var at = dice.Below(text.Length);
                if (dice.PerMille(500))
                {
                    text[at] = (char)dice.Below(256);
                }
                else
                {
                    text.Remove(at, Math.Min(text.Length - at, dice.Below(80)));
                }
            }

            var read = ProxyReportText.Read(text.ToString());
            Assert.True(read is null || (read.Ups.Length <= UpsWords.MaxWordChars && read.Sources.Count <= 20), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("a\nUNDERSTUDY END\n", true)]
    [InlineData("UNDERSTUDY END\n", true)]
    [InlineData("UNDERSTUDY END", false)]
    [InlineData("SETINFO a \"UNDERSTUDY END\"\n", false)]
    public void The_end_line_is_a_line(string text, bool whole) => Assert.Equal(whole, ProxyReportText.IsWhole(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void A_proxy_answers_in_one_write_and_changes_nothing_by_it()
    {
        var rig = new ProxyRig(Pair).Comes(0, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"20\"").Comes(1, "SETINFO ups.status \"OL\"");
        rig.Proxy.ClientCame(7);
        rig.Proxy.ClientSaid(7, ["understudy", "status"], rig.Now);
        var output = Assert.Single(rig.Proxy.Outputs);
        Assert.Equal((ProxyDeed.ToClient, 7), (output.Deed, output.To));
        Assert.True(ProxyReportText.IsWhole(output.Bytes.Span));
        rig.Proxy.Settle(rig.Now);
        Assert.Single(rig.Proxy.Outputs);
        rig.Proxy.ClientSaid(7, ["UNDERSTUDY"], rig.Now);
        rig.Proxy.ClientSaid(7, ["UNDERSTUDY", "SOMETHING"], rig.Now);
        Assert.Single(rig.Proxy.Outputs);
    }

    [Fact]
    public void The_report_tells_who_is_shown_since_when_and_how_old_each_word_is()
    {
        var rig = new ProxyRig(Pair).Comes(0, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"20\"").Comes(1, "SETINFO ups.status \"OL\"");
        rig.Pass(3_000, 0, 1).Goes(0).Pass(4_000, 1);
        var report = Report(rig);
        Assert.Equal(("ups", "0", "net", 4_000, 7_000, 2, 1, true, "OL"), (report.Ups, report.Version, report.Primary, report.PrimaryForMs, report.UptimeMs, report.Switches, report.Clients, report.Fresh, report.Status));
        var (usb, net) = (report.Sources[0], report.Sources[1]);
        Assert.Equal((false, SourceCondition.Gone, 5_000, 7_000, 1, 0), (usb.Connected, usb.Condition, usb.AgeMs, usb.DumpAgeMs, usb.Losses, usb.Variables));
        Assert.Equal((true, SourceCondition.Fresh, 0, 1), (net.Connected, net.Condition, net.Losses, net.Variables));
        Assert.InRange(net.AgeMs!.Value, 0, 2_000);
    }

    [Fact]
    public void The_age_of_a_word_goes_on_over_connections_that_bring_none()
    {
        var rig = new ProxyRig(Pair).Comes(0, "SETINFO ups.status \"OL\"").Goes(0).Pass(60_000);
        rig.Proxy.SourceCame(0, rig.Now);      // a driver that stands still is connected by the kernel all the same
        Assert.Equal(60_000, Report(rig).Sources[0].AgeMs);
        Assert.Equal(SourceCondition.Loading, Report(rig).Sources[0].Condition);
        Assert.Equal(60_000, Report(rig.Pass(0)).Sources[0].DumpAgeMs);
    }

    [Fact]
    public void Each_condition_has_its_word()
    {
        var rig = new ProxyRig(Pair);
        Assert.Equal(SourceCondition.Never, Report(rig).Sources[0].Condition);
        Assert.Null(Report(rig).Sources[0].AgeMs);
        Assert.Null(Report(rig).Primary);
        rig.Proxy.SourceCame(0, rig.Now);
        Assert.Equal(SourceCondition.Loading, Report(rig).Sources[0].Condition);
        rig.Says(0, "SETINFO ups.status \"OL\"", "DUMPDONE");
        Assert.Equal(SourceCondition.Fresh, Report(rig).Sources[0].Condition);
        rig.Says(0, "DATASTALE");
        Assert.Equal(SourceCondition.Stale, Report(rig).Sources[0].Condition);
        rig.Pass(10_000);
        Assert.Equal(SourceCondition.Hung, Report(rig).Sources[0].Condition);
        rig.Goes(0);
        Assert.Equal(SourceCondition.Gone, Report(rig).Sources[0].Condition);
    }

    [Fact]
    public void An_operators_word_is_told_with_what_is_left_of_it()
    {
        var rig = new ProxyRig(Pair).Comes(0, "SETINFO ups.status \"OL\"").Comes(1, "SETINFO ups.status \"OL\"");
        rig.Ask("INSTCMD usb.force.ignore 10").Ask("INSTCMD net.force.primary -1").Pass(4_000, 0, 1);
        Assert.Equal([("ignore", 6_000), ("primary", null)], Report(rig).Sources.Select(s => (s.Override, s.OverrideLeftMs)));
        Assert.Null(Report(rig.Pass(6_000, 0, 1)).Sources[0].Override);
    }

    [Fact]
    public void In_multiplex_each_source_is_told_with_what_is_shown_from_it()
    {
        var rig = new ProxyRig(Pair + "mode = multiplex\nprefer.battery.* = net\n")
            .Comes(0, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"20\"", "SETINFO battery.charge \"90\"")
            .Comes(1, "SETINFO ups.status \"OL\"", "SETINFO battery.charge \"91\"", "SETINFO battery.runtime \"900\"");
        var report = Report(rig.Pass(1_000, 0, 1));
        Assert.Equal(ProxyMode.Multiplex, report.Mode);
        Assert.Equal([2, 2], report.Sources.Select(s => s.Variables));
    }

    [Fact]
    public void Lag_is_of_bursts_that_left_and_of_the_sources_that_they_came_from()
    {
        var rig = new ProxyRig(Pair).Comes(0, "SETINFO ups.status \"OL\"", "SETINFO ups.load \"20\"").Comes(1, "SETINFO ups.status \"OL\"");
        var lag = new RelayLag(2);
        Assert.Null(lag.LastOf(0));
        lag = rig.Proxy.Lag;
        lag.Written(rig.Now, rig.Now);      // of the start
        Say(rig, 0, "PONG");
        Assert.False(lag.Awaits);
        Say(rig, 0, "SETINFO ups.load \"20\"");
        Assert.False(lag.Awaits, "what changes nothing does not leave");
        Say(rig, 1, "SETINFO ups.load \"77\"");
        Assert.False(lag.Awaits, "what is not shown does not leave");
        Say(rig, 0, "SETINFO driver.state \"updateinfo\"");
        Assert.False(lag.Awaits, "what nobody waits for leaves late on purpose");
        Say(rig, 0, "SETINFO ups.load \"21\"");
        Assert.True(lag.Awaits);
        var before = lag.LastOf(1);
        lag.Written(rig.Now, rig.Now + TimeSpan.FromMicroseconds(120));
        Assert.Equal((TimeSpan.FromMicroseconds(120), before), (lag.LastOf(0), lag.LastOf(1)));
        Say(rig, 0, "SETINFO ups.load \"22\"");
        lag.Written(rig.Now, rig.Now + TimeSpan.FromMicroseconds(40));
        Assert.Equal((40, 120), (Report(rig).Sources[0].LagUs, Report(rig).Sources[0].LagMaxUs));
    }

    [Fact]
    public void The_longest_lag_is_forgotten_after_an_hour_or_two()
    {
        var lag = new RelayLag(1);
        var at = ProxyRig.At(0);
        Note(5_000, TimeSpan.Zero);
        Note(10, s_window);
        Assert.Equal(TimeSpan.FromMicroseconds(5_000), lag.LongestOf(0, at));
        Note(20, s_window);
        Assert.Equal(TimeSpan.FromMicroseconds(20), lag.LongestOf(0, at));
        Note(5_000, TimeSpan.Zero);
        Note(10, RelayLag.Window * 5);
        Assert.Equal(TimeSpan.FromMicroseconds(10), lag.LongestOf(0, at));
        at += s_window;
        Assert.Equal(TimeSpan.FromMicroseconds(10), lag.LongestOf(0, at));
        at += s_window;
        Assert.Equal(TimeSpan.Zero, lag.LongestOf(0, at));      // nor does it stay where nothing comes any more

        void Note(int us, TimeSpan after)
        {
            at += after;
            lag.Changed(0);
            lag.Settled(leaves: true);
            lag.Written(at, at + TimeSpan.FromMicroseconds(us));
        }
    }

    [Fact]
    public void Measuring_lag_allocates_nothing()
    {
        var lag = new RelayLag(50);
        var at = ProxyRig.At(0);
        Turn(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Turn(10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Turn(int times)
        {
            for (var i = 0; i < times; i++)
            {
                lag.Changed(i % 50);
                lag.Settled(leaves: true);
                lag.Written(at, at + TimeSpan.FromTicks(i));
                at += TimeSpan.FromSeconds(1);
            }
        }
    }

    private static void Say(ProxyRig rig, int source, string line)
    {
        rig.Proxy.SourceSaid(source, Encoding.ASCII.GetBytes(line), rig.Now);
        rig.Proxy.Settle(rig.Now);
    }

    private static ProxyReport Report(ProxyRig rig) => ProxyReportText.Read(Text(ProxyReports.Of(rig.Proxy, rig.Now)))!;

    private static string Text(ProxyReport report) => Encoding.ASCII.GetString(ProxyReportText.Write(new DriverLineWriter(), report).Written.Span);

    private static Gen<ProxyReport> Reports()
    {
        var words = Gen.Elements("usb", "OL CHRG", "", "a\"b", "#\\", "x y", "=", "UNDERSTUDY END", "~!@");
        var spans = Gen.Choose(0, int.MaxValue).Select(n => (long)n * n % 1_000_000_007);
        var maybe = Gen.OneOf(Gen.Constant<long?>(null), spans.Select(n => (long?)n));
        var flags = Gen.Elements(true, false);
        var source = from name in words
                     from flag in flags
                     from condition in Gen.Elements(Enum.GetValues<SourceCondition>())
                     from word in Gen.Elements<string?>(null, "primary", "ignore")
                     from numbers in spans.ArrayOf(5)
                     from others in maybe.ArrayOf(4)
                     from shown in Gen.Choose(0, int.MaxValue)
                     select new SourceReport(name, 0, flag, condition, word, others[0], others[1], others[2], numbers[0], numbers[1], numbers[2], numbers[3], others[3], numbers[4], shown);
        return from names in words.ArrayOf(3)
               from mode in Gen.Elements(ProxyMode.Failover, ProxyMode.Multiplex)
               from fresh in flags
               from primary in Gen.OneOf(Gen.Constant<string?>(null), words.Select(w => (string?)w))
               from numbers in spans.ArrayOf(4)
               from sources in source.ListOf(12)
               select new ProxyReport(names[0], names[1], mode, names[2], fresh, primary, numbers[0], numbers[1], numbers[2], numbers[3], sources.Select((s, rank) => s with { Rank = rank }).ToValueList());
    }
}
