using System.Net;
using System.Net.Sockets;

namespace Understudy.Lab.Worlds;

/// <summary>Ports of the loopback on which nobody listened a moment ago, for daemons that end and come back to theirs.</summary>
public static class LoopbackPorts
{
    /// <summary>Below what the kernel gives to those who connect (net.ipv4.ip_local_port_range, 32768 on): a port of theirs would be taken when the daemon comes back to it.</summary>
    private const int First = 20_000, Count = 12_000;

    private const int MostTries = 1000;

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
                var listener = new TcpListener(IPAddress.Loopback, First + Random.Shared.Next(Count));
                try
                {
                    listener.Start();
                    held.Add(listener);
                }
                catch (SocketException) when (tries < MostTries)
                {
                    listener.Dispose();      // another has it
                }
            }

            return [.. held.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        }
        finally
        {
            held.ForEach(l => l.Dispose());
        }
    }
}
