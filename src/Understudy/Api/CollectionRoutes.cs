using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Understudy.Collection;

namespace Understudy.Api;

/// <summary>Why one producer is collected here, or is not.</summary>
internal sealed record ProducerExplainAnswer(string Producer, IReadOnlyList<string> Sentences);

/// <summary>The paths of the collection (docs/reference/api.md).</summary>
internal sealed class CollectionRoutes(ICollectionFace collection)
{
    internal void MapOnto(WebApplication app)
    {
        app.MapGet("/v1/collection", c => WithAsync(c, v => Answers.JsonAsync(c, v, FacesJson.Default.CollectionView)));
        app.MapGet("/v1/collection/{producer}", c => WithProducerAsync(c, (_, p) => Answers.JsonAsync(c, p, FacesJson.Default.ProducerView)));
        app.MapGet("/v1/collection/{producer}/explain", c => WithProducerAsync(c, (v, p) => ExplainAsync(c, v, p)));
    }

    private static Task ExplainAsync(HttpContext context, CollectionView view, ProducerView producer)
    {
        var sentences = CollectionExplain.Of(view, producer);
        return context.Request.Headers.Accept.ToString().StartsWith("text/plain", StringComparison.Ordinal)
            ? Answers.TextAsync(context, string.Join('\n', sentences) + "\n")
            : Answers.JsonAsync(context, new ProducerExplainAnswer(producer.Name, sentences), FacesJson.Default.ProducerExplainAnswer);
    }

    private async Task WithAsync(HttpContext context, Func<CollectionView, Task> then)
    {
        if (await collection.LookAsync(context.RequestAborted) is { } view)
        {
            await then(view);
        }
        else
        {
            await Answers.ErrorAsync(context, StatusCodes.Status404NotFound, "this host collects nothing", "its settings have no 'collection'");
        }
    }

    private Task WithProducerAsync(HttpContext context, Func<CollectionView, ProducerView, Task> then) => WithAsync(context, view =>
    {
        var name = (string?)context.Request.RouteValues["producer"] ?? "";
        return view.Producers.FirstOrDefault(p => p.Name == name || p.Name == $"@{name}") is { } producer
            ? then(view, producer)
            : Answers.ErrorAsync(context, StatusCodes.Status404NotFound, $"no producer '{name}' on this host", $"its producers are: {string.Join(", ", view.Producers.Select(p => p.Name))}");
    });
}
