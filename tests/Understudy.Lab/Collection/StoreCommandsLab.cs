using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>What a configuration of ldmsd says of its store is what is on the disk.</summary>
public sealed class StoreCommandsLab
{
    [Fact]
    public void An_updater_that_goes_by_hints_follows_each_sampler_and_tells_its_own_times_on()
    {
        using var stage = new LdmsdStage("s00", "a10", "a20");
        stage.Write("s00", """
            load name=meminfo
            config name=meminfo producer=s00 instance=s00/meminfo
            start name=meminfo interval=200000 offset=0

            """);
        foreach (var (name, from) in new[] { ("a10", "s00"), ("a20", "a10") })
        {
            stage.Write(name, $"""
                load name=store_csv
                config name=store_csv path={stage.In(name)}
                prdcr_add name={from} host=127.0.0.1 port={stage.PortOf(from)} xprt=sock type=active interval=200000
                prdcr_start name={from}
                updtr_add name=all interval=1000000 auto_interval=true
                updtr_prdcr_add name=all regex=.*
                updtr_start name=all
                strgp_add name=mem plugin=store_csv container=mem schema=meminfo
                strgp_start name=mem

                """);
        }

        Array.ForEach(["s00", "a10", "a20"], n => stage.Start(n));
        double[] Times() => File.Exists(Path.Combine(stage.In("a20"), "mem", "meminfo")) ? [.. File.ReadLines(Path.Combine(stage.In("a20"), "mem", "meminfo")).Skip(1).Select(l => double.Parse(l.Split(',')[0], System.Globalization.CultureInfo.InvariantCulture))] : [];
        Assert.True(LabClock.WaitUntil(() => Times().Length >= 25, LdmsdStage.Patience), stage.Logs());
        // Once a20 has heard of the hint it has nearly all samples, which once a second would not be one of five.
        var last = Times()[^16..];
        Assert.InRange(last[^1] - last[0], 2.9, 6);
        Assert.Contains("\"updt_hint_us\"=\"200000:0\"", Sets("s00"), StringComparison.Ordinal);
        Assert.Contains("\"updt_hint_us\"=\"200000:20000\"", Sets("a10"), StringComparison.Ordinal);
        Assert.Contains("\"updt_hint_us\"=\"200000:40000\"", Sets("a20"), StringComparison.Ordinal);

        string Sets(string name) => Shell.Run(Worlds.Products.UnderstudyProduct.FindProgram()!, null, "ldms", "ls", "-x", "sock", "-h", "127.0.0.1", "-p", stage.PortOf(name).ToString(System.Globalization.CultureInfo.InvariantCulture), "-v");
    }

    [Fact]
    public void Parameters_of_store_csv_and_metrics_of_a_policy_shape_the_files()
    {
        using var stage = new LdmsdStage("s00", "a10");
        stage.Write("s00", """
            load name=meminfo
            config name=meminfo producer=s00 instance=s00/meminfo
            start name=meminfo interval=200000 offset=0

            """);
        stage.Write("a10", $"""
            load name=store_csv
            config name=store_csv path={stage.In("store")} altheader=1 rolltype=3 rollover=4 create_perm=0755
            prdcr_add name=s00 host=127.0.0.1 port={stage.PortOf("s00")} xprt=sock type=active interval=200000
            prdcr_start name=s00
            updtr_add name=all interval=200000
            updtr_prdcr_add name=all regex=.*
            updtr_start name=all
            strgp_add name=mem plugin=store_csv container=mem schema=meminfo
            strgp_metric_add name=mem metric=MemTotal
            strgp_metric_add name=mem metric=Active(anon)
            strgp_start name=mem

            """);
        stage.Start("s00");
        stage.Start("a10");
        var folder = Path.Combine(stage.In("store"), "mem");
        string[] Files(bool headers) => Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "meminfo*").Where(f => f.Contains(".HEADER", StringComparison.Ordinal) == headers).Order(StringComparer.Ordinal)] : [];
        Assert.True(LabClock.WaitUntil(() => Files(headers: false).Length >= 3, LdmsdStage.Patience), stage.Logs());
        Assert.All(Files(headers: false), f => Assert.InRange(File.ReadAllLines(f).Length, 0, 4));
        Assert.Equal(4, File.ReadAllLines(Files(headers: false)[0]).Length);
        Assert.All(File.ReadAllLines(Files(headers: false)[0]), l => Assert.Equal(5, l.Split(',').Length));
        Assert.Equal("#Time,Time_usec,ProducerName,MemTotal,Active(anon)", File.ReadAllLines(Files(headers: true)[0])[0]);
        Assert.Equal((UnixFileMode)0x1A4, File.GetUnixFileMode(Files(headers: false)[0]));

        // What is said goes by the level that was last asked for.
        Assert.Contains("s00: connected to", stage.Logs(), StringComparison.Ordinal);
        Assert.Equal(0u, stage.Command("a10", "log_level level=ERROR").Code);
        var said = File.ReadAllLines(stage.In("a10.log")).Length;
        stage.End("s00");
        stage.Start("s00");
        Assert.True(LabClock.WaitUntil(() => stage.Command("a10", "prdcr_status name=s00").Text.Contains("\"state\":\"CONNECTED\"", StringComparison.Ordinal), LdmsdStage.Patience));
        Assert.Equal(said, File.ReadAllLines(stage.In("a10.log")).Length);
        Assert.Equal(0u, stage.Command("a10", "log_level level=INFO").Code);

        // What would be other files than those is refused by name, all at once, and what was said before stays.
        var (code, text) = stage.Command("a10", "config name=store_csv path=/elsewhere time_format=1 opt_file=/x");
        Assert.Equal(22u, code);
        Assert.Contains("time_format=1 is not done", text, StringComparison.Ordinal);
        Assert.Contains("opt_file= is not done", text, StringComparison.Ordinal);
    }
}
