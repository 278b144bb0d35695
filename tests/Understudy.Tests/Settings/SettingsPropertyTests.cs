using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Settings;

public sealed class SettingsPropertyTests
{
    /// <summary>What YAML gives a meaning to, and words of ours, to be strung together blindly.</summary>
    private static readonly string[] Pieces =
    [
        "\n", "\n  ", "\n    ", "\n- ", "\n  - ", ": ", ":", "{ ", " }", "[", "]", ", ", "&a ", "*a", "&b ", "*b", "!x ", "!!map ", "? ", "| ", "> ", "|-\n  ", "\"", "'", "#", "%YAML 1.1\n",
        "%YAML 99999999999.9\n", "%TAG ! x\n", "---\n", "...\n", "<<", "~", "null", "\t", "\0", "\u0085", "\u2028", "\ufeff", "\ud800", "\\x", "@", "`", "-", "1", "1s", "100ms", "-1", "1e9",
        "99999999999999999999", "true", "none", "/a", "10.0.0.1", "::1", "fe80::1%1", "nodes", "alpha", "lan", "heartbeat", "every", "arbiter", "witness", "ttl", "duties", "web", "run", "stop_limit",
        "healthy_when", "http", "http://[", "tcp", "failback", "after", "secret", "api", "listen", "ledger", "max_bytes", "{{", "]]", "\r", "\r\n", "''", "\"\"", "\"\\u",
    ];

    [Fact]
    public void Any_text_is_read_or_refused() =>
        Prop.ForAll<string>(text => IsToldInOneLineEach(text ?? "")).Check(Many(500));

    [Fact]
    public void Any_string_of_YAML_s_own_signs_is_read_or_refused() =>
        Prop.ForAll<byte[]>(picks => IsToldInOneLineEach(string.Concat((picks ?? []).Select(p => Pieces[p % Pieces.Length])))).Check(Many(1000));

    [Fact]
    public void A_good_file_with_some_pieces_put_in_is_read_or_refused() =>
        Prop.ForAll<(ushort At, byte Cut, byte Piece)[]>(edits =>
        {
            var text = new StringBuilder(Files.Full);
            foreach (var (at, cut, piece) in edits ?? [])
            {
                var place = at % (text.Length + 1);
                text.Remove(place, Math.Min(cut % 8, text.Length - place)).Insert(place, Pieces[piece % Pieces.Length]);
            }

            return IsToldInOneLineEach(text.ToString());
        }).Check(Many(200));

    [Fact]
    public void Any_beginning_of_a_good_file_is_read_or_refused()
    {
        for (var length = 0; length <= Files.Full.Length; length += 3)
        {
            Assert.True(IsToldInOneLineEach(Files.Full[..length]));
        }
    }

    [Fact]
    public void Valid_settings_survive_being_written_and_read() =>
        Prop.ForAll<int>(seed =>
        {
            var settings = new SettingsMaker((ulong)seed).Make();
            var text = SettingsWriter.Write(settings);
            var reading = SettingsReader.Read("u.yaml", text, new("elsewhere"));
            Assert.True(reading.Errors.Count == 0, $"{string.Join('\n', reading.Errors)}\n{text}");
            Assert.Equal(settings, reading.Settings);
        }).Check(Many(200));

    [Fact]
    public void Two_settings_have_no_changes_between_them_exactly_when_they_are_equal() =>
        Prop.ForAll<int>(seed =>
        {
            var one = new SettingsMaker((ulong)seed).Make();
            var same = new SettingsMaker((ulong)seed).Make();
            var other = new SettingsMaker((ulong)seed + 1).Make();
            Assert.Empty(SettingsChange.Between(one, same));
            Assert.Equal(one.Equals(other), SettingsChange.Between(one, other).Count == 0);
        }).Check(Many(200));

    [Theory]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("{a: ")]
    [InlineData("[{")]
    [InlineData("a: &a [*a, ")]
    public void However_deep_a_text_is_nested_it_is_refused_soon(string piece) =>
        Assert.NotEmpty(Files.Read(string.Concat(Enumerable.Repeat(piece, 200_000 / piece.Length))).Errors);

    [Fact]
    public void Repetitions_of_repetitions_are_refused_before_they_multiply()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 30; i++)
        {
            bomb.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        Assert.Equal("u.yaml:5:10: more than 20000 values, repeated ones counted each time", Files.Errors(bomb.ToString()));
    }

    [Theory]
    [InlineData("nodes: { \"a\\nb\": { \"\\u0001\": x } }")]
    [InlineData("nodes: { alpha: { \"l\\r\\n\": \"\\u2028\" } }")]
    [InlineData("\"\\e[31m\": 1")]
    public void Control_characters_of_a_file_never_reach_the_terminal(string text)
    {
        Assert.NotEmpty(Files.Read(text).Errors);
        Assert.True(IsToldInOneLineEach(text));
    }

    [Theory]
    [InlineData("%YAML 1.1\n---\n...\n]")]
    [InlineData("secret: \"\\uD800\"")]
    [InlineData("secret: !<> x")]
    [InlineData("%YAML 99999999999.9\n---\na: 1")]
    public void Texts_over_which_the_parser_trips_are_refused_like_others(string text) =>
        Assert.StartsWith("u.yaml:", Files.Errors(text), StringComparison.Ordinal);

    [Fact]
    public void A_text_without_end_is_refused_unread() =>
        Assert.Equal("u.yaml:1:1: the file has 300000 characters, must be 262144 at most", Files.Errors(new string('a', 300_000)));

    [Fact]
    public void More_than_a_thousand_errors_help_nobody() =>
        Assert.Equal(1000, Files.Read(string.Concat(Enumerable.Range(0, 5000).Select(i => $"key{i}: 1\n"))).Errors.Count);

    private static Config Many(int runs) => Config.QuickThrowOnFailure.WithMaxTest(runs).WithEndSize(80);

    private static bool IsToldInOneLineEach(string text)
    {
        var reading = Files.Read(text);
        return reading.Settings is null == reading.Errors.Count > 0
            && reading.Errors.Concat(reading.Warnings).All(e => e.Line > 0 && e.Column > 0 && e.Problem.Length > 0 && !e.ToString().Any(char.IsControl));
    }
}
