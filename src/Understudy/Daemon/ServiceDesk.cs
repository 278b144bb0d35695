using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;

namespace Understudy.Daemon;

/// <summary>The judges of one duty's probes, on the loop's thread.</summary>
internal sealed class ServiceDesk
{
    private readonly ProbeJudge[] judges;
    private Judged last = Judged.Nothing;

    public ServiceDesk(DutySettings duty, Instant now)
    {
        judges = new ProbeJudge[duty.HealthyWhen.Count];
        for (var i = 0; i < judges.Length; i++)
        {
            var probe = duty.HealthyWhen[i];
            judges[i] = new ProbeJudge(new ProbeRule(probe.Every, probe.Fails, probe.Rises), probe.ToString() ?? duty.Name, now);
        }
    }

    public Instant? Deadline
    {
        get
        {
            Instant? next = null;
            foreach (ref readonly var judge in judges.AsSpan())
            {
                next = judge.Deadline is { } at && (next is null || at < next) ? at : next;
            }

            return next;
        }
    }

    public Judged? Hear(ProbeRead read)
    {
        judges[read.Probe] = judges[read.Probe].Hear(read.Reading, read.At);
        return Verdict();
    }

    public Judged? Look(Instant now)
    {
        for (var i = 0; i < judges.Length; i++)
        {
            judges[i] = judges[i].Look(now);
        }

        return Verdict();
    }

    /// <summary>The verdict of all probes, if it is another than the last.</summary>
    private Judged? Verdict()
    {
        if (judges.Length == 0)
        {
            return null;
        }

        var verdicts = new Verdict[judges.Length];
        for (var i = 0; i < judges.Length; i++)
        {
            verdicts[i] = judges[i].Verdict;
        }

        var all = Core.Evidence.Verdict.OfAll(verdicts, verdicts[0]);
        if (all.Health == last.Health)
        {
            return null;
        }

        last = new Judged(all.Health, all.Evidence);
        return last;
    }
}
