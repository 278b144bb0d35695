using System.Globalization;
using Understudy.Cli;
using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>Our tools against a server that has what the recorded daemon had: they print what the real tools printed, byte for byte.</summary>
public sealed class LdmsToolsLab
{
    private static readonly LdmsEnd s_open = new();

    [Theory]
    [InlineData("", "PORT_OF_s00")]
    [InlineData("-l s00/a", "-l s00/a")]
    [InlineData("-v s00/a", "-v s00/a")]
    [InlineData("-l s00/b", "-l s00/b")]
    public void A_listing_is_what_ldms_ls_printed(string arguments, string recorded)
    {
        using var server = new LdmsServed(s_open, [Meminfo(), Vmstat()], _ => null);
        Assert.Equal((0, Tool(recorded), ""), Run($"ldms ls -x sock -h 127.0.0.1 -p {server.Port} {arguments}"));
    }

    [Fact]
    public void Sets_are_chosen_by_expression_and_by_schema_and_shown_for_programs()
    {
        using var server = new LdmsServed(s_open, [Meminfo(), Vmstat()], _ => null);
        Assert.Equal((0, "s00/b\n", ""), Run($"ldms ls -p {server.Port} -h 127.0.0.1 -E ^s00/[b-z]$"));
        Assert.Equal((0, "s00/a\n", ""), Run($"ldms ls -p {server.Port} -h 127.0.0.1 -S meminfo"));
        Assert.Contains("{\"name\":\"MemTotal\",\"type\":\"u64\",\"meta\":false,\"value\":\"24684092\",\"unit\":\"\"}", Run($"ldms ls -p {server.Port} -h 127.0.0.1 -f json -l s00/a").Output, StringComparison.Ordinal);
        Assert.StartsWith("s00/a\tmeminfo\tM\tu64\tcomponent_id\t1\t\n", Run($"ldms ls -p {server.Port} -h 127.0.0.1 -f tab -l s00/a").Output, StringComparison.Ordinal);
        Assert.Contains("MemTotal                                   0x0 24684092 \n", Run($"ldms ls -p {server.Port} -h 127.0.0.1 -lu s00/a").Output, StringComparison.Ordinal);
        Assert.Equal((1, "", "ldms_ls: No metric sets matched the given criteria\n"), Run($"ldms ls -p {server.Port} -h 127.0.0.1 nothing"));
    }

    [Fact]
    public void Where_nobody_listens_or_who_does_refuses_us_it_is_said_as_ldms_ls_says_it()
    {
        int port;
        using (var server = new LdmsServed(new LdmsEnd("ovis", "a secret of ours"), [Meminfo()], _ => null))
        {
            port = server.Port;
            var (code, output, error) = Run($"ldms ls -h 127.0.0.1 -p {port}");
            Assert.Equal((3, ""), (code, output));
            Assert.StartsWith("Connection failed/rejected.\n", error, StringComparison.Ordinal);
            var file = Path.GetTempFileName();
            try
            {
                File.WriteAllText(file, "secretword=a secret of ours\n");
                Assert.Equal((0, "s00/a\n", ""), Run($"ldms ls -h 127.0.0.1 -p {port} -a ovis -A conf={file}"));
            }
            finally
            {
                File.Delete(file);
            }
        }

        Assert.StartsWith("Connection failed/rejected.\n", Run($"ldms ls -h 127.0.0.1 -p {port}").Error, StringComparison.Ordinal);
        Assert.Equal(3, Run($"ldms control -h 127.0.0.1 -p {port} --cmd daemon_status").Code);
    }

    [Fact]
    public void A_server_that_says_nothing_is_waited_for_as_long_as_is_said()
    {
        using var server = new LdmsServed(s_open, [Meminfo()], _ => null);
        var (code, _, error) = Run($"ldms control -h 127.0.0.1 -p {server.Port} -w 1 --cmd daemon_status");
        Assert.Equal((3, $"understudy: 127.0.0.1:{server.Port} did not answer within 1 s\n"), (code, error));
    }

    [Theory]
    [InlineData("prdcr_status")]
    [InlineData("updtr_status")]
    [InlineData("prdcr_set_status")]
    [InlineData("strgp_status")]
    [InlineData("daemon_status")]
    public void An_answer_is_shown_as_ldmsd_controller_showed_it(string verb)
    {
        using var server = new LdmsServed(s_open, [], Recorded);
        Assert.Equal((0, Tool($"a10: {verb}"), ""), Run($"ldms control -x sock -h 127.0.0.1 -p {server.Port} -a none --cmd {verb}"));
    }

