using Understudy.Core.Evidence;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Understudy.Linux.Power;

namespace Understudy.Linux.Probing;

/// <summary>Asks a UPS, through its upsd, whether it has mains. What the UPS says counts; that nobody could be asked is Unread, also when no answer came in time: a restarted upsd is no outage.</summary>
internal sealed class NutProbe(ProbeSettings.Nut settings) : IProbe
{
    public void Dispose()
    {
    }

    public async ValueTask<ProbeReading> ReadAsync(CancellationToken stop)
    {
        try
        {
            return UpsEvidence.Mains(await UpsdSource.AskAsync(settings.Host, settings.Port, settings.Ups, UpsEvidence.Status, stop), settings.Subject);
        }
        catch (OperationCanceledException)      // not thrown on: the runner would take silence for an answer
        {
            return new ProbeReading.Unread($"{settings.Subject}: upsd gave no answer in time");
        }
    }
}
