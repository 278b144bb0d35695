using System.Globalization;

namespace Understudy.Core.Power;

/// <summary>Tells in sentences what a guard believes, who said so, what would happen when, and what the last run was.</summary>
public static class GuardExplain
{
    /// <summary>One sentence an item, in order; the same input gives the same text.</summary>
    public static ValueList<string> Of(GuardSnapshot g) =>
        [Mains(g), .. Settling(g), .. Witnesses(g), Bucket(g), .. Heat(g), .. Plan(g), .. Next(g), .. Hosts(g), .. Return(g), .. Past(g)];

    private static string Mains(GuardSnapshot g)
    {
        var length = Spans.Say(g.MainsFor);
        var meaning = g.Mains switch
        {
            "present" => "the mains are there",
            "lost" => "the mains are lost",
            "blind" => "it is blind: the mains witnesses are dark, and so is all that would show that we are not cut off ourselves, so that nothing is done on that alone",
            "disputed" => "it is disputed: we see a loss, and another host sees the mains, so that nothing is done on that alone",
            _ => "it cannot tell how the mains are",
        };
        return $"{g.Guard}: {meaning}, for {length}. Why: {g.Evidence}.";
    }

    private static IEnumerable<string> Settling(GuardSnapshot g)
    {
        if (g.SettlesFor is { } left)
        {
            yield return $"It settles for {Spans.Say(left)} more, as after each boot, resume or stall of ours: nothing is decided in that time.";
        }
    }

    private static IEnumerable<string> Witnesses(GuardSnapshot g)
    {
        foreach (var w in g.Witnesses)
        {
            var never = w.EverUp || w.Control ? "" : "; it was not seen up since this host booted, and until then cannot say that the mains are lost";
            yield return $"{(w.Control ? "Control" : "Mains witness")} {w.Subject} has been {w.Health} for {Spans.Say(w.For)}: {w.Evidence}{never}.";
        }

        if (g.Witnesses.All(w => !w.Control))
        {
            yield return "There is no control: that all is silent can also mean that this host is cut off.";
        }
    }

    private static string Bucket(GuardSnapshot g)
    {
        var used = $"Of the grace of {Spans.Say(g.Grace)}, {Spans.Say(g.Bucket)} {(g.Bucket == TimeSpan.Zero ? "is" : "are")} used up";
        return g.Mains switch
        {
            "lost" => $"{used}, a second each second.",
            "present" when g.Bucket > TimeSpan.Zero => $"{used}; it drains, two seconds each second.",
            "present" => $"{used}.",
            _ => $"{used}; it stands still, as nobody can tell.",
        };
    }

    private static IEnumerable<string> Heat(GuardSnapshot g)
    {
        var h = g.Heat;
        if (h.Hottest is { } celsius)
        {
            var word = h.IsHot ? ", which is hot: the grace is not waited for" : h.IsCool ? ", which is cool: there is time" : "";
            var rise = h.CriticalIn is { } critical ? $"; as it rises it will be critical in {Spans.Say(critical)}" : "";
            yield return string.Create(CultureInfo.InvariantCulture, $"{h.Place} has {celsius:0.#} °C{word}{rise}.");
        }

        foreach (var unread in h.Unread)
        {
            yield return $"A temperature cannot be read: {unread}.";
        }
    }

    private static IEnumerable<string> Plan(GuardSnapshot g)
    {
        var p = g.Plan;
        var dry = p.Dry ? ", and it is only a rehearsal" : "";
        var run = p.Run.ToString(CultureInfo.InvariantCulture);
        yield return p.Phase switch
        {
            "armed" => $"The plan is armed{dry} (run {run}): {p.Why}.",
            "running" => $"The plan runs{dry} (run {run}), at step {Step(g)}: {p.Last}.",
            "done" => $"The plan is done{dry} (run {run}): {p.Last}.",
            "aborted" => $"The plan was called off (run {run}): {p.Last}.",
            "failed" => $"The plan has failed (run {run}), and a person must look: {p.Last}.",
            _ => $"The plan is idle: {p.Last}.",
        };
        if (p.HeldBy is { } by)
        {
            yield return $"{by} called it off: nothing arms by itself until the mains were back once.";
        }

        if (p.PastPoint)
        {
            yield return "It is past its point of no return: it cannot be called off any more.";
        }

        if (g.DryRun)
        {
            yield return "This guard runs dry: its last step is not really carried out.";
        }
    }

    private static string Step(GuardSnapshot g) => g.Plan.Step is { } at && at < g.Plan.Steps.Count ? g.Plan.Steps[at].Name : "none";

    private static IEnumerable<string> Next(GuardSnapshot g)
    {
        if (g.Plan.Phase is "running" or "done" or "failed")
        {
            yield break;
        }

        var turn = g.Turn > TimeSpan.Zero ? $", of which {Spans.Say(g.Turn)} are this host's turn in the spread" : "";
        if (g.Plan.HeldBy is null && g.DueIn is { } due)
        {
            yield return $"Unless that changes, the first step begins in {Spans.Say(due)}{turn}.";
        }
        else if (g.Plan.HeldBy is null)
        {
            yield return $"Were the mains lost from now on, the first step would begin in {Spans.Say((g.Grace > g.Bucket ? g.Grace - g.Bucket : TimeSpan.Zero) + g.Turn)} at the soonest{turn}, unless heat hastens it.";
        }

        foreach (var (step, before) in Times(g))
        {
            yield return $"Step {step.Name}: {When(step.BeginsIn, before)}, for at most {Spans.Say(step.Limit)}"
                + $"{(step.PointOfNoReturn ? "; from its begin on nothing can be called off" : "")}.";
        }

        if (g.Stays)
        {
            yield return "This host stays up: it does these steps and does not go down.";
        }
    }

    private static string When(TimeSpan? begins, TimeSpan after) => begins is { } at
        ? $"in {Spans.Say(at)}{(after > TimeSpan.Zero ? " at the latest" : "")}"
        : after > TimeSpan.Zero ? $"at most {Spans.Say(after)} after the first begins" : "the first";

    /// <summary>Each step, and how long after the first it begins at the latest.</summary>
    public static IEnumerable<(StepSnapshot Step, TimeSpan After)> Times(GuardSnapshot g)
    {
        var after = TimeSpan.Zero;
        foreach (var step in g.Plan.Steps)
        {
            yield return (step, after);
            after += step.Limit;
        }
    }

    private static IEnumerable<string> Hosts(GuardSnapshot g) => g.Hosts.Select(h => string.Create(
        CultureInfo.InvariantCulture,
        $"{h.Host} (tier {h.Tier}) said {Spans.Say(h.Age)} ago that the mains are {h.Mains} and its plan is {h.Phase}{(h.Tier < g.Tier ? h.LetGo ? "; nobody waits for it" : $"; this host, of tier {g.Tier}, waits for it" : "")}."));

    private static IEnumerable<string> Return(GuardSnapshot g)
    {
        if (g.Return is not { } r)
        {
            yield break;
        }

        var missing = r.Missing.Count > 0 && r.Stage != "idle" ? $" Not heard yet: {string.Join(", ", r.Missing)}." : "";
        yield return string.Create(CultureInfo.InvariantCulture, $"The return is {r.Stage}: {r.Says}{(r.Charge is { } charge ? $"; the UPS holds {charge} %" : "")}.{missing}");
    }

    private static IEnumerable<string> Past(GuardSnapshot g)
    {
        if (g.Plan.LastEnd is { } end)
        {
            yield return $"The last run that ended: {end}.";
        }
    }
}
