using System.Globalization;
using System.Text.RegularExpressions;
using Understudy.Core.Ledger;
using Understudy.Telemetry;
using Understudy.Tests.Ledger;
using Xunit;

namespace Understudy.Tests.Api;

public sealed partial class MetricsTests
{
    private static readonly HostSnapshot s_host = new SmallPair().Run(5_000).Snapshot("alpha");

    [Fact]
    public void Every_sample_belongs_to_the_family_before_it_and_has_a_number()
    {
        string family = "", kind = "";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in Metrics.Text(s_host, Cli.ProxyFacesTests.Seen, [Cli.GuardFacesTests.Lost]).TrimEnd('\n').Split('\n')[..^1])
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                (family, kind) = (line.Split(' ')[2], line.Split(' ')[3]);
                Assert.True(seen.Add(family), $"{family} comes twice");
            }
            else if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                Assert.StartsWith($"# HELP {family} ", line, StringComparison.Ordinal);
            }
            else
            {
                var sample = Sample().Match(line);
                Assert.True(sample.Success, line);
                Assert.Equal(kind switch { "counter" => family + "_total", "info" => family + "_info", _ => family }, sample.Groups["name"].Value);
                Assert.True(double.TryParse(sample.Groups["value"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _), line);
            }
        }
    }

    [Fact]
    public void The_text_ends_as_OpenMetrics_wants_it() => Assert.EndsWith("\n# EOF\n", Metrics.Text(s_host), StringComparison.Ordinal);

    [Theory]
    [InlineData("""understudy_stance{duty="web",node="alpha",understudy_stance="active"} 1""")]
    [InlineData("""understudy_stance{duty="web",node="beta",understudy_stance="active"} 0""")]
    [InlineData("""understudy_stance{duty="web",node="beta",understudy_stance="standby"} 1""")]
    [InlineData("""understudy_epoch{duty="web"} 1""")]
    [InlineData("""understudy_duty_served{duty="web"} 1""")]
    [InlineData("""understudy_exclusive_guaranteed 1""")]
    [InlineData("""understudy_link_healthy{peer="beta",link="private"} 1""")]
    [InlineData("""understudy_service_healthy{duty="web"} 1""")]
    [InlineData("""understudy_moves_total 1""")]
    [InlineData("""understudy_ledger_writable 1""")]
    public void The_snapshot_is_in_it(string line) => Assert.Contains($"\n{line}\n", Metrics.Text(s_host), StringComparison.Ordinal);

    [Fact]
    public void A_label_cannot_break_out_of_its_quotes() =>
        Assert.Contains("""version="0\"}\\\n""", Metrics.Text(s_host with { Version = "0\"}\\\n" }), StringComparison.Ordinal);

    [GeneratedRegex("""^(?<name>[a-z_]+)(?:\{[a-z_]+="(?:[^"\\]|\\.)*"(?:,[a-z_]+="(?:[^"\\]|\\.)*")*\})? (?<value>\S+)$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Sample();
}
