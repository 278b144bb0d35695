using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Understudy.Collection;
using Understudy.Core.Ledger;
using Understudy.Daemon;
using Understudy.Linux.Clocks;
using Understudy.Linux.Ledger;
using Understudy.Telemetry;
using Understudy.Ups;

namespace Understudy.Api;

/// <summary>Every path of the API (docs/reference/api.md).</summary>
internal sealed class ApiRoutes(
    IDaemon daemon, IGuards guards, ICollectionFace collection, Func<int, string?, IReadOnlyList<LedgerLine>> lastLines, Func<CancellationToken, Task<HostProxies>> proxies, Callers callers, CancellationToken closing)
{
    private const int MaxLines = 1000;
    private static readonly TimeSpan OrderLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    internal void MapOnto(WebApplication app)
    {
        app.Use(GuardAsync);
        app.UseRouting();
        app.MapGet("/v1/status", c => Answers.JsonAsync(c, daemon.Snapshot, FacesJson.Default.HostSnapshot));
        app.MapGet("/v1/health", HealthAsync);
        app.MapGet("/v1/duties/{duty}", c => WithDutyAsync(c, d => Answers.JsonAsync(c, d, FacesJson.Default.DutySnapshot)));
        app.MapGet("/v1/duties/{duty}/explain", c => WithDutyAsync(c, d => ExplainAsync(c, d)));
        app.MapGet("/v1/events", EventsAsync);
        app.MapGet("/v1/ledger", LedgerAsync);
        app.MapGet("/v1/proxies", async c => await Answers.JsonAsync(c, await proxies(c.RequestAborted), FacesJson.Default.HostProxies));
        app.MapGet("/v1/proxies/{ups}", ProxyAsync);
        app.MapGet("/metrics", async c => await Answers.TextAsync(c, Metrics.Text(daemon.Snapshot, await proxies(c.RequestAborted), guards.Snapshots, await collection.LookAsync(c.RequestAborted)), Metrics.ContentType));
        app.MapPost("/v1/duties/{duty}/hold", c => OrderAsync(c, (d, _, by) => new HostOrder.Hold(d, by)));
        app.MapPost("/v1/duties/{duty}/release", c => OrderAsync(c, (d, _, by) => new HostOrder.Release(d, by)));
        app.MapPost("/v1/duties/{duty}/handover", c => OrderAsync(c, (d, body, by) => new HostOrder.HandOver(d, body.To ?? Query(c, "to"), by)));
        app.MapPost("/v1/duties/{duty}/seize", c => OrderAsync(c, (d, body, by) => body.PeerIsOff == true ? new HostOrder.Seize(d, by) : null));
        app.MapPost("/v1/reload", ReloadAsync);
        new GuardRoutes(guards, OrderLimit, closing).MapOnto(app);
        new CollectionRoutes(collection).MapOnto(app);
    }

    /// <summary>Lets nobody in without the right, and gives every refusal a body that says what to do.</summary>
    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        if (!callers.May(context))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Answers.ErrorAsync(context, StatusCodes.Status401Unauthorized, "no token, or a wrong one", "send 'Authorization: Bearer TOKEN' with the content of api.token_file");
            return;
        }

        try
        {
            await next(context);
        }
        catch (BadHttpRequestException e)
        {
            await FailAsync(context, e.StatusCode, e.Message, "bodies have 16 KiB at most, and are small JSON objects");
            return;
        }
        catch (JsonException e)
        {
            await FailAsync(context, StatusCodes.Status400BadRequest, $"the body is not the JSON that this path takes: {e.Message}", "docs/reference/api.md shows each");
            return;
        }
        catch (IOException e) when (!context.RequestAborted.IsCancellationRequested)
        {
            await FailAsync(context, StatusCodes.Status500InternalServerError, $"the ledger cannot be read: {e.Message}", "look at ledger.path");
            return;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested || closing.IsCancellationRequested)
        {
            return;      // nobody waits for an answer
        }
        catch (OperationCanceledException)
        {
            await FailAsync(context, StatusCodes.Status503ServiceUnavailable, "the loop did not answer in time; the order may still be taken", "look at /v1/status");
            return;
        }

        if (!context.Response.HasStarted && context.Response is { StatusCode: 404 or 405, ContentLength: null })
        {
            await Answers.ErrorAsync(context, context.Response.StatusCode, $"there is no {context.Request.Method} {context.Request.Path}", "docs/reference/api.md lists what there is");
        }
    }

    private static Task FailAsync(HttpContext context, int status, string error, string hint) =>
        context.Response.HasStarted ? Task.CompletedTask : Answers.ErrorAsync(context, status, error, hint);

    private Task HealthAsync(HttpContext context)
    {
        var snapshot = daemon.Snapshot;
        var age = BootClock.Now - snapshot.At;
        var ok = age < Stale;
        return Answers.JsonAsync(
            context,
            new HealthAnswer(ok, snapshot.Node, snapshot.Version, (long)age.TotalMilliseconds),
            FacesJson.Default.HealthAnswer,
            ok ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private Task WithDutyAsync(HttpContext context, Func<DutySnapshot, Task> then)
    {
        var name = (string?)context.Request.RouteValues["duty"] ?? "";
        var snapshot = daemon.Snapshot;
        return snapshot.Find(name) is { } duty
            ? then(duty)
            : Answers.ErrorAsync(context, StatusCodes.Status404NotFound, $"no duty '{name}' on {snapshot.Node}", $"its duties are: {string.Join(", ", snapshot.Duties.Select(d => d.Duty))}");
    }

    private async Task ProxyAsync(HttpContext context)
    {
        var name = (string?)context.Request.RouteValues["ups"] ?? "";
        var all = await proxies(context.RequestAborted);
        await (all.Find(name) is { } proxy
            ? Answers.JsonAsync(context, proxy, FacesJson.Default.SeenProxy)
            : Answers.ErrorAsync(context, StatusCodes.Status404NotFound, $"no proxy '{name}' on this host", all.Problem ?? $"its proxies are: {string.Join(", ", all.Proxies.Select(p => p.Ups))}"));
    }

    private Task ExplainAsync(HttpContext context, DutySnapshot duty)
    {
        var sentences = Explain.Duty(daemon.Snapshot, duty.Duty, lastLines(Explain.MaxPast * 8, duty.Duty));
        return context.Request.Headers.Accept.ToString().StartsWith("text/plain", StringComparison.Ordinal)
            ? Answers.TextAsync(context, string.Join('\n', sentences) + "\n")
            : Answers.JsonAsync(context, new ExplainAnswer(duty.Duty, sentences), FacesJson.Default.ExplainAnswer);
    }

    private async Task LedgerAsync(HttpContext context)
    {
        var count = 50;
        if (Query(context, "last") is { } text && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count))
        {
            await Answers.ErrorAsync(context, StatusCodes.Status400BadRequest, $"last={text} is no number", $"a number from 1 to {MaxLines}");
            return;
        }

        var lines = new StringBuilder();
        foreach (var line in lastLines(Math.Clamp(count, 1, MaxLines), Query(context, "duty")))
        {
            lines.Append(LedgerText.Of(line)).Append('\n');
        }

        await Answers.TextAsync(context, lines.ToString(), "application/x-ndjson; charset=utf-8");
    }

    /// <summary>Server-sent events (HTML standard, section 9.2): one for each ledger line, named by its word.</summary>
    private async Task EventsAsync(HttpContext context)
    {
        LedgerSubscription subscription;
        try
        {
            subscription = daemon.Subscribe();
        }
        catch (InvalidOperationException e)
        {
            await Answers.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, e.Message, "end one of them");
            return;
        }

        using var ours = subscription;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, closing);
        var duty = Query(context, "duty");
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        await WriteAsync(context, ": from now on\n\n", stop.Token);
        while (await MoreAsync(context, subscription, stop.Token))
        {
            var text = new StringBuilder();
            while (text.Length < 64 << 10 && subscription.Lines.TryRead(out var line))
            {
                if (duty is null || LedgerFiles.DutyOf(line) == duty)
                {
                    text.Append("event: line\ndata: ").Append(LedgerText.Of(line)).Append("\n\n");
                }
            }

            await WriteAsync(context, text.ToString(), stop.Token);
        }

        if (subscription.TooSlow)
        {
            await WriteAsync(context, ": too slow: lines are missing from here on, connect again\n\n", stop.Token);
        }
    }

    /// <summary>Waits for lines; says now and then that the connection lives. False when the subscription has ended.</summary>
    private static async Task<bool> MoreAsync(HttpContext context, LedgerSubscription subscription, CancellationToken stop)
    {
        var more = subscription.Lines.WaitToReadAsync(stop).AsTask();
        while (true)
        {
            try
            {
                return await more.WaitAsync(KeepAlive, stop);
            }
            catch (TimeoutException)
            {
                await WriteAsync(context, ": still here\n\n", stop);
            }
        }
    }

    private static async Task WriteAsync(HttpContext context, string text, CancellationToken stop)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), stop);
        await context.Response.Body.FlushAsync(stop);
    }

    private Task OrderAsync(HttpContext context, Func<string, OrderBody, string, HostOrder?> orderOf) => WithDutyAsync(context, async duty =>
    {
        var body = context.Request.ContentLength is 0 || (context.Request.ContentLength is null && !context.Request.Headers.ContainsKey("Transfer-Encoding"))
            ? new OrderBody()
            : await JsonSerializer.DeserializeAsync(context.Request.Body, FacesJson.Default.OrderBody, context.RequestAborted) ?? new OrderBody();
        var by = Callers.NameOf(context) + (body.Reason is { Length: > 0 } reason ? $" ({Line(reason)})" : "");
        if (orderOf(duty.Duty, body, by) is not { } order)
        {
            await Answers.ErrorAsync(
                context, StatusCodes.Status400BadRequest, "nobody vouches that every other candidate is off", "send {\"peer_is_off\": true} when you have made sure, by power and not by ping");
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, closing);
        limit.CancelAfter(OrderLimit);
        var answer = await daemon.OrderAsync(order, limit.Token);
        await Answers.JsonAsync(context, answer, FacesJson.Default.OrderAnswer, answer.Done ? StatusCodes.Status200OK : StatusCodes.Status409Conflict);
    });

    /// <summary>A reason goes into sentences and lines: one line of it, and not a book.</summary>
    private static string Line(string reason) => string.Concat(reason.Where(c => !char.IsControl(c)).Take(200));

    private async Task ReloadAsync(HttpContext context)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, closing);
        limit.CancelAfter(OrderLimit);
        var answer = await daemon.ReloadAsync(limit.Token);
        await Answers.JsonAsync(context, answer, FacesJson.Default.ReloadAnswer, answer.Done ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }

    private static string? Query(HttpContext context, string key) => context.Request.Query.TryGetValue(key, out var value) && value.Count == 1 && value[0] is { Length: > 0 } text ? text : null;
}
