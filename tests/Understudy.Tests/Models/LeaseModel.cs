using System.Globalization;
using System.Text;
using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;

namespace Understudy.Tests.Models;

/// <summary>What may happen in a world of two candidates and a witness, and which rule is left out. Times in ticks.</summary>
internal sealed record LeaseOptions(int Ttl, int Lease, int Stop)
{
    /// <summary>How old a request may get before its answer arrives; older ones are lost.</summary>
    internal int Delay { get; init; }

    /// <summary>Requests may be late too. If not, each reaches the witness at once, or is lost.</summary>
    internal bool LateAsks { get; init; }

    /// <summary>How many faults (pauses, deaths, restarts) at most.</summary>
    internal int Faults { get; init; }

    internal bool GiveUps { get; init; }

    internal bool Pauses { get; init; }

    internal bool Deaths { get; init; }

    internal bool Returns { get; init; }

    internal bool WitnessRestarts { get; init; }

    internal bool WitnessForgets { get; init; }

    /// <summary>Holders ask the other for promises, and rely on them.</summary>
    internal bool Promises { get; init; }

    /// <summary>The other may hear a let-go, and carry it to the witness.</summary>
    internal bool LetGoHeard { get; init; }

    /// <summary>Something besides the daemon drops the duty at the lease's end: fence, guardian, kernel lifetime.</summary>
    internal bool Guarded { get; init; } = true;

    /// <summary>The service dies with the daemon.</summary>
    internal bool Bound { get; init; }

    // Rules left out.
    internal bool CountedFromArrival { get; init; }

    internal bool GivenBackAtOnce { get; init; }

    internal bool NoGenerations { get; init; }

    internal bool PromisesForgotten { get; init; }

    internal bool NoGrace { get; init; }

    internal bool NoQuiet { get; init; }
}

/// <summary>One candidate: its machine, what really runs, and one message each way between it and the witness.</summary>
internal sealed record Node(
    DutyState Duty, bool Up, bool Paused, bool Runs, Instant DropAt, int StopLeft, ClaimOrder? Ask, Instant AskedAt, DutyEvent? Answer, Instant AnswerTo, Instant? PromiseTo, long LastHeld);

internal sealed record World(Instant Now, Node A, Node B, WitnessState Witness, ValueList<WitnessRecord> Disk, int Faults);

