using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;

namespace Understudy.Linux.Probing;

/// <summary>Asks the kernel whether a device is up and has carrier.</summary>
/// <remarks>By ioctl on a socket, because that asks the network namespace that we are in. /sys/class/net, which .NET's NetworkInterface reads,
/// shows the namespace in which /sys was mounted: under <c>nsenter --net</c> another host's devices. IFF_RUNNING is RFC 2863's operational
/// state "up" (netdevice(7)), so a port that still waits for 802.1X is not well, and a device that cannot tell its carrier is.</remarks>
internal sealed unsafe partial class CarrierProbe(ProbeSettings.Carrier settings) : IProbe
{
    // linux/sockios.h, linux/if.h, errno.h. struct ifreq: 16 bytes of name, then a union whose first member here is short ifr_flags.
    private const nuint SIOCGIFFLAGS = 0x8913;
    private const int IFNAMSIZ = 16, SizeOfIfreq = 40, IFF_UP = 0x1, IFF_RUNNING = 0x40, ENODEV = 19;

    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public void Dispose() => socket.Dispose();

    public ValueTask<ProbeReading> ReadAsync(CancellationToken stop) => ValueTask.FromResult(Read());

    /// <summary>Why nothing can leave a device just now; null when it can, or when that cannot be told.</summary>
    internal static string? Obstacle(string device)
    {
        using var probe = new CarrierProbe(new ProbeSettings.Carrier(device));
        return probe.Read() is ProbeReading.Bad bad ? bad.Detail : null;
    }

    private ProbeReading Read()
    {
        Span<byte> request = stackalloc byte[SizeOfIfreq];
        request.Clear();
        if (Encoding.ASCII.GetByteCount(settings.Device) >= IFNAMSIZ)
        {
            return new ProbeReading.Unread($"{settings.Subject}: the name is longer than 15 bytes");
        }

        _ = Encoding.ASCII.GetBytes(settings.Device, request);
        int done;
        fixed (byte* first = request)
        {
            done = ioctl(socket.SafeHandle, SIOCGIFFLAGS, first);
        }

        if (done != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            return errno == ENODEV
                ? new ProbeReading.Bad($"{settings.Device} does not exist")
                : new ProbeReading.Unread($"{settings.Subject} was not asked: {Marshal.GetPInvokeErrorMessage(errno)}");
        }

        var flags = BitConverter.ToUInt16(request[IFNAMSIZ..]);
        return (flags & IFF_UP) == 0 ? new ProbeReading.Bad($"{settings.Device} is down")
            : (flags & IFF_RUNNING) == 0 ? new ProbeReading.Bad($"{settings.Device} has no carrier")
            : new ProbeReading.Good($"{settings.Device} has carrier");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeSocketHandle fd, nuint request, void* argument);
}
