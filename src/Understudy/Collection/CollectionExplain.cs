using System.Globalization;
using Understudy.Core;

namespace Understudy.Collection;

/// <summary>In sentences: who pulls a producer, since when, why, and what was lost.</summary>
internal static class CollectionExplain
{
    internal static IReadOnlyList<string> Of(CollectionView view, ProducerView p)
    {
        var sentences = new List<string>
        {
            p.Part switch
            {
                "collect" => $"{view.Node} collects {p.Name} ({p.Target}) for {Spans.Say(p.SinceMs)}: {p.Why}.",
                "warm" => $"{view.Node} stands by for {p.Name} ({p.Target}) for {Spans.Say(p.SinceMs)}: {p.Why}.",
                _ => $"{view.Node} does not collect {p.Name} ({p.Target}): {p.Why}.",
            },
            p.Trouble.Length > 0 ? $"There is no connection: {p.Trouble}. It is tried again and again." : $"The connection is {p.State.ToLowerInvariant()}; {p.Losses.ToString(CultureInfo.InvariantCulture)} were lost since the start.",
        };
        if (view.Members.Count > 0)
        {
            sentences.Add(p.Owner is { } owner ? $"It is dealt to {owner}. There are {string.Join(", ", view.Members.Where(m => m.IsThere).Select(m => m.Name))}." : "It is dealt to nobody: no node has room for it.");
        }

        foreach (var set in p.Sets)
        {
            sentences.Add(string.Create(CultureInfo.InvariantCulture,
                $"{set.Name} ({set.Schema}) is {set.Source}{(set.IsCurrent ? "" : ", and its sample comes from elsewhere or not at all")}: {set.Had} samples, {set.Lost} lost{(set.LagMs is { } lag ? $", the newest is {Spans.Say(lag)} old" : "")}."));
        }

        sentences.AddRange(view.Stores.Select(s => $"The store {s.Name} is written by {(s.Epoch > 0 ? "this host" : s.Writer ?? "nobody")}{(s.Trouble is { Length: > 0 } trouble ? $" ({trouble})" : "")}."));
        return sentences;
    }
}
