using System.Net;
using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Linux.Clocks;
using Understudy.Linux.Collection;
using Understudy.Linux.Interop;

namespace Understudy.Lab.Collection;

/// <summary>An LDMS server on loopback with a thread of its own, for clients that wait for their answers.</summary>
internal sealed class LdmsServed : ILdmsEars, ISetsSource, IDisposable
{
    private readonly EpollSet epoll = new();
    private readonly Func<ConfigMessage, ConfigMessage?> answer;
    private readonly Thread thread;
    private readonly LdmsSockets sockets;
    private volatile bool isStopping;
    private volatile bool isHung;

    /// <param name="answer">To a request of configuration; null for none. Called on the server's thread.</param>
    /// <param name="port">0 lets the kernel choose.</param>
    internal LdmsServed(LdmsEnd end, IReadOnlyList<OfferedSet> sets, Func<ConfigMessage, ConfigMessage?> answer, int port = 0)
    {
        (Sets, this.answer) = (sets, answer);
        sockets = new LdmsSockets(epoll, this, 1);
        Port = sockets.Listen(IPAddress.Loopback, port, end, this);
        thread = new Thread(Loop) { IsBackground = true, Name = "LDMS server of a test" };
        thread.Start();
    }

    internal int Port { get; }

    internal IReadOnlyList<OfferedSet> Sets { get; }

    /// <summary>It neither reads nor answers, and its connections stand: what SIGSTOP makes of a daemon.</summary>
    internal bool IsHung
    {
        set => isHung = value;
    }

    public IEnumerable<DirectoryEntry> Directory() => Sets.Select(s => DirectoryEntry.Of(s.Layout, s.Sample.Span, isOwn: true, s.Info));

    public OfferedSet? Find(string instance) => Sets.FirstOrDefault(s => s.Layout.Instance == instance);

    public void ConfigHeard(LdmsConnection connection, ConfigMessage message)
    {
        if (!message.IsAnswer && answer(message) is { } said)
        {
            connection.SendConfig(said with { IsAnswer = true, Number = message.Number });
        }
    }

    public void Dispose()
    {
        isStopping = true;
        thread.Join();
        sockets.Dispose();
        epoll.Dispose();
    }

    private void Loop()
    {
        var ready = new Ready[EpollSet.MaxReady];
        while (!isStopping)
        {
            if (isHung)
            {
                _ = epoll.Wait(ready, 0);
                Thread.Yield();
                continue;
            }

            sockets.Flush();
            var count = epoll.Wait(ready, 5);
            var now = BootClock.Now;
            for (var i = 0; i < count; i++)
            {
                sockets.Turn(ready[i].Tag, now);
            }

            sockets.Tick(now);
        }
    }
}
