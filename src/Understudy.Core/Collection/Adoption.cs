namespace Understudy.Core.Collection;

/// <summary>Makes a part of what is collected be what a configuration says, whoever it is from. What did not change is not touched.</summary>
public static class Adoption
{
    /// <param name="isPart">By its name: it belongs to this configuration, and goes when that does not name it any more.</param>
    public static void Adopt(
        CollectionDesk desk, Predicate<string> isPart, IReadOnlyCollection<ProducerRules> producers, IReadOnlyCollection<UpdaterRules> updaters, IReadOnlyCollection<StorageRules> policies, in Moment at)
    {
        foreach (var gone in Gone(desk.Updaters, isPart, updaters.Select(u => u.Name)))
        {
            desk.Remove(gone);
        }

        foreach (var gone in Gone(desk.Producers, isPart, producers.Select(p => p.Name)))
        {
            desk.Remove(gone, at);
        }

        foreach (var gone in Gone(desk.Policies, isPart, policies.Select(s => s.Name)))
        {
            desk.Remove(gone);
        }

        foreach (var rules in producers)
        {
            Put(desk, rules, at);
        }

        foreach (var rules in updaters)
        {
            Put(desk, rules, at);
        }

        foreach (var rules in policies)
        {
            Put(desk, rules);
        }
    }

    private static T[] Gone<T>(SortedDictionary<string, T> all, Predicate<string> isPart, IEnumerable<string> named)
    {
        var names = named.ToHashSet(StringComparer.Ordinal);
        return [.. all.Where(a => isPart(a.Key) && !names.Contains(a.Key)).Select(a => a.Value)];
    }

    private static void Put(CollectionDesk desk, ProducerRules rules, in Moment at)
    {
        if (!desk.Producers.TryGetValue(rules.Name, out var known))
        {
            _ = desk.Add(rules, at.Now);
        }
        else if (known.Rules != rules)
        {
            desk.Change(known, rules, at);
        }
    }

    private static void Put(CollectionDesk desk, UpdaterRules rules, in Moment at)
    {
        if (!desk.Updaters.TryGetValue(rules.Name, out var known))
        {
            known = desk.Add(rules);
        }
        else if (known.Rules != rules)
        {
            desk.Change(known, rules, at);
        }

        desk.Start(known, at);
    }

    private static void Put(CollectionDesk desk, StorageRules rules)
    {
        if (desk.Policies.TryGetValue(rules.Name, out var known) && known.Rules != rules)
        {
            desk.Remove(known);
            known = null;
        }

        known ??= desk.Add(rules);
        if (!known.IsRunning)
        {
            desk.Start(known);
        }
    }
}
