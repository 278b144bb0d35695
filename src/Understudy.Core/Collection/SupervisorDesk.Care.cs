using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

public sealed partial class SupervisorDesk
{
    private void Care(Instant now)
    {
        foreach (var side in sides)
        {
            Adopt(side, now);
            switch (side.Care)
            {
                case SideCare.Home:
                    CareAtHome(side, now);
                    break;
                case SideCare.Covered:
                    CareCovered(side, now);
                    break;
                case SideCare.Returning:
                    CareReturning(side, now);
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }
    }

    /// <summary>Copies that run when we begin to act are a take-over of somebody before us, which is ours now.</summary>
    private void Adopt(Side side, Instant now)
    {
        if (side.IsAdopted || lines[side.Other] is not { IsFresh: true, Configuration: { } at })
        {
            return;
        }

        side.IsAdopted = true;
        if (side.Care == SideCare.Home && at.Producers.Any(p => side.Copies.IsCopy(p.Name) && p.State != "STOPPED"))
        {
            Becomes(side, SideCare.Covered, $"copies of {Name(side.Index)}'s run on {Name(side.Other)} already", now);
            side.IsInherited = true;
        }
    }

    private void CareAtHome(Side side, Instant now)
    {
        var (own, other) = (lines[side.Index], lines[side.Other]);
        if (own.Condition is SideCondition.Lost or SideCondition.Silent or SideCondition.Stalled)
        {
            if (other is { Condition: SideCondition.Well, Configuration: { } there } && (side.Known is not null || there.Producers.Any(p => side.Copies.IsCopy(p.Name))))
            {
                Becomes(side, SideCare.Covered, $"{Name(side.Index)} is {Word(own.Condition)}: {Name(side.Other)} collects in its place", now);
                CareCovered(side, now);
            }

            return;
        }

        if (side.IsAdopted && own is { Condition: SideCondition.Well, IsFresh: true, Configuration: { } from } && IsSettled(side.Index, now) && other is { IsFresh: true, Condition: SideCondition.Well or SideCondition.Stalled, Configuration: { } at })
        {
            side.Known = from;
            Send(other, side.Copies.ToRest(from, at), side.Copies, now);
            StartAbove(side, now);
        }
    }

    private void CareCovered(Side side, Instant now)
    {
        var (own, other) = (lines[side.Index], lines[side.Other]);
        KeepRunning(side, now);
        if (own.Condition == SideCondition.Well)
        {
            var ready = IsReady(side, now, out var why);
            side.LastWait = why;
            if (ready)
            {
                Becomes(side, SideCare.Returning, $"{Name(side.Index)} has everything again: level 2 is led back to it", now);
                CareReturning(side, now);
            }

            return;
        }

        if (other.Condition == SideCondition.Well)
        {
            StopAbove(side, now);
        }
    }

    private void CareReturning(Side side, Instant now)
    {
        if (lines[side.Index].Condition != SideCondition.Well)
        {
            Becomes(side, SideCare.Covered, $"{Name(side.Index)} is {Word(lines[side.Index].Condition)} again before anything was taken from {Name(side.Other)}", now);
            return;
        }

        KeepRunning(side, now);
        StartAbove(side, now);
        var waits = Above(side).Where(a => a.State is not ("CONNECTED" or "STOPPED")).Select(a => Name(a.Who)).ToList();
        var late = now - side.CareSince >= rules.LevelTwoPatience;
        if ((side.StoppedAbove.Count > 0 || waits.Count > 0) && !late)
        {
            side.LastWait = waits.Count > 0 ? $"{waits[0]} is not connected to it yet" : "level 2 has not answered yet";
            return;
        }

        Becomes(side, SideCare.Home, $"{Name(side.Index)} collects itself again{(waits.Count > 0 ? $", though {waits[0]} is not connected to it" : "")}: its copies on {Name(side.Other)} end", now);
        if (lines[side.Other] is { IsOpen: true, Configuration: { } at } other && (lines[side.Index].Configuration ?? side.Known) is { } from)
        {
            Send(other, side.Copies.ToRest(from, at), side.Copies, now);
        }
    }

    /// <summary>Whatever the other lacks of the copies, or does not run, after a start of its own for instance.</summary>
    private void KeepRunning(Side side, Instant now)
    {
        if (lines[side.Other] is { Condition: SideCondition.Well, Configuration: { } at } other && other.Waiting.Count == 0 && other.Changing == 0 && (other.IsFresh || now == side.CareSince))
        {
            Send(other, side.Copies.ToRun(side.Known, at), side.Copies, now);
        }
    }

    /// <summary>The owner has everything that its stand-in has, and what it has gets newer.</summary>
    private bool IsReady(Side side, Instant now, out string why)
    {
        var (own, other) = (lines[side.Index], lines[side.Other]);
        why = "its configuration was not read yet";
        if (own is not { IsFresh: true, Configuration: { } has })
        {
            return false;
        }

        if (now - own.ConditionSince < rules.Settle || now - own.ShapeSince < rules.Settle)
        {
            why = "it has not been well, and the same, for long enough";
            return false;
        }

        var there = has.Producers.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        if (side.Known?.Producers.FirstOrDefault(p => side.Copies.IsOwn(p.Name) && !there.Contains(p.Name)) is { } missing && now - own.ConditionSince < rules.Patience)
        {
            why = $"it has no {missing.Name} yet";
            return false;
        }

        if (other.Condition != SideCondition.Well)
        {
            return true;                                               // nobody stands in for it
        }

        var covered = DueOrSlow(side);
        var mine = new Dictionary<string, SetWatch>(StringComparer.Ordinal);
        foreach (var ((instance, producer), watch) in own.Watches)
        {
            if (side.Copies.IsOwn(producer))
            {
                mine[instance] = watch;
            }
        }

        foreach (var (instance, copy, interval) in covered)
        {
            if (!there.Contains(side.Copies.OriginalOf(copy.Producer, has)))
            {
                continue;                                              // it has been taken out of its configuration
            }

            why = !mine.TryGetValue(instance, out var watch) || !watch.IsReady ? $"it has no {instance} yet"
                : watch.Changes < 2 || watch.StaleFor > interval * rules.StallIntervals ? $"its {instance} has not got newer yet"
                : watch.Micros < copy.Micros - (2 * (long)interval.TotalMicroseconds) ? $"its {instance} is older than {Name(side.Other)}'s"
                : "";
            if (why.Length > 0)
            {
                return false;
            }
        }

        why = "";
        return true;
    }

    /// <summary>The sets that the copies have and that get newer there: what is dead at its sampler need not come back first.</summary>
    private List<(string Instance, SetWatch Watch, TimeSpan Interval)> DueOrSlow(Side side)
    {
        if (lines[side.Other].Configuration is not { } at)
        {
            return [];
        }

        var intervals = Intervals(at, side.Copies.IsCopy);
        return [.. lines[side.Other].Watches
            .Where(w => w.Value.IsReady && w.Value.Micros > 0 && intervals.ContainsKey(w.Value.Producer))
            .Select(w => (w.Key.Instance, w.Value, intervals[w.Value.Producer]))
            .Where(w => w.Value.StaleFor <= w.Item3 * rules.StallIntervals)];
    }

    // -- level 2

    /// <summary>The producers at level 2 that lead to an aggregator.</summary>
    private List<(int Who, string Producer, string State)> Above(Side side)
    {
        var peer = lines[side.Index].Peer;
        var found = new List<(int, string, string)>();
        for (var i = 2; i < lines.Length; i++)
        {
            if (lines[i] is { IsOpen: true, Configuration: { } read })
            {
                found.AddRange(read.Producers.Where(p => p.Port == peer.Port && peer.Hosts.Contains(p.Host, StringComparer.Ordinal)).Select(p => (i, p.Name, p.State)));
            }
        }

        return found;
    }

    /// <summary>
    /// Stops the way from level 2 to an aggregator that gives it nothing any more: level 2 holds on to the first that offered a set, and takes it from nobody else as long as that connection stands (spec D5). Not before it is
    /// known to give nothing: an aggregator that only we cannot hear goes on serving.
    /// </summary>
    private void StopAbove(Side side, Instant now)
    {
        foreach (var (who, producer, state) in Above(side))
        {
            if (state == "STOPPED" || side.StoppedAbove.Contains((who, producer)) || lines[who].Waiting.Count + lines[who].Changing > 0)
            {
                continue;
            }

            if (lines[side.Index].IsRefused || state != "CONNECTED" || IsDry(side, who, producer, now))
            {
                _ = side.StoppedAbove.Add((who, producer));
                Say(now, true, $"{Name(who)} lets go of {producer}, which gives it nothing any more");
                Send(lines[who], [SupervisorCopies.Command("prdcr_stop", ("name", producer))], null, now);
            }
        }
    }

    private bool IsDry(Side side, int who, string producer, Instant now)
    {
        var interval = side.Known is { } known && Intervals(known, side.Copies.IsOwn) is { Count: > 0 } intervals ? intervals.Values.Min() : TimeSpan.FromSeconds(1);
        var stale = lines[who].Watches.Values.Where(w => w.Producer == producer && w.IsReady).Select(w => w.StaleFor).DefaultIfEmpty(now - side.CareSince).Min();
        return stale > interval * rules.DryIntervals;
    }

    /// <summary>Level 2 is led to it again. What we did not stop is not started; what was stopped by a supervisor before us is known by the copies that ran.</summary>
    private void StartAbove(Side side, Instant now)
    {
        foreach (var (who, producer, state) in Above(side))
        {
            var ours = side.StoppedAbove.Contains((who, producer)) || side is { IsInherited: true, Care: SideCare.Returning };
            if (state == "STOPPED" && ours && lines[who].IsFresh && lines[who].Waiting.Count + lines[who].Changing == 0)
            {
                Say(now, true, $"{Name(who)} is led to {producer} again");
                Send(lines[who], [SupervisorCopies.Command("prdcr_start", ("name", producer))], null, now);
            }
            else if (state != "STOPPED" && lines[who].IsFresh)
            {
                _ = side.StoppedAbove.Remove((who, producer));
            }
        }
    }

    private void Becomes(Side side, SideCare care, string why, Instant now)
    {
        var returns = (side.Care, care) is (SideCare.Returning, SideCare.Home);
        var takes = (side.Care, care) is (SideCare.Home, SideCare.Covered);
        (side.Care, side.CareSince, side.Why, side.LastWait) = (care, now, why, "");
        side.IsInherited &= care != SideCare.Home;
        foreach (var line in lines)
        {
            (line.ReadDue, line.LookDue) = (now, now);                 // what was read a while ago is too old for what comes now
        }

        Moves += returns || takes ? 1 : 0;
        LastMove = returns || takes ? why : LastMove;
        Say(now, true, why);
    }

    private static string Word(SideCondition condition) => condition switch
    {
        SideCondition.Unknown => "not heard yet",
        SideCondition.Well => "well",
        SideCondition.Silent => "silent",
        SideCondition.Lost => "gone",
        SideCondition.Stalled => "stalled",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>All that is known, for people.</summary>
    public SupervisorStatus Status(Instant now) => new(Acts, ClaimWhy, sides.Select(s => Shown(s, now)).ToValueList(),
        sides.SelectMany(s => Above(s).Select(a => new SupervisorAbove(Name(a.Who), lines[a.Who].IsOpen, Name(s.Index), a.Producer, a.State, s.StoppedAbove.Contains((a.Who, a.Producer))))).ToValueList(), Moves, LastMove);

    private SupervisorSide Shown(Side side, Instant now)
    {
        var (own, other) = (lines[side.Index], lines[side.Other]);
        var copies = other.Configuration?.Producers.Where(p => side.Copies.IsCopy(p.Name)).ToList() ?? [];
        var late = DueSets(side.Index, copies: false).Where(d => d.Watch.StaleFor > d.Interval * rules.StallIntervals).Select(d => d.Instance).Order(StringComparer.Ordinal).Take(20);
        return new(Name(side.Index), Word(own.Condition), Ms(now - own.ConditionSince), side.Care switch { SideCare.Home => "home", SideCare.Covered => "covered", _ => "returning" }, Ms(now - side.CareSince),
            side.LastWait.Length > 0 ? $"{side.Why}; it waits: {side.LastWait}" : side.Why, own.Configuration?.Producers.Count(p => side.Copies.IsOwn(p.Name)) ?? 0,
            copies.Count, copies.Count(p => p.State != "STOPPED"), own.Watches.Count, late.ToValueList());
    }

    private static long Ms(TimeSpan span) => (long)span.TotalMilliseconds;
}
