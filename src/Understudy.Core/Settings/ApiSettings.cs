using System.Net;

namespace Understudy.Core.Settings;

/// <summary>Where questions and orders arrive.</summary>
/// <param name="Socket">Path of the Unix socket, at most 107 bytes (unix(7): sun_path is 108 with its final zero).</param>
/// <param name="Listen">A TCP end point besides, or null for none.</param>
/// <param name="TokenFile">Path of the token that TCP callers must show; never null where <paramref name="Listen"/> is set.</param>
public sealed record ApiSettings(string Socket, IPEndPoint? Listen, string? TokenFile)
{
    public static string SocketOf(string node) => $"/run/understudy/{node}.sock";
}
