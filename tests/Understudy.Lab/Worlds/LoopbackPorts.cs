using System.Net;
using System.Net.Sockets;

namespace Understudy.Lab.Worlds;

/// <summary>
/// Ports of the loopback on which nobody listened a moment ago, for daemons that end and come back to theirs. None is given twice: a daemon that has not come to listen yet, or is dead for a while, would find another's there, and
/// who connects to it would talk to the wrong world.
/// </summary>
public static class LoopbackPorts
{
    /// <summary>Below what the kernel gives to those who connect (net.ipv4.ip_local_port_range, 32768 on): a port of theirs would be taken when the daemon comes back to it.</summary>
    private const int First = 20_000, Count = 12_000;

    private const int MostTries = 1000;

    private static readonly Lock s_gate = new();
    private static readonly HashSet<int> s_given = [];

    public static int Take() => Take(1)[0];

    /// <summary>So many different ones.</summary>
    /// <exception cref="SocketException">There are not so many.</exception>
    public static int[] Take(int count)
    {
        var held = new List<TcpListener>();
        try
        {
            for (var tries = 0; held.Count < count; tries++)
            {
                if (Listen(First + Random.Shared.Next(Count)) is { } listener)
                {
                    held.Add(listener);
                }
                else if (tries > MostTries)
                {
                    throw new SocketException((int)SocketError.AddressAlreadyInUse);
                }
            }

            return [.. held.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        }
        finally
        {
            held.ForEach(l => l.Dispose());
        }
    }

    /// <summary>Null: another has it, or had it from us.</summary>
    private static TcpListener? Listen(int port)
    {
        lock (s_gate)
        {
            if (!s_given.Add(port))
            {
                return null;
            }
        }

        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }
}
