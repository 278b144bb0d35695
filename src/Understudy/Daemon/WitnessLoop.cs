using System.Net;
using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Peers;
using Understudy.Linux.Arbiters;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Daemon;

/// <summary>The witness's one loop: a datagram in, the memory to disk where it changed, the answer out.</summary>
internal sealed class WitnessLoop : IDisposable
{
    private const ulong MailTag = 1, SocketTag = 2;
    private const int MostAtOnce = 256;

    private readonly Witness witness;
    private readonly WitnessFile file;
    private readonly UdpLink socket;
    private readonly Action<WitnessTurn> said;
    private readonly Action<string> trouble;
    private readonly Mailbox mail = new();
    private readonly EpollSet epoll = new();
    private readonly Ready[] ready = new Ready[EpollSet.MaxReady];
    private readonly byte[] buffer = GC.AllocateArray<byte>(2048, pinned: true);
    private readonly List<(SockAddress To, int From, int Count)> answers = [];
    private bool ending;

    public WitnessLoop(Witness witness, WitnessFile file, IPAddress listen, int port, Action<WitnessTurn> said, Action<string> trouble)
    {
        (this.witness, this.file, this.said, this.trouble) = (witness, file, said, trouble);
        socket = new UdpLink(listen, port);
        epoll.Add(mail.Fd, MailTag);
        epoll.Add(socket.Fd, SocketTag);
    }

    /// <summary>Called each turn, at least once a second.</summary>
    public Action<Instant> Turned { get; set; } = static _ => { };

    public void End() => mail.Post(_ => ending = true);

    public void Run()
    {
        _ = RealTime.TryMakeThisThread();
        Persist();      // a memory that cannot be written is better known now than at the first claim
        while (!ending)
        {
            var count = epoll.Wait(ready, 1000);
            for (var i = 0; i < count; i++)
            {
                if (ready[i].Tag == MailTag)
                {
                    mail.Work(BootClock.Now);
                }
            }

            Answer();
            Turned(BootClock.Now);
        }
    }

    /// <summary>Answers leave only when what they promise is on the disk; if the disk refuses, they do not leave, and the askers hear silence.</summary>
    private void Answer()
    {
        for (var i = 0; i < MostAtOnce; i++)
        {
            var length = socket.Receive(buffer, out var from, out var at);
            if (length < 0)
            {
                break;
            }

            var first = witness.Outbox.Count;
            _ = witness.Receive(buffer.AsSpan(0, length), at, BootClock.Now);
            answers.Add((from, first, witness.Outbox.Count - first));
        }

        if (!witness.MustPersist || Persist())
        {
            foreach (var (to, first, count) in answers)
            {
                for (var i = first; i < first + count; i++)
                {
                    _ = socket.Send(witness.Outbox.Get(i, out _, out _), to);
                }
            }
        }

        answers.Clear();
        witness.Outbox.Clear();
        while (witness.Turns.TryDequeue(out var turn))
        {
            said(turn);
        }
    }

    private bool Persist()
    {
        try
        {
            file.Save(witness.State);
            witness.Persisted();
            return true;
        }
        catch (IOException e)
        {
            trouble(e.Message);
            return false;
        }
    }

    public void Dispose()
    {
        epoll.Dispose();
        mail.Dispose();
        socket.Dispose();
        file.Dispose();
    }
}
