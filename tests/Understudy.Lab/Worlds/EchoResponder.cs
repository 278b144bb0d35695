using System.Net;
using System.Net.Sockets;

namespace Understudy.Lab.Worlds;

/// <summary>The service of the lab: answers each probe with the probe and the letter of its host. It is bound to the service address whether
/// the host has that address or not, so that who answers is decided by who has the address, and by nothing else.</summary>
internal sealed unsafe class EchoResponder : IDisposable
{
    private const int MaxProbe = 64;

    private readonly Socket socket;
    private readonly Thread thread;
    private readonly byte letter;
    private volatile bool stopped;
    private volatile bool ill;

    internal EchoResponder(NetworkNamespace host, char letter)
    {
        this.letter = (byte)letter;
        socket = host.Inside(() =>
        {
            var opened = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

            // ip(7): SOL_IP is 0, IP_FREEBIND is 15.
            opened.SetRawSocketOption(0, 15, BitConverter.GetBytes(1));
            opened.ReceiveTimeout = 200;
            opened.Bind(new IPEndPoint(Place.ServiceAddress, Place.EchoPort));
            return opened;
        });
        thread = new Thread(Answer) { IsBackground = true, Name = $"echo {letter}" };
        thread.Start();
    }

    /// <summary>An ill service hears, and does not answer.</summary>
    internal bool Ill
    {
        get => ill;
        set => ill = value;
    }

    public void Dispose()
    {
        stopped = true;
        thread.Join();
        socket.Dispose();
    }

    private void Answer()
    {
        LabLibc.MakePunctual();
        var fd = (int)socket.Handle;
        var probe = stackalloc byte[MaxProbe + 1];
        var from = stackalloc byte[32];
        while (!stopped)
        {
            uint length = 32;
            var bytes = LabLibc.recvfrom(fd, probe, MaxProbe, 0, from, &length);
            if (bytes > 0 && !ill)
            {
                probe[bytes] = letter;

                // Refused where the address left between question and answer: then there is no answer, as it should be.
                _ = LabLibc.sendto(fd, probe, (nuint)bytes + 1, LabLibc.MSG_DONTWAIT, from, length);
            }
        }
    }
}
