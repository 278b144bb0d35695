using System.Diagnostics;
using System.Globalization;
using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;

namespace Understudy.Linux.Probing;

/// <summary>One probe of one duty, as the settings have it.</summary>
/// <param name="Duty">The duty's name.</param>
/// <param name="Index">Its place in the duty's list, from 0.</param>
/// <param name="Settings">What to look at, and when.</param>
public sealed record ProbePlan(string Duty, int Index, ProbeSettings Settings);

/// <summary>Reads all probes of the settings, each at its own pace, and tells the readings.</summary>
/// <remarks>Each probe has a loop of its own on the thread pool, and reads once at a time: a turn that falls into a reading is left out. First
/// turns are spread over the interval by the golden ratio, so that a hundred probes of one second do not start together. A reading that ends
/// late by our own clock is Unread, whatever it says: a host that is too busy to look has nothing to say about the subject.</remarks>
public sealed class ProbeRunner : IAsyncDisposable
{
    /// <summary>So late may a reading end, beyond its limit, and still count: half of the limit, and at least this.</summary>
    public static readonly TimeSpan LeastSlack = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider time;
    private readonly Action<ProbeRead> sink;
    private readonly Func<ProbePlan, IProbe> open;
    private readonly Func<ProbePlan, TimeSpan>? phase;
    private readonly Dictionary<ProbePlan, Loop> loops = [];

    /// <summary>Reads nothing until <see cref="ReplaceAsync"/>.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="sink">Takes each reading, on a thread of the pool; must neither throw nor wait.</param>
    /// <param name="phase">How long from the start to a probe's first turn; null: spread over the interval by the probe's place.</param>
    public ProbeRunner(TimeProvider time, Action<ProbeRead> sink, Func<ProbePlan, TimeSpan>? phase = null)
        : this(time, sink, plan => Open(plan, time)) => this.phase = phase;

    internal ProbeRunner(TimeProvider time, Action<ProbeRead> sink, Func<ProbePlan, IProbe> open)
    {
        this.time = time;
        this.sink = sink;
        this.open = open;
    }

    /// <summary>Reads these probes from now on. One that was read before with the same settings goes on undisturbed.</summary>
    /// <remarks>When the task ends, no reading of a probe that went is told any more. Not to be called twice at a time.</remarks>
    public async Task ReplaceAsync(IEnumerable<ProbePlan> plans)
    {
        var wanted = plans.ToHashSet();
        var going = loops.Where(loop => !wanted.Contains(loop.Key)).ToArray();
        foreach (var (plan, loop) in going)
        {
            loops.Remove(plan);
            loop.Stop.Cancel();
        }

        await Task.WhenAll(going.Select(loop => loop.Value.Task));
        foreach (var (_, loop) in going)
        {
            loop.Stop.Dispose();
        }

        var place = loops.Count;
        foreach (var plan in wanted.Where(plan => !loops.ContainsKey(plan)))
        {
            var stop = new CancellationTokenSource();
            var hurry = new Hurry();
            loops.Add(plan, new(stop, hurry, LookAsync(plan, phase?.Invoke(plan) ?? Phase(place++, plan.Settings.Every), hurry, stop.Token)));
        }
    }

    /// <summary>Reads the probes of a duty now instead of at their next turn; their turns stay where they are. One that is being read is
    /// read once more when it has ended. Not to be called while <see cref="ReplaceAsync"/> runs.</summary>
    public void ReadNow(string duty)
    {
        foreach (var (_, loop) in loops.Where(loop => loop.Key.Duty == duty))
        {
            loop.Hurry.Now();
        }
    }

    public async ValueTask DisposeAsync() => await ReplaceAsync([]);

    /// <summary>Where in the interval a probe's turns are: successive multiples of the golden ratio's fraction lie nowhere close together.</summary>
    internal static TimeSpan Phase(int place, TimeSpan every)
    {
        const double golden = 0.618_033_988_749_894_9;
        return every * (place * golden % 1.0);
    }

    /// <summary>What a reading is worth that took so long: nothing, if we could not look at the clock in time.</summary>
    internal static ProbeReading Worth(ProbeReading reading, TimeSpan took, TimeSpan limit)
    {
        var slack = limit / 2 > LeastSlack ? limit / 2 : LeastSlack;
        return took <= limit + slack || reading is ProbeReading.Unread
            ? reading
            : new ProbeReading.Unread(string.Create(
                CultureInfo.InvariantCulture,
                $"we were late ourselves: the reading ended after {took.TotalMilliseconds:0} ms, its limit is {limit.TotalMilliseconds:0} ms"));
    }

    private static IProbe Open(ProbePlan plan, TimeProvider time) => plan.Settings switch
    {
        ProbeSettings.Http s => new HttpProbe(s),
        ProbeSettings.Tcp s => new TcpProbe(s),
        ProbeSettings.Icmp s => new IcmpProbe(s),
        ProbeSettings.Arp s => new ArpProbe(s),
        ProbeSettings.Command s => new CommandProbe(s, plan.Duty, time),
        ProbeSettings.Carrier s => new CarrierProbe(s),
        ProbeSettings.Nut s => new NutProbe(s),
        ProbeSettings.Ac s => new AcProbe(s),
        _ => throw new UnreachableException(plan.Settings.ToString()),
    };

    private async Task LookAsync(ProbePlan plan, TimeSpan phase, Hurry hurry, CancellationToken stop)
    {
        await Task.Yield();   // the caller starts all of them at once
        try
        {
            using var probe = open(plan);
            var first = Task.Delay(phase, time, stop);
            await Task.WhenAny(first, hurry.Asked);
            using var turns = new PeriodicTimer(plan.Settings.Every, time);
            Task<bool>? turn = null;   // PeriodicTimer allows one wait at a time: one that a hurry overtook goes on
            while (!stop.IsCancellationRequested)
            {
                hurry.Begin();
                var from = time.GetTimestamp();
                var reading = await ReadAsync(probe, plan.Settings, stop);
                if (stop.IsCancellationRequested)
                {
                    return;
                }

                var at = new Instant(time.GetElapsedTime(startingTimestamp: 0).Ticks);
                sink(new(plan.Duty, plan.Index, Worth(reading, time.GetElapsedTime(from), plan.Settings.Timeout), at));

                turn ??= turns.WaitForNextTickAsync(stop).AsTask();
                await Task.WhenAny(turn, hurry.Asked);
                turn = turn.IsCompleted ? null : turn;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Replaced or shut down.
        }
    }

    private async ValueTask<ProbeReading> ReadAsync(IProbe probe, ProbeSettings settings, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(settings.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            return await probe.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new ProbeReading.Bad(string.Create(
                CultureInfo.InvariantCulture, $"{settings.Subject}: no answer within {settings.Timeout.TotalMilliseconds:0} ms"));
        }
        catch (Exception e) when (!stop.IsCancellationRequested)   // the performer's edge: a probe that breaks tells nothing of its subject
        {
            return new ProbeReading.Unread($"{settings.Subject} could not be read: {e.Message}");
        }
    }

    private sealed record Loop(CancellationTokenSource Stop, Hurry Hurry, Task Task);

    /// <summary>Whether a reading was asked for since the last one began.</summary>
    private sealed class Hurry
    {
        private TaskCompletionSource asked = New();

        internal Task Asked => Volatile.Read(ref asked).Task;

        internal void Now() => Volatile.Read(ref asked).TrySetResult();

        /// <summary>A reading begins: what is asked from now on is for the next one.</summary>
        internal void Begin()
        {
            if (Asked.IsCompleted)
            {
                Volatile.Write(ref asked, New());
            }
        }

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
