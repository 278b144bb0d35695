using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Linux.Clocks;

namespace Understudy.Collection;

/// <summary>Everything that is collected, for Prometheus, at <c>/metrics</c> of an address of its own. The samples are copied on the collection's loop, and written out beside it.</summary>
internal sealed class CollectionPageHost : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(1);

    private readonly WebApplication app;

    private CollectionPageHost(WebApplication app) => this.app = app;

    /// <exception cref="IOException">The address is in use, or is none of ours.</exception>
    internal static CollectionPageHost Start(IPEndPoint at, CollectionLoop loop, TimeSpan staleAfter)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(at));
        var built = builder.Build();
        var page = new CollectedPage();
        var one = new SemaphoreSlim(1);
        built.MapGet("/metrics", async context =>
        {
            var taken = new TaskCompletionSource<OfferedSample[]>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!loop.Post(_ => taken.SetResult([.. loop.Desk.Sets.Values.Select(s => Copy(s, WallClock.Micros - s.Id.Micros <= staleAfter.Ticks / TimeSpan.TicksPerMicrosecond))])))
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return;
            }

            var sets = await taken.Task.WaitAsync(s_limit, context.RequestAborted);
            var format = context.Request.Headers.Accept.ToString().Contains("application/openmetrics-text", StringComparison.OrdinalIgnoreCase) ? OpenMetricsFormat.OpenMetrics : OpenMetricsFormat.PrometheusText;
            var body = new ArrayBufferWriter<byte>(64 * 1024);
            await one.WaitAsync(context.RequestAborted);      // the page remembers its plan, and belongs to one at a time
            try
            {
                page.Write(body, sets, WallClock.Micros, format);
            }
            finally
            {
                one.Release();
            }

            context.Response.ContentType = format == OpenMetricsFormat.OpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8";
            await context.Response.BodyWriter.WriteAsync(body.WrittenMemory, context.RequestAborted);
        });
        built.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
        return new CollectionPageHost(built);
    }

    public void Dispose()
    {
        using var limit = new CancellationTokenSource(s_endLimit);
        app.StopAsync(limit.Token).GetAwaiter().GetResult();
        _ = app.DisposeAsync().AsTask().Wait(s_endLimit, CancellationToken.None);
    }

    /// <remarks>Labels are of who gave the sample: one that has gone leaves its series as they are until they are too old, and makes no others.</remarks>
    /// <param name="isFresh">An older sample is not told; that there is a set without one is.</param>
    private static OfferedSample Copy(CollectedSet set, bool isFresh) => new(
        set.Layout, isFresh ? set.Data.ToArray() : [], (set.Giver ?? set.Current)?.Producer.Name.TrimStart('#') ?? "", set.Period > 0 ? TimeSpan.FromMicroseconds(set.Period) : (set.Giver ?? set.Current)?.Interval ?? TimeSpan.FromSeconds(1), (set.Giver ?? set.Current)?.Handle as OpenMetricsSet);
}
