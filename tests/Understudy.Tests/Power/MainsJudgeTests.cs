using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Power;
using Xunit;

namespace Understudy.Tests.Power;

public sealed class MainsJudgeTests
{
    private static readonly Instant At = new(TimeSpan.FromHours(1).Ticks);

    /// <summary>A witness is one of these nine; a dark one that speaks is another thing than one that is only silent.</summary>
    private static readonly WitnessView[] Kinds =
    [
        .. from health in Enum.GetValues<Health>() from everUp in new[] { false, true } select View(health, everUp),
        View(Health.Failed, everUp: true, speaks: true),
    ];

    /// <summary>A control besides may have been dark for long.</summary>
    private static readonly WitnessView[] ControlKinds = [.. Kinds[..8], View(Health.Failed, everUp: true) with { DarkSince = At - TimeSpan.FromMinutes(3) }];

    private static readonly PeerView[][] Peers =
    [
        [],
        [new("beta", MainsVerdict.Lost, TimeSpan.Zero)],
        [new("beta", MainsVerdict.Present, TimeSpan.FromSeconds(30))],
        [new("beta", MainsVerdict.Present, TimeSpan.FromSeconds(31)), new("gamma", MainsVerdict.Unknown, TimeSpan.Zero)],
    ];

    /// <summary>Every room of one to four mains witnesses and none to two controls, in any state, with peers that agree, object, or are silent or stale.
    /// Their order is not varied, as another test shows that it means nothing.</summary>
    [Fact]
    public void Every_row_of_the_truth_table_is_as_the_sentences_say()
    {
        var (rows, verdicts) = (0, new HashSet<MainsVerdict>());
        foreach (var mains in Enumerable.Range(1, 4).SelectMany(n => Multisets(n, 0)))
        {
            foreach (var controls in Enumerable.Range(0, 3).SelectMany(n => Multisets(n, 0, ControlKinds)))
            {
                foreach (var peers in Peers)
                {
                    for (var needed = 1; needed <= mains.Length; needed++)
                    {
                        foreach (var alone in (bool[])[false, true])
                        {
                            var told = MainsJudge.Judge(new(needed, alone, TimeSpan.FromSeconds(30)), mains, controls, peers).Verdict;
                            verdicts.Add(told);
                            if (told != Oracle(needed, alone, mains, controls, peers))
                            {
                                Assert.Fail($"{needed} needed, alone {alone}: {Words(mains)} | {Words(controls)} | {string.Join<PeerView>(", ", peers)}: told {told}, should be {Oracle(needed, alone, mains, controls, peers)}");
                            }

                            rows++;
                        }
                    }
                }
            }
        }

        Assert.Equal(5, verdicts.Count);
        Assert.True(rows > 800_000, $"{rows} rows");
    }

    [Fact]
    public void The_order_of_witnesses_means_nothing()
    {
        foreach (var mains in Multisets(3, 0))
        {
            var rules = new MainsRules(2, Alone: false, TimeSpan.FromSeconds(30));
            WitnessView[] controls = [View(Health.Healthy, everUp: true)];
            var told = MainsJudge.Judge(rules, mains, controls, []).Verdict;
            Assert.Equal(told, MainsJudge.Judge(rules, [mains[2], mains[0], mains[1]], controls, []).Verdict);
            Assert.Equal(told, MainsJudge.Judge(rules, [mains[1], mains[0], mains[2]], controls, []).Verdict);
        }
    }

    [Fact]
    public void A_loss_is_as_old_as_the_reading_that_made_it_enough_and_as_new_as_all_that_it_needs()
    {
        var rules = new MainsRules(2, Alone: false, TimeSpan.FromSeconds(30));
        WitnessView[] mains = [Dark(badSince: 10, readAt: 60), Dark(badSince: 20, readAt: 50), Dark(badSince: 30, readAt: 55)];
        WitnessView[] controls = [View(Health.Healthy, everUp: true) with { ReadAt = new(52) }];
        var reading = MainsJudge.Judge(rules, mains, controls, []);
        Assert.Equal((MainsVerdict.Lost, new Instant(20), new Instant(52)), (reading.Verdict, reading.DarkFrom!.Value, reading.SeenAt!.Value));
        Assert.Equal(new Instant(55), MainsJudge.Judge(rules, mains, [controls[0] with { ReadAt = new(58) }], []).SeenAt);
    }

