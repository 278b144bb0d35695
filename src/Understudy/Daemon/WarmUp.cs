using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Ledger;
using Understudy.Core.Peers;
using Understudy.Core.Settings;

namespace Understudy.Daemon;

/// <summary>
/// The whole way of a take-over, walked once in memory before it matters: two candidates and a witness that exist only here exchange real datagrams until the
/// duty has moved and come back, and each duty's kernel orders are tried on an interface that does not exist. Compiled, paged in, and with every cache warm, the first
/// real move is as quick as the hundredth.
/// </summary>
internal static class WarmUp
{
    private const int MostSteps = 4000;

    /// <summary>The kernel's part. Before the loop runs: the hands belong to its thread.</summary>
    public static void Hands(HostParts parts)
    {
        foreach (var hands in parts.Hands)
        {
            _ = hands.Addresses.DryRun();
        }
    }

    /// <summary>Alpha serves, hands over to beta, beta dies, alpha takes it back. Returns how many decisions that took.</summary>
    public static int Rehearse()
    {
        var settings = Play();
        using var seal = HmacSeal.From("a play of two hosts, not a secret"u8);
        var keys = new KeyRing(seal);
        var now = new Instant(TimeSpan.TicksPerHour);
        var candidates = settings.Nodes.Select((n, i) => new Candidate(CandidateRules.From(settings with { Node = n.Name }, (ulong)i + 1), keys, [0], now)).ToArray();
        var witness = new Witness(settings, keys, 3, WitnessState.AtStart([], settings.Duties[0].Name.Length * TimeSpan.FromMilliseconds(1), now), now);
        var decided = 0;
        foreach (var c in candidates)
        {
            c.Tell(0, new DutyEvent.LookedAround(Running: false, 0), now);
        }

        var handed = false;
        for (var i = 0; i < MostSteps; i++)
        {
            now += TimeSpan.FromMilliseconds(5);
            for (var c = 0; c < 2; c++)
            {
                candidates[c].Wake(now);
                decided += Deliver(candidates, c, witness, now);
            }

            if (!handed && candidates[0].Desks[0].State.Stance is Stance.Active && candidates[1].Desks[0].State.Stance is Stance.Standby)
            {
                candidates[0].Tell(0, new DutyEvent.HandoverAsked("b", "the rehearsal"), now);
                handed = candidates[0].Desks[0].State.Stance is Stance.Active { Leaving: not null };
            }
            else if (handed && candidates[1].Desks[0].State.Stance is Stance.Active)
            {
                return decided;
            }
        }

        return decided;
    }

    private static int Deliver(Candidate[] candidates, int from, Witness witness, Instant now)
    {
        var box = candidates[from].Outbox;
        for (var i = 0; i < box.Count; i++)
        {
            var bytes = box.Get(i, out var peer, out var link);
            if (candidates[from].Rules.Talk.Peers[peer].Witness)
            {
                _ = witness.Receive(bytes, now, now);
                witness.Persisted();
            }
            else
            {
                _ = candidates[1 - from].Receive(bytes, link, now, now);
            }
        }

        box.Clear();
        for (var i = 0; i < witness.Outbox.Count; i++)
        {
            _ = candidates[from].Receive(witness.Outbox.Get(i, out _, out var link), link, now, now);
        }

        witness.Outbox.Clear();
        witness.Turns.Clear();
        return Perform(candidates[from], now);
    }

    private static int Perform(Candidate candidate, Instant now)
    {
        var decided = 0;
        while (candidate.Turns.TryDequeue(out var turn))
        {
            decided++;
            _ = LedgerText.Of(LedgerLine.Decided.Of(turn));
        }

        while (candidate.Orders.TryDequeue(out var order))
        {
            if (order.Effect is DutyEffect.Start s)
            {
                candidate.Tell(0, new DutyEvent.Started(s.Epoch), now);
            }
            else if (order.Effect is DutyEffect.Stop t)
            {
                candidate.Tell(0, new DutyEvent.Stopped(t.Epoch), now);
            }
        }

        return decided;
    }

    private static UnderstudySettings Play()
    {
        const string text = """
            secret: /play
            nodes: { a: { lan: 127.0.0.1 }, b: { lan: 127.0.0.2 } }
            heartbeat: { every: 100ms, dead_after: 350ms }
            arbiter: { witness: [127.0.0.3], ttl: 600ms }
            duties: { play: { candidates: [a, b], addresses: [{ address: 127.0.0.4/32, dev: lo }], failback: never } }
            """;
        return SettingsReader.Read("play", text, new SettingsRequest("a")).Settings ?? throw new InvalidOperationException("the rehearsal's settings do not read");
    }
}
