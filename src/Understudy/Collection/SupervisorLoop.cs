using Understudy.Cli;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Clocks;
using Understudy.Linux.Collection;
using Understudy.Linux.Interop;

namespace Understudy.Collection;

/// <summary>Does what a <see cref="SupervisorDesk"/> orders: connections to its daemons on one thread, and nothing but the configuration channel on them.</summary>
internal sealed class SupervisorLoop : ILdmsEars, IDisposable
{
    private readonly EpollSet epoll = new();
    private readonly LdmsSockets sockets;
    private readonly SupervisorDesk desk;
    private readonly IReadOnlyList<LdmsPeer> peers;
    private readonly TimeSpan every;
    private readonly LdmsVersion version;
    private readonly Action<SupervisorNote> say;
    private readonly LdmsConnection?[] connections;
    private readonly Dictionary<(int Who, uint Number), uint> asked = [];
    private readonly Ready[] ready = new Ready[EpollSet.MaxReady];
    private Instant tickDue;

    /// <param name="peers">In the desk's order.</param>
    internal SupervisorLoop(SupervisorDesk desk, IReadOnlyList<LdmsPeer> peers, TimeSpan every, LdmsVersion version, Action<SupervisorNote> say)
    {
        (this.desk, this.peers, this.every, this.version, this.say) = (desk, peers, every, version, say);
        connections = new LdmsConnection?[peers.Count];
        sockets = new LdmsSockets(epoll, NoSets.Here, firstTag: 1);
    }

    /// <summary>One turn: at most until the next ping.</summary>
    internal void Turn()
    {
        var now = BootClock.Now;
        if (now >= tickDue)
        {
            tickDue = now + every;
            desk.Tick(now);
        }

        Perform();
        sockets.Flush();
        var count = epoll.Wait(ready, (int)Math.Clamp(Math.Ceiling((tickDue - BootClock.Now).TotalMilliseconds), 0, 1000));
        now = BootClock.Now;
        for (var i = 0; i < count; i++)
        {
            sockets.Turn(ready[i].Tag, now);
        }

        sockets.Tick(now);
        Perform();
        sockets.Flush();
    }

    public void Dispose()
    {
        sockets.Dispose();
        epoll.Dispose();
    }

    void ILdmsEars.Opened(LdmsConnection connection)
    {
        if (WhoIs(connection) is >= 0 and var who)
        {
            desk.Opened(who, BootClock.Now);
        }
    }

    void ILdmsEars.Closed(LdmsConnection connection, string why)
    {
        if (WhoIs(connection) is >= 0 and var who)
        {
            connections[who] = null;
            Forget(who);
            desk.Closed(who, why, refused: why == LdmsConnection.Refused, BootClock.Now);
        }
    }

    void ILdmsEars.ConfigHeard(LdmsConnection connection, ConfigMessage message)
    {
        if (message.IsAnswer && WhoIs(connection) is >= 0 and var who && asked.Remove((who, message.Number), out var id))
        {
            desk.Answered(who, id, LdmsVersion.Answer(message), BootClock.Now);
        }
    }

    private int WhoIs(LdmsConnection connection) => Array.IndexOf(connections, connection);

    private void Forget(int who)
    {
        foreach (var key in asked.Keys.Where(k => k.Who == who).ToList())
        {
            _ = asked.Remove(key);
        }
    }

    private void Perform()
    {
        while (desk.Notes.TryDequeue(out var note))
        {
            say(note);
        }

        while (desk.Orders.TryDequeue(out var order))
        {
            switch (order)
            {
                case SupervisorOrder.Connect(var who):
                    connections[who] = sockets.Connect(peers[who].Address, peers[who].Port, peers[who].End, this, peers[who].Name);
                    break;
                case SupervisorOrder.HangUp(var who):
                    var gone = connections[who];
                    connections[who] = null;
                    Forget(who);
                    gone?.Close("was given up");
                    break;
                case SupervisorOrder.Ask(var who, var id, var command):
                    Ask(who, id, command);
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }
    }

    /// <summary>Where the connection is gone by now, the desk has been told so and waits for no answer.</summary>
    private void Ask(int who, uint id, LdmsdCommand command)
    {
        if (connections[who] is not { IsOpen: true } connection || version.Request(command) is not { } request)
        {
            return;
        }

        var number = connection.NextConfigNumber();
        asked[(who, number)] = id;
        connection.SendConfig(request with { Number = number });
    }
}
