using System.Net.Sockets;
using Understudy.Core.Evidence;

namespace Understudy.Linux.Probing;

/// <summary>Whose fault a socket error is: the subject's, or ours.</summary>
internal static class SocketReading
{
    /// <summary>Bad where the far side refused, broke off or was silent; Unread where we could not even ask.</summary>
    /// <remarks>No route (ENETUNREACH, EINVAL from a blackhole route) is ours: the address was never tried. An unreachable host (EHOSTUNREACH) is
    /// the subject's, unless <see cref="Reach"/> says otherwise. A refused permission is a local firewall or a prohibit route. A name that is not
    /// found is the resolver's affair, and no reason to move a duty. Who refuses or resets a connection has answered.</remarks>
    internal static ProbeReading Of(SocketError error, string words, string subject) => error switch
    {
        SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.AccessDenied or SocketError.AddressNotAvailable
            or SocketError.AddressFamilyNotSupported or SocketError.ProtocolNotSupported or SocketError.OperationNotSupported
            or SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.SystemNotReady
            or SocketError.InvalidArgument or SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery
            => new ProbeReading.Unread($"{subject} was not asked: {words}"),
        _ => new ProbeReading.Bad($"{subject}: {words}") { Answered = error is SocketError.ConnectionRefused or SocketError.ConnectionReset },
    };
}
