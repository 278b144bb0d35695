using System.Net.Sockets;
using System.Text;
using Understudy.Core;
using Understudy.Core.Ups;

namespace Understudy.Ups;

/// <summary>The proxies of this host.</summary>
/// <param name="Problem">Why ups.conf could not be read, and no proxy be found; null where it could, or there is none.</param>
public sealed record HostProxies(string? Problem, ValueList<SeenProxy> Proxies)
{
    public static HostProxies None { get; } = new(null, []);

    /// <summary>There is something to show.</summary>
    internal bool Any => Proxies.Count > 0 || Problem is not null;

    internal SeenProxy? Find(string ups) => Proxies.FirstOrDefault(p => p.Ups == ups);
}

/// <summary>One proxy, as it answered.</summary>
/// <param name="Answers">Null where we may not ask it: that says nothing about it.</param>
/// <param name="Problem">Why there is no report; null where there is one.</param>
public sealed record SeenProxy(string Ups, bool? Answers, string? Problem, ProxyReport? Report);

/// <summary>Asks every proxy that ups.conf names how it is, all at the same time.</summary>
/// <param name="confFolder">Of ups.conf; null for NUT's own.</param>
/// <param name="state">Of the sockets; null for NUT's own.</param>
internal sealed class HostProxiesSource(Func<string, string?> environment, string? confFolder = null, string? state = null)
{
    internal Func<string, string?> Environment => environment;

    internal string ConfFolder => new UpsFolders("/", environment).Conf(confFolder);

    /// <summary>A proxy answers within a millisecond, whatever its sources do; on a host that is starved it may be late.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(300);

    private static readonly byte[] s_question = Encoding.ASCII.GetBytes($"NOBROADCAST\n{ProxyReportText.Question}\n");

    /// <summary>Takes no longer than <see cref="Limit"/>, and costs next to nothing where there is no NUT.</summary>
    internal async Task<HostProxies> LookAsync(CancellationToken stop)
    {
        if (!File.Exists(Path.Combine(ConfFolder, "ups.conf")))
        {
            return HostProxies.None;
        }

        var file = UpsConfFile.Read(ConfFolder);
        var places = UpsPlaces.Of(file.Conf, variable => variable == "NUT_STATEPATH" && state is not null ? state : environment(variable));
        var seen = await Task.WhenAll(Names(file.Conf).Select(ups => AskAsync(ups, places.SocketOf(ups), stop)));
        return new HostProxies(file.Problem is null ? null : $"{file.Path} {file.Problem}", seen.ToValueList());
    }

    /// <summary>ups.conf has a proxy of this name, whether or not it runs.</summary>
    internal bool Has(string ups) => File.Exists(Path.Combine(ConfFolder, "ups.conf")) && Names(UpsConfFile.Read(ConfFolder).Conf).Contains(ups, StringComparer.Ordinal);

    /// <summary>Asks one proxy at its socket.</summary>
    internal static async Task<SeenProxy> AskAsync(string ups, string path, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Limit);
        return await AskAsync(ups, path, limit.Token, stop);
    }

    private static IEnumerable<string> Names(UpsConf conf) => conf.Sections.Where(s => s["driver"] == UpsConfCheck.OurDriver).Select(s => s.Name).Distinct(StringComparer.Ordinal);

    private static async Task<SeenProxy> AskAsync(string ups, string path, CancellationToken limit, CancellationToken stop)
    {
        try
        {
            using var line = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await line.ConnectAsync(new UnixDomainSocketEndPoint(path), limit);
            await line.SendAsync(s_question, SocketFlags.None, limit);
            var heard = new byte[32 << 10];
            for (var length = 0; length < ProxyReportText.MaxBytes;)
            {
                if (length == heard.Length)
                {
                    Array.Resize(ref heard, heard.Length * 2);
                }

                var count = await line.ReceiveAsync(heard.AsMemory(length), SocketFlags.None, limit);
                if (count == 0)
                {
                    return new SeenProxy(ups, false, "it closed the connection", null);
                }

                length += count;
                if (ProxyReportText.IsWhole(heard.AsSpan(0, length)))
                {
                    return ProxyReportText.Read(Encoding.Latin1.GetString(heard.AsSpan(0, length))) is { } report
                        ? new SeenProxy(ups, true, null, report)
                        : new SeenProxy(ups, true, "it does not say whose proxy it is", null);
                }
            }

            return new SeenProxy(ups, true, "it says more than any proxy does", null);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            return new SeenProxy(ups, null, $"{path} may not be opened by this user", null);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return new SeenProxy(ups, false, "it does not run: its socket is there, and nobody is behind it", null);
        }
        catch (SocketException) when (!File.Exists(path))
        {
            return new SeenProxy(ups, false, $"it does not run: there is no {path}", null);
        }
        catch (SocketException e)
        {
            return new SeenProxy(ups, false, $"it could not be asked: {e.Message}", null);
        }
        catch (ArgumentOutOfRangeException e)
        {
            return new SeenProxy(ups, false, $"it could not be asked: {e.Message}", null);      // a path longer than a socket's may be
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new SeenProxy(ups, false, $"it has not answered within {Limit.TotalMilliseconds} ms: it hangs, or is of an older version", null);
        }
    }
}
