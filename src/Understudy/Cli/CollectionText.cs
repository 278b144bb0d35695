using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Understudy.Api;
using Understudy.Collection;
using Understudy.Core;

namespace Understudy.Cli;

/// <summary>The collection of a host as tables of plain text.</summary>
internal static class CollectionText
{
    internal static string[] Head { get; } = ["producer", "where", "here", "for", "dealt to", "connection", "sets", "newest", "lost"];

    internal static string[] StoreHead { get; } = ["store", "writer", "written", "waiting", "dropped", "trouble"];

    /// <returns>Null where nothing is collected.</returns>
    internal static async Task<CollectionView?> LookAsync(DaemonClient client, CancellationToken stop)
    {
        var answer = await client.AskAsync(HttpMethod.Get, "v1/collection", null, "application/json", stop);
        return answer.Ok ? JsonSerializer.Deserialize(answer.Body, FacesJson.Default.CollectionView) : null;
    }

    internal static string Beside(string status, CollectionView? collection)
    {
        if (collection is null)
        {
            return status;
        }

        var document = JsonNode.Parse(status)!.AsObject();
        document["collection"] = JsonSerializer.SerializeToNode(collection, FacesJson.Default.CollectionView);
        return document.ToJsonString();
    }

    internal static string Of(CollectionView? collection)
    {
        if (collection is null)
        {
            return "";
        }

        var text = new StringBuilder().Append('\n');
        StatusText.Table(text, Head, [.. collection.Producers.Select(Row)]);
        if (collection.Stores.Count > 0)
        {
            text.Append('\n');
            StatusText.Table(text, StoreHead, [.. collection.Stores.Select(s => (string[])
                [s.Name, s.Epoch > 0 ? $"this host, epoch {s.Epoch}" : s.Writer ?? "nobody", Num(s.Written), Num(s.Waiting), Num(s.Dropped), s.Trouble ?? ""])]);
        }

        return text.ToString();
    }

    private static string[] Row(ProducerView p) =>
        [p.Name, p.Target, p.Part, Spans.Say(p.SinceMs), p.Owner ?? "-", p.Trouble.Length > 0 ? p.Trouble : p.State.ToLowerInvariant(), Num(p.Sets.Count), p.LagMs is { } lag ? Spans.Say(lag) : "-", Num(p.Lost)];

    private static string Num(long number) => number.ToString(CultureInfo.InvariantCulture);
}
