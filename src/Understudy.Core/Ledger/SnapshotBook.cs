using System.Globalization;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Peers;
using Understudy.Core.Settings;

namespace Understudy.Core.Ledger;

/// <summary>Names that a candidate's rules leave out, for people.</summary>
/// <param name="Links">By number.</param>
/// <param name="WitnessLinks">By number; the addresses of the witness.</param>
/// <param name="Addresses">By duty of this node, in the order of the rules.</param>
public sealed record SnapshotNames(ValueList<string> Links, ValueList<string> WitnessLinks, ValueList<ValueList<string>> Addresses)
{
    public static SnapshotNames From(UnderstudySettings settings) => new(
        settings.Nodes.Count == 0 ? [] : settings.Nodes[0].Links.Select(l => l.Name).ToValueList(),      // a host with guards alone knows no nodes
        settings.Arbiter is ArbiterSettings.Witness w ? w.Addresses.Select(a => a.ToString()).ToValueList() : [],
        settings.Duties.Where(d => d.RankOf(settings.Node) is not null).Select(d => d.Addresses.Select(a => a.ToString()).ToValueList()).ToValueList());

    internal string Of(TalkPeer peer, int link)
    {
        var names = peer.Witness ? WitnessLinks : Links;
        return link < names.Count ? names[link] : link.ToString(CultureInfo.InvariantCulture);
    }
}

/// <summary>
/// Builds the snapshots that readers get. It keeps what a candidate itself has no use for: the last reason, since when a stance holds, how near it came.
/// One a candidate; its driver calls <see cref="Note"/> for each turn, <see cref="Watch"/> whenever it wakes and <see cref="Of"/> when it publishes.
/// </summary>
public sealed class SnapshotBook
{
    private readonly string version;
    private readonly Instant startedAt;
    private readonly SnapshotNames names;
    private readonly NearMisses near;
    private readonly Told[] told;

    public SnapshotBook(Candidate candidate, string version, SnapshotNames names, Instant startedAt)
    {
        (this.version, this.names, this.startedAt) = (version, names, startedAt);
        near = new NearMisses(candidate);
        told = [.. Enumerable.Range(0, candidate.Desks.Length).Select(_ => new Told { Since = startedAt })];
    }

    /// <summary>Duties that came to this host since the start.</summary>
    public long Moves { get; private set; }

    /// <summary>A decision was made. <paramref name="duty"/> is the place in the candidate's desks.</summary>
    public void Note(int duty, Turn turn)
    {
        if (turn.Step.Reason is { } reason)
        {
            (told[duty].Reason, told[duty].ReasonAt) = (reason, turn.At);
        }

        if (turn.Before.Stance.Code() != turn.Step.State.Stance.Code())
        {
            (told[duty].Code, told[duty].Since) = (turn.Step.State.Stance.Code(), turn.At);
            Moves += turn.Step.State.Stance is Stance.Active ? 1 : 0;
        }
    }

    /// <summary>Cheap; called before the sockets are drained it sees every silence in full.</summary>
    public void Watch(Candidate candidate, Instant now) => near.Watch(candidate, now);

    public HostSnapshot Of(Candidate candidate, LoopFacts facts, Instant now)
    {
        near.Watch(candidate, now);
        var rules = candidate.Rules;
        var duties = new DutySnapshot[candidate.Desks.Length];
        for (var i = 0; i < duties.Length; i++)
        {
            duties[i] = Duty(candidate, i, now);
        }

        return new HostSnapshot(
            rules.Node,
            version,
            rules.Talk.Boot.ToString("x16", CultureInfo.InvariantCulture),
            now,
            (long)(now - startedAt).TotalMilliseconds,
            rules.Arbitrated ? "witness" : "none",
            candidate.Arbiter,
            ExclusiveGuaranteed: rules.Arbitrated,
            Spans.Ms(rules.Talk.DeadAfter),
            Links(candidate, now),
            ValueList.Create<DutySnapshot>(duties),
            new LoopSnapshot(
                Spans.Ms(candidate.LateAtWorst), Math.Round(facts.BusyPercent, 2), facts.Scheduling, facts.Guarded, facts.QueueDropped, facts.LedgerDropped, facts.LedgerTrouble,
                facts.FencesFired, Moves),
            Talk(candidate.Talk));
    }

    private ValueList<LinkSnapshot> Links(Candidate candidate, Instant now)
    {
        var links = new List<LinkSnapshot>();
        for (var p = 0; p < candidate.Talk.Sessions.Length; p++)
        {
            var session = candidate.Talk.Sessions[p];
            for (var l = 0; l < session.Links.Length; l++)
            {
                var link = session.Links[l];
                links.Add(new LinkSnapshot(
                    session.Peer.Name,
                    names.Of(session.Peer, l),
                    session.Peer.Witness,
                    link.Health,
                    link.TheyHear,
                    link.EverHeard ? Spans.Ms(now - link.HeardAt) : null,
                    link.LossPercent,
                    Spans.Ms(new TimeSpan(link.JitterTicks)),
                    link.RoundTrip > TimeSpan.Zero ? Math.Round(link.RoundTrip.TotalMicroseconds, 1) : null,
                    Math.Round(near.SilentMaxMs(p, l, now), 1)));
            }
        }

        return links.ToValueList();
    }

