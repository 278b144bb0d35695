using FsCheck;
using FsCheck.Fluent;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class PairItemTextTests
{
    private static readonly Config s_config = Config.QuickThrowOnFailure.WithMaxTest(1000);

    [Fact]
    public void A_producer_comes_back_whole_whatever_its_names_are() => Prop.ForAll<NonNull<string>[], uint, double>((words, number, load) =>
    {
        var rules = new ProducerRules(Word(words, 0), number % 2 == 0
            ? new ProducerTarget.Ldms(Word(words, 1), 1 + (int)(number % 65535), Word(words, 2))
            : new ProducerTarget.Page(Word(words, 1), TimeSpan.FromMicroseconds(1 + number), Word(words, 2) is { Length: > 0 } secret ? secret : null)
            {
                IsInsecure = number % 3 == 0,
                Set = Word(words, 4) is { Length: > 0 } set ? set : null,
                Headers = [.. words.Select((w, i) => ($"X-{i}", Clean(w.Get)))],
            }, TimeSpan.FromMicroseconds(1 + number))
        {
            Uid = number,
            Gid = number / 3,
            Permissions = number % 512,
            Load = double.IsFinite(load) ? Math.Abs(load) : 1,
            Home = Word(words, 3) is { Length: > 0 } home ? home : null,
        };
        Back(new PairItem.Producer(rules));
    }).Check(s_config);

    [Fact]
    public void An_updater_comes_back_whole_whatever_its_names_are() => Prop.ForAll<NonNull<string>[], NonNull<string>[], int>((producers, patterns, number) =>
    {
        var matches = patterns.Select((p, i) => (Pattern: LdmsdPattern.Parse(Clean(p.Get), out _), By: i % 2 == 0 ? SetMatch.Schema : SetMatch.Instance)).Where(m => m.Pattern is not null).Select(m => new SetFilter(m.Pattern!, m.By));
        Back(new PairItem.Updater(new UpdaterRules(Word(producers, 0), TimeSpan.FromMicroseconds(1 + Math.Abs((long)number)), number % 3 == 0 ? null : TimeSpan.FromMicroseconds(number),
            [.. producers.Select(p => Clean(p.Get)).Where(p => p.Length > 0)], [.. matches])
        { Uid = 7, Timeout = number % 5 == 0 ? null : TimeSpan.FromMicroseconds(1 + Math.Abs((long)number)), Stalled = 1 + (int)(Math.Abs((long)number) % 1000), ByHints = number % 2 == 0 }));
    }).Check(s_config);

    [Fact]
    public void A_policy_comes_back_whole_whatever_its_names_are() => Prop.ForAll<NonNull<string>[], NonNull<string>[], uint>((words, metrics, number) =>
    {
        var patterns = words.Select(w => LdmsdPattern.Parse(Clean(w.Get), out _)).Where(p => p is not null && p.Text.Length > 0).Select(p => p!).ToArray();
        Back(new PairItem.Storage(new StorageRules(Word(words, 0), Word(words, 1), Word(words, 2), patterns.FirstOrDefault(LdmsdPattern.Any), [.. patterns], [.. metrics.Select(m => Clean(m.Get)).Where(m => m.Length > 0)])
        {
            Flush = number % 2 == 0 ? null : TimeSpan.FromMicroseconds(number),
            Permissions = number % 512,
        }));
    }).Check(s_config);

    [Fact]
    public void Any_text_is_an_item_or_is_none() => Prop.ForAll<NonNull<string>, int, byte>((text, at, with) =>
    {
        _ = PairItemText.Read(text.Get);
        var good = PairItemText.Write(new PairItem.Storage(PairCodecTests.Policy())).ToCharArray();
        good[Math.Abs((long)at) % good.Length] = (char)with;
        _ = PairItemText.Read(new string(good));
    }).Check(s_config);

    [Theory]
    [InlineData("")]
    [InlineData("producer s00 ldms h 0 none 1 0 0 0 1 ")]
    [InlineData("producer s00 ldms h 70000 none 1 0 0 0 1 ")]
    [InlineData("producer s00 own meminfo x y 1 0 0 0 1 ")]
    [InlineData("producer s00 ldms h 411 none 0 0 0 0 1 ")]
    [InlineData("producer s00 ldms h 411 none -5 0 0 0 1 ")]
    [InlineData("producer s00 ldms h 411 none 99999999999999999999 0 0 0 1 ")]
    [InlineData("producer s00 ldms h 411 none 9223372036854775807 0 0 0 1 ")]
    [InlineData("producer s00 ldms h 411 none 1 0 0 0 -1 ")]
    [InlineData("updater upd 0  s00  0 0 0  2 ")]
    [InlineData("updater upd 1000000  s00 s%28 0 0 0  2 ")]
    [InlineData("updater upd 1000000  s00 s,, 0 0 0  2 ")]
    [InlineData("updater upd 1000000  s00  0 0 0 0 2 ")]
    [InlineData("updater upd 1000000  s00  0 0 0  0 ")]
    [InlineData("updater upd 1000000  s00  0 0 0  2 maybe")]
    [InlineData("producer p page http://h 1000000 %2C%2C 1000000 0 0 0 -1 ")]
    [InlineData("producer p page http://h 1000000 %2Cmaybe%2C 1000000 0 0 0 1 ")]
    [InlineData("producer p page http://h 1000000 %2C%2C%2Cno-colon 1000000 0 0 0 1 ")]
    public void What_would_do_harm_is_no_item(string text) => Assert.Null(PairItemText.Read(text));

    private static void Back(PairItem item) => Assert.Equal(item, PairItemText.Read(PairItemText.Write(item)));

    private static string Word(NonNull<string>[] words, int at) => words.Length == 0 ? "x" : Clean(words[at % words.Length].Get);

    /// <summary>Half of a surrogate pair is no text, and does not travel as UTF-8.</summary>
    private static string Clean(string text) => new([.. text.Where(c => !char.IsSurrogate(c))]);
}
