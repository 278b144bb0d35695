using System.Globalization;
using Understudy.Core.Evidence;

namespace Understudy.Core.Ledger;

/// <summary>Tells in sentences who holds a duty, since when, on what evidence, what would make it move, and how near it came.</summary>
public static class Explain
{
    /// <summary>As many decisions are told of the past.</summary>
    public const int MaxPast = 5;

    /// <summary>One sentence an item; the same input gives the same text. Empty when this host knows no such duty.</summary>
    /// <param name="recent">Ledger lines, oldest first; those of other duties are passed over.</param>
    public static ValueList<string> Duty(HostSnapshot host, string duty, IEnumerable<LedgerLine> recent)
    {
        if (host.Find(duty) is not { } d)
        {
            return [];
        }

        var past = Past(host, d, recent).ToList();
        return [.. Holder(host, d, past.Count == 0), .. Evidence(host, d), .. d.MovesNext.Select((m, i) => $"{(i == 0 ? "What would move it: " : "Also: ")}{m}."), .. Near(host, d), .. Trouble(host), .. past];
    }

    private static IEnumerable<string> Holder(HostSnapshot host, DutySnapshot d, bool withReason)
    {
        var why = withReason && d.LastReason is { } reason ? $" The last decision here, {Spans.Say(d.LastReasonAgoMs ?? 0)} ago: {reason}." : "";
        var epoch = string.Create(CultureInfo.InvariantCulture, $"epoch {d.HeldEpoch ?? d.Epoch}");
        var length = Spans.Say(d.StanceForMs);
        if (d.Holder is null)
        {
            yield return $"Nobody is known to have {d.Duty}{(d.VacantForMs is { } ms ? $", for {Spans.Say(ms)}" : "")}; this host, {host.Node}, has been {d.Stance} for {length}.{why}";
        }
        else if (d.HeldEpoch is not null)
        {
            yield return $"{host.Node}, this host, has {d.Duty} with {epoch}: it has been {d.Stance} for {length}.{why}";
        }
        else
        {
            var heard = d.Candidates.FirstOrDefault(c => c.Node == d.Holder);
            yield return $"{d.Holder} has {d.Duty} with {epoch}, {(heard is null or { Stance: "silent" } ? "by the arbiter's word, though it is not heard" : $"and is heard to be {heard.Stance}")}; "
                + $"this host, {host.Node}, has been {d.Stance} for {length}.{why}";
        }

        if (d.Seized)
        {
            yield return "An operator seized it and vouched that every other candidate is off; no arbiter has confirmed it.";
        }

        if (!host.ExclusiveGuaranteed)
        {
            yield return "There is no arbiter, so exclusivity is not guaranteed: when the hosts are cut from each other, two may have it, or nobody, as on_split says.";
        }
    }

    private static IEnumerable<string> Evidence(HostSnapshot host, DutySnapshot d)
    {
        var left = d.ClaimLeftMs is { } ms ? $"; it runs for {Spans.Say(ms)} more unless renewed" : "";
        yield return $"The claim: {d.Claim}{left}.";
        if (host.ExclusiveGuaranteed)
        {
            yield return $"The witness is {Word(host.ArbiterHealth)} from here{Heard(host, l => l.Witness)}.";
        }

        yield return $"The service here is {Word(d.Service.Health)}: {d.Service.Evidence}. The ground here is {Word(d.Ground.Health)}: {d.Ground.Evidence}.";
        foreach (var c in d.Candidates.Where(c => !c.Self))
        {
            var fit = c.FitForMs is { } fitMs ? $"{c.Stance} and fit to take it, for {Spans.Say(fitMs)}" : c.Idle ? $"{c.Stance}, and could not take it now" : c.Stance;
            yield return $"{c.Node} (rank {c.Rank.ToString(CultureInfo.InvariantCulture)}) is {fit}{Heard(host, l => l.Peer == c.Node)}.";
        }

        if (d.Failures > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"It failed here {d.Failures} times lately; more than {d.FailuresLimit}, and it waits for an operator.");
        }
    }

    private static string Heard(HostSnapshot host, Func<LinkSnapshot, bool> which)
    {
        var said = host.Links.Where(which).Select(l =>
        {
            var them = l.TheyHear == Health.Failed ? ", and hears us not" : "";
            return l.SilentMs is { } ms
                ? string.Create(CultureInfo.InvariantCulture, $"{l.Link} {Word(l.Health)}, heard {Spans.Say(ms)} ago, {l.LossPercent} % lost{them}")
                : $"{l.Link} never heard";
        }).ToList();
        return said.Count == 0 ? "" : $" ({string.Join("; ", said)})";
    }

    private static IEnumerable<string> Near(HostSnapshot host, DutySnapshot d)
    {
        // A peer is convicted when all its links are silent, so the link that was best heard tells how near that came.
        var peers = host.Links.Where(l => !l.Witness).GroupBy(l => l.Peer, StringComparer.Ordinal)
            .Where(p => d.Candidates.Any(c => c.Node == p.Key))
            .Select(p => (Peer: p.Key, Ms: p.Min(l => l.SilentMaxMs))).Where(p => p.Ms > 0).ToList();
        foreach (var (peer, ms) in peers)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"How near it came in the last hour: {peer} was silent for {Spans.Say(ms)} at most on its best link, {ms * 100 / host.DeadAfterMs:0} % of the {Spans.Say(host.DeadAfterMs)} at which it is judged failed.");
        }

        if (d.Near.ClaimLeftMinMs is { } left)
        {
            yield return $"Our claim came to within {Spans.Say(left)} of its end before it was renewed, of {Spans.Say(d.Near.LeaseMs)} that a fresh one has.";
        }
    }

    private static IEnumerable<string> Trouble(HostSnapshot host)
    {
        if (host.Loop.LedgerTrouble is { } trouble)
        {
            yield return $"The ledger cannot be written: {trouble}.";
        }

        if (!host.Loop.Guarded)
        {
            yield return "No guardian watches this daemon: when it dies, only the kernel's lifetime ends the addresses.";
        }
    }

    private static IEnumerable<string> Past(HostSnapshot host, DutySnapshot d, IEnumerable<LedgerLine> recent)
    {
        // The same again is no story: of decisions with the same reason the newest is told.
        var past = recent.OfType<LedgerLine.Decided>().Where(l => l.Duty == d.Duty && l.Reason is not null && l.At <= host.At)
            .Reverse().DistinctBy(l => l.Reason, StringComparer.Ordinal).Take(MaxPast).Reverse();
        var first = true;
        foreach (var line in past)
        {
            yield return $"{(first ? "What led to this: " : "Then ")}{(line.Wall is { } wall ? $"at {wall}" : $"{Spans.Say(host.At - line.At)} ago")}: {line.Reason}.";
            first = false;
        }
    }

    private static string Word(Health health) => health switch
    {
        Health.Unknown => "unknown",
        Health.Healthy => "healthy",
        Health.Suspect => "suspect",
        Health.Failed => "failed",
    };
}
