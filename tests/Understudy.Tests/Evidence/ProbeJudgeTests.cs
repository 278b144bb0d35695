using FsCheck;
using FsCheck.Fluent;
using Understudy.Core;
using Understudy.Core.Evidence;
using Xunit;
using static Understudy.Core.Evidence.Health;

namespace Understudy.Tests.Evidence;

public sealed class ProbeJudgeTests
{
    private static readonly Instant Start = new(TimeSpan.TicksPerHour);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>One letter a second: g good, b bad, u unread, . nothing (only a look). The health after each is the letter below it:
    /// ? unknown, H healthy, S suspect, F failed.</summary>
    public static TheoryData<int, int, string, string> Rules => new()
    {
        // fails, rises, readings, and what is believed after each
        { 3, 1, "g",              "H" },
        { 3, 1, "gbbb",           "HSSF" },
        { 3, 1, "gbbgbb",         "HSSHSS" },             // only a row counts
        { 3, 1, "gbbbg",          "HSSFH" },
        { 1, 1, "gbgb",           "HFHF" },
        { 3, 2, "gg",             "?H" },                 // never judged: nothing speaks against it yet
        { 3, 2, "bgg",            "SSH" },
        { 3, 3, "ggggbggg",       "??HHSSSH" },
        { 2, 3, "bbgbgg",         "SFFFFF" },             // failed until enough good in a row, also in spite of a bad one between
        { 2, 3, "bbggg",          "SFFFH" },
        { 3, 1, "bbb",            "SSF" },
        { 3, 1, "bubub",          "SSSSF" },              // unread neither breaks the row nor adds to it
        { 3, 1, "guuuuuuuub",     "HHHHHHHHHS" },         // 8 s blind of 9
        { 3, 1, "guuuuuuuuu",     "HHHHHHHHH?" },         // 9 s: it vouches no longer
        { 3, 1, "bbbuuuuuuuuu",   "SSFFFFFFFFF?" },       // nor condemns
        { 3, 1, "g.........",     "HHHHHHHHH?" },         // also when the probe itself is silent
        { 3, 1, "bb.........b",   "SSSSSSSSSS?S" },       // what was before the gap is not counted with what comes after
        { 3, 1, "uuuu",           "????" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Follows_the_table(int fails, int rises, string readings, string believed)
    {
        var judge = new ProbeJudge(new(Second, fails, rises), "it", Start);
        var now = Start;
        var got = "";
        foreach (var letter in readings)
        {
            now += Second;
            judge = Hear(judge, letter, now);
            got += Letter(judge.Verdict.Health);
        }

        Assert.Equal(believed, got);
    }

    [Fact]
    public void Since_is_when_the_belief_changed_not_when_it_was_last_confirmed()
    {
        var judge = After("gbbbbbb", fails: 3, rises: 1);
        Assert.Equal((Failed, Start + (4 * Second)), (judge.Verdict.Health, judge.Verdict.Since));
    }

    public static TheoryData<int, int, string, string> Sentences => new()
    {
        { 3, 1, "",       "it was not read yet" },
        { 3, 1, "g",      "fine, once" },
        { 3, 1, "gggg",   "fine, 4 times in a row over 3 s" },
        { 3, 1, "gbbb",   "http 500, 3 times in a row over 2 s" },
        { 3, 3, "bbbgg",  "fine, 2 of the 3 times in a row that make it healthy" },
        { 3, 1, "gbbu",   "http 500, 2 times in a row over 1 s; not read since then: no route" },
        { 3, 1, "u",      "it could not be read: no route" },
        { 1, 1, "g...",   "it could not be read: no reading for 3 s" },
        { 1, 1, "guuu",   "it could not be read: no route" },
    };

    [Theory]
    [MemberData(nameof(Sentences))]
    public void The_evidence_is_a_sentence(int fails, int rises, string readings, string sentence) =>
        Assert.Equal(sentence, After(readings, fails, rises).Verdict.Evidence);

    [Fact]
    public void The_deadline_is_when_a_look_would_change_the_verdict()
    {
        Assert.Null(After("", fails: 3, rises: 1).Deadline);
        var judge = After("gb", fails: 3, rises: 1);
        var deadline = judge.Deadline!.Value;
        Assert.Equal(Start + (11 * Second), deadline);
        Assert.Equal(judge, judge.Look(deadline - TimeSpan.FromTicks(1)));
        Assert.Equal(new Verdict(Unknown, deadline, "it could not be read: no reading for 9 s"), judge.Look(deadline).Verdict);
        Assert.Null(judge.Look(deadline).Deadline);
    }

    [Fact]
    public void A_look_back_in_time_changes_nothing()
    {
        var judge = After("gb", fails: 3, rises: 1);
        Assert.Equal(judge, judge.Look(Start));
        Assert.Equal(Suspect, judge.Hear(new ProbeReading.Bad("late"), Start).Verdict.Health);
    }

    /// <summary>The rule again, by looking at the whole history instead of keeping a row.</summary>
    [Fact]
    public void Agrees_with_a_judge_that_remembers_everything() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(), Gen.Choose(1, 4).ToArbitrary(), Gen.Choose(1, 4).ToArbitrary(),
            (history, fails, rises) =>
            {
                var readings = string.Concat(history.Select(b => "gbu"[b % 3]));
                if (readings.Contains(new string('u', (3 * fails) - 1), StringComparison.Ordinal))
                {
                    return true;   // blindness is the table's affair; the next reading comes just when the judge has gone blind
                }

                var naive = Unknown;
                var all = "";
                foreach (var letter in readings)
                {
                    all = letter == 'u' ? all : all + letter;
                    naive = letter == 'u' ? naive
                        : all.EndsWith(new string('b', fails), StringComparison.Ordinal) ? Failed
                        : all.EndsWith(new string('g', rises), StringComparison.Ordinal) ? Healthy
                        : letter == 'b' && naive != Failed ? Suspect
                        : naive;
                }

                return After(readings, fails, rises).Verdict.Health == naive;
            }).QuickCheckThrowOnFailure();

    public static TheoryData<string, string, string> Sums => new()
    {
        // health@second of each, the sum, and whose evidence is kept
        { "",              "?@0", "none" },
        { "H@1 H@3 H@2",   "H@3", "0; 1; 2" },   // all healthy only since the last became so
        { "H@1 ?@3",       "?@3", "1" },
        { "S@1 ?@3",       "S@1", "0" },
        { "F@9 F@5 S@1",   "F@5", "0; 1" },
        { "H@1 F@2 ?@3",   "F@2", "1" },
    };

    [Theory]
    [MemberData(nameof(Sums))]
    public void All_must_be_well_and_one_failure_is_enough(string each, string sum, string evidence)
    {
        var verdicts = each.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((text, i) => Parse(text, $"{i}")).ToArray();
        Assert.Equal(Parse(sum, evidence), Verdict.OfAll(verdicts, new(Unknown, Start, "none")));

        static Verdict Parse(string text, string evidence) => new(
            text[0] switch { '?' => Unknown, 'H' => Healthy, 'S' => Suspect, _ => Failed }, Start + ((text[2] - '0') * Second), evidence);
    }

    [Fact]
    public void A_reading_allocates_nothing()
    {
        var judge = new ProbeJudge(new(Second, 3, 1), "it", Start);
        ProbeReading good = new ProbeReading.Good("fine"), bad = new ProbeReading.Bad("http 500");
        judge = judge.Hear(good, Start).Hear(bad, Start).Look(Start);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            judge = judge.Hear(i % 5 == 0 ? good : bad, Start + (i * Second)).Look(Start + (i * Second));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(Failed, judge.Verdict.Health);
    }

    private static ProbeJudge After(string readings, int fails, int rises)
    {
        var judge = new ProbeJudge(new(Second, fails, rises), "it", Start);
        var now = Start;
        foreach (var letter in readings)
        {
            judge = Hear(judge, letter, now += Second);
        }

        return judge;
    }

    private static ProbeJudge Hear(ProbeJudge judge, char letter, Instant at) => letter switch
    {
        'g' => judge.Hear(new ProbeReading.Good("fine"), at).Look(at),
        'b' => judge.Hear(new ProbeReading.Bad("http 500"), at).Look(at),
        'u' => judge.Hear(new ProbeReading.Unread("no route"), at).Look(at),
        _ => judge.Look(at),
    };

    private static char Letter(Health health) => health switch
    {
        Unknown => '?',
        Healthy => 'H',
        Suspect => 'S',
        Failed => 'F',
    };
}
