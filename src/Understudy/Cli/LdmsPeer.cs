using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;

namespace Understudy.Cli;

/// <summary>How an LDMS daemon is reached, as the real tools' options say it.</summary>
/// <param name="Transport">Only sock is spoken.</param>
/// <param name="AuthWords">What <c>-A</c> said, "conf=FILE" for ovis.</param>
internal sealed record LdmsPeerWords(string Transport, string Host, string Port, string Auth, IReadOnlyList<string> AuthWords);

/// <summary>An LDMS daemon, ready to be called.</summary>
/// <param name="Name">host:port, for people.</param>
internal sealed record LdmsPeer(string Name, IPAddress Address, int Port, LdmsEnd End)
{
    /// <summary>LDMS_DEFAULT_PORT (ldms_ls(8)).</summary>
    internal const string DefaultPort = "411";

    /// <summary>Finds the address, and the secret where one is needed.</summary>
    /// <param name="environment">For LDMS_AUTH_FILE and HOME (ldms_auth_ovis(7)).</param>
    /// <param name="problem">What is wrong, and what would be right.</param>
    internal static LdmsPeer? Of(LdmsPeerWords words, Func<string, string?> environment, out string problem)
    {
        problem = "";
        if (words.Transport != "sock")
        {
            problem = $"the transport {words.Transport} is not spoken here, only sock";
        }
        else if (!int.TryParse(words.Port, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
        {
            problem = $"{words.Port} is no port";
        }
        else if (EndOf(words, environment, out problem) is { } end && AddressOf(words.Host, out problem) is { } address)
        {
            return new LdmsPeer(string.Create(CultureInfo.InvariantCulture, $"{words.Host}:{port}"), address, port, end);
        }

        return null;
    }

    /// <summary>The first IPv4 address of a host, or its first at all: ldmsd listens at IPv4 unless told otherwise.</summary>
    internal static IPAddress? AddressOf(string host, out string problem)
    {
        problem = "";
        try
        {
            var found = Dns.GetHostAddresses(host);
            return found.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? found.FirstOrDefault() ?? throw new SocketException((int)SocketError.HostNotFound);
        }
        catch (SocketException e)
        {
            problem = $"{host} has no address: {e.Message}";
        }
        catch (ArgumentException e)
        {
            problem = $"{host} is no host: {e.Message}";
        }

        return null;
    }

    private static LdmsEnd? EndOf(LdmsPeerWords words, Func<string, string?> environment, out string problem)
    {
        problem = "";
        if (words.Auth == "none")
        {
            return new LdmsEnd();
        }

        if (words.Auth != "ovis")
        {
            problem = $"the authentication {words.Auth} is not spoken here, only none and ovis";
            return null;
        }

        var named = words.AuthWords.FirstOrDefault(w => w.StartsWith("conf=", StringComparison.Ordinal))?["conf=".Length..];
        var path = named ?? environment("LDMS_AUTH_FILE") ?? Path.Combine(environment("HOME") ?? "/", ".ldmsauth.conf");
        try
        {
            if (OvisAuth.SecretIn(File.ReadAllText(path)) is { } secret)
            {
                return new LdmsEnd("ovis", secret);
            }

            problem = OvisAuth.NoSecretIn(path);
        }
        catch (IOException e)
        {
            problem = $"the secret cannot be read: {e.Message}";
        }
        catch (UnauthorizedAccessException e)
        {
            problem = $"the secret cannot be read: {e.Message}";
        }

        return null;
    }
}
