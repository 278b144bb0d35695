using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Understudy.Api;

/// <summary>Who calls, and whether they may: whoever can open the Unix socket, and over TCP whoever shows the token.</summary>
internal sealed class Callers(byte[]? token)
{
    // asm-generic/socket.h; the answer is struct ucred of three 32-bit numbers: process, user, group (unix(7)).
    private const int SOL_SOCKET = 1, SO_PEERCRED = 17, UcredBytes = 12;
    private const string Scheme = "Bearer ";
    private readonly byte[]? expected = token is null ? null : SHA256.HashData(token);

    internal bool May(HttpContext context)
    {
        if (IsLocal(context, out _))
        {
            return true;
        }

        var shown = context.Request.Headers.Authorization.ToString();
        // Digests are of one length, so that the comparison tells nothing of the token's.
        return expected is not null && shown.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown[Scheme.Length..].Trim())), expected);
    }

    /// <summary>The caller's name for the ledger.</summary>
    internal static string NameOf(HttpContext context)
    {
        if (!IsLocal(context, out var socket))
        {
            return $"a token's bearer at {context.Connection.RemoteIpAddress}";
        }

        Span<byte> credentials = stackalloc byte[UcredBytes];
        if (socket.GetRawSocketOption(SOL_SOCKET, SO_PEERCRED, credentials) < UcredBytes)
        {
            return "somebody on this host";
        }

        var user = BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]);
        return UserName(user) ?? string.Create(CultureInfo.InvariantCulture, $"user {user}");
    }

    private static bool IsLocal(HttpContext context, out Socket socket)
    {
        socket = context.Features.Get<IConnectionSocketFeature>()?.Socket!;
        return socket is { AddressFamily: AddressFamily.Unix };
    }

    private static string? UserName(uint user)
    {
        try
        {
            var wanted = user.ToString(CultureInfo.InvariantCulture);
            return File.ReadLines("/etc/passwd").Take(10_000).Select(l => l.Split(':')).FirstOrDefault(f => f.Length > 2 && f[2] == wanted)?[0];
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
