using Understudy.Core.Settings;
using Understudy.Linux.Probing;

namespace Understudy.Daemon;

/// <summary>Runs the probes of all duties, and brings each reading to the loop.</summary>
internal sealed class ProbeDesk(HostParts parts, HostLoop loop) : IDisposable
{
    private readonly ProbeRunner runner = new(new Linux.Clocks.BootTime(), read => parts.Mail.Post(_ => loop.Probed(read)));

    /// <summary>The runner is told one thing at a time; replacing waits for readings that end.</summary>
    private readonly Lock telling = new();

    public void Replace(UnderstudySettings settings)
    {
        lock (telling)
        {
            runner.ReplaceAsync(
                from duty in settings.Duties
                where duty.RankOf(settings.Node) is not null
                from i in Enumerable.Range(0, duty.HealthyWhen.Count)
                select new ProbePlan(duty.Name, i, duty.HealthyWhen[i])).GetAwaiter().GetResult();
        }
    }

    /// <summary>Has a duty's probes read now. Returns at once, for the loop: a replacement that runs may take as long as a probe's limit.</summary>
    public void ReadNow(string duty) => ThreadPool.QueueUserWorkItem(
        _ =>
        {
            lock (telling)
            {
                runner.ReadNow(duty);
            }
        },
        null);

    public void Dispose() => runner.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
