using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Understudy.Linux.Clocks;
using Understudy.Linux.Power;
using Understudy.Linux.Probing;

namespace Understudy.Guards;

/// <summary>Takes the guards' readings: witnesses by the same runner as a duty's probes, temperatures each at its own pace, a UPS's charge when asked. It judges nothing.</summary>
/// <remarks>A room of hosts does not look in step: each has its turn in a probe's interval by its name, and the interval begins by the wall clock, which the hosts share. Nothing is decided by that clock; where it is wrong, only
/// the turns lie elsewhere.</remarks>
internal sealed class GuardEyes : IDisposable
{
    private static readonly TimeSpan s_closeLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_chargeLimit = TimeSpan.FromSeconds(5);

    private readonly PowerCommands commands;
    private readonly Action<string, int, Measure, Instant> measured;
    private readonly string node;
    private readonly ValueList<string> nodes;
    private readonly BootTime time = new();
    private readonly ProbeRunner runner;
    private readonly Lock telling = new();
    private readonly List<(CancellationTokenSource Stop, Task Task)> thermometers = [];

    /// <param name="read">Takes a witness's reading: the guard, whether it is a control, its place. Neither may throw or wait.</param>
    /// <param name="measured">Takes a temperature: the guard, its place.</param>
    internal GuardEyes(string node, ValueList<string> nodes, PowerCommands commands, Action<string, bool, int, ProbeReading, Instant> read, Action<string, int, Measure, Instant> measured)
    {
        (this.node, this.nodes, this.commands, this.measured) = (node, nodes, commands, measured);
        runner = new ProbeRunner(
            time,
            seen =>
            {
                var (guard, control) = Whose(seen.Duty);
                read(guard, control, seen.Probe, seen.Reading, seen.At);
            },
            plan => Turn(plan.Settings.Every));
    }

    /// <summary>Looks at what these guards name from now on. Waits for readings that end.</summary>
    internal void Replace(ValueList<GuardSettings> guards)
    {
        lock (telling)
        {
            runner.ReplaceAsync(guards.SelectMany(g => Plans(g, g.Mains, "mains").Concat(Plans(g, g.Controls, "controls")))).GetAwaiter().GetResult();
            foreach (var (stop, _) in thermometers)
            {
                stop.Cancel();
            }

            thermometers.Clear();
            foreach (var guard in guards)
            {
                for (var i = 0; i < guard.Temperatures.Count; i++)
                {
                    var stop = new CancellationTokenSource();
                    thermometers.Add((stop, MeasureAsync(guard.Name, i, guard.Temperatures[i], stop.Token)));
                }
            }
        }
    }

    /// <summary>Has all witnesses of a guard read out of turn. Returns at once.</summary>
    internal void LookNow(string guard) => ThreadPool.QueueUserWorkItem(
        _ =>
        {
            lock (telling)
            {
                runner.ReadNow(NameOf(guard, "mains"));
                runner.ReadNow(NameOf(guard, "controls"));
            }
        },
        null);

    internal static async Task<Measure> ChargeAsync(ProbeSettings.Nut ups)
    {
        using var limit = new CancellationTokenSource(s_chargeLimit, new BootTime());
        return await UpsdSource.ChargeAsync(ups.Host, ups.Port, ups.Ups, limit.Token);
    }

    public void Dispose()
    {
        foreach (var (stop, _) in thermometers)
        {
            stop.Cancel();
        }

        _ = runner.DisposeAsync().AsTask().Wait(s_closeLimit);
    }

    private static IEnumerable<ProbePlan> Plans(GuardSettings guard, ValueList<ProbeSettings> probes, string which) => probes.Select((p, i) => new ProbePlan(NameOf(guard.Name, which), i, p));

    private static string NameOf(string guard, string which) => $"guard {guard} {which}";

    private static (string Guard, bool Control) Whose(string name)
    {
        var words = name.Split(' ');
        return (words[1], words[2] == "controls");
    }

    /// <summary>From now to our next turn in an interval.</summary>
    private TimeSpan Turn(TimeSpan every)
    {
        var into = TimeSpan.FromTicks(time.GetUtcNow().UtcTicks % every.Ticks);
        var turn = Spread.PhaseAmong(node, nodes, every) - into;
        return turn < TimeSpan.Zero ? turn + every : turn;
    }

    private async Task MeasureAsync(string guard, int place, TemperatureSettings settings, CancellationToken stop)
    {
        using var source = new TemperatureSource(settings, commands, time);
        try
        {
            // The first at once: whether it is hot should be known before anything is decided. Thermometers are our own, and nobody is in step with us there.
            using var turns = new PeriodicTimer(settings.Every, time);
            do
            {
                var measure = await source.ReadAsync(stop);
                if (stop.IsCancellationRequested)
                {
                    return;
                }

                measured(guard, place, measure, BootClock.Now);
            }
            while (await turns.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Replaced or shut down.
        }
    }
}
