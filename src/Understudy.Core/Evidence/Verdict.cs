namespace Understudy.Core.Evidence;

/// <summary>What we may believe of a subject. Ordered by how much is known against it only in <see cref="Verdict.OfAll"/>.</summary>
public enum Health
{
    /// <summary>Nothing was read, or nothing for too long: neither for nor against the subject.</summary>
    Unknown,
    Healthy,

    /// <summary>It answers badly, and not yet for long enough to be judged. Nobody takes over and nobody lets go because of it.</summary>
    Suspect,
    Failed,
}

/// <summary>What we believe of a subject, since when, and the evidence as one sentence without a full stop.</summary>
/// <param name="Health">The belief.</param>
/// <param name="Since">When <paramref name="Health"/> last changed; a longer row of the same readings does not move it.</param>
/// <param name="Evidence">For people: what was read, how often in a row, over which span.</param>
public sealed record Verdict(Health Health, Instant Since, string Evidence)
{
    /// <summary>The verdict on a subject that several probes look at and that is healthy only when all of them say so.</summary>
    /// <remarks>One Failed is enough; else one Suspect; else one Unknown. Of several equal ones the oldest speaks (when all are
    /// healthy: the youngest, because all have been healthy only since then), and the evidence of each is kept, in their order.</remarks>
    /// <param name="verdicts">One for each probe.</param>
    /// <param name="none">The answer when there is no probe: what the operator did not ask to be looked at is not held against the duty.</param>
    public static Verdict OfAll(ReadOnlySpan<Verdict> verdicts, Verdict none)
    {
        if (verdicts.IsEmpty)
        {
            return none;
        }

        var worst = verdicts[0].Health;
        foreach (var verdict in verdicts)
        {
            worst = Weight(verdict.Health) > Weight(worst) ? verdict.Health : worst;
        }

        Instant? since = null;
        var evidence = "";
        foreach (var verdict in verdicts)
        {
            if (verdict.Health != worst)
            {
                continue;
            }

            since = since is not { } other ? verdict.Since
                : worst == Health.Healthy ? Instant.Later(other, verdict.Since)
                : Instant.Earlier(other, verdict.Since);
            evidence = evidence.Length == 0 ? verdict.Evidence : $"{evidence}; {verdict.Evidence}";
        }

        return new(worst, since ?? none.Since, evidence);
    }

    private static int Weight(Health health) => health switch
    {
        Health.Healthy => 0,
        Health.Unknown => 1,
        Health.Suspect => 2,
        Health.Failed => 3,
    };
}
