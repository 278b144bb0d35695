using FsCheck;
using FsCheck.Fluent;
using Understudy.Core.Ups;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>NUT's word grammar, case by case as its own reader does it.</summary>
public sealed class UpsWordsTests
{
    [Theory]
    [InlineData("a b  c", new[] { "a", "b", "c" })]
    [InlineData("a=b", new[] { "a", "=", "b" })]
    [InlineData("key = \"two words\"", new[] { "key", "=", "two words" })]
    [InlineData("\"a\"b", new[] { "a", "b" })]
    [InlineData("a\"b\" c", new[] { "a\"b\"", "c" })]
    [InlineData("a\\ b", new[] { "a b" })]
    [InlineData("\"a \\\"q\\\" \\# \\\\\"", new[] { "a \"q\" # \\" })]
    [InlineData("a # comment", new[] { "a" })]
    [InlineData("a# comment", new[] { "a" })]
    [InlineData("a\\\nb", new[] { "ab" })]
    [InlineData("\"a\nb\" c", new[] { "ab", "c" })]
    [InlineData("gr\u00fcn", new[] { "grn" })]
    [InlineData("", new string[0])]
    [InlineData("# all of it", new string[0])]
    [InlineData("\"\"", new[] { "" })]
    public void A_line_is_cut_into_words(string text, string[] expected)
    {
        var (at, words) = (0, new List<string>());
        Assert.Equal(WordsEnd.Line, UpsWords.Read(text, ref at, words));
        Assert.Equal(expected, words);
        Assert.Equal(text.Length, at);
    }

    [Fact]
    public void A_bare_hash_in_quotes_ends_the_line_there_and_reading_goes_on_behind_it()
    {
        var (at, words) = (0, new List<string>());
        const string text = "a \"b # c\" d\nnext";
        Assert.Equal(WordsEnd.Unbalanced, UpsWords.Read(text, ref at, words));
        Assert.Equal(["a"], words);
        Assert.Equal(text.IndexOf('#', StringComparison.Ordinal) + 1, at);
    }

    [Fact]
    public void Lines_follow_each_other()
    {
        var (at, words) = (0, new List<string>());
        const string text = "one 1\n\ntwo 2\n";
        Assert.Equal(WordsEnd.Line, UpsWords.Read(text, ref at, words));
        Assert.Equal(["one", "1"], words);
        Assert.Equal(WordsEnd.Line, UpsWords.Read(text, ref at, words));
        Assert.Empty(words);
        Assert.Equal(WordsEnd.Line, UpsWords.Read(text, ref at, words));
        Assert.Equal(["two", "2"], words);
    }

    [Fact]
    public void More_than_32_words_or_512_characters_are_cut()
    {
        var (at, words) = (0, new List<string>());
        UpsWords.Read(string.Join(' ', Enumerable.Repeat("w", 50)), ref at, words);
        Assert.Equal(UpsWords.MaxWords, words.Count);
        at = 0;
        UpsWords.Read(new string('x', 1000), ref at, words);
        Assert.Equal(UpsWords.MaxWordChars, words[0].Length);
    }

    [Fact]
    public void Any_text_is_read_to_its_end() => Prop.ForAll<string>(text =>
    {
        var (at, words) = (0, new List<string>());
        for (var lines = 0; at < (text ?? "").Length; lines++)
        {
            var before = at;
            UpsWords.Read(text, ref at, words);
            Assert.True(at > before && words.Count <= UpsWords.MaxWords && words.All(w => w.Length <= UpsWords.MaxWordChars));
        }

        return true;
    }).QuickCheckThrowOnFailure();
}
