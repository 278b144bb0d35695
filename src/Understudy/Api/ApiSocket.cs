using System.Net.Sockets;
using Understudy.Linux.Interop;

namespace Understudy.Api;

/// <summary>The Unix socket's place in the file system: one daemon's at a time.</summary>
public static class ApiSocket
{
    /// <summary>Makes room for a socket: makes its folder, and removes a socket that a dead daemon left.</summary>
    /// <exception cref="IOException">Somebody answers there, or something that is no socket stands there.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static void MakeRoom(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }

        if (!File.Exists(path))
        {
            return;
        }

        if (!Stat.IsSocket(path))
        {
            throw new IOException($"{path} stands in the way: it is no socket");
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);      // connect(2): ECONNREFUSED means a socket that nobody listens on
            return;
        }
        catch (SocketException e)
        {
            throw new IOException($"{path} stands in the way: {e.Message}", e);
        }

        throw new IOException($"another daemon answers at {path}; stop it first, or give this one its own api.socket");
    }
}
