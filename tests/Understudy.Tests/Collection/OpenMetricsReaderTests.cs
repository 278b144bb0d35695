using System.Globalization;
using System.Text;
using Understudy.Core.Collection;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class OpenMetricsReaderTests
{
    private const string Node = """
        # HELP node_cpu_seconds_total Seconds the CPUs spent in each mode.
        # TYPE node_cpu_seconds_total counter
        node_cpu_seconds_total{cpu="0",mode="idle"} 123456.78
        node_cpu_seconds_total{cpu="0",mode="user"} 1.5e+03
        # TYPE node_load1 gauge
        node_load1 0.25

        # TYPE rpc_seconds histogram
        rpc_seconds_bucket{le="0.1"} 3
        rpc_seconds_bucket{le="+Inf"} 4
        rpc_seconds_sum 0.7
        rpc_seconds_count 4
        lone{path="C:\\x",said="a \"b\"\n"} NaN 1395066363000

        """;

    [Fact]
    public void A_first_scrape_makes_a_template_of_all_series_with_their_kinds()
    {
        var reader = Reader();
        Assert.Equal(OpenMetricsOutcome.Changed, Read(reader, Node).Outcome);
        Assert.Equal(
            [
                ("node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"}", SeriesKind.Counter), ("node_cpu_seconds_total{cpu=\"0\",mode=\"user\"}", SeriesKind.Counter), ("node_load1", SeriesKind.Gauge),
                ("rpc_seconds_bucket{le=\"0.1\"}", SeriesKind.Histogram), ("rpc_seconds_bucket{le=\"+Inf\"}", SeriesKind.Histogram), ("rpc_seconds_sum", SeriesKind.Histogram), ("rpc_seconds_count", SeriesKind.Histogram),
                ("lone{path=\"C:\\\\x\",said=\"a \\\"b\\\"\\n\"}", SeriesKind.Unknown),
            ],
            reader.Template.Series.Select(s => (s.Text, s.Kind)));
        Assert.Equal([123456.78, 1500, 0.25, 3, 4, 0.7, 4, double.NaN], reader.Values.ToArray());
        Assert.Equal(1395066363000_000, reader.Stamps[7]);
        Assert.Equal(OpenMetricsReader.NoStamp, reader.Stamps[0]);
        Assert.Equal("lone", reader.Template.Series[7].Name);
    }

    [Fact]
    public void A_second_scrape_of_the_same_series_is_read_by_what_is_remembered_alone()
    {
        var reader = Reader();
        Read(reader, Node);
        var template = reader.Template;
        Assert.Equal(OpenMetricsOutcome.Same, Read(reader, Node.Replace("0.25", "17.75", StringComparison.Ordinal)).Outcome);
        Assert.Same(template, reader.Template);
        Assert.Equal(0, reader.SlowSamples);
        Assert.Equal(17.75, reader.Values[2]);
    }

    [Fact]
    public void A_scrape_in_steady_state_allocates_nothing()
    {
        var reader = Reader();
        var body = Encoding.UTF8.GetBytes(Node);
        for (var i = 0; i < 3; i++)
        {
            reader.Read(body, OpenMetricsFormat.PrometheusText);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            reader.Read(body, OpenMetricsFormat.PrometheusText);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Another_order_of_lines_or_labels_is_the_same_template_and_soon_the_fast_way_again()
    {
        var reader = Reader();
        var lines = Enumerable.Range(0, 64).Select(i => $"m{{a=\"{i}\",b=\"x\"}} {i}").ToArray();
        Read(reader, string.Join('\n', lines) + "\n");
        var turned = string.Join('\n', Enumerable.Range(0, 64).Reverse().Select(i => $"m{{b=\"x\", a=\"{i}\"}} {i + 100}")) + "\n";
        var slow = new List<int>();
        for (var i = 0; i < 70; i++)
        {
            Assert.Equal(OpenMetricsOutcome.Same, Read(reader, turned).Outcome);
            slow.Add(reader.SlowSamples);
        }

        Assert.Equal(Enumerable.Range(100, 64).Select(i => (double)i), reader.Values.ToArray());
        Assert.Equal(64, slow[0]);
        Assert.Equal(0, slow[^1]);
        Assert.Equal(1, reader.Template.Number);
    }

    [Fact]
    public void A_series_that_comes_or_goes_makes_a_new_template()
    {
        var reader = Reader();
        Read(reader, "a 1\nb 2\nc 3\n");
        Assert.Equal(OpenMetricsOutcome.Changed, Read(reader, "a 1\nc 3\n").Outcome);
        Assert.Equal(["a", "c"], reader.Template.Series.Select(s => s.Text));
        Assert.Equal(OpenMetricsOutcome.Changed, Read(reader, "a 1\nb 4\nc 3\n").Outcome);
        Assert.Equal([1, 4, 3], reader.Values.ToArray());
        Assert.Equal(3, reader.Template.Number);
    }

    [Fact]
    public void A_series_of_another_kind_makes_a_new_template_and_another_help_does_not()
    {
        var reader = Reader();
        Read(reader, "# HELP a x\n# TYPE a gauge\na 1\nb 1\n");
        Assert.Equal(OpenMetricsOutcome.Same, Read(reader, "# HELP a y\n# TYPE a gauge\na 2\nb 1\n").Outcome);
        Assert.Equal(OpenMetricsOutcome.Changed, Read(reader, "# HELP a y\n# TYPE a counter\na 3\nb 1\n").Outcome);
        Assert.Equal(SeriesKind.Counter, reader.Template.Series[0].Kind);
    }

    [Theory]
    [InlineData("a 1\nb x\n", "line 2: no number where the value should be")]
    [InlineData("a 1\nb 1x\n", "line 2: the value is not a number")]
    [InlineData("a 1\n\nb 1 z\n", "line 3: the timestamp is not a number")]
    [InlineData("a 1\nb 1 2 3\n", "line 2: there is more behind the sample")]
    [InlineData("a 1\nb 1", "line 2: the last line does not end")]
    [InlineData("a{b=\"c} 1\n", "line 1: a label's value does not end")]
    [InlineData("a{b=c} 1\n", "line 1: a label's value is not in quotes")]
    [InlineData("a{b=\"c\"d=\"e\"} 1\n", "line 1: labels are not separated by ',', or do not end with '}'")]
    [InlineData("a{b=\"c\",b=\"d\"} 1\n", "line 1: a label stands there twice")]
    [InlineData("a{1b=\"c\"} 1\n", "line 1: a label has no name, or no '=' behind it")]
    [InlineData("{b=\"c\"} 1\n", "line 1: no metric's name at its beginning")]
    [InlineData("# TYPE 9 counter\n", "line 1: a TYPE or UNIT line without the name of a metric")]
    [InlineData("a\n", "line 1: no blank, or more than one, before the value")]
    public void A_bad_line_is_told_with_its_number_and_is_no_sample(string text, string why)
    {
        var reader = Reader();
        Read(reader, "a 1\nb 7\n");
        var reading = Read(reader, text);
        Assert.Equal(OpenMetricsOutcome.Refused, reading.Outcome);
        Assert.StartsWith(why.Replace("line 2: the last line", "line 2: the last line", StringComparison.Ordinal), reading.Why, StringComparison.Ordinal);
        Assert.Equal([1, 7], reader.Values.ToArray());
        Assert.Equal(["a", "b"], reader.Template.Series.Select(s => s.Text));
    }

    [Theory]
    [InlineData("a 1\n# EOF\n", true)]
    [InlineData("a 1\n# EOF", true)]
    [InlineData("a 1\n", false)]
    [InlineData("a 1\n# EOF\na 2\n", false)]
    [InlineData("a  1\n# EOF\n", false)]
    [InlineData("a 1 \n# EOF\n", false)]
    [InlineData("\na 1\n# EOF\n", false)]
    [InlineData("a 1 1.5\n# EOF\n", true)]
    [InlineData("a_bucket{le=\"1\"} 1 # {trace=\"x\"} 0.5 1.25\n# EOF\n", true)]
    [InlineData("a_bucket{le=\"1\"} 1 9.5 # {} 0.5\n# EOF\n", true)]
    [InlineData("a_bucket{le=\"1\"} 1 # {trace=\"x\"}\n# EOF\n", false)]
    [InlineData("a_bucket{le=\"1\"} 1 # {trace=\"x} 0.5\n# EOF\n", false)]
    [InlineData("# TYPE a thing\na 1\n# EOF\n", false)]
    public void OpenMetrics_is_stricter_and_needs_its_end(string text, bool good)
    {
        Assert.Equal(good, Reader().Read(Encoding.UTF8.GetBytes(text), OpenMetricsFormat.OpenMetrics).IsSample);
        Assert.Equal(good, OpenMetricsOracle.Read(text, openMetrics: true) is not null);
    }

    [Fact]
    public void Timestamps_are_milliseconds_in_one_format_and_seconds_in_the_other()
    {
        var reader = Reader();
        Read(reader, "a 1 1520879607789\n");
        Assert.Equal(1520879607789_000, reader.Stamps[0]);
        reader.Read("a 1 1520879607.789\n# EOF\n"u8, OpenMetricsFormat.OpenMetrics);
        Assert.Equal(1520879607789_000, reader.Stamps[0]);
        reader.Read("a 1\n# EOF\n"u8, OpenMetricsFormat.OpenMetrics);
        Assert.True(reader.Stamps.IsEmpty);
    }

    [Fact]
    public void What_is_beyond_a_limit_is_refused_and_the_limit_is_told()
    {
        var reader = new OpenMetricsReader(new OpenMetricsLimits(BodyBytes: 100, Series: 2, LineBytes: 20));
        Assert.Contains("more than 2 series", Read(reader, "a 1\nb 2\nc 3\n").Why, StringComparison.Ordinal);
        Assert.Contains("longer than 20 bytes", Read(reader, $"a{{b=\"{new string('x', 20)}\"}} 1\n").Why, StringComparison.Ordinal);
        Assert.Contains("more than 100 bytes", Read(reader, $"# {new string('x', 200)}\n").Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0"), InlineData("-0"), InlineData("1"), InlineData("9007199254740993"), InlineData("0.1"), InlineData("1e22"), InlineData("1e23"), InlineData("4.9e-324"), InlineData("1.7976931348623157e308"), InlineData("1e400")]
    [InlineData("123456789012345678901234567890"), InlineData("1.7e-05"), InlineData(".5"), InlineData("5."), InlineData("+3"), InlineData("2.2250738585072011e-308"), InlineData("1e-999999999"), InlineData("0e99999")]
    public void A_number_is_the_double_that_is_nearest(string text)
    {
        Assert.True(OpenMetricsNumber.TryRead(Encoding.ASCII.GetBytes(text), out var value, out var used));
        Assert.Equal(text.Length, used);
        Assert.Equal(BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)), BitConverter.DoubleToInt64Bits(value));
    }

    [Fact]
    public void Any_number_that_NET_writes_is_read_to_the_same_bits()
    {
        var dice = new Random(7);
        Span<byte> bits = stackalloc byte[8];
        for (var i = 0; i < 200_000; i++)
        {
            dice.NextBytes(bits);
            var number = i % 3 == 0 ? BitConverter.ToDouble(bits) : i % 3 == 1 ? dice.NextInt64(1_000_000_000) / 1000.0 : dice.NextInt64();
            if (double.IsFinite(number))
            {
                var text = number.ToString(i % 2 == 0 ? "R" : "E16", CultureInfo.InvariantCulture);
                Assert.True(OpenMetricsNumber.TryRead(Encoding.ASCII.GetBytes(text), out var value, out _));
                Assert.Equal(BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)), BitConverter.DoubleToInt64Bits(value));
            }
        }
    }

    private static OpenMetricsReader Reader() => new(OpenMetricsLimits.Default);

    private static OpenMetricsReading Read(OpenMetricsReader reader, string text) => reader.Read(Encoding.UTF8.GetBytes(text), OpenMetricsFormat.PrometheusText);
}
