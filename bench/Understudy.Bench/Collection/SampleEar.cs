using System.Net;
using System.Runtime.InteropServices;
using Understudy.Core.Ldms;
using Understudy.Lab.Worlds;
using Understudy.Linux.Clocks;
using Understudy.Linux.Collection;
using Understudy.Linux.Interop;

namespace Understudy.Bench.Collection;

/// <summary>A distinct sample, as it came.</summary>
/// <param name="At">By <see cref="LabClock"/>.</param>
/// <param name="Micros">The sampler's own timestamp, µs since 1970.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Heard(long At, long Micros);

/// <summary>Pulls sets from one daemon every 5 ms over an LDMS connection of its own, on a thread of its own, and keeps every distinct consistent sample. A lost connection is made anew.</summary>
internal sealed class SampleEar : ILdmsEars, IDisposable
{
    private const long Period = 5 * LabClock.Millisecond;
    private static readonly TimeSpan ReconnectAfter = TimeSpan.FromMilliseconds(20);

    private readonly IPAddress address;
    private readonly int port;
    private readonly Lock gate = new();
    private readonly Dictionary<string, List<Heard>> heard;
    private readonly Dictionary<string, RemoteSet?> sets;
    private readonly HashSet<string> lookUps = [];
    private readonly Thread thread;
    private LdmsConnection? connection;
    private long connectAt;
    private volatile bool ended;

    /// <param name="where">Null: the namespace of the bench.</param>
    internal SampleEar(NetworkNamespace? where, IPAddress address, int port, params IReadOnlyList<string> instances)
    {
        (this.address, this.port) = (address, port);
        heard = instances.ToDictionary(i => i, _ => new List<Heard>(), StringComparer.Ordinal);
        sets = instances.ToDictionary(i => i, _ => (RemoteSet?)null, StringComparer.Ordinal);
        thread = new Thread(() => _ = where is null ? Run() : where.Inside(Run)) { IsBackground = true, Name = "ear" };
        thread.Start();
    }

    /// <summary>Samples that were older than the one before: a reader of ours must never see time go back.</summary>
    internal int WentBack { get; private set; }

    /// <summary>The first sample of a set that was taken after a moment of the wall clock; null when none came in time.</summary>
    internal Heard? Await(string instance, long afterMicros, TimeSpan limit)
    {
        Heard? found = null;
        _ = LabClock.WaitUntil(() => (found = First(instance, afterMicros)) is not null, limit);
        return found;
    }

    /// <summary>How many periods of the sampler have no sample here, from the last sample before one moment to the last before another; µs since 1970.</summary>
    internal int Lost(string instance, long from, long until, long period)
    {
        lock (gate)
        {
            var (lost, last) = (0L, 0L);
            foreach (var sample in heard[instance].Select(h => h.Micros).Where(m => m < until).Order())
            {
                if (last > 0 && sample > from)
                {
                    lost += Math.Max(0, ((sample - last + (period / 2)) / period) - 1);
                }

                last = sample;
            }

            // What should have come by now: a sample needs up to four tenths of a period to the top.
            return (int)(lost + Math.Max(0, (until - Math.Max(last, from) - (period * 3 / 4)) / period));
        }
    }

    public void Closed(LdmsConnection connection, string why)
    {
        this.connection = null;
        connectAt = LabClock.Now + LabClock.Of(ReconnectAfter);
        lookUps.Clear();
        foreach (var name in sets.Keys)
        {
            sets[name] = null;
        }
    }

    public void LookedUp(LdmsConnection connection, string instance, RemoteSet? set, string why)
    {
        _ = lookUps.Remove(instance);
        sets[instance] = set;
    }

    public void Sampled(LdmsConnection connection, RemoteSet set, ReadOnlySpan<byte> sample)
    {
        var reader = new SampleReader(set.Layout, sample);
        if (!reader.IsConsistent)
        {
            return;
        }

        var micros = reader.Id.Micros;
        lock (gate)
        {
            var all = heard[set.Instance];
            if (all.Count == 0 || all[^1].Micros != micros)
            {
                WentBack += all.Count > 0 && micros < all[^1].Micros ? 1 : 0;
                all.Add(new Heard(LabClock.Now, micros));
            }
        }
    }

    public void PullFailed(LdmsConnection connection, RemoteSet set, string why) => sets[set.Instance] = null;

    public void Removed(LdmsConnection connection, string instance) => sets[instance] = null;

    public void Dispose()
    {
        ended = true;
        thread.Join();
    }

    private Heard? First(string instance, long afterMicros)
    {
        lock (gate)
        {
            foreach (var sample in heard[instance])
            {
                if (sample.Micros > afterMicros)
                {
                    return sample;
                }
            }

            return null;
        }
    }

    private bool Run()
    {
        using var epoll = new EpollSet();
        using var sockets = new LdmsSockets(epoll, NoSets.Here, 0);
        var ready = new Ready[EpollSet.MaxReady];
        var due = LabClock.Now;
        while (!ended)
        {
            if (LabClock.Now >= due)
            {
                due = Math.Max(due + Period, LabClock.Now);
                sockets.Tick(BootClock.Now);
                Ask(sockets);
            }

            sockets.Flush();
            var count = epoll.Wait(ready, (int)Math.Clamp((due - LabClock.Now + LabClock.Millisecond - 1) / LabClock.Millisecond, 0, 5));
            for (var i = 0; i < count; i++)
            {
                sockets.Turn(ready[i].Tag, BootClock.Now);
            }
        }

        return true;
    }

    private void Ask(LdmsSockets sockets)
    {
        if (connection is null && LabClock.Now >= connectAt)
        {
            connection = sockets.Connect(address, port, new LdmsEnd(), this);
        }

        if (connection is not { IsOpen: true } open)
        {
            return;
        }

        foreach (var (name, set) in sets)
        {
            if (set is { IsGone: false })
            {
                _ = open.Pull(set);
            }
            else if (lookUps.Add(name))
            {
                open.LookUp(name);
            }
        }
    }
}
