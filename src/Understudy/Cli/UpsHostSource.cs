using System.Globalization;
using System.Net.Sockets;
using Understudy.Core;
using Understudy.Core.Ups;

#pragma warning disable CA1416 // file modes exist wherever this program runs: on Linux

namespace Understudy.Cli;

/// <summary>Looks at what a check needs beside ups.conf. Each source's driver is asked once for what it says; nothing is told to it.</summary>
internal static class UpsHostSource
{
    /// <summary>All sources are asked at the same time, and have so long. A driver answers at once unless it talks to its device just then.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(3);

    private static readonly string[] s_thisHost = ["localhost", "127.0.0.1", "[::1]", "::1"];

    /// <summary>Some ten times the largest dump of a real device.</summary>
    private const int MaxDump = 4 << 20;

    internal static UpsHostFacts Look(UpsConf conf, string confFolder, string state, string drivers)
    {
        var sources = UpsConfCheck.Proxies(conf).SelectMany(ProxyRulesReader.SourcesOf).Distinct(StringComparer.Ordinal).ToList();
        ValueList<UpsSocketFact>? sockets = null;
        if (Directory.Exists(state))
        {
            using var limit = new CancellationTokenSource(s_limit);
            var asked = sources.Where(s => File.Exists(Path.Combine(state, s))).Select(s => AskAsync(state, s, limit.Token)).ToArray();
            sockets = Task.WhenAll(asked).GetAwaiter().GetResult().ToValueList();
        }

        return new UpsHostFacts(state, sockets, drivers, Programs(drivers), VersionOf(conf, sockets), MaxAge(confFolder), Supplies(confFolder));
    }

    /// <summary>MAXAGE of upsd.conf.</summary>
    private static TimeSpan MaxAge(string confFolder) =>
        Lines(Path.Combine(confFolder, "upsd.conf")).Select(l => l is ["MAXAGE", var span, ..] && int.TryParse(span, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0)
            .LastOrDefault(s => s > 0) is > 0 and var set ? TimeSpan.FromSeconds(set) : UpsHostFacts.UsualMaxAge;

    /// <summary>MONITOR NAME[@HOST[:PORT]] POWERVALUE ... of upsmon.conf, where the host is this one.</summary>
    private static ValueList<string> Supplies(string confFolder) =>
        [.. from line in Lines(Path.Combine(confFolder, "upsmon.conf"))
            where line is ["MONITOR", _, var value, ..] && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var power) && power > 0
            let system = line[1].Split('@', 2)
            where system.Length == 1 || s_thisHost.Any(h => system[1] == h || system[1].StartsWith(h + ":", StringComparison.Ordinal))
            select system[0]];

    /// <summary>The lines of a file of NUT, which all have the grammar of ups.conf; none where it cannot be read.</summary>
    private static List<List<string>> Lines(string path)
    {
        var (lines, words, text) = (new List<List<string>>(), new List<string>(), Text(path));
        for (var at = 0; at < text.Length;)
        {
            if (UpsWords.Read(text, ref at, words) == WordsEnd.Line && words.Count > 0)
            {
                lines.Add([.. words]);
            }
        }

        return lines;
    }

    private static string Text(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : "";
        }
        catch (IOException)
        {
            return "";
        }
        catch (UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static ValueList<string>? Programs(string folder)
    {
        try
        {
            return Directory.Exists(folder)
                ? Directory.EnumerateFiles(folder).Where(f => (File.GetUnixFileMode(f) & UnixFileMode.UserExecute) != UnixFileMode.None).Select(Path.GetFileName).OfType<string>().ToValueList()
                : null;
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

    /// <summary>The drivers are of the same package as upsdrvctl, and say their version.</summary>
    private static Version? VersionOf(UpsConf conf, ValueList<UpsSocketFact>? sockets) => (sockets ?? [])
        .Where(s => UpsConfCheck.Real(conf, s.Name) is { } real && real["driver"] != UpsConfCheck.OurDriver)
        .Select(s => s.Said?.DriverVersion)
        .FirstOrDefault(v => v is not null);

    private static async Task<UpsSocketFact> AskAsync(string state, string name, CancellationToken stop)
    {
        try
        {
            using var line = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await line.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(state, name)), stop);
            await line.SendAsync("DUMPALL\n"u8.ToArray(), SocketFlags.None, stop);
            var heard = new byte[64 << 10];
            var length = 0;
            while (length < MaxDump)
            {
                if (length == heard.Length)
                {
                    Array.Resize(ref heard, heard.Length * 2);
                }

                var count = await line.ReceiveAsync(heard.AsMemory(length), SocketFlags.None, stop);
                if (count == 0)
                {
                    return new UpsSocketFact(name, null, "was closed by its driver before it had told all");
                }

                length += count;
                if (heard.AsSpan(0, length).IndexOf("\nDUMPDONE\n"u8) >= 0 || heard.AsSpan(0, length).StartsWith("DUMPDONE\n"u8))
                {
                    return new UpsSocketFact(name, TreeOf(heard.AsSpan(0, length)), null);
                }
            }

            return new UpsSocketFact(name, null, "says more than any driver does");
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return new UpsSocketFact(name, null, "is there, and nobody is behind it: its driver has died or was killed");
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            return new UpsSocketFact(name, null, "may not be opened by this user: run the check as root");
        }
        catch (SocketException e)
        {
            return new UpsSocketFact(name, null, $"could not be asked: {e.Message}");
        }
        catch (ArgumentOutOfRangeException e)
        {
            return new UpsSocketFact(name, null, $"could not be asked: {e.Message}");      // a path longer than a socket's may be
        }
        catch (OperationCanceledException)
        {
            return new UpsSocketFact(name, null, string.Create(CultureInfo.InvariantCulture, $"is open, and its driver has said nothing whole for {s_limit.TotalSeconds:0} s: it may hang"));
        }
    }

    private static VariableTree TreeOf(ReadOnlySpan<byte> dump)
    {
        Span<char> scratch = stackalloc char[DriverLines.MaxLineBytes];
        var tree = new VariableTree();
        foreach (var part in dump.Split((byte)'\n'))
        {
            if (DriverLines.TryRead(dump[part], scratch, out var line))
            {
                _ = tree.Apply(line);
            }
        }

        return tree;
    }
}
