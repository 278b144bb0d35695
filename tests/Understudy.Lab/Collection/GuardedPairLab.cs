using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Understudy.Core.Ldms;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary><c>understudy ldms guard</c> as a process of its own beside two <c>understudy ldmsd</c> without failover and one above them: our daemon answers the supervisor as a stock one does.</summary>
public sealed class GuardedPairLab : IDisposable
{
    private const string Of0 = "s00/a", Of1 = "s01/a s01/b";

    private readonly LdmsdStage stage = new("s00", "s01", "a10", "a11", "a20");
    private Process? guard;

    private string Status => stage.In("guard.json");

    private string Ledger => stage.In("guard.ledger");

    [Fact]
    public void A_killed_aggregator_is_covered_by_copies_on_the_other_and_gets_its_own_back()
    {
        for (var i = 0; i < 2; i++)
        {
            stage.Write($"s0{i}", $"""
                load name=meminfo
                config name=meminfo producer=s0{i} instance=s0{i}/a schema=meminfo
                start name=meminfo interval=1000000 offset=0
                load name=vmstat
                config name=vmstat producer=s0{i} instance=s0{i}/b schema=vmstat
                start name=vmstat interval=1000000 offset=0
                """);
        }

        // Of s00's two sets a10 takes one: what its updater matches must be copied too.
        stage.Write("a10", Aggregator("s00", "updtr_match_add name=upd regex=^meminfo$ match=schema"));
        stage.Write("a11", Aggregator("s01", ""));
        stage.Write("a20", NineDaemons.Aggregator("a10", "a11", 400_000));
        foreach (var name in new[] { "s00", "s01", "a10", "a11", "a20" })
        {
            stage.Start(name);
        }

        stage.AwaitList("a20", $"{Of0} {Of1}");
        Guard();
        Until(() => Care() == "home" && Copies("a10") == "fo_prdcr_s01:STOPPED" && Copies("a11") == "fo_prdcr_s00:STOPPED", "stopped copies on both");
        Assert.Equal((0u, """[{"name":"fo_upd","match":[{"regex":"^meminfo$","selector":"schema"}]}]"""), stage.Command("a11", "updtr_match_list name=fo_upd"));
        Assert.Equal("""[{"name":"fo_upd","match":[]}]""", stage.Command("a10", "updtr_match_list name=fo_upd").Text);
        Assert.Equal(2u, stage.Command("a10", "updtr_match_list name=none").Code);

        stage.End("a10");
        stage.AwaitList("a11", $"{Of0} {Of1}");
        Until(() => Care() == "covered" && Copies("a11") == "fo_prdcr_s00:CONNECTED", "running copies on a11");
        using (var above = new LdmsReader(stage.PortOf("a20"), follows: true))
        {
            var since = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            Until(() => above.Samples("s00/a").Any(s => s.Second > since), "fresh data above");
        }

        Assert.Equal($"{Of0} {Of1}", stage.List("a11"));      // and not s00/b, which the updater does not match

        stage.Start("a10");
        Until(() => Care() == "home" && Copies("a11") == "fo_prdcr_s00:STOPPED" && Copies("a10") == "fo_prdcr_s01:STOPPED", "the hand-back");
        stage.AwaitList("a10", Of0);
        stage.AwaitList("a11", Of1);
        stage.AwaitList("a20", $"{Of0} {Of1}");
        Until(() => Producer("a20", "prdcr_a10") == "CONNECTED", "the way from above back");
        var ledger = File.ReadAllText(Ledger);
        Assert.Contains("collects in its place", ledger, StringComparison.Ordinal);
        Assert.Contains("collects itself again", ledger, StringComparison.Ordinal);
        Assert.DoesNotContain("refused '", ledger, StringComparison.Ordinal);      // nothing that a stock daemon would do

        // Asked to end, it takes its copies away.
        Assert.Equal(0, LabLibc.kill(guard!.Id, LabLibc.SIGTERM));
        Assert.True(guard.WaitForExit(LdmsdStage.Patience));
        Assert.Equal(0, guard.ExitCode);
        Assert.Equal(("", ""), (Copies("a10"), Copies("a11")));
        Assert.Equal(2u, stage.Command("a11", "updtr_match_list name=fo_upd").Code);
    }

    public void Dispose()
    {
        if (guard is not null)
        {
            _ = LabLibc.kill(guard.Id, LabLibc.SIGKILL);
            _ = guard.WaitForExit(TimeSpan.FromSeconds(10));
            guard.Dispose();
        }

        stage.Dispose();
    }

    private static string Aggregator(string sampler, string more) => $$"""
        prdcr_add name=prdcr_{{sampler}} host=127.0.0.1 port={{{sampler}}} xprt=sock type=active reconnect=1000000
        prdcr_start name=prdcr_{{sampler}}
        updtr_add name=upd interval=1000000 offset=200000
        updtr_prdcr_add name=upd regex=.*
        {{more}}
        updtr_start name=upd

        """;

    private void Guard()
    {
        string At(string name) => $"127.0.0.1:{stage.PortOf(name).ToString(CultureInfo.InvariantCulture)}";
        string[] words =
        [
            "-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", stage.In("guard.log"), UnderstudyProduct.FindProgram()!, "ldms", "guard", At("a10"), At("a11"), "--level2", At("a20"), "--ledger", Ledger, "--status", Status, "--remove",
        ];
        guard = Process.Start(new ProcessStartInfo("sh", words) { UseShellExecute = false }) ?? throw new InvalidOperationException("the supervisor did not start");
    }

    /// <summary>The supervisor's word for how it cares for a10.</summary>
    private string Care()
    {
        if (!File.Exists(Status))
        {
            return "";
        }

        using var json = JsonDocument.Parse(File.ReadAllText(Status));
        return json.RootElement.GetProperty("sides")[0].GetProperty("care").GetString()!;
    }

    private string Copies(string at) => string.Join(' ', Producers(at).Where(p => p.Name.StartsWith("fo_", StringComparison.Ordinal)).Select(p => $"{p.Name}:{p.State}"));

    private string Producer(string at, string name) => Producers(at).Single(p => p.Name == name).State;

    private Core.ValueList<LdmsdProducerRow> Producers(string at) => LdmsdAnswers.Producers(stage.Command(at, "prdcr_status").Text)!;

    private void Until(Func<bool> holds, string what) => Assert.True(LabClock.WaitUntil(holds, LdmsdStage.Patience), $"no {what}: {(File.Exists(Status) ? File.ReadAllText(Status) : "no status")}\n{stage.Logs()}");
}
