using System.Net.Sockets;
using System.Text;
using Understudy.Core.Power;

namespace Understudy.Linux.Power;

/// <summary>Asks an upsd of NUT, the stock one or another, for one variable of one UPS: RFC 9271 over TCP, port <see cref="Port"/>, without a name or password, which reading does not need.</summary>
/// <remarks>A connection for each question: upsd hangs up on who is silent for MAXAGE, and a kept connection would not notice that upsd was started anew. What comes is bounded in length, and by the caller's token in time.</remarks>
public static class UpsdSource
{
    /// <summary>RFC 9271 section 3, IANA's "nut".</summary>
    public const int Port = 3493;

    /// <summary>A line and its end; who sends more without an end is no upsd.</summary>
    private const int MaxBytes = UpsdAnswer.MaxLineBytes + 2;

    /// <summary>Never throws but for the token.</summary>
    /// <param name="host">An address or a name.</param>
    /// <param name="ups">Its name on that upsd.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public static async Task<UpsdAnswer> AskAsync(string host, int port, string ups, string variable, CancellationToken stop)
    {
        if (UpsdAnswer.Question(ups, variable) is not { } question)
        {
            return new UpsdAnswer.None($"'{ups}' is no name of a UPS");
        }

        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(host, port, stop);
            var words = Encoding.ASCII.GetBytes(question);
            for (var sent = 0; sent < words.Length;)
            {
                sent += await socket.SendAsync(words.AsMemory(sent), SocketFlags.None, stop);
            }

            var room = new byte[MaxBytes];
            for (var have = 0; have < room.Length;)
            {
                var got = await socket.ReceiveAsync(room.AsMemory(have), SocketFlags.None, stop);
                var end = Array.IndexOf(room, (byte)'\n', have, got);
                if (end >= 0)
                {
                    return UpsdAnswer.Read(Encoding.Latin1.GetString(room, 0, end), ups, variable);
                }

                if (got == 0)
                {
                    return new UpsdAnswer.None("upsd closed the connection without an answer");
                }

                have += got;
            }

            return new UpsdAnswer.None("the answer has no end");
        }
        catch (SocketException e)
        {
            return new UpsdAnswer.None($"upsd at {host} port {port.ToString(System.Globalization.CultureInfo.InvariantCulture)} was not asked: {e.Message}");
        }
    }

    /// <summary>The charge of a UPS's battery in percent; Unread where it is not known.</summary>
    public static async Task<Measure> ChargeAsync(string host, int port, string ups, CancellationToken stop)
    {
        try
        {
            return UpsEvidence.Charge(await AskAsync(host, port, ups, UpsEvidence.BatteryCharge, stop), $"{ups}@{host}");
        }
        catch (OperationCanceledException)
        {
            return new Measure.Unread($"{ups}@{host}: no answer in time");
        }
    }
}
