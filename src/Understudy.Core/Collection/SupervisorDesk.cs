using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>
/// A supervisor beside two aggregators that know nothing of it: it keeps stopped copies of what each collects on the other, starts them when one is gone or gets no newer samples, leads level 2 away from the one and back to it, and
/// ends the copies only when the other has everything again. It speaks only their configuration language. Numbers: 0 and 1 are the two, from 2 on the daemons of level 2.
/// </summary>
/// <remarks>What each is to be told follows from what was read of it, so that a lost answer, another supervisor's work, or a start in the middle of an outage need no cases of their own (spec 3.8).</remarks>
public sealed partial class SupervisorDesk
{
    private readonly SupervisorRules rules;
    private readonly SupervisorLine[] lines;
    private readonly Side[] sides;
    private readonly HashSet<string> toldDry = new(StringComparer.Ordinal);
    private uint lastId;

    /// <param name="peers">The two aggregators, then level 2.</param>
    /// <param name="acts">It acts until told otherwise by <see cref="Claimed"/>.</param>
    public SupervisorDesk(SupervisorRules rules, ValueList<SupervisorPeer> peers, bool acts)
    {
        this.rules = rules;
        lines = [.. peers.Select(p => new SupervisorLine(p))];
        sides = [new Side(0, rules.Prefix), new Side(1, rules.Prefix)];
        (Acts, ClaimWhy) = (acts, acts ? "it is the only one" : "it was not told yet that the claim is ours");
    }

    /// <summary>One of the two, and how it is cared for.</summary>
    private sealed class Side(int index, string prefix)
    {
        internal int Index => index;

        internal int Other => 1 - index;

        internal SideCare Care { get; set; }

        internal Instant CareSince { get; set; }

        internal string Why { get; set; } = "it collects itself";

        /// <summary>What it was last seen to be configured to while it was well.</summary>
        internal ReadConfiguration? Known { get; set; }

        /// <summary>The copies of it, which are on the other.</summary>
        internal SupervisorCopies Copies { get; } = new(prefix);

        /// <summary>Producers that we stopped at level 2.</summary>
        internal HashSet<(int Who, string Producer)> StoppedAbove { get; } = [];

        /// <summary>The take-over was found, not made: what is stopped at level 2 was stopped for it.</summary>
        internal bool IsInherited { get; set; }

        /// <summary>Its copies were looked for since we act.</summary>
        internal bool IsAdopted { get; set; }

        internal string LastWait { get; set; } = "";
    }

    public Queue<SupervisorOrder> Orders { get; } = new();

    public Queue<SupervisorNote> Notes { get; } = new();

    /// <summary>It moves things; else it only looks, as another one has the claim.</summary>
    public bool Acts { get; private set; }

    public string ClaimWhy { get; private set; }

    /// <summary>Take-overs and hand-backs since the start.</summary>
    public long Moves { get; private set; }

    public string LastMove { get; private set; } = "";

    public SideCare CareOf(int side) => sides[side].Care;

    public SideCondition ConditionOf(int side) => lines[side].Condition;

    /// <summary>We have the claim, or have it no more.</summary>
    public void Claimed(bool held, string why, Instant now)
    {
        ClaimWhy = why;
        if (held == Acts)
        {
            return;
        }

        Acts = held;
        Say(now, true, held ? $"this supervisor acts: {why}" : $"this supervisor only looks on: {why}");
        foreach (var side in sides)
        {
            side.IsAdopted = false;                                    // who acted until now may have moved things
            side.StoppedAbove.Clear();
            (lines[side.Index].ReadDue, lines[side.Index].IsFresh) = (now, false);
        }

        foreach (var line in lines)
        {
            line.Waiting.Clear();
        }
    }

    public void Opened(int who, Instant now)
    {
        lines[who].Opened(now);
        if (who < 2)
        {
            sides[1 - who].Copies.Forget();
        }

        Say(now, false, $"{Name(who)} answers");
        Turn(now);
    }

    /// <param name="refused">Nobody listens there.</param>
    public void Closed(int who, string why, bool refused, Instant now)
    {
        var line = lines[who];
        if (line.IsOpen)
        {
            Say(now, false, $"{Name(who)} {why}");
        }

        line.ConnectAt = line.IsOpen ? now : now + rules.PingEvery * 2;
        line.Closed(refused, now);
        Turn(now);
    }

    public void Answered(int who, uint id, LdmsdAnswer answer, Instant now)
    {
        var line = lines[who];
        (line.Misses, line.HeardAt) = (0, now);                        // any answer shows that it is there
        if (line.Asked.Remove(id, out var take))
        {
            take(answer, now);
        }

        Turn(now);
    }

