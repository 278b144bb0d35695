using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Understudy.Lab.Ups;

/// <summary>One client of upsd that stays connected and speaks NUT's network protocol (RFC 9271), as upsmon does.</summary>
internal sealed class UpsdClient : IDisposable
{
    private readonly TcpClient tcp;
    private readonly StreamReader reader;

    private UpsdClient(TcpClient tcp)
    {
        this.tcp = tcp;
        reader = new StreamReader(tcp.GetStream(), Encoding.Latin1);
    }

    /// <summary>Null where nobody listens.</summary>
    internal static UpsdClient? TryConnect(int port)
    {
        var connecting = new TcpClient { NoDelay = true, ReceiveTimeout = 10_000, SendTimeout = 10_000 };
        try
        {
            connecting.Connect("127.0.0.1", port);
            return new UpsdClient(connecting);
        }
        catch (SocketException)
        {
            connecting.Dispose();
            return null;
        }
    }

    internal static UpsdClient Connect(int port) => TryConnect(port) ?? throw new IOException(string.Create(CultureInfo.InvariantCulture, $"nobody listens on port {port}"));

    /// <summary>The one line that upsd answers.</summary>
    /// <exception cref="IOException">It closed the connection, or has not answered for 10 s.</exception>
    internal string Ask(string line)
    {
        tcp.GetStream().Write(Encoding.Latin1.GetBytes(line + "\n"));
        return reader.ReadLine() ?? throw new IOException($"upsd closed the connection after '{line}'");
    }

    /// <summary>A variable's value; what upsd answered where that is an error (<c>ERR ...</c>).</summary>
    internal string Value(string ups, string name)
    {
        var answer = Ask($"GET VAR {ups} {name}");
        return answer.StartsWith($"VAR {ups} {name} \"", StringComparison.OrdinalIgnoreCase) ? DriverEar.Unquoted(answer) : answer;
    }

    public void Dispose()
    {
        reader.Dispose();
        tcp.Dispose();
    }
}