    [Fact]
    public void Refusals_are_told_as_ldmsd_controller_told_them_and_the_next_command_is_done()
    {
        using var server = new LdmsServed(s_open, [], Recorded);
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "# what was typed\nprdcr_add name=x type=active xprt=sock host=127.0.0.1 port=1\nfailover_start\n\nnonsense\ndaemon_status\nquit\nupdtr_status\n");
            var (code, output, error) = Run($"ldms control -h 127.0.0.1 -p {server.Port} --source {file}");
            Assert.Equal((1, Tool("port=1") + Tool("a10: failover_start") + Tool("nonsense") + Tool("a10: daemon_status"), ""), (code, output, error));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Attributes_travel_under_their_numbers()
    {
        ConfigMessage? seen = null;
        using var server = new LdmsServed(s_open, [], m =>
        {
            seen = m;
            return new ConfigMessage(IsAnswer: true, 0, 0, []);
        });
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "prdcr_add name=p0 type=active xprt=sock host=h port=411 reconnect=1s");
            Assert.Equal((0, "", ""), Run($"ldms control -h 127.0.0.1 -p {server.Port} --ldms-version 4.3.11 --source {file}"));
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Equal(0x100u, seen!.Code);
        Assert.Equal(("p0", "active", "sock", "h", "411", "1s"), (seen[ConfigWord.Name], seen[ConfigWord.Type], seen[ConfigWord.Transport], seen[ConfigWord.Host], seen[ConfigWord.Port], seen[ConfigWord.Interval]));
    }

    /// <summary>Answers with the rows that the recorded tables show.</summary>
    private static ConfigMessage Recorded(ConfigMessage request)
    {
        ValueList<LdmsdSetRow> sets(string s) => [new($"{s}/a", "meminfo", "READY"), new($"{s}/b", "vmstat", "READY")];
        LdmsdProducerRow row(string name, int port, string state, ValueList<LdmsdSetRow> has) => new(name, "active", "127.0.0.1", port, "sock", "DEFAULT", "1", "-1", "-1", 1_000_000, state, has);
        LdmsdUpdaterProducer of(string name, int port, string state) => new(name, "127.0.0.1", port, "sock", state);
        LdmsdProducerSetRow set(string name, string schema, long micros, long duration) => new(name, schema, "READY", name[..3], $"prdcr_{name[..3]}", 1795306594_000000 + micros, duration);
        var json = LdmsdVerbs.Find(request.Code)?.Name switch
        {
            "prdcr_status" => LdmsdJson.Producers([row("#prdcr_s02", 24002, "STOPPED", []), row("#prdcr_s03", 24003, "STOPPED", []), row("prdcr_s00", 24000, "CONNECTED", sets("s00")), row("prdcr_s01", 24001, "CONNECTED", sets("s01"))]),
            "updtr_status" => LdmsdJson.Updaters([
                new("#upd", 1_000_000, 100_000, true, "Pull", false, "STOPPED", [of("#prdcr_s02", 24002, "STOPPED"), of("#prdcr_s03", 24003, "STOPPED")]),
                new("upd", 1_000_000, 200_000, true, "Pull", false, "RUNNING", [of("prdcr_s00", 24000, "CONNECTED"), of("prdcr_s01", 24001, "CONNECTED")])]),
            "prdcr_set_status" => LdmsdJson.ProducerSets([set("s00/a", "meminfo", 1309, 30), set("s00/b", "vmstat", 1383, 71), set("s01/a", "meminfo", 2418, 38), set("s01/b", "vmstat", 2501, 80)]),
            "strgp_status" => LdmsdJson.Storages([]),
            "daemon_status" => LdmsdJson.Daemon("ready"),
            _ => null,
        };
        return json is null
            ? new ConfigMessage(IsAnswer: true, 0, LdmsdRefusal.Busy, [ConfigValue.Of(ConfigWord.String, LdmsdRefusal.DaemonBusy.Text)])
            : new ConfigMessage(IsAnswer: true, 0, 0, [ConfigValue.OfJson(json)]);
    }

    private static OfferedSet Meminfo() => Set(1, "s00/a", "meminfo", 1850, 34);

    private static OfferedSet Vmstat() => Set(2, "s00/b", "vmstat", 1812, 69);

    /// <summary>A set with the metrics and the values that ldms_ls was recorded to print.</summary>
    private static OfferedSet Set(ulong id, string instance, string schema, int micros, int duration)
    {
        var rows = Tool($"-l {instance}").Split('\n').Where(l => l.StartsWith("M ", StringComparison.Ordinal) || l.StartsWith("D ", StringComparison.Ordinal))
            .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(w => (IsMeta: w[0] == "M", Name: w[2], Value: ulong.Parse(w[3], CultureInfo.InvariantCulture))).ToList();
        var layout = SetLayout.Create(new SetDraft(instance, schema, "s00", rows.Select(r => r.IsMeta ? MetricField.OfMeta(r.Name, "", MetricType.U64, r.Value) : new MetricField(r.Name, "", MetricType.U64)).ToValueList())
        {
            Permissions = 0b100_100_000,
        });
        var sample = layout.NewSample();
        var writer = new SampleWriter(layout, sample);
        writer.Begin();
        for (var i = 0; i < rows.Count; i++)
        {
            if (!rows[i].IsMeta)
            {
                writer.Set(i, rows[i].Value);
            }
        }

        writer.End(1795306593_000000 + micros, TimeSpan.FromMicroseconds(duration), 7);
        return new OfferedSet(id, layout) { Sample = sample, Info = ["updt_hint_us", "1000000:0"] };
    }

    /// <summary>What a real tool printed, behind its command line.</summary>
    private static string Tool(string command)
    {
        using var stream = typeof(LdmsToolsLab).Assembly.GetManifestResourceStream("tools-recorded.txt")!;
        using var reader = new StreamReader(stream);
        var all = reader.ReadToEnd();
        var line = all.Split('\n').First(l => l.StartsWith("$ ", StringComparison.Ordinal) && l.TrimEnd().EndsWith(command, StringComparison.Ordinal));
        var from = all.IndexOf(line, StringComparison.Ordinal) + line.Length + 1;
        var to = all.IndexOf("\n$ ", from, StringComparison.Ordinal);
        return to < 0 ? all[from..^1] : all[from..to];
    }

    private static (int Code, string Output, string Error) Run(string line)
    {
        Environment.SetEnvironmentVariable("TZ", "UTC");      // where the tools were recorded
        TimeZoneInfo.ClearCachedData();
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CommandTree.Invoke(CommandTree.Build(_ => 7, _ => 7, _ => 7), line.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, error);
        return (code, output.ToString(), error.ToString());
    }
}