    /// <summary>To be called each <see cref="SupervisorRules.PingEvery"/>. A question counts as missed by turns of ours, not by the clock: what we slept through is not held against anybody.</summary>
    public void Tick(Instant now)
    {
        foreach (var line in lines)
        {
            if (!line.IsOpen)
            {
                if (!line.IsConnecting && now >= line.ConnectAt)
                {
                    line.IsConnecting = true;
                    Orders.Enqueue(new SupervisorOrder.Connect(Array.IndexOf(lines, line)));
                }

                continue;
            }

            if (now - line.HeardAt >= rules.GiveUp)
            {
                var who = Array.IndexOf(lines, line);
                Orders.Enqueue(new SupervisorOrder.HangUp(who));
                Closed(who, "has not answered for too long: another connection is made", refused: false, now);
                continue;
            }

            line.Misses += line.PingsOut > 0 ? 1 : 0;
            if (line.PingsOut < rules.Misses)
            {
                line.PingsOut++;
                Ask(line, SupervisorCopies.Command("daemon_status"), (_, _) => line.PingsOut = Math.Max(0, line.PingsOut - 1));
            }
        }

        Turn(now);
    }

    /// <summary>The copies are to go: what <c>--remove</c> asks for at the end. Those that run stay, as somebody needs them.</summary>
    public void Leave(Instant now)
    {
        foreach (var side in sides)
        {
            if (Acts && side.Care == SideCare.Home && lines[side.Other] is { IsOpen: true, Configuration: { } at } line)
            {
                Say(now, true, $"the copies of {Name(side.Index)}'s on {Name(side.Other)} are removed");
                Send(line, side.Copies.ToNothing(at), side.Copies, now);
                side.IsAdopted = false;
            }
        }
    }

    /// <summary>Commands that were sent and are not answered, or wait to be sent.</summary>
    public int Unanswered => lines.Sum(l => l.Waiting.Count + l.Changing);

    private void Turn(Instant now)
    {
        Judge(now);
        Read(now);
        if (Acts)
        {
            Care(now);
        }

        foreach (var line in lines)
        {
            Flush(line);
        }
    }

    // -- how each is

    private void Judge(Instant now)
    {
        for (var i = 0; i < 2; i++)
        {
            var condition = ConditionNow(i, now, out var why);
            var line = lines[i];
            var before = line.Condition;
            if (line.Becomes(condition, now) && (before, condition) is not (SideCondition.Unknown, SideCondition.Well))
            {
                Say(now, true, $"{Name(i)} {why}");
            }
        }
    }

    private SideCondition ConditionNow(int i, Instant now, out string why)
    {
        var line = lines[i];
        var patience = rules.PingEvery * rules.Misses;
        if (!line.IsOpen)
        {
            var gone = line.IsRefused || (line.WasOpen && now - line.ClosedAt >= patience);
            why = line.IsRefused ? "is gone: nobody listens there" : "is gone: its connection broke, and there is no other within three pings";
            return gone ? SideCondition.Lost : line.Condition == SideCondition.Unknown ? SideCondition.Unknown : line.Condition;
        }

        if (line.Misses >= rules.Misses)
        {
            why = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"is silent: {rules.Misses} pings, one each {rules.PingEvery.TotalMilliseconds:0} ms, are not answered, and its connection stands");
            return SideCondition.Silent;
        }

        if (IsStalled(i))
        {
            why = "answers, and none of its sets has got newer for three intervals";
            return SideCondition.Stalled;
        }

