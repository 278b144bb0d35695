using System.Text;
using Understudy.Core.Collection;
using Xunit;

namespace Understudy.Tests.Collection;

/// <summary>Texts that are drawn: good ones, and good ones with a few bytes changed.</summary>
public sealed class OpenMetricsProperties
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_reader_and_the_slow_one_agree_on_every_text(bool openMetrics)
    {
        var dice = new Random(11);
        var good = 0;
        for (var world = 0; world < 4_000; world++)
        {
            var text = Drawn(dice, openMetrics);
            if (world % 2 == 1)
            {
                text = Broken(dice, text);
            }

            var reader = new OpenMetricsReader(OpenMetricsLimits.Default);
            good += Same(reader, text, openMetrics) ? 1 : 0;
        }

        Assert.InRange(good, 1_800, 3_800);       // both kinds were seen
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_reader_that_remembers_says_the_same_as_one_that_does_not(bool openMetrics)
    {
        var dice = new Random(13);
        var (fast, all) = (0, 0);
        for (var world = 0; world < 100; world++)
        {
            var reader = new OpenMetricsReader(OpenMetricsLimits.Default);
            var text = Drawn(dice, openMetrics);
            for (var scrape = 0; scrape < 40; scrape++)
            {
                text = dice.Next(8) switch
                {
                    0 => Drawn(dice, openMetrics),
                    1 => Lines(dice, text),
                    _ => Numbers(dice, text),
                };
                Same(reader, dice.Next(6) == 0 ? Broken(dice, text) : text, openMetrics);
                all += reader.Template.Series.Length;
                fast += reader.Template.Series.Length - Math.Min(reader.SlowSamples, reader.Template.Series.Length);
            }
        }

        Assert.True(fast > all / 4, $"{fast} of {all} were read the fast way");
    }

    [Fact]
    public void No_bytes_at_all_break_the_reader()
    {
        var dice = new Random(17);
        var reader = new OpenMetricsReader(new OpenMetricsLimits(LineBytes: 300));
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[dice.Next(200)];
            dice.NextBytes(bytes);
            if (i % 2 == 0)
            {
                foreach (ref var b in bytes.AsSpan())
                {
                    b = (byte)"ab{}=\",# \n\\1.eN-+TYPE"[b % 21];
                }
            }

            var before = reader.Values.ToArray();
            if (!reader.Read(bytes, (OpenMetricsFormat)(i & 1)).IsSample)
            {
                Assert.Equal(before, reader.Values.ToArray());
            }
        }
    }

    private static bool Same(OpenMetricsReader reader, string text, bool openMetrics)
    {
        var expected = OpenMetricsOracle.Read(text, openMetrics);
        var reading = reader.Read(Encoding.UTF8.GetBytes(text), openMetrics ? OpenMetricsFormat.OpenMetrics : OpenMetricsFormat.PrometheusText);
        Assert.True(reading.IsSample == expected is not null, $"{reading.Why} in <{text}>");
        if (expected is null)
        {
            return false;
        }

        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), reader.Template.Series.Select(s => s.Text).Order(StringComparer.Ordinal));
        for (var i = 0; i < reader.Template.Series.Length; i++)
        {
            var (value, stamp) = expected[reader.Template.Series[i].Text];
            var micros = reader.Stamps.IsEmpty || reader.Stamps[i] == OpenMetricsReader.NoStamp ? (double?)null : reader.Stamps[i];
            Assert.Equal(value, reader.Values[i]);
            Assert.Equal(stamp is null, micros is null);
            Assert.True(Math.Abs((stamp ?? 0) * (openMetrics ? 1e6 : 1e3) - (micros ?? 0)) <= 1 + Math.Abs(micros ?? 0) * 1e-12, text);
        }

        return true;
    }

    private static string Drawn(Random dice, bool openMetrics)
    {
        var text = new StringBuilder();
        for (var family = dice.Next(1, 5); family > 0; family--)
        {
            var name = $"{"abc"[dice.Next(3)]}{dice.Next(4)}";
            if (dice.Next(2) == 0)
            {
                text.Append("# HELP ").Append(name).Append(" some words\n# TYPE ").Append(name).Append(dice.Next(2) == 0 ? " gauge\n" : " counter\n");
            }

            for (var sample = dice.Next(4); sample > 0; sample--)
            {
                var labels = Enumerable.Range(0, dice.Next(4)).Select(i => $"{"xyz"[i]}=\"{Value(dice)}\"").ToArray();
                dice.Shuffle(labels);
                var free = !openMetrics && dice.Next(3) == 0;
                text.Append(name).Append(labels.Length == 0 ? "" : "{" + string.Join(free ? " , " : ",", labels) + "}").Append(free ? "  " : " ").Append(Number(dice));
                text.Append(dice.Next(5) == 0 ? openMetrics ? $" {dice.Next(1 << 30)}.25" : $" {dice.NextInt64(1L << 42)}" : "");
                text.Append(openMetrics && dice.Next(6) == 0 ? " # {id=\"1\"} 0.5" : "").Append('\n');
            }

            text.Append(!openMetrics && dice.Next(4) == 0 ? "\n" : "");
        }

        return text.Append(openMetrics ? "# EOF\n" : "").ToString();
    }

    private static string Value(Random dice) => dice.Next(6) switch { 0 => "", 1 => "a\\\"b", 2 => "c\\\\d", 3 => "e\\nf", 4 => "gr\u00fc\u00df", _ => $"v{dice.Next(9)}" };

    private static string Number(Random dice) => dice.Next(8) switch { 0 => "NaN", 1 => "+Inf", 2 => "-Inf", 3 => "1.5e-07", 4 => $"{dice.NextInt64()}", 5 => "0.30000000000000004", _ => $"{dice.Next(1000)}" };

    private static string Numbers(Random dice, string text) =>
        string.Join('\n', text.Split('\n').Select(l => l.StartsWith('#') || l.EndsWith('"') || l.LastIndexOf(' ') is not (> 0 and var cut) || l.Contains("# {", StringComparison.Ordinal) || dice.Next(3) > 0 || l[..cut].EndsWith(' ') || l[..cut].Contains(' ', StringComparison.Ordinal) ? l : l[..cut] + " " + Number(dice)));

    private static string Lines(Random dice, string text)
    {
        var lines = text.Split('\n').ToList();
        if (lines.Count > 3)
        {
            lines.RemoveAt(dice.Next(lines.Count - 2));
        }

        return string.Join('\n', lines);
    }

    private static string Broken(Random dice, string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        var chars = new StringBuilder(text);
        for (var times = dice.Next(1, 3); times > 0 && chars.Length > 0; times--)
        {
            var at = dice.Next(chars.Length);
            var c = "ab{}=\",# \n\\1.eN-+\t"[dice.Next(18)];
            _ = dice.Next(3) switch { 0 => chars.Remove(at, 1).Append(""), 1 => chars.Insert(at, c), _ => chars.Replace(chars[at], c, at, 1) };
        }

        return chars.ToString();
    }
}
