using System.Security.Cryptography;
using System.Text;
using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Collection;

/// <summary>How far a connection has come.</summary>
internal enum OpeningStep
{
    /// <summary>Who connected waits for Accepted, who was connected to for Connect.</summary>
    Introducing,

    /// <summary>Who accepted waits for the word that this was heard.</summary>
    Acknowledging,

    /// <summary>Challenges and proofs.</summary>
    Proving,
    Open,
}

public sealed partial class LdmsConnection
{
    private readonly Instant openBy;
    private OpeningStep step;
    private ulong challenge;
    private bool isProven;
    private bool hasProved;

    internal bool IsLateToOpen(Instant now) => step != OpeningStep.Open && now >= openBy;

    private bool Connected()
    {
        var outcome = TcpSocket.Outcome(fd);
        if (outcome < 0)
        {
            WasRefused = outcome == -Errno.ECONNREFUSED;
            Close(outcome == -Errno.ECONNREFUSED ? "refused the connection" : $"cannot be reached: {Errno.Text(outcome)}");
            return false;
        }

        connecting = false;
        Span<byte> bytes = stackalloc byte[ConnectBytes.RailBytes];
        var length = sockets.Introduction(End).Write(bytes);
        ZapWriter.Connect(outbox, writer.NextXid(), 0, bytes[..length]);
        return true;
    }

    private bool HearOpening(in ZapFrame frame, out string why)
    {
        why = "";
        switch (frame.Type)
        {
            case ZapType.Accepted when IsOurs && step == OpeningStep.Introducing:
                if (!Introduced(frame.Content, out why))
                {
                    return false;
                }

                ZapWriter.Content(outbox, ZapType.AckAccepted, writer.NextXid(), 0, default);
                Prove();
                return true;
            case ZapType.Rejected when IsOurs && step == OpeningStep.Introducing:
                why = $"rejected us: {Encoding.UTF8.GetString(frame.Content).TrimEnd('\0')}";
                return false;
            case ZapType.Connect when !IsOurs && step == OpeningStep.Introducing:
                return Accept(frame, out why);
            case ZapType.AckAccepted when step == OpeningStep.Acknowledging:
                Prove();
                return true;
            default:
                why = $"sent a message of zap's type {(ushort)frame.Type} before the connection stood";
                return false;
        }
    }

    private bool Introduced(ReadOnlySpan<byte> bytes, out string why)
    {
        if (!ConnectBytes.TryRead(bytes, out var peer, out why))
        {
            return false;
        }

        Peer = peer;
        why = peer.Auth == End.Auth ? "" : $"wants {peer.Auth} as authentication, where we have {End.Auth}";
        return why.Length == 0;
    }

    private bool Accept(in ZapFrame frame, out string why)
    {
        why = ZapWriter.Speaks(frame.Version) ? "" : "speaks another version of zap";
        if (why.Length > 0 || !Introduced(frame.Content, out why) || Rails(out why))
        {
            // It is told why as far as it takes it at once; then we part.
            ZapWriter.Content(outbox, ZapType.Rejected, writer.NextXid(), 0, Encoding.ASCII.GetBytes(why + '\0'));
            Send();
            return false;
        }

        Span<byte> bytes = stackalloc byte[ConnectBytes.RailBytes];
        var length = (sockets.Introduction(End) with { IsRail = Peer!.IsRail }).Write(bytes);
        ZapWriter.Content(outbox, ZapType.Accepted, writer.NextXid(), 0, bytes[..length]);
        step = OpeningStep.Acknowledging;
        return true;
    }

    /// <summary>More connections than one to a rail: each would have to be answered as one of them.</summary>
    private bool Rails(out string why)
    {
        why = Peer!.Endpoints == 1 ? "" : $"wants a rail of {Peer.Endpoints} connections, where we take one";
        return why.Length > 0;
    }

    private void Prove()
    {
        step = OpeningStep.Proving;
        if (End.Auth == "none")
        {
            (isProven, hasProved) = (true, true);
            Stand();
            return;
        }

        Span<byte> drawn = stackalloc byte[8];
        RandomNumberGenerator.Fill(drawn);
        challenge = BitConverter.ToUInt64(drawn);
        writer.Auth(0, OvisAuth.WriteChallenge(challenge));
    }

    private bool HearProof(in LdmsMessage message, out string why)
    {
        why = "sent a proof that nobody asked for";
        if (step != OpeningStep.Proving || End.Secret is not { } secret)
        {
            return false;
        }

        if (!hasProved && OvisAuth.TryReadChallenge(message.Content, out var number))
        {
            why = "sends us our own challenge";
            if (number == challenge)
            {
                return false;      // the proof that it wants of us would be the one that we want of it
            }

            writer.Auth(0, OvisAuth.WriteProof(number, secret));
            hasProved = true;
        }
        else if (!isProven && OvisAuth.Proves(message.Content, challenge, secret))
        {
            isProven = true;
        }
        else
        {
            why = "does not know our secret";
            return false;
        }

        Stand();
        return true;
    }

    private void Stand()
    {
        if (isProven && hasProved)
        {
            (step, IsOpen) = (OpeningStep.Open, true);
            ears.Opened(this);
        }
    }
}
