using Understudy.Core.Ups;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>A section of ups.conf as a proxy reads it.</summary>
public sealed class ProxyRulesTests
{
    private static (ProxyRules? Rules, List<string> Errors) Read(string text)
    {
        var errors = new List<string>();
        return (ProxyRulesReader.Read(UpsConf.Read(text).Sections[0], errors), errors);
    }

    [Fact]
    public void A_section_of_the_failover_driver_reads_with_its_defaults()
    {
        var (rules, errors) = Read("""
            maxretry = 3
            [ups]
                driver = understudy-ups
                port = "/run/nut/usbhid-ups-usb, snmp-ups-net"
                desc = "The one"
                fsdmode = 2
                checkruntime = 3
                status_have_all = OL,CHRG

            """);
        Assert.Empty(errors);
        Assert.Equal(["usbhid-ups-usb", "snmp-ups-net"], rules!.Sources);
        Assert.Equal((ProxyMode.Failover, NobodyPolicy.AlarmAndShutdown, 3, false), (rules.Mode, rules.Nobody, rules.CheckRuntime, rules.StrictFiltering));
        Assert.Equal((30.0, 30.0, 15.0), (rules.InitTime.TotalSeconds, rules.DeadTime.TotalSeconds, rules.NoPrimaryTime.TotalSeconds));
        Assert.Equal(["OL", "CHRG"], rules.Filters.HaveAll);
        Assert.Equal((5.0, 30.0), (rules.FlipOf("ups.load").After.TotalSeconds, rules.FlipOf("ups.load").Back.TotalSeconds));
    }

    [Fact]
    public void Every_mistake_is_told_with_its_line()
    {
        var (rules, errors) = Read("""
            [ups]
                port = a,b,a
                mode = both
                fsdmode = 3
                deadtime = soon
                silence = 0
                prefer.ups.load = c
                flip.back = -1
                status_conflict = maybe
                colour = red

            """);
        Assert.Null(rules);
        Assert.Equal(9, errors.Count);
        Assert.Contains(errors, e => e == "line 6: [ups]: silence: '0' takes every source for hung as soon as it is asked for a sign of life; leave it out, or write some seconds");
        Assert.Contains(errors, e => e == "line 7: [ups]: prefer.ups.load: 'c' is no source of this section; a or b or a");
        Assert.Contains(errors, e => e.StartsWith("line 10: [ups]: colour:", StringComparison.Ordinal));
    }

    [Fact]
    public void What_says_most_counts_first()
    {
        var (rules, _) = Read("""
            [ups]
                port = a,b,c
                prefer.* = c
                prefer.battery.* = b
                prefer.battery.charge = a
                flip.after.battery.* = 60

            """);
        Assert.Equal([0, 1, 2], rules!.OrderFor("battery.charge"));
        Assert.Equal([1, 2, 0], rules.OrderFor("battery.runtime"));
        Assert.Equal([2, 0, 1], rules.OrderFor("ups.load"));
        Assert.Equal((60.0, 5.0), (rules.FlipOf("battery.charge").After.TotalSeconds, rules.FlipOf("ups.load").After.TotalSeconds));
    }

    [Fact]
    public void The_grammar_of_ups_conf_is_NUT_s()
    {
        var conf = UpsConf.Read("""
            pollinterval=5 # all of them
            [a]
            driver = usbhid-ups
            port=auto
            desc = two words
            nolock
            [b]
            driver = snmp-ups
            [a]
            port = other

            """);
        Assert.Equal("5", conf.GlobalValue("pollinterval"));
        Assert.Equal(["a", "b"], conf.Sections.Select(s => s.Name));
        Assert.Equal(("other", "two", ""), (conf.Find("a")!["port"], conf.Find("a")!["desc"], conf.Find("a")!["nolock"]));
        Assert.Equal("driver", conf.Find("a")!.FirstKey);
        Assert.Single(conf.Remarks, r => r.StartsWith("line 5:", StringComparison.Ordinal));
    }
}
