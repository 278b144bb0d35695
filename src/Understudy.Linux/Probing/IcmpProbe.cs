using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Understudy.Core.Evidence;
using Understudy.Core.Settings;

namespace Understudy.Linux.Probing;

/// <summary>Sends one echo request and waits for its reply.</summary>
/// <remarks>.NET's own Ping: with CAP_NET_RAW it opens a raw socket for each echo, 25 to 90 us and 2 KB of garbage, which a probe or
/// two in a second do not feel; a socket of our own would be worth its code at thousands in a second. Without the capability Ping would
/// start the ping program, whose words differ between distributions: then we say that we cannot look.</remarks>
internal sealed class IcmpProbe(ProbeSettings.Icmp settings) : IProbe
{
    private static readonly byte[] Payload = "understudy"u8.ToArray();
    private static readonly PingOptions Options = new();

    /// <summary>Longer than any limit: the runner's token ends the wait.</summary>
    private static readonly TimeSpan Beyond = TimeSpan.FromHours(2);

    private readonly Ping ping = new();

    public void Dispose() => ping.Dispose();

    public async ValueTask<ProbeReading> ReadAsync(CancellationToken stop)
    {
        if (Forbidden() is { } why)
        {
            return new ProbeReading.Unread($"{settings.Subject} was not asked: {why}");
        }

        try
        {
            var reply = await ping.SendPingAsync(settings.Address, Beyond, Payload, Options, stop);
            return reply.Status switch
            {
                IPStatus.Success => new ProbeReading.Good(
                    string.Create(CultureInfo.InvariantCulture, $"{settings.Subject} answered in {reply.RoundtripTime} ms")),
                _ => Meaning(reply.Status, reply.Address),
            };
        }
        catch (PingException e)
        {
            return e.InnerException is SocketException socket
                ? socket.SocketErrorCode == SocketError.HostUnreachable
                    ? new ProbeReading.Unread($"{settings.Subject} was not asked: {socket.Message}")      // a raw socket hears it at once: a route of ours says so
                    : SocketReading.Of(socket.SocketErrorCode, socket.Message, settings.Subject)
                : new ProbeReading.Unread($"{settings.Subject} was not asked: {(e.InnerException ?? e).Message}");
        }
    }

    /// <summary>
    /// What an ICMP error says, by who says it: .NET's Ping calls every one of them TtlExpired. The asked address itself has answered. Our own kernel says it of an ARP question that nobody answered: the subject
    /// is dark. Anybody else speaks of a path (see <see cref="Reach"/>).
    /// </summary>
    private ProbeReading Meaning(IPStatus status, IPAddress from) =>
        from.Equals(settings.Address) ? new ProbeReading.Bad($"{settings.Subject}: it answered with an error ({status})") { Answered = true }
        : from.Equals(Reach.Near(settings.Address)) ? new ProbeReading.Bad($"{settings.Subject}: nobody on our link has this address")
        : new ProbeReading.Unread($"{settings.Subject} was not reached: {from} says so");

    private string? Forbidden()
    {
        try
        {
            var (family, protocol) = settings.Address.AddressFamily == AddressFamily.InterNetworkV6
                ? (AddressFamily.InterNetworkV6, ProtocolType.IcmpV6)
                : (AddressFamily.InterNetwork, ProtocolType.Icmp);
            using var socket = new Socket(family, SocketType.Raw, protocol);
            return null;
        }
        catch (SocketException e)
        {
            return $"{e.Message} (a raw socket needs CAP_NET_RAW)";
        }
    }
}
