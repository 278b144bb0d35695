using System.Net;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Daemon;
using Understudy.Linux.Clocks;
using Understudy.Linux.Collection;
using Understudy.Linux.Interop;

namespace Understudy.Collection;

/// <summary>
/// The collection's one loop, on a thread of its own: take in what has come, let the desks look at the time, carry out their orders, send what was gathered. It owns the desks; other threads reach it through the mailbox.
/// </summary>
internal sealed class CollectionLoop : IDisposable
{
    private const ulong MailTag = 0;
    private const ulong SocketTags = 1_000;

    /// <summary>Limits of connections are looked at so often; they are seconds long.</summary>
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(5);

    private readonly CollectionParts parts;
    private readonly EpollSet epoll = new();
    private readonly Mailbox mail = new();
    private readonly Ready[] ready = new Ready[EpollSet.MaxReady];
    private readonly CollectionDoor door;
    private readonly CollectionHands hands;
    private readonly PairLine line;
    private readonly LookUpBurst burst = new();
    private readonly Thread thread;
    private Instant tickAt;
    private volatile bool ending;

    internal CollectionLoop(CollectionParts parts)
    {
        this.parts = parts;
        epoll.Add(mail.Fd, MailTag);
        Commands = new CollectionCommands(Desk);
        Offer = new SetsOffer();
        Sockets = new LdmsSockets(epoll, Offer, SocketTags);
        line = new PairLine(this, parts.StateFolder is { } folder ? new KeptPair(folder, why => parts.Say(new CollectionNote(BootClock.Now, "pair", why, Loud: true))) : null);
        door = new CollectionDoor(this, line);
        hands = new CollectionHands(this, parts.StoreRoot);
        thread = new Thread(Run, 1 << 20) { Name = "collection", IsBackground = true };
    }

    internal CollectionDesk Desk { get; } = new();

    internal CollectionCommands Commands { get; }

    internal LdmsSockets Sockets { get; }

    internal SetsOffer Offer { get; }

    internal CollectionHands Hands => hands;

    /// <summary>Our part among several nodes; null: we are alone, or one of a pair.</summary>
    internal ShareLine? Sharing { get; private set; }

    /// <summary>How both ends prove who they are, by the domain's name; empty is the default.</summary>
    internal Dictionary<string, LdmsEnd> Ends { get; } = new(StringComparer.Ordinal) { [""] = new LdmsEnd() };

    /// <summary>Those who connect may change what is collected, as ldmsd lets them; else they may only ask.</summary>
    internal bool TakesOrders { get; init; }

    /// <summary>The least grave level that is to be said, as ldmsd(8) names it; null: nobody has asked for one. From any thread.</summary>
    internal string? Least
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>Now, by both clocks.</summary>
    internal static Moment Now => new(BootClock.Now, WallClock.Micros);

    internal void Start() => thread.Start();

    /// <summary>Before <see cref="Start"/>.</summary>
    internal void Share(ShareLine share) => Sharing = share;

    /// <summary>A piece of work for the loop's own thread; false when too much waits.</summary>
    internal bool Post(Action<Moment> work) => mail.Post(_ => work(Now));

    /// <summary>Listens for those who read from us.</summary>
    /// <returns>The port.</returns>
    /// <exception cref="IOException">The kernel refused.</exception>
    internal int Listen(IPAddress address, int port, LdmsEnd end) => Sockets.Listen(address, port, end, door);

    /// <summary>An answer to a command, and what follows of it. On the loop's thread, or before <see cref="Start"/>.</summary>
    internal CommandAnswer Apply(LdmsdRequest request, string by, in Moment at)
    {
        var answer = Commands.Apply(request, by, at);
        while (Commands.Wishes.TryDequeue(out var wish))
        {
            if (hands.Fulfil(wish) is { } problem)
            {
                answer = new CommandAnswer(LdmsdRefusal.Invalid, problem, IsJson: false);
            }
        }

        return answer;
    }

    /// <summary>Carries out what the desks ordered. After each thing that they were told, as a sample is theirs only until the next.</summary>
    internal void Carry(in Moment at)
    {
        while (Desk.Orders.TryDequeue(out var order))
        {
            if (order.Deed == CollectionDeed.LookUp)
            {
                burst.Saw(at.Now);
            }

            hands.Carry(order, at);
        }

        line.Carry(at);
    }

    public void Dispose()
    {
        ending = true;
        mail.Ring();
        if (thread.IsAlive && !thread.Join(s_endLimit))
        {
            return;      // it is stuck: what it uses stays open, and the process ends with it
        }

        hands.Dispose();
        line.Dispose();
        Sockets.Dispose();
        epoll.Dispose();
        mail.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!ending)
            {
                var at = Now;
                Turn(at);
                Sockets.Flush();
                var wait = Instant.Earlier(Instant.Earlier(Desk.Deadline, line.Deadline), Instant.Earlier(tickAt, Sharing?.Deadline ?? Instant.Never)) - BootClock.Now;
                var count = epoll.Wait(ready, wait <= TimeSpan.Zero ? 0 : (int)Math.Min(60_000, Math.Ceiling(wait.TotalMilliseconds)));
                Take(count);
            }

            line.Leave();
            Sockets.Flush();
        }
        catch (Exception e)      // a broken invariant: it is said, and the process ends
        {
            parts.Broken(e);
        }
    }

    private void Take(int count)
    {
        var at = Now;
        for (var i = 0; i < count; i++)
        {
            if (ready[i].Tag == MailTag)
            {
                mail.Work(at.Now);
            }
            else
            {
                Sockets.Turn(ready[i].Tag, at.Now);
            }

            Carry(at);
        }
    }

    private void Turn(in Moment at)
    {
        if (at.Now >= tickAt)
        {
            tickAt = at.Now + s_tick;
            Sockets.Tick(at.Now);
            hands.Stores.Report(Desk, at);
            if (at.Now >= burst.End)
            {
                Sockets.Shrink();
                burst.Clear(at.Now);
            }
        }

        Desk.Look(at);
        line.Look(at);
        Sharing?.Look(at);
        Carry(at);
        while (Desk.Notes.TryDequeue(out var note))
        {
            parts.Say(note);
        }
    }

    /// <summary>A sentence of the loop's own.</summary>
    internal void Say(in CollectionNote note) => parts.Say(note);
}
