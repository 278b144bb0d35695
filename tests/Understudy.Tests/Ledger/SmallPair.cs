using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Ledger;
using Understudy.Core.Peers;
using Understudy.Core.Settings;
using Understudy.Tests.Settings;

namespace Understudy.Tests.Ledger;

/// <summary>Two candidates and a witness on a quiet network, a millisecond a step: real decisions for ledgers, snapshots and explanations.</summary>
internal sealed class SmallPair
{
    internal const string Version = "0.1.0";
    private static readonly Instant s_start = new(TimeSpan.TicksPerHour);
    private readonly Dictionary<string, Host> hosts = new(StringComparer.Ordinal);
    private readonly HashSet<string> silent = new(StringComparer.Ordinal);
    private readonly Witness? witness;
    private readonly List<(string To, string From, int Link, byte[] Bytes)> flying = [];

    internal SmallPair(bool arbitrated = true)
    {
        var text = arbitrated ? Files.Pair : Files.With("{ witness: [10.99.0.9], ttl: 600ms }", "none");
        Now = s_start;
        foreach (var (name, boot) in new[] { ("alpha", 0xa1UL), ("beta", 0xb2UL) })
        {
            hosts[name] = new Host(Files.Good(text, name), boot, Now);
        }

        witness = arbitrated
            ? new Witness(Files.Good(text, "alpha"), Keys(), 0xc3, WitnessState.AtStart([], TimeSpan.FromMilliseconds(600), Now), Now)
            : null;
        foreach (var host in hosts.Values)
        {
            host.Tell(new DutyEvent.LookedAround(Running: false, 0), Now);
            host.Tell(new DutyEvent.ServiceJudged(new Judged(Health.Healthy, "http answers 200")), Now);
            Run(500);      // they do not start at the same moment
        }
    }

    internal Instant Now { get; private set; }

    internal List<LedgerLine> LinesOf(string host) => hosts[host].Lines;

    internal HostSnapshot Snapshot(string host) => hosts[host].Book.Of(hosts[host].Candidate, new LoopFacts(0.5, "fifo", Guarded: true), Now);

    /// <summary>Who has the duty. Which of a bare pair gets it first is not what these tests are about.</summary>
    internal string Holder => Xunit.Assert.Single(hosts, h => h.Value.Candidate.Desks[0].State.Stance is Stance.Active).Key;

    internal string Other => Holder == "alpha" ? "beta" : "alpha";

    internal DutyState State(string host) => hosts[host].Candidate.Desks[0].State;

    internal void Tell(string host, DutyEvent seen) => hosts[host].Tell(seen, Now);

    /// <summary>From now on nothing leaves it or reaches it.</summary>
    internal void Silence(string name) => silent.Add(name);

    internal void Heal(string name) => silent.Remove(name);

    /// <summary>A pause in which nothing was looked at: only the clock moves on.</summary>
    internal void Jump(TimeSpan span) => Now += span;

    internal SmallPair Run(int ms)
    {
        for (var i = 0; i < ms; i++)
        {
            Now += TimeSpan.FromMilliseconds(1);
            Deliver();
            foreach (var (name, host) in hosts)
            {
                host.Book.Watch(host.Candidate, Now);
                host.Candidate.Wake(Now);
                host.Perform(Now);
                Collect(name, host.Candidate.Outbox, host.Candidate.Talk);
            }

            if (witness is not null)
            {
                witness.Talk.Look(Now);
                witness.Persisted();
                Collect("witness", witness.Outbox, witness.Talk);
            }
        }

        return this;
    }

    private static KeyRing Keys() => new(HmacSeal.From("a secret of a test"u8));

    private void Deliver()
    {
        var now = flying.ToList();
        flying.Clear();
        foreach (var (to, from, link, bytes) in now.Where(f => !silent.Contains(f.To) && !silent.Contains(f.From)))
        {
            if (to == "witness")
            {
                witness!.Receive(bytes, Now, Now);
            }
            else
            {
                hosts[to].Candidate.Receive(bytes, link, Now, Now);
            }
        }
    }

    private void Collect(string from, Outbox outbox, PeerTalk talk)
    {
        for (var i = 0; i < outbox.Count; i++)
        {
            var bytes = outbox.Get(i, out var peer, out var link).ToArray();
            flying.Add((talk.Sessions[peer].Peer.Name, from, link, bytes));
        }

        outbox.Clear();
    }

    private sealed class Host
    {
        internal Host(UnderstudySettings settings, ulong boot, Instant now)
        {
            var rules = CandidateRules.From(settings, boot);
            Candidate = new Candidate(rules, Keys(), [0], now);
            Book = new SnapshotBook(Candidate, Version, SnapshotNames.From(settings), now);
            Lines.Add(new LedgerLine.Started(now, settings.Node, "run", Version, "00000000000000a1"));
            Lines.Add(new LedgerLine.Ruled(now, rules.Duties[0], 0, 0));
        }

        internal Candidate Candidate { get; }

        internal SnapshotBook Book { get; }

        internal List<LedgerLine> Lines { get; } = [];

        internal void Tell(DutyEvent seen, Instant now)
        {
            Candidate.Tell(0, seen, now);
            Perform(now);
        }

        internal void Perform(Instant now)
        {
            while (Candidate.Turns.TryDequeue(out var turn))
            {
                Lines.Add(LedgerLine.Decided.Of(turn));
                Book.Note(0, turn);
            }

            while (Candidate.Orders.TryDequeue(out var order))
            {
                Lines.Add(new LedgerLine.Performed(now, "web", order.Effect, "ok"));
                if (order.Effect is DutyEffect.Start start)
                {
                    Tell(new DutyEvent.Started(start.Epoch), now);
                }
                else if (order.Effect is DutyEffect.Stop stop)
                {
                    Tell(new DutyEvent.Stopped(stop.Epoch), now);
                }
            }
        }
    }
}
