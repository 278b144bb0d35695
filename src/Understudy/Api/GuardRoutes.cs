using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Understudy.Daemon;

namespace Understudy.Api;

/// <summary>The paths of the guards (docs/reference/api.md).</summary>
internal sealed class GuardRoutes(IGuards guards, TimeSpan limit, CancellationToken closing)
{
    internal void MapOnto(WebApplication app)
    {
        app.MapGet("/v1/guards", c => Answers.JsonAsync(c, new GuardsAnswer([.. guards.Snapshots.Select(GuardStatus.Of)]), FacesJson.Default.GuardsAnswer));
        app.MapGet("/v1/guards/{guard}", c => WithAsync(c, g => Answers.JsonAsync(c, GuardStatus.Of(g), FacesJson.Default.GuardStatus)));
        app.MapGet("/v1/guards/{guard}/explain", c => WithAsync(c, g => ExplainAsync(c, g)));
        app.MapPost("/v1/guards/{guard}/arm", c => OrderAsync(c, needsWhy: true, ArmAsync));
        app.MapPost("/v1/guards/{guard}/abort", c => OrderAsync(c, needsWhy: true, AbortAsync));
        app.MapPost("/v1/guards/{guard}/drill", c => OrderAsync(c, needsWhy: false, DrillAsync));
        app.MapPost("/v1/guards/{guard}/wake", c => OrderAsync(c, needsWhy: false, WakeAsync));
    }

    private Task<GuardAnswer> ArmAsync(string guard, Order o, CancellationToken stop) => guards.ArmAsync(guard, o.By, o.Why, o.Countdown, dry: false, stop);

    private Task<GuardAnswer> AbortAsync(string guard, Order o, CancellationToken stop) => guards.AbortAsync(guard, o.By, o.Why, stop);

    private Task<GuardAnswer> DrillAsync(string guard, Order o, CancellationToken stop) =>
        o.Countdown is null && o.Why.Length == 0 ? guards.DrillAsync(guard, o.By, stop) : guards.ArmAsync(guard, o.By, o.Why, o.Countdown, dry: true, stop);

    private Task<GuardAnswer> WakeAsync(string guard, Order o, CancellationToken stop) => guards.WakeAsync(guard, o.By, o.Wanted, stop);

    private static Task ExplainAsync(HttpContext context, GuardSnapshot guard)
    {
        var sentences = GuardExplain.Of(guard);
        return context.Request.Headers.Accept.ToString().StartsWith("text/plain", StringComparison.Ordinal)
            ? Answers.TextAsync(context, string.Join('\n', sentences) + "\n")
            : Answers.JsonAsync(context, new GuardExplainAnswer(guard.Guard, sentences), FacesJson.Default.GuardExplainAnswer);
    }

    private Task WithAsync(HttpContext context, Func<GuardSnapshot, Task> then)
    {
        var name = (string?)context.Request.RouteValues["guard"] ?? "";
        var all = guards.Snapshots;
        return all.FirstOrDefault(g => g.Guard == name) is { } guard
            ? then(guard)
            : Answers.ErrorAsync(context, StatusCodes.Status404NotFound, $"no guard '{name}' on this host", all.Count == 0 ? "its settings have no 'guards'" : $"its guards are: {string.Join(", ", all.Select(g => g.Guard))}");
    }

    private Task OrderAsync(HttpContext context, bool needsWhy, Func<string, Order, CancellationToken, Task<GuardAnswer>> give) => WithAsync(context, async guard =>
    {
        var body = context.Request.ContentLength is 0 || (context.Request.ContentLength is null && !context.Request.Headers.ContainsKey("Transfer-Encoding"))
            ? new GuardBody()
            : await JsonSerializer.DeserializeAsync(context.Request.Body, FacesJson.Default.GuardBody, context.RequestAborted) ?? new GuardBody();
        var why = string.Concat((body.Why ?? "").Where(c => !char.IsControl(c)).Take(200)).Trim();
        if (needsWhy && why.Length == 0)
        {
            await Answers.ErrorAsync(context, StatusCodes.Status400BadRequest, "nobody says why", "send {\"why\": \"...\"}: it is told to everybody on the host, and kept in the ledger");
            return;
        }

        TimeSpan? countdown = null;
        if (body.Countdown is { } text)
        {
            if (SpanText.Read(text, out var span) is { } problem)
            {
                await Answers.ErrorAsync(context, StatusCodes.Status400BadRequest, $"countdown: {problem}", "a span as in the settings, for instance \"2m\"");
                return;
            }

            countdown = span;
        }

        using var until = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, closing);
        until.CancelAfter(limit);
        var answer = await give(guard.Guard, new Order(Callers.NameOf(context), why, countdown, body.Wanted ?? true), until.Token);
        await Answers.JsonAsync(context, new OrderAnswer(answer.Done, answer.Text), FacesJson.Default.OrderAnswer, answer.Done ? StatusCodes.Status200OK : StatusCodes.Status409Conflict);
    });

    /// <param name="By">Who called.</param>
    private sealed record Order(string By, string Why, TimeSpan? Countdown, bool Wanted);
}
