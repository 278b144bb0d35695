using System.Diagnostics;
using System.Globalization;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;

namespace Understudy.Core.Ledger;

/// <summary>What a duty's state means, in sentences without a full stop: what the arbiter said, and what would make the duty move.</summary>
internal static class Outlooks
{
    internal static string Claim(DutyRules rules, DutyState s, Instant now)
    {
        if (!rules.Arbitrated)
        {
            return s.Hold is { } hold
                ? string.Create(CultureInfo.InvariantCulture, $"with no arbiter to ask, this host took epoch {hold.Epoch} by what it hears of the others")
                : "there is no arbiter to ask; this host goes by what it hears of the others";
        }

        const string arbiter = "the witness";
        return s.Claim switch
        {
            ClaimView.Unread => $"{arbiter} has not been asked yet",
            ClaimView.Mine m when s.Hold is { Seized: true } => $"an operator seized it with epoch {s.Hold.Epoch}; the arbiter has not confirmed it, and last said that epoch {m.Epoch} is ours",
            ClaimView.Mine m when s.Hold is null => $"{arbiter} had granted us epoch {m.Epoch}, which is over",
            ClaimView.Mine m => $"{arbiter} granted us epoch {m.Epoch}",
            ClaimView.Other o when now < o.Until => $"{arbiter} said that {o.Holder} has epoch {o.Epoch}, for {Spans.Say(o.Until - now)} more unless it is renewed",
            ClaimView.Other o when Moves.HolderHeard(rules, s) is { } holder => $"{arbiter} said that {o.Holder} had epoch {o.Epoch}, and is not asked again while {holder} is heard to have it",
            ClaimView.Other o => $"{arbiter} last said that {o.Holder} had epoch {o.Epoch}; that claim should have ended {Spans.Say(now - o.Until)} ago",
            ClaimView.Recovering r when now < r.Until => $"{arbiter} came back without its memory and grants nothing for {Spans.Say(r.Until - now)} more",
            ClaimView.Recovering => $"{arbiter} came back without its memory, and has not been asked since",
            ClaimView.Unreachable u => $"{arbiter} has not answered for {Spans.Say(now - u.Since)}",
            _ => throw new UnreachableException(s.Claim.ToString()),
        };
    }

    internal static ValueList<string> MovesNext(DutyRules rules, DutyState s, TimeSpan deadAfter, Instant now) => (s.Stance switch
    {
        Stance.Active t => Active(rules, s, t, now),
        Stance.Starting t => [$"it is being brought up here, and must be up within {Spans.Say(t.StartBy - now)}"],
        Stance.Stopping t => [$"it is being stopped here; the claim is kept until that is confirmed, and looked at again within {Spans.Say(t.KillAt - now)}"],
        Stance.Claiming => ["it starts here as soon as the arbiter grants the claim"],
        Stance.Standby => Standby(rules, s, deadAfter, now),
        Stance.Unknown t => [$"this host only listens for up to {Spans.Say(t.GraceUntil - now)} more: somebody may rely on a promise that it gave before it was restarted"],
        Stance.Faulted { NeedsOperator: true } f => [$"this host failed too often ({f.Why}) and waits for an operator: understudy release {rules.Duty}"],
        Stance.Faulted { RetryAt: { } at } f => [$"this host is faulted ({f.Why}) and stands by again in {Spans.Say(at - now)}"],
        Stance.Faulted f => [$"this host is faulted ({f.Why}) and stands by again when that is over"],
        Stance.Held h => (IEnumerable<string>)[$"{h.By} keeps this host out until: understudy release {rules.Duty}"],
        _ => throw new UnreachableException(s.Stance.ToString()),
    }).ToValueList();

