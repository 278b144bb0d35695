using System.Net;
using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Lab.Worlds;
using Understudy.Linux.Clocks;
using Understudy.Linux.Collection;
using Understudy.Linux.Interop;

namespace Understudy.Lab.Collection;

/// <summary>
/// Many light producers in one namespace, on one thread: each is an LDMS daemon at a port of its own with one set, whose sampler makes a sample at each whole second. A sample's metric <c>stamp</c> is its own moment in µs, so that
/// whoever shows a value shows whether it put the right time to it.
/// </summary>
internal sealed class ProducerFarm : IDisposable
{
    internal const int FirstPort = 5000;

    private const int PollMs = 20;

    private readonly Lock gate = new();
    private readonly EpollSet epoll = new();
    private readonly NetworkNamespace place;
    private readonly IPAddress address;
    private readonly Producer[] producers;
    private readonly Thread thread;
    private volatile bool ending;
    private long second;

    internal ProducerFarm(NetworkNamespace place, IPAddress address, IReadOnlyList<string> names)
    {
        (this.place, this.address) = (place, address);
        producers = [.. names.Select((n, i) => new Producer(n, i))];
        second = WallClock.Micros / 1_000_000;
        foreach (var producer in producers)
        {
            producer.Sample(second);
            Open(producer);
        }

        thread = new Thread(Run) { IsBackground = true, Name = "producers" };
        thread.Start();
    }

    internal static string SetOf(string producer) => $"{producer}/rack";

    internal int PortOf(string name) => FirstPort + Find(name).Index;

    /// <summary>Nobody listens there any more, and its connections are gone; or it is there again.</summary>
    internal void Dies(string name) => With(name, static (_, p) =>
    {
        p.Sockets?.Dispose();
        p.Sockets = null;
    });

    internal void Returns(string name) => With(name, static (farm, p) => farm.Open(p));

    /// <summary>It neither reads nor answers, and its connections stand; its sampler goes on.</summary>
    internal void Hangs(string name, bool hangs) => With(name, (_, p) => p.IsHung = hangs);

    public void Dispose()
    {
        ending = true;
        thread.Join();
        foreach (var producer in producers)
        {
            producer.Sockets?.Dispose();
        }

        epoll.Dispose();
    }

    private Producer Find(string name) => producers.First(p => p.Name == name);

    private void With(string name, Action<ProducerFarm, Producer> act)
    {
        lock (gate)
        {
            act(this, Find(name));
        }
    }

    private void Open(Producer producer)
    {
        // Each life has tags of its own: what epoll says late of a past one is nobody's.
        var sockets = new LdmsSockets(epoll, producer, (ulong)(producer.Index + (producers.Length * producer.Lives++)) * LdmsSockets.Tags);
        _ = place.Inside(() => sockets.Listen(address, FirstPort + producer.Index, new LdmsEnd(), producer));
        producer.Sockets = sockets;
    }

    private void Run()
    {
        var ready = new Ready[EpollSet.MaxReady];
        while (!ending)
        {
            var count = epoll.Wait(ready, PollMs);
            var isHung = false;
            lock (gate)
            {
                isHung = Turn(ready.AsSpan(0, count));
            }

            if (isHung)
            {
                LabClock.Pause(TimeSpan.FromMilliseconds(2));      // what it does not read stays ready
            }
        }
    }

    /// <returns>True where something came for one that hangs.</returns>
    private bool Turn(ReadOnlySpan<Ready> ready)
    {
        var (now, isHung) = (BootClock.Now, false);
        if (WallClock.Micros / 1_000_000 is var current && current > second)
        {
            second = current;
            foreach (var producer in producers)
            {
                producer.Sample(second);
            }
        }

        foreach (var one in ready)
        {
            foreach (var producer in producers)
            {
                if (producer.Sockets?.Owns(one.Tag) == true)
                {
                    isHung |= producer.IsHung;
                    if (!producer.IsHung)
                    {
                        producer.Sockets.Turn(one.Tag, now);
                    }
                }
            }
        }

        foreach (var producer in producers)
        {
            if (!producer.IsHung)
            {
                producer.Sockets?.Tick(now);
                producer.Sockets?.Flush();
            }
        }

        return isHung;
    }

    private sealed class Producer : ISetsSource, ILdmsEars
    {
        private readonly OfferedSet set;

        internal Producer(string name, int index)
        {
            (Name, Index) = (name, index);
            set = new OfferedSet((ulong)index + 1, SetLayout.Create(new SetDraft(SetOf(name), "rack", name, ValueList.Create<MetricField>(
                [MetricField.OfMeta("component_id", "", MetricType.U64, (ulong)index), new MetricField("stamp", "", MetricType.U64), new MetricField("load", "", MetricType.D64)]))));
        }

        internal string Name { get; }

        internal int Index { get; }

        internal int Lives { get; set; }

        internal bool IsHung { get; set; }

        internal LdmsSockets? Sockets { get; set; }

        public IEnumerable<DirectoryEntry> Directory() => [DirectoryEntry.Of(set.Layout, set.Sample.Span, isOwn: true, set.Info)];

        public OfferedSet? Find(string instance) => instance == set.Layout.Instance ? set : null;

        internal void Sample(long second)
        {
            var sample = set.Layout.NewSample();
            var writer = new SampleWriter(set.Layout, sample);
            writer.Begin();
            writer.Set(1, (ulong)second * 1_000_000);
            writer.Set(2, Index + 0.5);
            writer.End(second * 1_000_000, TimeSpan.FromMicroseconds(20), (ulong)second);
            set.Sample = sample;
        }
    }
}
