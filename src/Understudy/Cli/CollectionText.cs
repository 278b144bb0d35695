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
        StatusText.Table(text, Head, Producers(collection, int.MaxValue));
        if (collection.Stores.Count > 0)
        {
            text.Append('\n');
            StatusText.Table(text, StoreHead, Stores(collection));
        }

        return text.ToString();
    }

    /// <summary>All in one line that changes only when something moved or was lost.</summary>
    internal static string Line(CollectionView collection)
    {
        var troubled = collection.Producers.Where(p => p.Trouble.Length > 0).Select(p => p.Name).ToList();
        return $"collects {Num(collection.Producers.Count(IsHere))} of {Num(collection.Producers.Count)} producers, {Num(collection.Producers.Sum(p => p.Lost))} samples lost"
            + (troubled.Count == 0 ? "" : $", in trouble: {string.Join(", ", troubled.Take(5))}{(troubled.Count > 5 ? $" and {Num(troubled.Count - 5)} more" : "")}");
    }

    /// <summary>Rows under <see cref="Head"/>: those in trouble first, then those that this host pulls, then the others.</summary>
    internal static List<string[]> Producers(CollectionView collection, int most) =>
        [.. collection.Producers.OrderBy(p => collection.Producers.Count <= most || p.Trouble.Length > 0 ? 0 : IsHere(p) ? 1 : 2).Take(most).Select(Row)];

    internal static List<string[]> Stores(CollectionView collection) =>
        [.. collection.Stores.Select(s => (string[])[s.Name, s.Epoch > 0 ? $"this host, epoch {s.Epoch}" : s.Writer ?? "nobody", Num(s.Written), Num(s.Waiting), Num(s.Dropped), s.Trouble ?? ""])];

    private static bool IsHere(ProducerView producer) => producer.Part == "collect";

    private static string[] Row(ProducerView p) =>
        [p.Name, p.Target, p.Part, Spans.Say(p.SinceMs), p.Owner ?? "-", p.Trouble.Length > 0 ? p.Trouble : p.State.ToLowerInvariant(), Num(p.Sets.Count), p.LagMs is { } lag ? Spans.Say(lag) : "-", Num(p.Lost)];

    private static string Num(long number) => number.ToString(CultureInfo.InvariantCulture);
}
