using System.Net;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;
using Understudy.Linux.Probing;

namespace Understudy.Linux.Power;

/// <summary>Three echoes, as <c>ping -c 3</c> sends them and waits for them (iputils' ping(8)): one a second; up when one is answered. It takes as long as that program does: some 2 s when all is well, some 3 s for a neighbour
/// that is gone, 12 s for silence.</summary>
public sealed class EchoThrice : IDisposable
{
    private const int Echoes = 3;

    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(1);

    /// <summary>After the last echo, when none was answered (MAXWAIT of iputils' ping_common.h: 10 s).</summary>
    private static readonly TimeSpan s_noneWait = TimeSpan.FromSeconds(10);

    /// <summary>After the last echo, when one was answered: twice the longest way, and at least an interval (iputils' ping_common.c).</summary>
    private static readonly TimeSpan s_someWait = TimeSpan.FromSeconds(1);

    private readonly TimeProvider time;
    private readonly IcmpProbe[] probes;

    public EchoThrice(IPAddress address, TimeProvider time)
    {
        this.time = time;
        probes = [.. Enumerable.Range(0, Echoes).Select(_ => new IcmpProbe(new ProbeSettings.Icmp(address)))];
    }

    public void Dispose() => Array.ForEach(probes, p => p.Dispose());

    /// <summary>Good when one is answered; else Unread when one could not be asked, as that says nothing; else Bad.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public async Task<ProbeReading> ReadAsync(CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var looks = new List<Task<ProbeReading>>();
        foreach (var probe in probes)
        {
            if (looks.Count > 0)
            {
                await Task.Delay(s_between, time, stop);
            }

            looks.Add(LookAsync(probe, over.Token));
        }

        var all = Task.WhenAll(looks);
        var some = looks.Any(l => l is { IsCompletedSuccessfully: true, Result: ProbeReading.Good });
        _ = await Task.WhenAny(all, Task.Delay(some ? s_someWait : s_noneWait, time, over.Token));
        stop.ThrowIfCancellationRequested();
        await over.CancelAsync();
        var readings = await all;
        return readings.OfType<ProbeReading.Good>().FirstOrDefault() ?? (ProbeReading?)readings.OfType<ProbeReading.Unread>().FirstOrDefault() ?? readings[^1];
    }

    private static async Task<ProbeReading> LookAsync(IcmpProbe probe, CancellationToken over)
    {
        try
        {
            return await probe.ReadAsync(over);
        }
        catch (OperationCanceledException)
        {
            return new ProbeReading.Bad("no echo came back");
        }
    }
}