    private static IEnumerable<string> Active(DutyRules rules, DutyState s, Stance.Active t, Instant now)
    {
        var fittest = Moves.Fittest(rules, s);
        if (t.Leaving is { } leaving)
        {
            yield return $"it is on its way to {leaving.To}: {leaving.Why}";
            yield break;
        }

        if (fittest is null)
        {
            yield return "no other candidate could take it now, so that neither a sick service nor a broken link here would move it";
        }
        else
        {
            yield return rules.Probed
                ? $"to {fittest}, if the service here fails its probes, or if our links or devices go down while those of {fittest} are up"
                : $"to {fittest}, if our links or devices go down while those of {fittest} are up (the service itself is not watched)";
        }

        if (t.Hold.Seized)
        {
            yield return "its claim was seized and has no end until the arbiter answers";
        }
        else if (rules.Arbitrated)
        {
            yield return $"this host lets go, if its claim is not renewed within {Spans.Say(t.Hold.Until - now)}"
                + (rules.Promises ? " and not every other candidate promises not to claim" : "");
        }

        if (Moves.FailbackAt(rules, s) is { } at)
        {
            yield return at <= now ? $"to {fittest}, which is home, at once" : $"to {fittest}, which is home, in {Spans.Say(at - now)} if it stays fit";
        }
        else if (rules.Self > 0)
        {
            yield return rules.Failback switch
            {
                FailbackSettings.Never => "it does not go home by itself (failback: never)",
                FailbackSettings.WhenIdle => "it goes home when a better-ranked candidate is fit and nobody uses the service (failback: when_idle)",
                FailbackSettings.After a => $"it goes home when a better-ranked candidate has been fit for {Spans.Say(a.Wait)} (failback)",
                _ => throw new UnreachableException(rules.Failback.ToString()),
            };
        }

        yield return $"an operator may move it: understudy handover {rules.Duty}";
    }

    /// <summary>Whose silence keeps a bare pair from moving; null when nobody's does.</summary>
    private static string? SilentPeer(DutyRules rules, DutyState s)
    {
        if (rules.Arbitrated || rules.OnSplit == SplitPolicy.Take || (s.EpochSeen > 0 && s.LetGo == s.EpochSeen))
        {
            return null;
        }

        for (var i = 0; i < s.Peers.Count; i++)
        {
            if (i != rules.Self && s.Peers[i].Stance == StanceCode.Silent)
            {
                return rules.Candidates[i];
            }
        }

        return null;
    }

    private static IEnumerable<string> Standby(DutyRules rules, DutyState s, TimeSpan deadAfter, Instant now)
    {
        if (s.Stance is Stance.Standby { AskAt: var at } && at == Instant.Never)
        {
            yield return "this host is ending, and takes nothing any more";
            yield break;
        }

        if (s.Ground.Health == Health.Failed)
        {
            yield return $"this host takes nothing, because it is the broken one: {s.Ground.Evidence}";
            yield break;
        }

        if (s.PromisedUntil > now)
        {
            yield return $"this host has promised the holder not to claim for {Spans.Say(s.PromisedUntil - now)} more, because the holder does not reach the arbiter";
        }

        if (Moves.HolderHeard(rules, s) is { } holder)
        {
            var silent = $"{holder} is silent on all links for {Spans.Say(deadAfter)}";
            yield return $"here, when {holder} lets go" + (
                rules.Arbitrated ? $", or when {silent} and its claim has ended at the witness ({Spans.Say(rules.Ttl)} after its last renewal)"
                : rules.OnSplit == SplitPolicy.Take ? $", or when {silent} (on_split: take)"
                : "; not when it is only silent (on_split: hold)");
        }
        else if (SilentPeer(rules, s) is { } peer)
        {
            yield return $"nobody takes it while {peer} is silent, because there is no arbiter (on_split: hold); if {peer} is really off: understudy seize {rules.Duty} --peer-is-off";
        }
        else if (Claims.DueAt(rules, s) is { } due)
        {
            yield return due <= now ? "this host asks for the claim now" : $"nobody is heard to have it; this host asks for the claim in {Spans.Say(due - now)}";
        }
    }
}
