using System.Net;
using System.Net.Sockets;

namespace Understudy.Lab.Worlds;

/// <summary>Asks the service address each millisecond, and records of each question when it left, when it was answered, and by whom.</summary>
/// <remarks>One thread sends on an absolute timer, one receives; both write to rings that are allocated once. The ring holds four minutes:
/// whoever wants a span must copy it before that.</remarks>
public sealed unsafe class ProbeClient : IDisposable
{
    /// <summary>From one question to the next, in ns.</summary>
    public const long Cadence = LabClock.Millisecond;

    private const int Slots = 1 << 18;
    private const int MaxProbe = 64;

    private readonly long[] sequences = new long[Slots];
    private readonly long[] sentAt = new long[Slots];
    private readonly long[] answeredAt = new long[Slots];
    private readonly byte[] by = new byte[Slots];
    private readonly Socket socket;
    private readonly Thread sender;
    private readonly Thread receiver;
    private long sent;
    private volatile bool stopped;

    internal ProbeClient(NetworkNamespace client)
    {
        socket = client.Inside(() =>
        {
            var opened = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 200, ReceiveBufferSize = 1 << 20 };
            opened.Connect(new IPEndPoint(Place.ServiceAddress, Place.EchoPort));
            return opened;
        });
        receiver = new Thread(Receive) { IsBackground = true, Name = "client receives" };
        sender = new Thread(Send) { IsBackground = true, Name = "client asks" };
        receiver.Start();
        sender.Start();
    }

    /// <summary>True where the two threads got SCHED_FIFO.</summary>
    public bool Punctual { get; private set; }

    /// <summary>The letter of whoever answered at least 98 of 100 questions of a span that ended 20 ms ago; null where nobody did.</summary>
    public char? SteadyAnswerer(TimeSpan span)
    {
        var until = LabClock.Now - (20 * LabClock.Millisecond);
        var probes = Copy(until - LabClock.Of(span), until);
        if (probes.Count < LabClock.Of(span) / Cadence * 9 / 10)
        {
            return null;
        }

        var alpha = 0;
        var beta = 0;
        for (var i = 0; i < probes.Count; i++)
        {
            alpha += probes.By[i] == (byte)'a' ? 1 : 0;
            beta += probes.By[i] == (byte)'b' ? 1 : 0;
        }

        return alpha >= probes.Count * 98 / 100 ? 'a' : beta >= probes.Count * 98 / 100 ? 'b' : null;
    }

    /// <summary>All questions sent in a span, oldest first. An answer that took longer than <see cref="ProbeRecord.InTime"/> is none.</summary>
    public ProbeRecord Copy(long from, long to)
    {
        var end = Volatile.Read(ref sent);
        var begin = end;
        while (begin > Math.Max(0, end - Slots + 1000) && sentAt[(begin - 1) & (Slots - 1)] >= from)
        {
            begin--;
        }

        while (end > begin && sentAt[(end - 1) & (Slots - 1)] >= to)
        {
            end--;
        }

        var count = (int)(end - begin);
        var record = new ProbeRecord(new long[count], new byte[count]);
        for (var i = 0; i < count; i++)
        {
            var slot = (begin + i) & (Slots - 1);
            var answered = Volatile.Read(ref answeredAt[slot]);
            record.SentAt[i] = sentAt[slot];
            record.By[i] = answered != 0 && answered - sentAt[slot] <= ProbeRecord.InTime ? by[slot] : (byte)0;
        }

        return record;
    }

    public void Dispose()
    {
        stopped = true;
        sender.Join();
        receiver.Join();
        socket.Dispose();
    }

    private void Send()
    {
        Punctual = LabLibc.MakePunctual();
        var fd = (int)socket.Handle;
        var due = LabClock.Now;
        long sequence;
        while (!stopped)
        {
            due += Cadence;
            LabLibc.SleepUntil(due);
            var now = LabClock.Now;
            if (now - due > 5 * Cadence)
            {
                due = now;
            }

            sequence = sent;
            var slot = sequence & (Slots - 1);
            Volatile.Write(ref answeredAt[slot], 0);
            by[slot] = 0;
            sequences[slot] = sequence;
            sentAt[slot] = now;
            Volatile.Write(ref sent, sequence + 1);

            // Refused while nobody answers ARP: then the question stays unanswered.
            _ = LabLibc.send(fd, &sequence, sizeof(long), LabLibc.MSG_DONTWAIT);
        }
    }

    private void Receive()
    {
        LabLibc.MakePunctual();
        var fd = (int)socket.Handle;
        var answer = stackalloc byte[MaxProbe];
        while (!stopped)
        {
            if (LabLibc.recv(fd, answer, MaxProbe, 0) != sizeof(long) + 1)
            {
                continue;
            }

            var now = LabClock.Now;
            var sequence = *(long*)answer;
            var slot = sequence & (Slots - 1);
            if (sequences[slot] == sequence && answeredAt[slot] == 0)
            {
                by[slot] = answer[sizeof(long)];
                Volatile.Write(ref answeredAt[slot], now);
            }
        }
    }
}