    [Fact]
    public void The_evidence_names_what_is_dark_and_what_is_never_seen_up()
    {
        var rules = new MainsRules(2, Alone: false, TimeSpan.FromSeconds(30));
        Assert.Equal("2 of 2 mains witnesses are dark, 2 needed (icmp 10.0.0.9, icmp 10.0.0.9); our way works (icmp 10.0.0.9)",
            MainsJudge.Judge(rules, [Dark(1, 1), Dark(1, 1)], [View(Health.Healthy, everUp: true)], []).Evidence);
        Assert.Equal("of 2 mains witnesses 0 are up, 1 dark (2 needed), 0 undecided, 1 never seen up",
            MainsJudge.Judge(rules, [Dark(1, 1), View(Health.Failed, everUp: false)], [], []).Evidence);
    }

    [Theory]
    [InlineData(-121, MainsVerdict.Lost)]
    [InlineData(-120, MainsVerdict.Blind)]
    [InlineData(0, MainsVerdict.Blind)]
    [InlineData(120, MainsVerdict.Blind)]
    [InlineData(121, MainsVerdict.Lost)]
    public void A_control_that_went_dark_together_with_the_witnesses_makes_us_blind(int seconds, MainsVerdict verdict)
    {
        WitnessView[] mains = [View(Health.Failed, everUp: true) with { DarkSince = At - TimeSpan.FromDays(3) }, View(Health.Failed, everUp: true)];
        WitnessView[] controls = [View(Health.Healthy, everUp: true), View(Health.Failed, everUp: true) with { DarkSince = At + TimeSpan.FromSeconds(seconds) }];
        Assert.Equal(verdict, MainsJudge.Judge(new(2, Alone: false, TimeSpan.FromSeconds(30)), mains, controls, []).Verdict);
    }

    /// <summary>The rules again, in the words of the operator's guide: what is dark, what might be, and what the worst of it would be.</summary>
    private static MainsVerdict Oracle(int needed, bool alone, WitnessView[] mains, WitnessView[] controls, PeerView[] peers)
    {
        int Votes(bool suspicious) => mains.Count(w => w switch
        {
            { EverUp: false } => false,
            { Health: Health.Failed } => true,
            { Health: Health.Healthy } => false,
            _ => suspicious,
        });

        var wayWorks = controls.Any(c => c.Health == Health.Healthy)
            || mains.Any(w => w is { Speaks: true, EverUp: true, Health: Health.Failed })
            || (controls.Length == 0 && alone);
        var oneSaysSo = mains.Any(w => w is { Speaks: true, EverUp: true, Health: Health.Failed });
        var wentTogether = controls.Any(c => c is { EverUp: true, Health: Health.Failed } && c.DarkSince == At);
        wayWorks &= oneSaysSo || !wentTogether;
        var objection = peers.Any(p => p.Mains == MainsVerdict.Present && p.Age.TotalSeconds <= 30);
        var somethingIsLit = mains.Any(w => w.Health == Health.Healthy);
        return (Enough: Votes(suspicious: false) >= needed, MayBeEnough: Votes(suspicious: true) >= needed, wayWorks, objection, somethingIsLit) switch
        {
            { Enough: true, wayWorks: false } => MainsVerdict.Blind,
            { Enough: true, objection: true } => MainsVerdict.Disputed,
            { Enough: true } => MainsVerdict.Lost,
            { MayBeEnough: false, somethingIsLit: true } => MainsVerdict.Present,
            _ => MainsVerdict.Unknown,
        };
    }

    private static IEnumerable<WitnessView[]> Multisets(int count, int from, WitnessView[]? kinds = null)
    {
        kinds ??= Kinds;
        if (count == 0)
        {
            yield return [];
            yield break;
        }

        for (var i = from; i < kinds.Length; i++)
        {
            foreach (var rest in Multisets(count - 1, i, kinds))
            {
                yield return [kinds[i], .. rest];
            }
        }
    }

    private static WitnessView Dark(long badSince, long readAt) => View(Health.Failed, everUp: true) with { BadSince = new(badSince), DarkSince = new(badSince), ReadAt = new(readAt) };

    private static WitnessView View(Health health, bool everUp, bool speaks = false) =>
        new("icmp 10.0.0.9", speaks, everUp, health, health is Health.Suspect or Health.Failed ? At : null, health is Health.Suspect or Health.Failed ? At : null, health == Health.Unknown ? null : At);

    private static string Words(WitnessView[] witnesses) => string.Join(", ", witnesses.Select(w => $"{w.Health}{(w.EverUp ? "" : " never up")}{(w.Speaks ? " speaks" : "")}"));
}
