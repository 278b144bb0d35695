using System.Net;

namespace Understudy.Core.Settings;

/// <summary>Where questions and orders arrive.</summary>
/// <param name="Socket">Path of the Unix socket, at most 107 bytes (unix(7): sun_path is 108 with its final zero).</param>
/// <param name="Listen">A TCP end point besides, or null for none.</param>
/// <param name="TokenFile">Path of the token that TCP callers must show; never null where <paramref name="Listen"/> is set.</param>
public sealed record ApiSettings(string Socket, IPEndPoint? Listen, string? TokenFile)
{
    public static string SocketOf(string node) => $"/run/understudy/{node}.sock";


    internal static ApiSettings Read(Section at, string node)
    {
        var api = new ApiSettings(
            at.Value("socket", Scalars.SocketPath, new("path", "/run/understudy/NODE.sock", "107 bytes", "The Unix socket for the command line and the API."), SocketOf(node)),
            at.Value<IPEndPoint?>("listen", Scalars.EndPoint, new("address:port", "none", "", "A TCP address for the API besides; needs `token_file`."), null),
            at.Value<string?>("token_file", Scalars.Path!, new("path", "none", "", "The file with the token that callers over TCP must show."), null));
        at.Require("listen", api.Listen is null || api.TokenFile is not null, "needs a token_file: over TCP anyone could give orders", "token_file");
        at.WarnWhen("token_file", api.TokenFile is not null && api.Listen is null, "is not used without 'listen': the Unix socket goes by file permissions", "listen");
        return api;
    }
}
