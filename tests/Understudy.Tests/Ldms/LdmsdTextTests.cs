using FsCheck;
using FsCheck.Fluent;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Ldms;

public sealed class LdmsdTextTests
{
    /// <summary>a10.cfg of seed 001, as printed.</summary>
    private const string A10 = """
        # a10.cfg
        prdcr_add name=prdcr_s00 host=s00.hostname port=12345 xprt=sock \
                  type=active interval=1000000
        prdcr_start name=prdcr_s00
        prdcr_add name=prdcr_s01 host=s01.hostname port=12345 xprt=sock \
                  type=active interval=1000000
        prdcr_start name=prdcr_s01
        updtr_add name=upd interval=1000000 offset=0
        updtr_prdcr_add name=upd regex.*
        updtr_start upd
        failover_config host=a11.hostname port=12345 xprt=sock \
                              interval=1000000 peer_name=a11
        failover_start
        """;

    [Fact]
    public void The_manuals_example_is_read_as_it_is_printed_and_what_was_mended_is_noted()
    {
        var c = LdmsdConfiguration.Read("a10.cfg", A10, LdmsdWorld.Empty);
        Assert.Empty(c.Problems);
        Assert.Equal(
            [
                new LdmsdRequest.ProducerAdd("prdcr_s00", ProducerKind.Active, "sock", "s00.hostname", 12345, TimeSpan.FromSeconds(1), null, Octal("770"), true),
                new LdmsdRequest.ProducerAdd("prdcr_s01", ProducerKind.Active, "sock", "s01.hostname", 12345, TimeSpan.FromSeconds(1), null, Octal("770"), true),
                new LdmsdRequest.UpdaterAdd("upd", TimeSpan.FromSeconds(1), TimeSpan.Zero, false, PushMode.None, Octal("770")),
                new LdmsdRequest.UpdaterProducerAdd("upd", LdmsdPattern.Any),
                new LdmsdRequest.FailoverConfigure("a11.hostname", 12345, "sock", "a11", TimeSpan.FromSeconds(1), 2, true),
                new LdmsdRequest.FailoverStart(),
                new LdmsdRequest.ProducerStart("prdcr_s00", null),
                new LdmsdRequest.ProducerStart("prdcr_s01", null),
                new LdmsdRequest.UpdaterStart("upd", null, null, null),
            ],
            c.Orders.Select(o => o.Request));
        Assert.Equal("""
            a10.cfg:3:23: prdcr_add: interval= is out of date; write reconnect=
            a10.cfg:6:23: prdcr_add: interval= is out of date; write reconnect=
            a10.cfg:9:26: updtr_prdcr_add: 'regex.*' is read as regex=.*, as ldmsd_failover(7) prints it; ldmsd itself wants the '='
            a10.cfg:10:13: updtr_start: 'upd' is read as name=upd, as ldmsd_failover(7) prints it; ldmsd itself wants name=
            a10.cfg:11:1: failover_config: no listener is in this file; the command line must have one, -x sock:PORT
            """, string.Join('\n', c.Notes));
    }

    [Fact]
    public void What_is_promoted_comes_first_and_what_starts_comes_last_failover_before_the_others() => Assert.Equal(
        ["env", "listen", "auth_add", "option", "load", "prdcr_add", "failover_config", "failover_start", "prdcr_start", "strgp_start"],
        LdmsdText.Read("f", """
            prdcr_start name=x
            strgp_start name=s
            load name=meminfo
            env A=b
            prdcr_add name=x
            listen xprt=sock port=411
            failover_start
            auth_add name=ovis
            failover_config host=h
            option -n a10
            """, LdmsdWorld.Empty).Commands.Select(c => c.Verb));

    [Fact]
    public void Lines_go_on_behind_a_backslash_and_comments_end_them() => Assert.Equal(
        "prdcr_add name=a host=b port=1|prdcr_del name=#x|load name=meminfo",
        string.Join('|', LdmsdText.Read("f", "prdcr_add name=a \\\n  # in between\r\n host=b \\   \r\n port=1 # rest \\\nprdcr_del name=#x\n\n   \nload\tname=meminfo", LdmsdWorld.Empty).Commands));

