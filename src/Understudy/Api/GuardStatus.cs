using Understudy.Core;
using Understudy.Core.Power;

namespace Understudy.Api;

/// <summary>How a guard stands, as the API and `--json` say it: spans in whole milliseconds, with the unit in the name.</summary>
/// <param name="Mains">present, lost, blind, disputed or unknown.</param>
/// <param name="SettlesForMs">Nothing is decided for so long; null: it is.</param>
/// <param name="DueInMs">When the plan's first step begins as things are; null while there is no reason for it.</param>
internal sealed record GuardStatus(
    string Guard,
    string Mains,
    long MainsForMs,
    string Evidence,
    long? SettlesForMs,
    long BucketMs,
    long GraceMs,
    long? DueInMs,
    int Tier,
    bool Stays,
    bool DryRun,
    IReadOnlyList<WitnessStatus> Witnesses,
    HeatStatus Heat,
    GuardPlanStatus Plan,
    IReadOnlyList<HostWordStatus> Hosts,
    ReturnStatus? Return)
{
    internal static GuardStatus Of(GuardSnapshot g) => new(
        g.Guard, g.Mains, Ms(g.MainsFor), g.Evidence, Ms(g.SettlesFor), Ms(g.Bucket), Ms(g.Grace), Ms(g.DueIn), g.Tier, g.Stays, g.DryRun,
        [.. g.Witnesses.Select(w => new WitnessStatus(w.Subject, w.Control ? "control" : "mains", w.Health, w.EverUp, Ms(w.For), w.Evidence))],
        new HeatStatus(g.Heat.Hottest, g.Heat.Place, Ms(g.Heat.CriticalIn), g.Heat.IsHot, g.Heat.IsCool, g.Heat.Unread),
        new GuardPlanStatus(
            g.Plan.Phase, g.Plan.Why, g.Plan.Last, g.Plan.Run, g.Plan.Dry, g.Plan.PastPoint, g.Plan.HeldBy, g.Plan.Step,
            [.. GuardExplain.Times(g).Select(t => new GuardStepStatus(t.Step.Name, Ms(t.Step.Limit), t.Step.PointOfNoReturn, t.Step.Begun, Ms(t.Step.BeginsIn), Ms(t.After)))], g.Plan.LastEnd),
        [.. g.Hosts.Select(h => new HostWordStatus(h.Host, h.Tier, h.Mains, h.Phase, h.LetGo, Ms(h.Age)))],
        g.Return is { } r ? new ReturnStatus(r.Stage, r.Says, r.Charge, r.Missing) : null);

    private static long Ms(TimeSpan span) => (long)span.TotalMilliseconds;

    private static long? Ms(TimeSpan? span) => span is { } s ? Ms(s) : null;
}

/// <param name="Role">mains or control.</param>
/// <param name="Health">healthy, suspect, failed or unknown.</param>
/// <param name="EverUp">It was seen up since the host booted; else it cannot say that the mains are lost.</param>
internal sealed record WitnessStatus(string Subject, string Role, string Health, bool EverUp, long ForMs, string Evidence);

internal sealed record HeatStatus(double? HottestCelsius, string Place, long? CriticalInMs, bool IsHot, bool IsCool, ValueList<string> Unread);

/// <param name="Phase">idle, armed, running, done, aborted or failed.</param>
/// <param name="LastEnd">How the run before ended, over boots too: why the host went down.</param>
internal sealed record GuardPlanStatus(
    string Phase, string Why, string Last, long Run, bool Dry, bool PastPoint, string? HeldBy, int? Step, IReadOnlyList<GuardStepStatus> Steps, string? LastEnd);

/// <param name="BeginsInMs">At the latest; null where there is no reason for the plan, or it runs.</param>
/// <param name="AfterMs">At the latest so long after the first step's begin.</param>
internal sealed record GuardStepStatus(string Name, long LimitMs, bool PointOfNoReturn, bool Begun, long? BeginsInMs, long AfterMs);

internal sealed record HostWordStatus(string Host, int Tier, string Mains, string Phase, bool LetGo, long AgeMs);

internal sealed record ReturnStatus(string Stage, string Says, int? ChargePercent, ValueList<string> Missing);

/// <summary>All guards of the file, in its order.</summary>
internal sealed record GuardsAnswer(IReadOnlyList<GuardStatus> Guards);

internal sealed record GuardExplainAnswer(string Guard, IReadOnlyList<string> Sentences);

/// <summary>What may come with an order to a guard.</summary>
/// <param name="Why">For the ledger and for people.</param>
/// <param name="Countdown">A span as in the settings, <c>2m</c>; null: the guard's own.</param>
/// <param name="Wanted">Of wake: false takes it back; null means true.</param>
internal sealed record GuardBody(string? Why = null, string? Countdown = null, bool? Wanted = null);
