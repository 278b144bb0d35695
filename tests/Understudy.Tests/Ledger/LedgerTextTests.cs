using System.Reflection;
using System.Text;
using System.Text.Json.Serialization;
using FsCheck;
using FsCheck.Fluent;
using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Ledger;

public sealed class LedgerTextTests
{
    [Fact]
    public void Every_line_of_a_life_reads_back_as_it_was_written()
    {
        foreach (var line in Life())
        {
            var read = LedgerText.Read(Encoding.UTF8.GetBytes(LedgerText.Of(line)), out var problem);
            Assert.Null(problem);
            Assert.Equal(line, read);
        }
    }

    [Fact]
    public void A_line_is_one_line_and_begins_with_its_word()
    {
        var text = LedgerText.Of(new LedgerLine.Noted(new Instant(5), NoteLevel.Warning, 0, "two\nlines, and \"quotes\""));
        Assert.Equal("""{"is":"noted","wall":null,"at":5,"level":"warning","message":0,"text":"two\nlines, and \"quotes\""}""", text);
    }

    [Fact]
    public void No_end_is_a_word_and_no_number() =>
        Assert.Contains("\"not_after\":\"never\"", LedgerText.Of(new LedgerLine.Performed(new Instant(1), "web", new DutyEffect.Start(1, Instant.Never, "x"), "ok")), StringComparison.Ordinal);

    [Fact]
    public void Any_bytes_are_a_line_or_are_refused_with_a_problem() =>
        Prop.ForAll<byte[]>(bytes => LedgerText.Read(bytes, out var problem) is null == problem is not null).QuickCheckThrowOnFailure();

    [Fact]
    public void A_line_with_any_one_byte_cut_off_or_flipped_never_throws()
    {
        var text = Encoding.UTF8.GetBytes(LedgerText.Of(Life().OfType<LedgerLine.Decided>().Last()));
        for (var i = 0; i < text.Length; i++)
        {
            Assert.Null(LedgerText.Read(text.AsSpan(0, i), out _));
            text[i] ^= 1;
            _ = LedgerText.Read(text, out _);
            text[i] ^= 1;
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"is":"ended","wall":null,"at":5,"code":0}""")]
    [InlineData("""{"is":"ended","wall":null,"at":5,"code":0,"why":"x","more":1}""")]
    [InlineData("""{"is":"begun","wall":null,"at":5}""")]
    [InlineData("""{"is":"noted","wall":null,"at":5,"level":1,"message":0,"text":"x"}""")]
    public void A_line_that_lacks_a_part_or_has_a_strange_one_is_refused(string text)
    {
        Assert.Null(LedgerText.Read(Encoding.UTF8.GetBytes(text), out var problem));
        Assert.NotNull(problem);
    }

    [Theory]
    [InlineData(typeof(LedgerLine))]
    [InlineData(typeof(DutyEvent))]
    [InlineData(typeof(DutyEffect))]
    [InlineData(typeof(Stance))]
    [InlineData(typeof(AfterStop))]
    [InlineData(typeof(ClaimView))]
    [InlineData(typeof(FailbackSettings))]
    public void Every_case_of_a_family_has_its_word_and_no_two_the_same(Type family)
    {
        var words = family.GetCustomAttributes<JsonDerivedTypeAttribute>().ToDictionary(a => a.DerivedType, a => (string)a.TypeDiscriminator!);
        var cases = family.GetNestedTypes().Where(t => t.IsSubclassOf(family)).ToList();
        Assert.NotEmpty(cases);
        Assert.Equal(cases.OrderBy(c => c.Name, StringComparer.Ordinal), words.Keys.OrderBy(c => c.Name, StringComparer.Ordinal));
        Assert.Equal(words.Count, words.Values.Distinct(StringComparer.Ordinal).Count());
    }

    /// <summary>A start, a move by order, a death and a take-over, and one line of each other kind.</summary>
    internal static List<LedgerLine> Life()
    {
        var pair = new SmallPair();
        pair.Run(2500);
        pair.Tell("alpha", new DutyEvent.HandoverAsked(null, "root"));
        pair.Run(1000);
        pair.Silence("beta");
        pair.Run(3000);
        return
        [
            .. pair.LinesOf("alpha"),
            new LedgerLine.Ran(pair.Now, "web", "up", 3, "done", "two\nlines", 12.5),
            new LedgerLine.Witnessed(pair.Now, "alpha", "web", new ClaimOrder(ClaimAsk.Claim, 1, 2, 3, "beta"), WitnessWord.Refused, 4, "beta", TimeSpan.FromTicks(1234567)) { Wall = "2026-01-02T03:04:05.678Z" },
            new LedgerLine.Noted(pair.Now, NoteLevel.Error, 2001, "a disk: ü, \u2028, \u0001"),
            new LedgerLine.Ended(pair.Now, 0, "told to"),
        ];
    }
}