        why = "is well";
        return line.Configuration is null && line.Condition is not (SideCondition.Well or SideCondition.Stalled) ? line.Condition : SideCondition.Well;
    }

    /// <summary>Of the sets whose updater is quick none has advanced for so many intervals. A few that do not are their samplers' affair: they are told, and nothing moves.</summary>
    private bool IsStalled(int i)
    {
        var due = DueSets(i, copies: false);
        return due.Count > 0 && due.TrueForAll(d => d.Watch.StaleFor > d.Interval * rules.StallIntervals);
    }

    /// <summary>Sets that its updaters should keep new, with the interval; of the quickest updaters.</summary>
    private List<(string Instance, SetWatch Watch, TimeSpan Interval)> DueSets(int who, bool copies)
    {
        var line = lines[who];
        if (line.Configuration is not { } read)
        {
            return [];
        }

        var intervals = Intervals(read, u => sides[0].Copies.IsCopy(u) == copies);
        var due = line.Watches.Where(w => w.Value.IsReady && w.Value.Micros > 0 && intervals.ContainsKey(w.Value.Producer)).Select(w => (w.Key.Instance, w.Value, intervals[w.Value.Producer])).ToList();
        var least = due.Count == 0 ? TimeSpan.Zero : due.Min(d => d.Item3);
        return [.. due.Where(d => d.Item3 <= least * 3)];
    }

    /// <summary>How often each producer's sets are pulled, by the quickest of its running updaters.</summary>
    private static Dictionary<string, TimeSpan> Intervals(ReadConfiguration read, Func<string, bool> counts)
    {
        var intervals = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);
        foreach (var updater in read.Updaters)
        {
            var interval = TimeSpan.FromMicroseconds(Math.Clamp(updater.IntervalMicros, 1000, 86_400_000_000));
            foreach (var producer in updater.Producers)
            {
                if (updater.State != "STOPPED" && counts(updater.Name) && (!intervals.TryGetValue(producer.Name, out var other) || interval < other))
                {
                    intervals[producer.Name] = interval;
                }
            }
        }

        return intervals;
    }

    // -- questions

    private void Read(Instant now)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            if (!line.IsOpen || line.Misses >= rules.Misses)
            {
                continue;
            }

            if (!line.IsReading && now >= line.ReadDue && line.Changing == 0 && line.Waiting.Count == 0)
            {
                AskConfiguration(i, line);
            }

            if (!line.IsLooking && now >= line.LookDue)
            {
                AskSets(i, line, now);
            }
        }
    }

    private void AskConfiguration(int who, SupervisorLine line)
    {
        line.IsReading = true;
        ValueList<LdmsdProducerRow>? producers = null;
        ValueList<LdmsdUpdaterRow>? updaters = null;
        Ask(line, SupervisorCopies.Command("prdcr_status"), (a, _) => producers = LdmsdAnswers.Producers(a.Json ?? ""));
        Ask(line, SupervisorCopies.Command("updtr_status"), (a, _) => updaters = LdmsdAnswers.Updaters(a.Json ?? ""));
        Ask(line, SupervisorCopies.Command("updtr_match_list"), (a, at) =>
        {
            line.IsReading = false;
            line.ReadDue = at + rules.ReadEvery;
            if (producers is { } p && updaters is { } u)
            {
                line.Took(new ReadConfiguration(p, u, a.Code == 0 ? UpdaterMatches.Read(a.Json) : null), at);
                if (who < 2 && sides[who].Care == SideCare.Home && line.Condition is SideCondition.Well or SideCondition.Unknown && IsSettled(who, at))
                {
                    sides[who].Known = line.Configuration;
                }
            }
            else
            {
                Say(at, false, $"{Name(who)} did not tell its producers and updaters");
            }
        });
    }

    /// <summary>A daemon that is just reading its file has half of its configuration.</summary>
    private bool IsSettled(int who, Instant now) => lines[who].Configuration is { } read && (read.Shape == sides[who].Known?.Shape || sides[who].Known is null || now - lines[who].ShapeSince >= rules.Settle);

    private void AskSets(int who, SupervisorLine line, Instant now)
    {
        line.IsLooking = true;
        line.LookDue = now + (sides.Any(s => s.Care != SideCare.Home) ? rules.LookEvery / 2 : rules.LookEvery);
        Ask(line, SupervisorCopies.Command("prdcr_set_status"), (a, at) =>
        {
            line.IsLooking = false;
            if (LdmsdAnswers.ProducerSets(a.Json ?? "") is { } rows)
            {
                line.Saw(rows, rules.LookEvery * 1.5, at);
            }
        });
        if (who >= 2 && sides.Any(s => s.Care != SideCare.Home))
        {
            line.ReadDue = now;                                        // whether it is connected decides now
        }
    }

    private void Ask(SupervisorLine line, LdmsdCommand command, Action<LdmsdAnswer, Instant> take)
    {
        line.Asked[++lastId] = take;
        Orders.Enqueue(new SupervisorOrder.Ask(Array.IndexOf(lines, line), lastId, command));
    }

    // -- commands

    /// <summary>At most so many are under way at once.</summary>
    private const int MostChanging = 32;

    private void Send(SupervisorLine line, List<LdmsdCommand> commands, SupervisorCopies? copies, Instant now)
    {
        var who = Array.IndexOf(lines, line);
        if (commands.Count > 0 && !rules.DryRun)
        {
            (line.IsFresh, line.ReadDue) = (false, now);
        }

        foreach (var command in commands)
        {
            if (!rules.DryRun)
            {
                line.Waiting.Enqueue(command);
                Say(now, false, $"{Name(who)} is told: {command}");
            }
            else if (toldDry.Add($"{who} {command}"))
            {
                Say(now, true, $"{Name(who)} would be told: {command}");
                copies?.Refused(command, 0);
            }
        }
    }

    private void Flush(SupervisorLine line)
    {
        while (line.IsOpen && line.Changing < MostChanging && line.Waiting.TryDequeue(out var command))
        {
            line.Changing++;
            Ask(line, command, (answer, at) =>
            {
                line.Changing--;
                line.ReadDue = at;
                if (answer.Code != 0)
                {
                    var who = Array.IndexOf(lines, line);
                    Say(at, true, $"{Name(who)} refused '{command}': {LdmsdRefusal.NameOf(answer.Code)} {answer.Text}".TrimEnd());
                    if (who < 2)
                    {
                        sides[1 - who].Copies.Refused(command, answer.Code);
                    }
                }
            });
        }
    }

    private string Name(int who) => lines[who].Peer.Name;

    private void Say(Instant now, bool isMove, string text) => Notes.Enqueue(new SupervisorNote(now, isMove, text));
}