/// <summary>
/// The production machines of two candidates and a witness, driven by every order of events: messages may be lost, late, or overtaken; time passes only when
/// everything that is due at this moment has been done. Broken: the duty runs on both while time passes.
/// </summary>
internal sealed class LeaseModel(LeaseOptions options)
{
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);
    private static readonly string[] s_names = ["A", "B"];
    private readonly DutyRules[] rules = [.. Enumerable.Range(0, 2).Select(i => Rules(options, i))];

    internal Finding Search() => BreadthFirst.Search(Start(), Key, Next, Broken);

    private static DutyRules Rules(LeaseOptions o, int self) => new(
        "web", ["A", "B"], self, Arbitrated: true, Ttl: s_tick * o.Ttl, Lease: s_tick * o.Lease, Renew: s_tick, AskAgain: s_tick / 8, Promises: o.Promises, SplitPolicy.Hold,
        new FailbackSettings.Never(), RankDelay: TimeSpan.Zero, StartLimit: TimeSpan.FromHours(1), StopLimit: TimeSpan.FromHours(1),
        new RestartSettings(2, TimeSpan.FromMinutes(1), s_tick, s_tick), StandbyHealth: false, Probed: false, Commanded: false,
        Grace: o.NoGrace ? TimeSpan.Zero : s_tick * o.Ttl);

    private World Start()
    {
        var now = new Instant(0) + TimeSpan.FromHours(10);
        var node = new Node(
            new DutyState(
                new Stance.Standby(now), Ticket: 10, EpochSeen: 10, LetGo: 6, null, Vacant: now, PromisedUntil: now, new ClaimView.Unread(), Judged.Nothing,
                new Judged(Health.Healthy, ""), Idle: true, [PeerView.Unheard, PeerView.Unheard], []),
            Up: true, Paused: false, Runs: false, DropAt: now, StopLeft: -1, null, now, null, now, null, LastHeld: 6);
        var record = new WitnessRecord("web", 10, null, 0, null);
        return new World(now, node, node, new WitnessState([new(record, now, [])], s_tick * options.Ttl, now, Forgot: false), [record], 0);
    }

    private static bool Broken(World w) => w.A.Runs && w.B.Runs && w is { A.StopLeft: not 0, B.StopLeft: not 0 } && !Due(w, 0) && !Due(w, 1);

    private static Node Of(World w, int i) => i == 0 ? w.A : w.B;

    private static World With(World w, int i, Node node) => i == 0 ? w with { A = node } : w with { B = node };

    /// <summary>Does the candidate have something to do before time passes?</summary>
    private static bool Due(World w, int i) => Of(w, i) is { Up: true, Paused: false } n && DutyMachine.Deadline(s_any[i], n.Duty) is { } at && at <= w.Now;

    // Deadlines depend on spans that all models share.
    private static readonly DutyRules[] s_any = [Rules(new LeaseOptions(4, 3, 0), 0), Rules(new LeaseOptions(4, 3, 0), 1)];

    private IEnumerable<(string By, World To)> Next(World w)
    {
        for (var i = 0; i < 2; i++)
        {
            foreach (var move in Moves(w, i))
            {
                yield return move;
            }
        }

        if (options.WitnessRestarts && w.Faults < options.Faults)
        {
            yield return ("the witness restarts, and remembers", Restarted(w, w.Disk));
        }

        if (options.WitnessForgets && w.Faults < options.Faults)
        {
            yield return ("the witness restarts, and has forgotten", Restarted(w, null));
        }

        if (w is { A.StopLeft: not 0, B.StopLeft: not 0 } && !Due(w, 0) && !Due(w, 1))
        {
            var now = w.Now + s_tick;
            yield return ("time passes", w with { Now = now, A = Age(w.A, now), B = Age(w.B, now) });
        }
    }

    private IEnumerable<(string By, World To)> Moves(World w, int i)
    {
        var (n, name) = (Of(w, i), s_names[i]);
        if (n.Ask is { } ask)
        {
            yield return ($"{name}'s {ask.Ask} reaches the witness", Answered(w, i, ask));
        }

        if (!n.Up)
        {
            if (options.Returns)
            {
                yield return ($"{name}'s daemon starts again", Reborn(w, i));
            }

            yield break;
        }

        if (n.Paused)
        {
            yield return ($"{name} runs on", With(w, i, n with { Paused = false }));
            yield break;
        }

        if (Due(w, i))
        {
            foreach (var to in Tell(w, i, new DutyEvent.Woke()))
            {
                yield return ($"{name} wakes", to);
            }
        }

        if (n.Answer is { } answer)
        {
            foreach (var to in Tell(With(w, i, n with { Answer = null }), i, Heard(w, n, answer)))
            {
                yield return ($"{name} hears {answer.GetType().Name}", to);
            }
        }

        if (n.StopLeft >= 0)
        {
            foreach (var to in Tell(With(w, i, n with { StopLeft = -1, Runs = false }), i, new DutyEvent.Stopped(((Stance.Stopping)n.Duty.Stance).Epoch)))
            {
                yield return ($"{name} has stopped", to);
            }
        }

        foreach (var move in Extras(w, i, n, name))
        {
            yield return move;
        }
    }

    private IEnumerable<(string By, World To)> Extras(World w, int i, Node n, string name)
    {
        if (options.GiveUps && (n.Duty.Hold is not null || n.Duty.Stance is Stance.Held))
        {
            DutyEvent asked = n.Duty.Hold is not null ? new DutyEvent.HoldAsked("eve") : new DutyEvent.ReleaseAsked("eve");
            foreach (var to in Tell(w, i, asked))
            {
                yield return ($"{name}: {asked.GetType().Name}", to);
            }
        }

        if (options.Promises && n.Duty.Hold is not null && n.PromiseTo is null && Of(w, 1 - i) is { Up: true, Paused: false, Duty.Stance: Stance.Unknown or Stance.Standby or Stance.Held })
        {
            var asked = With(w, i, n with { PromiseTo = w.Now });
            foreach (var to in options.PromisesForgotten ? [asked] : Tell(asked, 1 - i, new DutyEvent.PromiseGiven(w.Now + rules[i].Ttl, i)))
            {
                yield return ($"{s_names[1 - i]} promises not to claim", to);
            }
        }

        if (n.PromiseTo is { } since)
        {
            foreach (var to in Tell(With(w, i, n with { PromiseTo = null }), i, new DutyEvent.PromisesHeard(since)))
            {
                yield return ($"{name} hears the promise", to);
            }
        }

        if (w.Faults < options.Faults && options.Pauses)
        {
            yield return ($"{name} freezes", With(w, i, n with { Paused = true }) with { Faults = w.Faults + 1 });
        }

        if (w.Faults < options.Faults && options.Deaths)
        {
            yield return ($"{name}'s daemon dies", With(w, i, n with { Up = false, Runs = n.Runs && !options.Bound, StopLeft = -1, Answer = null, PromiseTo = null }) with { Faults = w.Faults + 1 });
        }
    }

    private DutyEvent Heard(World w, Node n, DutyEvent answer)
    {
        var ticket = n.Duty.Ticket;
        return answer switch
        {
            DutyEvent.ClaimGranted e => e with { SentAt = options.CountedFromArrival ? w.Now : e.SentAt, Ticket = options.NoGenerations ? ticket : e.Ticket },
            _ => answer,
        };
    }

    private Node Age(Node n, Instant now)
    {
        var late = n.AskedAt + (s_tick * options.Delay) < now;
        var answerLate = n.AnswerTo + (s_tick * options.Delay) < now;
        var unattended = !n.Up || n.Paused || n.Duty.Stance is Stance.Unknown;
        return n with
        {
            Ask = late ? null : n.Ask,
            Answer = answerLate ? null : n.Answer,
            PromiseTo = n.PromiseTo is { } p && p + (s_tick * options.Delay) < now ? null : n.PromiseTo,
            StopLeft = n.StopLeft > 0 ? n.StopLeft - 1 : n.StopLeft,
            Runs = n.Runs && !(options.Guarded && unattended && n.DropAt <= now),
        };
    }

    private World Restarted(World w, ValueList<WitnessRecord>? memory)
    {
        var witness = WitnessState.AtStart(memory, s_tick * options.Ttl, w.Now);
        return w with
        {
            Witness = options.NoQuiet ? witness with { QuietUntil = w.Now } : witness,
            Disk = memory ?? [],
            Faults = w.Faults + 1,
            A = w.A with { Ask = null },        // what was sent to its old boot is not accepted by the new one
            B = w.B with { Ask = null },
        };
    }

    private World Answered(World w, int i, ClaimOrder ask)
    {
        var n = Of(w, i);
        var step = WitnessMachine.Next(w.Witness, new WitnessAsk(s_names[i], "web", ask, rules[i].Ttl), w.Now);
        DutyEvent? answer = step.Word switch
        {
            WitnessWord.Granted => new DutyEvent.ClaimGranted(ask.Ticket, step.Epoch, n.AskedAt),
            WitnessWord.Refused => new DutyEvent.ClaimRefused(ask.Ticket, step.Holder!, step.Epoch, step.Remaining),
            WitnessWord.Superseded => new DutyEvent.ClaimSuperseded(ask.Ticket, step.Epoch),
            WitnessWord.Recovering => new DutyEvent.ArbiterRecovering(ask.Ticket, step.Epoch, step.Remaining),
            WitnessWord.Vacant => new DutyEvent.ClaimVacant(ask.Ticket, step.Epoch),
            _ => null,
        };
        return With(w, i, n with { Ask = null, Answer = answer ?? n.Answer, AnswerTo = answer is null ? n.AnswerTo : n.AskedAt }) with
        {
            Witness = step.State,
            Disk = step.Persist ? step.State.Claims.Select(c => c.Record).ToValueList() : w.Disk,
        };
    }

    private World Reborn(World w, int i)
    {
        var n = Of(w, i);
        var duty = DutyState.AtStart(rules[i], n.Duty.EpochSeen, n.Duty.Ticket + 1, w.Now);
        return Tell(With(w, i, n with { Duty = duty, Up = true }), i, new DutyEvent.LookedAround(n.Runs, n.LastHeld)).First();
    }

    /// <summary>Tells one machine one thing; more than one world where a message may or may not get through.</summary>
    private List<World> Tell(World w, int i, DutyEvent seen)
    {
        var step = DutyMachine.Next(rules[i], Of(w, i).Duty, seen, w.Now);
        var n = Of(w, i) with { Duty = step.State };
        n = step.State.Hold is { } hold ? n with { DropAt = hold.Until, LastHeld = hold.Epoch } : n;
        List<World> worlds = [With(w, i, n)];
        foreach (var effect in step.Effects)
        {
            worlds = [.. worlds.SelectMany(each => Perform(each, i, effect))];
        }

        return worlds;
    }

    private List<World> Perform(World w, int i, DutyEffect effect)
    {
        var n = Of(w, i);
        return effect switch
        {
            DutyEffect.AskArbiter e => Ask(w, i, e.Order),
            DutyEffect.Start e => Tell(With(w, i, n with { Runs = true }), i, new DutyEvent.Started(e.Epoch)),
            DutyEffect.Stop e when options.GivenBackAtOnce => Ask(With(w, i, n with { StopLeft = n.Runs ? options.Stop : 0 }), i, new ClaimOrder(ClaimAsk.GiveBack, n.Duty.Ticket, e.Epoch, e.Epoch, null)),
            DutyEffect.Stop => [With(w, i, n with { StopLeft = n.Runs ? options.Stop : 0 })],
            DutyEffect.TellLetGo e when options.LetGoHeard && Of(w, 1 - i) is { Up: true, Paused: false } => [w, .. Tell(w, 1 - i, new DutyEvent.LetGoHeard(i, e.Epoch, e.Successor))],
            _ => [w],
        };
    }

    /// <summary>There is room for one request under way: a second one replaces it, or is lost itself.</summary>
    private List<World> Ask(World w, int i, ClaimOrder order)
    {
        var n = Of(w, i);
        var sent = With(w, i, n with { Ask = order, AskedAt = w.Now });
        return !options.LateAsks ? [Answered(sent, i, order), w] : n.Ask is null ? [sent] : [sent, w];
    }

    /// <summary>What the machines can tell apart: times as ticks from now, tickets and epochs by their distance to the newest.</summary>
    private string Key(World w)
    {
        var key = new StringBuilder(96);
        var newest = Math.Max(Math.Max(w.A.Duty.EpochSeen, w.B.Duty.EpochSeen), w.Witness.Claims.Count > 0 ? w.Witness.Claims[0].Record.Epoch : 0);
        Write(w, 0);
        Write(w, 1);
        foreach (var claim in w.Witness.Claims)
        {
            Record(claim.Record);
            Time(claim.Until);
            _ = key.Append(claim.Spent.Count > 0 ? 's' : 'n');
            foreach (var spent in claim.Spent.Where(_ => options.LateAsks).OrderBy(s => s.Holder, StringComparer.Ordinal))
            {
                _ = key.Append(spent.Holder);
                Ticket(Of(w, spent.Holder == "A" ? 0 : 1), spent.Ticket);
            }
        }

        _ = key.Append(w.Witness.Claims.Count > 0 && w.Witness.Claims[0].Guessed ? 'g' : 'k');
        Time(w.Witness.QuietUntil);
        _ = key.Append(w.Witness.Forgot ? 'f' : 'r').Append(w.Faults);
        if (options.WitnessRestarts)
        {
            foreach (var record in w.Disk)
            {
                Record(record);
            }
        }

        return key.ToString();

        void Write(World world, int i)
        {
            var n = Of(world, i);
            _ = key.Append('|').Append((n.Up ? 1 : 0) + (n.Paused ? 2 : 0) + (n.Runs ? 4 : 0)).Append(',').Append(n.StopLeft);
            if (n.Runs && (!n.Up || n.Paused || n.Duty.Stance is Stance.Unknown || (n.Duty.Stance is Stance.Stopping && world.Faults < options.Faults)))
            {
                Time(n.DropAt);
            }

            Epoch(n.Duty.EpochSeen);
            Epoch(n.Duty.LetGo);
            _ = key.Append(n.Duty.LetGoBy);
            if (options.Promises || options.Returns)
            {
                Time(n.Duty.PromisedUntil);
                _ = key.Append(n.Duty.PromisedTo < 0 ? '-' : 'p');
            }

            if (options.Returns)
            {
                Epoch(n.LastHeld);
            }

            if (n.Up)
            {
                Stand(n.Duty.Stance);
            }

            if (n.Ask is { } ask)
            {
                _ = key.Append('?').Append((int)ask.Ask);
                Ticket(n, ask.Ticket);
                Epoch(ask.Epoch);
                Epoch(ask.Released);
                Time(n.AskedAt);
            }

            if (n.Answer is { } answer)
            {
                _ = key.Append('!').Append(answer.GetType().Name[5]);
                Time(n.AnswerTo);
                var (ticket, epoch) = answer switch
                {
                    DutyEvent.ClaimGranted e => (e.Ticket, e.Epoch),
                    DutyEvent.ClaimRefused e => (e.Ticket, e.Epoch),
                    DutyEvent.ClaimSuperseded e => (e.Ticket, e.Epoch),
                    DutyEvent.ArbiterRecovering e => (e.Ticket, e.Epoch),
                    DutyEvent.ClaimVacant e => (e.Ticket, e.Epoch),
                    _ => (0, 0),
                };
                Ticket(n, ticket);
                Epoch(epoch);
            }

            if (n.PromiseTo is { } p)
            {
                _ = key.Append('p');
                Time(p);
            }
        }

        void Stand(Stance stance)
        {
            _ = key.Append((int)stance.Code());
            switch (stance)
            {
                case Stance.Unknown s:
                    Time(s.GraceUntil);
                    Time(s.ReadBy);
                    _ = key.Append(s.Running ? 'y' : 'n');
                    Epoch(s.Epoch);
                    break;
                case Stance.Standby s:
                    Time(s.AskAt);
                    break;
                case Stance.Claiming s:
                    Time(s.AskAgainAt);
                    Time(s.GiveUpAt);
                    break;
                case Stance.Active s:
                    Time(s.Hold.Until);
                    Time(s.Hold.RenewAt);
                    Epoch(s.Hold.Epoch);
                    break;
                case Stance.Stopping s:
                    Epoch(s.Epoch);
                    _ = key.Append(s.Then is AfterStop.ToHeld ? 'h' : 's');
                    break;
            }
        }

        void Record(WitnessRecord record)
        {
            _ = key.Append(';').Append(record.Holder ?? "-");
            Epoch(record.Epoch);
            if (record.Holder is { } holder)
            {
                Ticket(Of(w, holder == "A" ? 0 : 1), record.Ticket);
            }
        }

        // A moment that has come is as good as any other that has, but for stamps of messages, which are never older than the delay.
        void Time(Instant at) => key.Append(' ').Append(at == Instant.Never ? 99 : Math.Clamp((long)Math.Ceiling((at - w.Now) / s_tick), -options.Delay, 60));

        void Epoch(long epoch) => key.Append((char)('a' + (epoch == 0 ? 9 : Math.Clamp(newest - epoch, -2, 2) is var d && d < 0 ? 20 - d : d)));

        void Ticket(Node n, long ticket) => key.Append((char)('A' + (ticket < 0 ? 9 : Math.Min(n.Duty.Ticket - ticket, 2))));
    }
}