    [Fact]
    public void Variables_are_those_of_the_files_and_then_of_the_process_wherever_env_stands()
    {
        var reading = LdmsdText.Read("f", "load name=${KIND}${N}\nenv KIND=mem N=info\nenv TWICE=${KIND}${HOME}\nload name=${TWICE} plugin=$KIND", new(v => v == "HOME" ? "/root" : null, (_, _) => new("", null, "no")));
        Assert.Empty(reading.Problems);
        Assert.Equal("env KIND=mem N=info|env TWICE=mem/root|load name=meminfo|load name=mem/root plugin=$KIND", string.Join('|', reading.Commands));
    }

    [Fact]
    public void Included_files_stand_where_they_are_included_and_keep_their_own_places()
    {
        var world = new LdmsdWorld(v => v == "D" ? "/etc" : null, (path, from) => path switch
        {
            "/etc/one" => new("/etc/one", "load name=meminfo\ninclude /etc/two\n", ""),
            "/etc/two" => new("/etc/two", "updtr_dad name=x", ""),
            "/etc/self" => new("/etc/self", "include /etc/self", ""),
            _ => new(path, null, "no such file or directory"),
        });
        Assert.Equal("f:2:9: '/nowhere' cannot be read: no such file or directory\n/etc/two:1:1: 'updtr_dad' is no command of ldmsd; did you mean 'updtr_add'?",
            string.Join('\n', LdmsdConfiguration.Read("f", "include ${D}/one\ninclude /nowhere", world).Problems));
        Assert.Equal("/etc/self:1:1: files include files deeper than 8; perhaps one includes itself", string.Join('\n', LdmsdConfiguration.Read("f", "include /etc/self", world).Problems));
    }

    [Theory, MemberData(nameof(Mistakes))]
    public void What_is_wrong_is_told_with_its_place_and_what_would_be_right(string text, string told) =>
        Assert.Equal(told, string.Join('\n', LdmsdConfiguration.Read("f", text, LdmsdWorld.Empty).Problems));

