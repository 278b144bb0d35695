namespace Understudy.Core.Settings;

/// <summary>What changes in the collection from one file to another.</summary>
/// <remarks>All but the two listeners, and who shares with whom, applies at once; a producer that stays is not interrupted.</remarks>
internal static class CollectionChanges
{
    internal static void Between(SettingsChange.Changes changes, CollectionSettings? old, CollectionSettings? next)
    {
        if (old is null || next is null)
        {
            if (!Equals(old, next))
            {
                changes.Add("collection", old is null ? "begins" : "ends: nothing is collected any more", ChangeReach.Restart);
            }

            return;
        }

        changes.Compare("collection.listen", old.Listen?.ToString() ?? "none", next.Listen?.ToString() ?? "none", ChangeReach.Restart);
        Whole(changes, "collection.auth", old.Auth == next.Auth, "changes, for connections made from now on", ChangeReach.Live);
        Named(changes, "collection.producers", old.Producers, next.Producers, p => p.Name, p => p.Subject);
        Named(changes, "collection.updaters", old.Updaters, next.Updaters, u => u.Name, u => $"each {Scalars.Say(u.Interval)}");
        Named(changes, "collection.stores", old.Stores, next.Stores, s => s.Name, s => s.Subject);
        var alike = old.Share with { Drain = next.Share.Drain } == next.Share;
        Whole(changes, "collection.share", alike, "changes: who shares, and how, is settled at the start", ChangeReach.Restart);
        Whole(changes, "collection.share.drain", old.Share.Drain.Equals(next.Share.Drain), "changes; producers move where it says so now, without a loss", ChangeReach.Live);
        Whole(changes, "collection.metrics", old.Metrics == next.Metrics, next.Metrics is null ? "is removed" : "changes", ChangeReach.Restart);
    }

    private static void Named<T>(SettingsChange.Changes changes, string key, ValueList<T> old, ValueList<T> next, Func<T, string> name, Func<T, string> says)
        where T : class
    {
        var (before, after) = (old.ToDictionary(name, StringComparer.Ordinal), next.ToDictionary(name, StringComparer.Ordinal));
        foreach (var gone in old.Where(o => !after.ContainsKey(name(o))))
        {
            changes.Add($"{key}.{name(gone)}", "is removed", ChangeReach.Live);
        }

        foreach (var item in next)
        {
            if (!before.TryGetValue(name(item), out var was))
            {
                changes.Add($"{key}.{name(item)}", $"is added, {says(item)}", ChangeReach.Live);
            }
            else
            {
                Whole(changes, $"{key}.{name(item)}", was.Equals(item), $"changes, {says(item)}", ChangeReach.Live);
            }
        }

        var (orderBefore, orderAfter) = (old.Select(name).Where(after.ContainsKey).ToValueList(), next.Select(name).Where(before.ContainsKey).ToValueList());
        Whole(changes, key, orderBefore.Equals(orderAfter), "stand in another order", ChangeReach.Live);
    }

    private static void Whole(SettingsChange.Changes changes, string key, bool same, string sentence, ChangeReach reach)
    {
        if (!same)
        {
            changes.Add(key, sentence, reach);
        }
    }
}
