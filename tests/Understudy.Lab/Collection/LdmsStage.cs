using System.Net;
using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Linux.Clocks;
using Understudy.Linux.Collection;
using Understudy.Linux.Interop;

namespace Understudy.Lab.Collection;

/// <summary>A loop with LDMS sockets on loopback that writes down what it is told, and offers sets.</summary>
internal sealed class LdmsStage : ILdmsEars, ISetsSource, IDisposable
{
    private readonly EpollSet epoll = new();
    private readonly Ready[] ready = new Ready[EpollSet.MaxReady];

    internal LdmsStage() => Sockets = new LdmsSockets(epoll, this, 1000);

    internal LdmsSockets Sockets { get; }

    internal List<string> Told { get; } = [];

    internal List<OfferedSet> Sets { get; } = [];

    internal List<DirectoryEntry> Heard { get; } = [];

    internal Dictionary<string, RemoteSet> Found { get; } = new(StringComparer.Ordinal);

    internal List<ConfigMessage> Config { get; } = [];

    internal int Samples { get; private set; }

    internal SampleId Last { get; private set; }

    internal byte[] LastBytes { get; private set; } = [];

    internal bool KeepsBytes { get; set; } = true;

    /// <summary>Its sets are from elsewhere.</summary>
    internal bool IsAggregator { get; set; }

    /// <summary>How a request of configuration is answered.</summary>
    internal Action<LdmsConnection, ConfigMessage>? Answer { get; set; }

    /// <summary>One turn of several stages' loops.</summary>
    internal void Turn(int waitMs)
    {
        Sockets.Flush();
        var count = epoll.Wait(ready, waitMs);
        var now = BootClock.Now;
        for (var i = 0; i < count; i++)
        {
            Sockets.Turn(ready[i].Tag, now);
        }

        Sockets.Tick(now);
        Sockets.Flush();
    }

    /// <summary>Turns all until something holds, 10 s at the most.</summary>
    internal static void Until(Func<bool> holds, params ReadOnlySpan<LdmsStage> stages)
    {
        for (var end = BootClock.Now + TimeSpan.FromSeconds(10); !holds();)
        {
            if (BootClock.Now > end)
            {
                throw new TimeoutException(string.Join('\n', stages.ToArray().SelectMany((s, i) => s.Told.Select(t => $"{i}: {t}"))));
            }

            foreach (var stage in stages)
            {
                stage.Turn(1);
            }
        }
    }

    /// <summary>Forgets what it was told.</summary>
    internal void Forget()
    {
        Told.Clear();
        Heard.Clear();
        Found.Clear();
        Config.Clear();
        Samples = 0;
    }

    internal int Listen(LdmsEnd end) => Sockets.Listen(IPAddress.Loopback, 0, end, this);

    internal LdmsConnection Connect(int port, LdmsEnd end) => Sockets.Connect(IPAddress.Loopback, port, end, this);

    /// <summary>Offers a set with a sample whose generation is <paramref name="generation"/>.</summary>
    internal OfferedSet Offer(SetLayout layout, ulong generation)
    {
        var set = new OfferedSet((ulong)Sets.Count + 1, layout) { Info = ["updt_hint_us", "1000000:0"] };
        set.Sample = Sample(layout, generation);
        Sets.Add(set);
        return set;
    }

    internal static byte[] Sample(SetLayout layout, ulong generation)
    {
        var bytes = layout.NewSample();
        var writer = new SampleWriter(layout, bytes);
        writer.Begin();
        writer.End(1_795_306_500_000_000 + (long)generation, TimeSpan.FromMicroseconds(30), generation);
        return bytes;
    }

    public IEnumerable<DirectoryEntry> Directory() => Sets.Select(s => DirectoryEntry.Of(s.Layout, s.Sample.Span, isOwn: !IsAggregator, s.Info));

    public OfferedSet? Find(string instance) => Sets.FirstOrDefault(s => s.Layout.Instance == instance);

    public void Opened(LdmsConnection connection) => Told.Add("opened");

    public void Closed(LdmsConnection connection, string why) => Told.Add($"closed: {why}");

    public void Listed(LdmsConnection connection, IReadOnlyList<DirectoryEntry> entries, bool isLast)
    {
        Heard.AddRange(entries);
        Told.Add($"listed {entries.Count}{(isLast ? "" : " and more")}");
    }

    public void Added(LdmsConnection connection, DirectoryEntry entry)
    {
        Heard.Add(entry);
        Told.Add($"added {entry.Name}");
    }

    public void Updated(LdmsConnection connection, DirectoryEntry entry) => Told.Add($"updated {entry.Name}");

    public void Removed(LdmsConnection connection, string instance) => Told.Add($"removed {instance}");

    public void LookedUp(LdmsConnection connection, string instance, RemoteSet? set, string why)
    {
        Told.Add(set is null ? $"no {instance}: {why}" : $"found {instance}");
        if (set is not null)
        {
            Found[instance] = set;
        }
    }

    public void LayoutChanged(LdmsConnection connection, RemoteSet set) => Told.Add($"layout {set.Layout.MetaGeneration}");

    public void Sampled(LdmsConnection connection, RemoteSet set, ReadOnlySpan<byte> sample)
    {
        Samples++;
        Last = new SampleReader(set.Layout, sample).Id;
        LastBytes = KeepsBytes ? sample.ToArray() : LastBytes;
    }

    public void PullFailed(LdmsConnection connection, RemoteSet set, string why) => Told.Add($"failed {set.Instance}: {why}");

    public void ConfigHeard(LdmsConnection connection, ConfigMessage message)
    {
        Config.Add(message);
        if (!message.IsAnswer)
        {
            Answer?.Invoke(connection, message);
        }
    }

    public void Dispose()
    {
        Sockets.Dispose();
        epoll.Dispose();
    }
}