    public static TheoryData<string, string> Mistakes => new()
    {
        { "prdcr_ad name=x", "f:1:1: 'prdcr_ad' is no command of ldmsd; did you mean 'prdcr_add'?" },
        { "frobnicate", "f:1:1: 'frobnicate' is no command of ldmsd; docs/guide/collection.md lists those that are read" },
        { "$ ldmsd -c a10.cfg", "f:1:1: this is a line for a shell, not for a configuration; remove it, or begin it with '#'" },
        { "load name=`hostname`", "f:1:6: '`hostname`' would run a command, and a settings file runs none here; write its result, or set a variable before the start and write ${NAME}\nf:1:6: load: name: '`hostname`' is no plugin of Understudy's; it has meminfo, vmstat and store_csv, and takes other samplers from an ldmsd with prdcr_add" },
        { "env HOST=a\nload name=meminfo plugin=${HOTS}x", "f:2:19: no variable 'HOTS' is set; did you mean 'HOST'?\nf:2:19: load: plugin: 'x' is no plugin of Understudy's; it has meminfo, vmstat and store_csv, and takes other samplers from an ldmsd with prdcr_add" },
        { "env A\ninclude", "f:1:5: 'A' sets no variable; write NAME=VALUE\nf:2:1: include takes one path; write for instance include /etc/understudy/a10-more.cfg" },
        { "prdcr_add name=x type=activ xprt=rdma hots=h port=0 reconnect=1w", "f:1:1: The attribute 'host' is required by prdcr_add.\n"
            + "f:1:18: prdcr_add: type: 'activ' is none of active, passive; did you mean 'active'?\n"
            + "f:1:29: prdcr_add: xprt: 'rdma' is not spoken by Understudy; it speaks sock (TCP), which every ldmsd can listen on besides\n"
            + "f:1:39: prdcr_add: 'hots=h': no such attribute; did you mean 'host='?\n"
            + "f:1:46: prdcr_add: port: '0' is no port, must be 1..65535\n"
            + "f:1:53: prdcr_add: reconnect: '1w' has the unknown unit 'w'; units are us, ms, s, m, h and d, and without one it is microseconds" },
        { "prdcr_add name=x type=active xprt=sock host=h port=1", "f:1:1: prdcr_add: reconnect: The attribute 'reconnect' is required by prdcr_add." },
        { "prdcr_add name=#x type=active xprt=sock host=h port=1 reconnect=1s", "f:1:11: prdcr_add: name: '#x' begins with '#', which is for copies of a failover peer's; name it otherwise" },
        { "updtr_add name=u", "f:1:1: updtr_add: interval: is missing; write for instance interval=1s, or push=onchange" },
        { "updtr_add name=u interval=1s offset=500ms", "f:1:30: updtr_add: offset: is 500ms, must be less than half of the interval 1s" },
        { "updtr_add name=u interval=", "f:1:18: updtr_add: interval: has no value; write interval=VALUE" },
        { "updtr_add name=u name=v interval=1s", "f:1:18: updtr_add: name: is given twice" },
        { "updtr_add name=u interval=1s\nupdtr_add name=u interval=1s\nupdtr_start name=v\nupdtr_prdcr_add name=u regex=(", "f:4:24: updtr_prdcr_add: regex: '(' is no regular expression (regex(7)); write for instance .* or ^prdcr_s0" },
        { "updtr_add name=u interval=1s\nupdtr_add name=u interval=1s\nupdtr_start name=uu", "f:2:1: the updater 'u' is there already, from f:1:1\nf:3:1: there is no updater 'uu'; did you mean 'u'?" },
        { "strgp_add name=s plugin=store_csv container=c", "f:1:1: strgp_add: schema: is missing; write schema=NAME, or regex=EXPRESSION for several" },
        { "strgp_add name=s plugin=store_csv container=c schema=m decomposition=/d.json", "f:1:56: strgp_add: decomposition: is not done by Understudy: sets are stored as they are; remove it" },
        { "failover_config host=h", "f:1:17: failover_config: host: missing host, port or xprt attribute" },
        { "failover_config peer_name=a", "f:1:1: failover_config: missing host, port or xprt attribute; the first needs host=, port= and xprt=" },
        { "failover_config host=h port=1 xprt=sock auto_switch=yes timeout_factor=-1", "f:1:41: failover_config: auto_switch: 'yes' is neither 0 nor 1 (the original would read it as 0)\nf:1:57: failover_config: timeout_factor: '-1' is no factor; write a number above 0 and up to 1000, for instance 2" },
        { "failover_start", "f:1:1: failover is not configured; give failover_config host= port= xprt= first" },
        { "failover_start now=1", "f:1:16: failover_start: 'now=1': failover_start takes no attributes" },
        { "prdcr_subscribe regex=.* stream=x", "f:1:1: prdcr_subscribe is not done by Understudy: streams and messages are not forwarded by Understudy; keep an ldmsd for them" },
        { "auth_add name=m plugin=munge", "f:1:17: auth_add: plugin: 'munge' is not spoken by Understudy; write none or ovis" },
        { "listen xprt=sock port=411 auth=o", "f:1:1: there is no auth domain 'o'; add it with auth_add" },
        { "option -x sock", "f:1:1: option: -x: 'sock' is no listener; write transport, port and perhaps the address: sock:411 or sock:411:127.0.0.1" },
        { "start name=meminfo interval=1s", "f:1:1: there is no plugin 'meminfo'; load and configure it first" },
    };

    [Fact]
    public void A_time_with_a_unit_means_the_same_everywhere_also_where_the_original_reads_microseconds()
    {
        var f = Assert.IsType<LdmsdRequest.FailoverConfigure>(Read("failover_config host=h port=1 xprt=sock interval=1s type=active"));
        Assert.Equal((TimeSpan.FromSeconds(1), 2.0, true, null), (f.Interval, f.TimeoutFactor, f.AutoSwitch, f.PeerName));
        Assert.Equal(TimeSpan.FromSeconds(1), Assert.IsType<LdmsdRequest.FailoverConfigure>(Read("failover_config host=h port=1 xprt=sock interval=0")).Interval);
        Assert.Equal(TimeSpan.FromMicroseconds(250), Assert.IsType<LdmsdRequest.FailoverConfigure>(Read("failover_config host=h port=1 xprt=sock interval=250")).Interval);
    }

