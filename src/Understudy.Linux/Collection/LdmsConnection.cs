using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Collection;

/// <summary>
/// One LDMS connection over TCP, in either role: who connected and who accepted may both ask, and both answer. It belongs to <see cref="LdmsSockets"/> and its loop's thread; nothing here waits. What is asked is gathered and
/// leaves with the next <see cref="LdmsSockets.Flush"/>, in one write where it fits.
/// </summary>
public sealed partial class LdmsConnection
{
    /// <summary>Why it closed, where nobody listens at the other end.</summary>
    public const string Refused = "refused the connection";

    /// <summary>Per turn and connection, so that one that never stops talking does not keep the others waiting.</summary>
    private const int MaxBytesATurn = 4 << 20;

    /// <summary>What comes behind the begin of a message is put to it in pieces of so many bytes, until it is whole. Our own choice.</summary>
    private const int PieceBytes = 4096;

    /// <summary>Where so much of ours waits for a peer, it is not heard until it has taken half: who asks and does not read has only itself to wait for, and its answers do not grow without end here.</summary>
    private const int HoldBytes = 1 << 20;

    private readonly LdmsSockets sockets;
    private readonly ILdmsEars ears;
    private readonly WireBuffer inbox = new();
    private readonly WireBuffer outbox = new();
    private readonly LdmsWriter writer;
    private readonly int failure;
    private int fd;
    private bool connecting;
    private bool isHeld;

    internal LdmsConnection(LdmsSockets sockets, ILdmsEars ears, LdmsEnd end, int fd, string name, bool isOurs, ulong tag)
    {
        (this.sockets, this.ears, this.fd, failure) = (sockets, ears, fd, fd);
        (End, Name, IsOurs, SocketTag) = (end, name, isOurs, tag);
        writer = new LdmsWriter(outbox);
        connecting = isOurs;
        openBy = BootClock.Now + end.OpenLimit;
    }

    /// <summary>Who it is with, for people: "127.0.0.1:412".</summary>
    public string Name { get; }

    /// <summary>We connected; else they did.</summary>
    public bool IsOurs { get; }

    public LdmsEnd End { get; }

    /// <summary>It stands and can be used.</summary>
    public bool IsOpen { get; private set; }

    public bool IsClosed { get; private set; }

    /// <summary>The peer's host answered that nobody listens there.</summary>
    public bool WasRefused { get; private set; }

    /// <summary>Whatever the engine wants to find again by it.</summary>
    public object? Tag { get; set; }

    /// <summary>What the peer said of itself.</summary>
    public ConnectBytes? Peer { get; private set; }

    /// <summary>When something last came.</summary>
    public Instant HeardAt { get; private set; }

    public long BytesReceived { get; private set; }

    public long BytesSent { get; private set; }

    /// <summary>Bytes that the other side has not taken yet.</summary>
    public int Waiting => outbox.Count;

    /// <summary>Bytes that have come and were not heard yet: no whole message, or it is held.</summary>
    public int Unheard => inbox.Count;

    internal ulong SocketTag { get; }

    internal int Fd => fd;

    /// <summary>What the kernel is asked to tell.</summary>
    internal (bool Room, bool Input) Watch { get; set; } = (false, true);

    /// <summary>Room, where there is something to send, or to hear of the connection being made, or requests wait here that were not heard; input, unless it is held.</summary>
    internal (bool Room, bool Input) WantedWatch => (connecting || isHeld || outbox.Count > 0, !isHeld);

    /// <summary>Ends it. <see cref="ILdmsEars.Closed"/> is called before this returns, unless it is closed already.</summary>
    public void Close(string why)
    {
        if (IsClosed)
        {
            return;
        }

        sockets.Forget(this);
        TcpSocket.Close(fd);
        (fd, IsOpen, IsClosed) = (-1, false, true);
        ForgetAsked();
        ears.Closed(this, why);
    }

    /// <summary>Room that a burst took and nothing needs now goes back.</summary>
    internal void Shrink()
    {
        inbox.Shrink();
        outbox.Shrink();
    }

    /// <summary>Something has happened to the socket.</summary>
    internal void Turn()
    {
        if (connecting && !Connected())
        {
            return;
        }

        Send();
        if (isHeld && outbox.Count < HoldBytes / 2)
        {
            isHeld = false;
            inbox.Drop(Cut(inbox.Filled));
        }

        if (!isHeld)
        {
            Read();
            Send();
        }
    }

