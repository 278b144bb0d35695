using System.Net;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;

namespace Understudy.Collection;

/// <summary>Our own connection to the peer of the pair, and the peer's requests on either connection. On the loop's thread.</summary>
/// <param name="kept">What the peer collects, for the next start; null: it is not kept.</param>
internal sealed class PairLine(CollectionLoop loop, KeptPair? kept) : ILdmsEars, IDisposable
{
    private readonly Dictionary<uint, PairRequest> asked = [];

    /// <summary>Connections of the peer's that have paired: only such a one may dissolve the pair.</summary>
    private readonly HashSet<LdmsConnection> paired = [];
    private LdmsConnection? connection;
    private int dialled;
    private bool recalled;

    /// <summary>What we tell the peer, and its version, as of a count of changes.</summary>
    private (int Of, ValueList<PairItem> Items, ulong Version) told = (-1, [], 0);

    internal Instant Deadline => Pair?.Deadline ?? Instant.Never;

    private PairDesk? Pair => loop.Commands.Pair;

    internal void Look(in Moment at) => Pair?.Look(at.Now);

    /// <summary>The daemon ends: the peer is told by the end of the connection, and nothing of ours is handed over by force.</summary>
    internal void Leave() => connection?.Close("this daemon ends");

    internal void Carry(in Moment at)
    {
        if (Pair is not { } pair)
        {
            return;
        }

        if (!recalled && pair.Service == PairService.Start)
        {
            recalled = true;
            if (kept?.Read(Name, pair.Rules.Named) is { } memory)
            {
                pair.Remember(memory, at.Now);
            }
        }

        while (pair.Orders.TryDequeue(out var order))
        {
            Carry(order, pair, at);
            while (loop.Desk.Orders.TryDequeue(out var next))
            {
                loop.Hands.Carry(next, at);
            }
        }

        while (pair.Notes.TryDequeue(out var note))
        {
            loop.Say(note);
        }
    }

    /// <summary>The peer asks something, on our connection or on its own.</summary>
    internal void Asked(LdmsConnection from, ConfigMessage message, in Moment at)
    {
        var request = PairCodec.Read(message, out var why);
        if (request is null || Pair is not { } pair)
        {
            from.SendConfig(PairCodec.Answer(message.Number, message.Code, request is null ? new PairReply(PairDesk.EINVAL, why, null) : new PairReply(PairDesk.EAGAIN, "no failover is configured here", null)));
            return;
        }

        if ((request is PairRequest.Reset && !paired.Contains(from)) || (request is PairRequest.Told && from != connection))
        {
            from.SendConfig(PairCodec.Answer(message.Number, message.Code, new PairReply(PairDesk.EPERM, "this connection is no peer's", null)));
            return;
        }

        if (request is PairRequest.Ping or PairRequest.PeerConfig)
        {
            Learn();
            pair.Own = (told.Version, true, PairCopies.Lacking(loop.Desk, at.Now));
            if (request is PairRequest.PeerConfig)
            {
                foreach (var item in told.Items)
                {
                    Send(from, new PairRequest.Told(item, Whole: true));
                }
            }
        }

        var reply = pair.Asked(request, at.Now);
        if (request is PairRequest.Pair && reply.Code == 0)
        {
            _ = paired.Add(from);
        }

        if (request is not PairRequest.Told)
        {
            from.SendConfig(PairCodec.Answer(message.Number, message.Code, reply));
        }

        Carry(at);
    }

    public void Dispose() => kept?.Dispose();

    public void Opened(LdmsConnection connection) => Tell(connection, static (pair, _, now) => pair.Connected(now), "");

    public void Closed(LdmsConnection connection, string why)
    {
        if (connection != this.connection)
        {
            return;
        }

        this.connection = null;
        asked.Clear();
        var at = CollectionLoop.Now;
        Pair?.Disconnected(why, connection.WasRefused, at.Now);
        Carry(at);
    }

    public void ConfigHeard(LdmsConnection connection, ConfigMessage message)
    {
        if (connection != this.connection)
        {
            return;
        }

        var at = CollectionLoop.Now;
        if (!message.IsAnswer)
        {
            Asked(connection, message, at);
        }
        else if (asked.Remove(message.Number, out var request))
        {
            Pair?.Answered(request, PairCodec.ReadAnswer(message), at.Now);
            Carry(at);
        }
    }

    private string Name => loop.Commands.Name ?? "ldmsd";

    /// <summary>A site may have thousands of producers, and is asked several times a second.</summary>
    private void Learn()
    {
        if (told.Of != loop.Desk.Changes)
        {
            var items = PairCopies.Told(loop.Desk);
            told = (loop.Desk.Changes, items, PairCopies.Version(items));
        }
    }

    private void Tell(LdmsConnection from, Action<PairDesk, string, Instant> word, string why)
    {
        if (from == connection && Pair is { } pair)
        {
            var at = CollectionLoop.Now;
            word(pair, why, at.Now);
            Carry(at);
        }
    }

    private void Carry(PairOrder order, PairDesk pair, in Moment at)
    {
        switch (order)
        {
            case PairOrder.Connect:
                Connect(pair.Rules, at);
                break;
            case PairOrder.Close:
                dialled++;
                var over = connection;
                connection = null;
                asked.Clear();
                over?.Close("the pair's connection was closed");
                break;
            case PairOrder.Ask ask:
                if (connection is { IsOpen: true } open)
                {
                    Send(open, ask.Request);
                }

                break;
            case PairOrder.Adopt adopt:
                PairCopies.Adopt(loop.Desk, adopt.Memory.Items, pair.Covers, at);
                kept?.Keep(Name, adopt.Memory);
                break;
            case PairOrder.Cover cover:
                PairCopies.Cover(loop.Desk, cover.Producer, covers: true, cover.Why, at);
                break;
            case PairOrder.StandBy stand:
                PairCopies.Cover(loop.Desk, stand.Producer, covers: false, stand.Why, at);
                break;
            case PairOrder.Forget:
                PairCopies.Forget(loop.Desk, at);
                kept?.Forget(Name);
                break;
        }
    }

    private void Send(LdmsConnection to, PairRequest request)
    {
        foreach (var message in PairCodec.Write(request, to.NextConfigNumber))
        {
            if (request is not PairRequest.Told)
            {
                asked[message.Number] = request;
            }

            to.SendConfig(message);
        }
    }

    private void Connect(PairRules rules, in Moment at)
    {
        var number = ++dialled;
        loop.Hands.Resolve(rules.Host, at, (address, why, now) => Connect(rules, number, address, why, now));
    }

    private void Connect(PairRules rules, int number, IPAddress? address, string why, in Moment now)
    {
        if (number != dialled)
        {
            return;      // it took long, and is not wanted any more
        }

        if (address is null)
        {
            Pair?.Disconnected(why, refused: false, now.Now);
            Carry(now);
            return;
        }

        connection = loop.Sockets.Connect(address, rules.Port, loop.Ends[""], this, $"peer {rules.PeerName ?? rules.Host}");
    }

    /// <summary>A connection of somebody who came to us has ended.</summary>
    internal void Gone(LdmsConnection from) => paired.Remove(from);
}
