using System.Net.Sockets;

namespace Understudy.Lab.Addresses;

/// <summary>Hears every frame that reaches its namespace.</summary>
internal sealed class Ear : IDisposable
{
    private const int EveryProtocol = 0x0300; // htons(ETH_P_ALL)
    private readonly Socket socket = new(AddressFamily.Packet, SocketType.Raw, (ProtocolType)EveryProtocol) { Blocking = false };
    private readonly byte[] buffer = new byte[2048];

    internal Socket Socket => socket;

    public void Dispose() => socket.Dispose();

    internal byte[]? Hear() => socket.Available > 0 || socket.Poll(0, SelectMode.SelectRead) ? buffer[..socket.Receive(buffer)] : null;
}
