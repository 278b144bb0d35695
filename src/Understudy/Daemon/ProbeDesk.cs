using Understudy.Core.Settings;
using Understudy.Linux.Probing;

namespace Understudy.Daemon;

/// <summary>Runs the probes of all duties, and brings each reading to the loop.</summary>
internal sealed class ProbeDesk(HostParts parts, HostLoop loop) : IDisposable
{
    private readonly ProbeRunner runner = new(new Linux.Clocks.BootTime(), read => parts.Mail.Post(_ => loop.Probed(read)));

    public void Replace(UnderstudySettings settings) => runner.ReplaceAsync(
        from duty in settings.Duties
        where duty.RankOf(settings.Node) is not null
        from i in Enumerable.Range(0, duty.HealthyWhen.Count)
        select new ProbePlan(duty.Name, i, duty.HealthyWhen[i])).GetAwaiter().GetResult();

    public void Dispose() => runner.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