    /// <summary>Sends what was gathered.</summary>
    internal void Send()
    {
        if (failure < 0)
        {
            Close($"cannot be reached: {Errno.Text(failure)}");
        }

        Drain();
        if (!IsClosed && outbox.Count > End.MaxWaiting)
        {
            Close($"does not read what we send: {outbox.Count >> 20} MiB wait");
        }
    }

    private void Drain()
    {
        while (fd >= 0 && !connecting && outbox.Count > 0)
        {
            var sent = TcpSocket.Write(fd, outbox.Filled);
            if (sent > 0)
            {
                outbox.Drop(sent);
                BytesSent += sent;
            }
            else if (sent != -Errno.EINTR)
            {
                if (sent != -Errno.EAGAIN)
                {
                    Close($"broke the connection: {Errno.Text(sent)}");
                }

                break;
            }
        }
    }

    /// <summary>Whole messages are heard where they were read, in the room of all connections; what is not whole yet is kept here. A thousand connections would otherwise have a thousand rooms.</summary>
    private void Read()
    {
        var room = sockets.ReadRoom;
        for (var total = 0; fd >= 0 && !isHeld && total < MaxBytesATurn;)
        {
            var count = TcpSocket.Read(fd, room);
            if (count <= 0)
            {
                if (count != -Errno.EAGAIN && count != -Errno.EINTR)
                {
                    Close(count == 0 ? "closed the connection" : $"broke the connection: {Errno.Text(count)}");
                }

                return;
            }

            total += count;
            BytesReceived += count;
            HeardAt = sockets.Now;
            Take(room[..count]);
        }
    }

    private void Take(ReadOnlySpan<byte> arrived)
    {
        while (arrived.Length > 0 && fd >= 0)
        {
            if (inbox.Count == 0)
            {
                arrived = arrived[Cut(arrived)..];
                Keep(arrived);
                return;
            }

            var piece = Math.Min(arrived.Length, PieceBytes);
            Keep(arrived[..piece]);
            arrived = arrived[piece..];
            inbox.Drop(Cut(inbox.Filled));
            if (isHeld)
            {
                Keep(arrived);
                return;
            }
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(inbox.Room(bytes.Length));
        inbox.Commit(bytes.Length);
    }

    /// <summary>It is held from here on, where too much waits for it and it takes none of it.</summary>
    private bool Holds()
    {
        if (!isHeld && outbox.Count >= HoldBytes)
        {
            Drain();
            isHeld = outbox.Count >= HoldBytes;
        }

        return isHeld || fd < 0;
    }

    /// <summary>Hears the messages at the begin of some bytes.</summary>
    /// <returns>How many bytes they had.</returns>
    private int Cut(ReadOnlySpan<byte> bytes)
    {
        var heard = 0;
        while (fd >= 0 && !Holds())
        {
            var arrival = ZapFrame.TryRead(bytes[heard..], out var frame, out var why);
            if (arrival == ZapArrival.Partial)
            {
                break;
            }

            if (arrival == ZapArrival.Broken || !Hear(frame, out why))
            {
                Close(why);
                break;
            }

            heard += frame.Length;
        }

        return heard;
    }

    /// <summary>Takes a message.</summary>
    /// <returns>False with why, when the connection is to be closed.</returns>
    private bool Hear(in ZapFrame frame, out string why)
    {
        why = "";
        if (step != OpeningStep.Open && frame.Type != ZapType.SendReceive)
        {
            return HearOpening(frame, out why);
        }

        switch (frame.Type)
        {
            case ZapType.SendReceive:
                if (!LdmsMessage.TryRead(frame.Content, out var message, out why))
                {
                    return false;
                }

                if (message.Command == LdmsCommand.Auth)
                {
                    return HearProof(message, out why);
                }

                if (step != OpeningStep.Open)
                {
                    why = "spoke before it had proved itself";
                    return false;
                }

                return message.IsAnswer ? HearAnswer(message, out why) : HearRequest(message, out why);
            case ZapType.Rendezvous:
                return HearRendezvous(frame, out why);
            case ZapType.ReadReply:
                return HearRead(frame, out why);
            case ZapType.ReadRequest:
                AnswerRead(frame);
                return true;
            default:
                why = $"sent a message of zap's type {(ushort)frame.Type} out of turn";
                return false;
        }
    }
}
