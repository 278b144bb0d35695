using System.Globalization;
using System.Text;
using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;

namespace Understudy.Tests.Models;

/// <summary>A candidate of a bare pair. <paramref name="PromiseTo"/> is when it asked for the promise that is on its way to it.</summary>
internal sealed record BareNode(DutyState Duty, bool Up, bool Runs, Instant? PromiseTo);

internal sealed record BareWorld(Instant Now, BareNode A, BareNode B, bool Linked, int Crashes);

/// <summary>
/// A pair without an arbiter: production machines and the production <see cref="BareArbiter"/>, a link that may be cut and heal, hosts that may crash and boot.
/// It begins when A serves and B has heard so. Broken: the duty runs on both while the link is cut, or while nothing is due that would end it.
/// </summary>
internal sealed class BareModel(SplitPolicy onSplit, int crashes)
{
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);
    private readonly DutyRules[] rules = [.. Enumerable.Range(0, 2).Select(i => new DutyRules(
        "web", ["A", "B"], i, Arbitrated: false, Ttl: s_tick * 3, Lease: s_tick * 3, Renew: s_tick, AskAgain: s_tick / 8, Promises: false, onSplit,
        new FailbackSettings.Never(), RankDelay: s_tick, StartLimit: TimeSpan.FromHours(1), StopLimit: TimeSpan.FromHours(1),
        new RestartSettings(2, TimeSpan.FromMinutes(1), s_tick, s_tick), StandbyHealth: false, Probed: false, Commanded: false, Grace: s_tick * 2))];

    internal Finding Search() => BreadthFirst.Search(Start(), Key, Next, w => w is { A.Runs: true, B.Runs: true, Linked: false });

    private BareWorld Start()
    {
        var now = new Instant(0) + TimeSpan.FromHours(10);
        var plain = DutyState.AtStart(rules[0], 10, 10, now) with { Stance = new Stance.Standby(now), Ground = new Judged(Health.Healthy, ""), LetGo = 6 };
        var serving = plain with { Stance = new Stance.Active(new Holding(10, now + (s_tick * 3), now + s_tick, now, Seized: false), now, null) };
        return new BareWorld(
            now,
            new BareNode(serving with { Peers = [PeerView.Unheard, View(plain)] }, true, Runs: true, null),
            new BareNode(plain with { Peers = [View(serving), PeerView.Unheard] }, true, Runs: false, null),
            Linked: true,
            Crashes: 0);
    }

    private static PeerView View(DutyState s) => new(
        s.Stance.Code(), s.Hold?.Epoch ?? (s.Stance is Stance.Stopping t ? t.Epoch : s.EpochSeen), s.Stance is Stance.Standby, new Instant(0), s.LetGo);

    private static BareNode Of(BareWorld w, int i) => i == 0 ? w.A : w.B;

    private static BareWorld With(BareWorld w, int i, BareNode node) => i == 0 ? w with { A = node } : w with { B = node };

    private bool Due(BareWorld w, int i) => Of(w, i).Up && DutyMachine.Deadline(rules[i], Of(w, i).Duty) is { } at && at <= w.Now;

    private IEnumerable<(string By, BareWorld To)> Next(BareWorld w)
    {
        for (var i = 0; i < 2; i++)
        {
            var (n, name, other) = (Of(w, i), i == 0 ? "A" : "B", Of(w, 1 - i));
            if (!n.Up)
            {
                yield return ($"{name} boots", Tell(With(w, i, n with { Up = true, Duty = DutyState.AtStart(rules[i], n.Duty.EpochSeen, n.Duty.Ticket + 1, w.Now) }), i, new DutyEvent.LookedAround(false, n.Duty.Hold?.Epoch ?? 6)));
                continue;
            }

            if (Due(w, i))
            {
                yield return ($"{name} wakes", Tell(w, i, new DutyEvent.Woke()));
            }

            var heard = w.Linked && other.Up ? View(other.Duty) : PeerView.Unheard;
            if (heard != n.Duty.Peers[1 - i])
            {
                yield return ($"{name} {(heard == PeerView.Unheard ? "misses the other" : $"hears the other: {heard.Stance}")}", Tell(w, i, new DutyEvent.PeerReported(1 - i, heard)));
            }

            if (n.Duty.Stance is Stance.Stopping s)
            {
                yield return ($"{name} has stopped", Tell(With(w, i, n with { Runs = false }), i, new DutyEvent.Stopped(s.Epoch)));
            }

            // As Candidate.Promise has it: nothing under way here, and the asker has heard of the newest epoch.
            if (w.Linked && n.PromiseTo is null && n.Duty.Stance is Stance.Claiming && other is { Up: true, Duty.Stance: Stance.Unknown { Looked: true, Running: false } or Stance.Standby or Stance.Faulted or Stance.Held }
                && other.Duty.EpochSeen <= n.Duty.EpochSeen)
            {
                var heardAsk = Tell(w, 1 - i, new DutyEvent.PeerReported(i, View(n.Duty)));
                yield return ($"{name} is promised the next epoch", Tell(With(heardAsk, i, Of(heardAsk, i) with { PromiseTo = w.Now }), 1 - i, new DutyEvent.PromiseGiven(w.Now + rules[i].Ttl, i)));
            }

            if (n.PromiseTo is { } asked)
            {
                yield return ($"{name} hears the promise", Tell(With(w, i, n with { PromiseTo = null }), i, new DutyEvent.PromisesHeard(asked)));
                yield return ($"{name}'s promise is lost", With(w, i, n with { PromiseTo = null }));
            }

            if (w.Crashes < crashes)
            {
                yield return ($"{name} crashes", With(w, i, n with { Up = false, Runs = false, PromiseTo = null }) with { Crashes = w.Crashes + 1 });
            }
        }

        yield return (w.Linked ? "the link is cut" : "the link heals", w with { Linked = !w.Linked });
        if (!Due(w, 0) && !Due(w, 1))
        {
            yield return ("time passes", w with { Now = w.Now + s_tick });
        }
    }

    private BareWorld Tell(BareWorld w, int i, DutyEvent seen)
    {
        var step = DutyMachine.Next(rules[i], Of(w, i).Duty, seen, w.Now);
        w = With(w, i, Of(w, i) with { Duty = step.State });
        foreach (var effect in step.Effects)
        {
            w = effect switch
            {
                DutyEffect.AskArbiter e => BareArbiter.Answer(rules[i], Of(w, i).Duty, e.Order, w.Now) is { } answer ? Tell(w, i, answer) : w,
                DutyEffect.Start e => Tell(With(w, i, Of(w, i) with { Runs = true }), i, new DutyEvent.Started(e.Epoch)),
                _ => w,
            };
        }

        return w;
    }

    private static string Key(BareWorld w)
    {
        var key = new StringBuilder();
        var newest = Math.Max(w.A.Duty.EpochSeen, w.B.Duty.EpochSeen);
        _ = key.Append(w.Linked ? '=' : '/').Append(w.Crashes);
        foreach (var n in new[] { w.A, w.B })
        {
            var d = n.Duty;
            _ = key.Append(n.Up ? 'u' : 'd').Append(n.Runs ? 'r' : '-').Append((int)d.Stance.Code());
            Epoch(d.EpochSeen);
            Epoch(d.LetGo);
            foreach (var p in d.Peers)
            {
                _ = key.Append((int)p.Stance);
                Epoch(p.Epoch);
                Epoch(p.LetGo);
            }

            _ = key.Append(d.Successor).Append(n.PromiseTo is null ? '-' : 'p');
            Time(n.PromiseTo ?? Instant.Never);
            Time(d.Vacant ?? Instant.Never);
            switch (d.Stance)
            {
                case Stance.Standby s:
                    Time(s.AskAt);
                    break;
                case Stance.Claiming s:
                    Time(s.GiveUpAt);
                    break;
                case Stance.Unknown s:
                    Time(s.GraceUntil);
                    break;
                case Stance.Active s:
                    Time(s.Hold.Until);
                    Time(s.Hold.RenewAt);
                    Epoch(s.Hold.Epoch);
                    break;
                case Stance.Stopping s:
                    Epoch(s.Epoch);
                    break;
            }
        }

        return key.ToString();

        void Epoch(long epoch) => key.Append((char)('a' + Math.Clamp(newest - epoch, 0, 3)));

        void Time(Instant at) => key.Append(at == Instant.Never ? "N" : Math.Clamp((long)Math.Ceiling((at - w.Now) / s_tick), -1, 9).ToString(CultureInfo.InvariantCulture)).Append(' ');
    }
}
