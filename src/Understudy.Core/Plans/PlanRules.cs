namespace Understudy.Core.Plans;

/// <summary>One step of a plan, by what it promises and what may go wrong; what it does is the performer's affair, who knows it by its place and name.</summary>
/// <param name="Name">Unique within the plan; said to people.</param>
/// <param name="Limit">From its first begin; all attempts share it. What has not ended by then is cancelled and dealt with by <paramref name="OnFailure"/>. Also how long it is waited, before its
/// first begin, for a verdict that nobody renews.</param>
/// <param name="Attempts">So many failures are its last one; at least 1.</param>
/// <param name="Ceiling">From its first begin: so far its own requests to wait (exit code 75) extend the limit. Below the limit: no further than that.</param>
/// <param name="Undo">It can be undone, and an abort does so.</param>
/// <param name="PointOfNoReturn">From its begin on nothing is aborted, withdrawn or undone. Each begin of it needs a standing verdict.</param>
/// <param name="MayVeto">Its veto (exit code 99) pauses the plan, up to <see cref="PlanRules.VetoCeiling"/>. Of others a veto is told and passed.</param>
/// <param name="VetoFor">Its own vetoes count no longer than so long from its first begin; null: only the run's ceiling bounds them.</param>
/// <param name="Harmless">It is really done in a dry run too, such as a notice that says so. Never of a point of no return.</param>
public sealed record PlanStep(
    string Name,
    TimeSpan Limit,
    int Attempts = 1,
    TimeSpan Ceiling = default,
    bool Undo = false,
    bool PointOfNoReturn = false,
    OnFailure OnFailure = OnFailure.GoOn,
    bool MayVeto = false,
    TimeSpan? VetoFor = null,
    bool Harmless = false)
{
    /// <summary>The longest that it may take from its first begin, vetoes apart.</summary>
    public TimeSpan Longest => Ceiling > Limit ? Ceiling : Limit;
}

/// <summary>What a step's last failure, or its limit, means for the plan.</summary>
public enum OnFailure
{
    /// <summary>A person is told, and the next step comes.</summary>
    GoOn,

    /// <summary>The plan has failed: nothing more begins, and a person is told.</summary>
    Stop,
}

/// <summary>What a plan's machine must know to decide: fixed while a run of it is under way.</summary>
/// <param name="Plan">The plan's name.</param>
/// <param name="Countdown">The least span between arming and the first step; no haste makes it shorter.</param>
/// <param name="StandsFor">A verdict that was not renewed for so long does not stand any more, and nothing begins on it.</param>
/// <param name="VetoCeiling">From the first veto of a run: so long vetoes pause it. Zero: vetoes are only told.</param>
/// <param name="AskAgain">Span before a step that failed or vetoed is begun again.</param>
/// <param name="Warnings">How long before the first step people are warned, each once.</param>
/// <param name="Dry">Every run is dry: of harmful steps it is only said what would be done.</param>
public sealed record PlanRules(
    string Plan,
    ValueList<PlanStep> Steps,
    TimeSpan Countdown,
    TimeSpan StandsFor,
    TimeSpan VetoCeiling,
    TimeSpan AskAgain,
    ValueList<TimeSpan> Warnings,
    bool Dry = false)
{
    /// <summary>More steps than a person would read before confirming them.</summary>
    public const int MaxSteps = 64;

    /// <summary>Five, two and one minute before: the first is when systemd refuses new log-ins (shutdown(8): five minutes before).</summary>
    public static ValueList<TimeSpan> UsualWarnings { get; } = [TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(1)];

    /// <summary>A due moment that moves by less has not moved: computed anew at each look, it jitters.</summary>
    public static TimeSpan LeastMove => TimeSpan.FromSeconds(1);

    /// <summary>A warning is said again when the due moment has moved so far past it, not when it trembles around it.</summary>
    public static TimeSpan WarnAgain => TimeSpan.FromSeconds(30);

    /// <summary>A step that asks to wait is asked again no sooner.</summary>
    public static TimeSpan LeastWait => TimeSpan.FromSeconds(1);

    /// <summary>The longest that a run may take from its first begin to its end while the verdict stands.</summary>
    public TimeSpan Longest => Steps.Aggregate(Steps.Any(s => s.MayVeto) ? VetoCeiling : TimeSpan.Zero, (sum, s) => sum + s.Longest);

    /// <summary>What is wrong with these rules, one sentence each; the machine trusts rules of which nothing is said here.</summary>
    public IEnumerable<string> Problems()
    {
        if (Steps.Count is 0 or > MaxSteps)
        {
            yield return $"a plan has 1 to {MaxSteps} steps, this one has {Steps.Count}";
        }

        foreach (var name in Steps.GroupBy(s => s.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            yield return $"two steps have the name {name.Key}";
        }

        foreach (var step in Steps)
        {
            if (step.Limit <= TimeSpan.Zero || step.Attempts < 1 || step.Ceiling < TimeSpan.Zero)
            {
                yield return $"{step.Name} needs a limit and at least one attempt";
            }

            if (step.PointOfNoReturn && (step.Undo || step.MayVeto || step.Harmless))
            {
                yield return $"{step.Name} is a point of no return: it cannot be undone, may not veto, and is not harmless";
            }
        }

        if (StandsFor <= TimeSpan.Zero || AskAgain <= TimeSpan.Zero || Countdown < TimeSpan.Zero || VetoCeiling < TimeSpan.Zero || Warnings.Any(w => w <= TimeSpan.Zero))
        {
            yield return "a plan's spans are not negative, and how long a verdict stands and when to ask again are longer than nothing";
        }
    }
}
