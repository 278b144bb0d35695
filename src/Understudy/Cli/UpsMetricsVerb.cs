using Understudy.Api;
using Understudy.Telemetry;
using Understudy.Ups;

namespace Understudy.Cli;

/// <summary><c>understudy ups metrics</c>: for hosts without the daemon, whose /metrics has the same.</summary>
internal static class UpsMetricsVerb
{
    internal static int Execute(Terminal terminal, HostProxiesSource source)
    {
        // A collector must not take a file that could not be read for a host without a UPS.
        var file = UpsConfFile.Read(source.ConfFolder);
        if (file.Problem is not null)
        {
            return terminal.Fail(ExitCodes.Bad, $"{file.Path} {file.Problem}", "name its folder with --conf");
        }

        var proxies = source.LookAsync(CancellationToken.None).GetAwaiter().GetResult();
        return terminal.Say(ExitCodes.Ok, proxies, FacesJson.Default.HostProxies, UpsMetrics.Text(proxies).TrimEnd('\n'));
    }
}