    [Theory]
    [InlineData("1000000", 1_000_000)]
    [InlineData("1s", 1_000_000)]
    [InlineData("1.5s", 1_500_000)]
    [InlineData("500us", 500)]
    [InlineData("20ms", 20_000)]
    [InlineData("1m", 60_000_000)]
    [InlineData("1h", 3_600_000_000)]
    [InlineData("1d", 86_400_000_000)]
    [InlineData("-100ms", -100_000)]
    public void Times_are_microseconds_or_have_a_unit(string text, long micros)
    {
        Assert.Null(LdmsdValues.Time(text, out var span));
        Assert.Equal(TimeSpan.FromMicroseconds(micros), span);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("1 s")]
    [InlineData("1S")]
    [InlineData("0.5us")]
    [InlineData("1e3")]
    [InlineData("0x10")]
    [InlineData("99999999999999999999")]
    [InlineData("400d")]
    public void Other_times_are_refused(string text) => Assert.NotNull(LdmsdValues.Time(text, out _));

    [Theory]
    [InlineData("^prdcr_s0[0-3]$", "prdcr_s02", true)]
    [InlineData("^prdcr_s0[0-3]$", "prdcr_s02x", false)]
    [InlineData("s0", "prdcr_s02", true)]
    [InlineData("[[:digit:]]{2}", "s02", true)]
    [InlineData("[^[:alpha:]]", "abc", false)]
    [InlineData("[]x]", "]", true)]
    [InlineData("[\\]", "\\", true)]
    [InlineData("a\\.b", "a.b", true)]
    [InlineData("a\\.b", "axb", false)]
    [InlineData("a|b", "xb", true)]
    [InlineData("x$", "x\n", false)]
    public void Expressions_are_POSIXs_and_found_anywhere(string pattern, string name, bool matches) => Assert.Equal(matches, LdmsdPattern.Parse(pattern, out _)!.Matches(name));

    [Theory]
    [InlineData("")]
    [InlineData("(a")]
    [InlineData("[a")]
    [InlineData("(?<=a)b")]
    [InlineData("(a)\\1")]
    [InlineData("a{256}")]
    [InlineData("((a{200}){200}){200}")]
    public void Expressions_that_POSIX_does_not_have_or_that_grow_are_refused(string pattern)
    {
        Assert.Null(LdmsdPattern.Parse(pattern, out var problem));
        Assert.NotNull(problem);
    }

    [Fact]
    public void Any_text_is_read_or_refused_with_places() => Prop.ForAll<byte[]>(picks =>
        {
            string[] pieces = ["prdcr_add ", "name=", "x", "\\\n", "\n", "#", "${", "}", "`", "include ", "env ", "=", "regex.*", " ", "\0", "\ud800", "option -x ", "sock:", "1", "failover_config ", "interval=", "host=", "updtr_start ", "config ", "(", "["];
            var text = string.Concat((picks ?? []).Select(p => pieces[p % pieces.Length]));
            var c = LdmsdConfiguration.Read("f", text, LdmsdWorld.Empty);
            return c.Problems.Count == 0 || c.Orders.Count == 0
                && c.Problems.Concat(c.Notes).All(p => p.Place.Line > 0 && p.Place.Column > 0 && p.Text.Length > 0 && !p.Text.Contains('\n', StringComparison.Ordinal));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(60));

    internal static LdmsdRequest Read(string line)
    {
        var reading = LdmsdRequests.Read(LdmsdText.ReadLine(line, new("line", 1, 1))!);
        Assert.Empty(reading.Problems);
        return reading.Request!;
    }

    private static int Octal(string mode) => Convert.ToInt32(mode, 8);
}