    private static TalkSnapshot Talk(PeerTalk talk)
    {
        var refused = new List<RefusedCount>();
        for (var i = 1; i < talk.Refused.Length; i++)
        {
            if (talk.Refused[i] > 0)
            {
                refused.Add(new RefusedCount(Word((Refusal)i), talk.Refused[i]));
            }
        }

        return new TalkSnapshot(talk.Received, talk.Outbox.Overflowed, refused.ToValueList());
    }

    private DutySnapshot Duty(Candidate candidate, int duty, Instant now)
    {
        var desk = candidate.Desks[duty];
        var (rules, s, kept) = (desk.Rules, desk.State, told[duty]);
        var code = s.Stance.Code();
        if (kept.Code != code)
        {
            (kept.Code, kept.Since) = (code, now);
        }

        var hold = s.Hold;
        return new DutySnapshot(
            rules.Duty,
            code.Word(),
            code.SeedWord(),
            Spans.Ms(now - kept.Since),
            Holder(rules, s, now),
            s.EpochSeen,
            hold?.Epoch ?? (s.Stance as Stance.Stopping)?.Epoch,
            hold?.Seized ?? false,
            hold is { Seized: false } ? Spans.Ms(hold.Until - now) : null,
            Outlooks.Claim(rules, s, now),
            new JudgedSnapshot(s.Service.Health, s.Service.Evidence),
            new JudgedSnapshot(s.Ground.Health, s.Ground.Evidence),
            kept.Reason,
            kept.Reason is null ? null : Spans.Ms(now - kept.ReasonAt),
            Candidates(rules, s, now),
            s.PromisedUntil > now ? Spans.Ms(s.PromisedUntil - now) : null,
            s.Vacant is { } vacant && hold is null ? Spans.Ms(now - vacant) : null,
            s.Failures.Count(at => at + rules.Restart.Window > now),
            rules.Restart.Limit,
            duty < names.Addresses.Count ? names.Addresses[duty] : [],
            Outlooks.MovesNext(rules, s, candidate.Rules.Talk.DeadAfter, now),
            new NearMiss(near.ClaimLeftMinMs(duty, now) is { } ms ? Math.Round(ms, 1) : null, Spans.Ms(rules.Lease)));
    }

    private static string? Holder(DutyRules rules, DutyState s, Instant now) =>
        s.Stance is Stance.Starting or Stance.Active or Stance.Stopping ? rules.Candidates[rules.Self] :
        Understudy.Core.Duties.Moves.HolderHeard(rules, s) ?? (s.Claim is ClaimView.Other other && now < other.Until && other.Epoch > s.LetGo ? other.Holder : null);

    private static ValueList<CandidateSnapshot> Candidates(DutyRules rules, DutyState s, Instant now)
    {
        var candidates = new CandidateSnapshot[rules.Candidates.Count];
        for (var i = 0; i < candidates.Length; i++)
        {
            var view = s.Peers[i];
            var self = i == rules.Self;
            var code = self ? s.Stance.Code() : view.Stance;
            candidates[i] = new CandidateSnapshot(
                rules.Candidates[i],
                i,
                self,
                code.Word(),
                code.SeedWord(),
                self ? s.Hold?.Epoch ?? s.EpochSeen : view.Epoch,
                !self && view.Fit ? Spans.Ms(now - view.FitSince) : null,
                self ? s.LetGo : view.LetGo,
                Performs: code == StanceCode.Active,
                Idle: code is StanceCode.Unknown or StanceCode.Standby or StanceCode.Faulted or StanceCode.Held);
        }

        return ValueList.Create<CandidateSnapshot>(candidates);
    }

    private static string Word(Refusal refusal) => refusal switch
    {
        Refusal.None => "none",
        Refusal.Length => "length",
        Refusal.Magic => "magic",
        Refusal.Version => "version",
        Refusal.Kind => "kind",
        Refusal.UnknownKey => "unknown_key",
        Refusal.Mac => "mac",
        Refusal.UnknownSender => "unknown_sender",
        Refusal.WrongLink => "wrong_link",
        Refusal.Replayed => "replayed",
        Refusal.Unproven => "unproven",
        Refusal.Body => "body",
    };

    private sealed class Told
    {
        internal StanceCode Code { get; set; }

        internal Instant Since { get; set; }

        internal string? Reason { get; set; }

        internal Instant ReasonAt { get; set; }
    }
}
