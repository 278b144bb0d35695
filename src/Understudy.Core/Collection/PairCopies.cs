namespace Understudy.Core.Collection;

/// <summary>The copies of what a peer collects, among what we collect: each under its name with '#' before it. They follow the peer's configuration as it changes; what did not change is not touched.</summary>
public static class PairCopies
{
    /// <summary>What we tell a peer: our own, started, and no samplers of our own, which nobody else could read.</summary>
    public static ValueList<PairItem> Told(CollectionDesk desk)
    {
        var producers = desk.Producers.Values.Where(p => IsTold(p)).ToArray();
        return
        [
            .. producers.Select(p => new PairItem.Producer(p.Rules)),
            .. desk.Updaters.Values.Where(u => u.IsRunning && IsOwn(u.Name)).Select(u => new PairItem.Updater(u.Rules with { Producers = [.. u.Rules.Producers.Where(n => Array.Exists(producers, p => p.Name == n))] })),
            .. desk.Policies.Values.Where(s => s.IsRunning && IsOwn(s.Name)).Select(s => new PairItem.Storage(s.Rules)),
        ];
    }

    /// <summary>A number for exactly this configuration; never 0, and its two lowest bits are free.</summary>
    public static ulong Version(ValueList<PairItem> items)
    {
        var hash = 0xcbf29ce484222325;
        foreach (var item in items)
        {
            foreach (var c in PairItemText.Write(item))
            {
                hash = (hash ^ c) * 0x100000001b3;
            }
        }

        return (hash | 4) & ~3UL;
    }

    /// <summary>Our own producers that should give samples and do not.</summary>
    public static ValueList<string> Lacking(CollectionDesk desk) => [.. desk.Producers.Values.Where(p => IsTold(p) && !p.IsReady).Select(p => p.Name)];

    /// <summary>Makes the copies be what the peer says.</summary>
    /// <param name="covers">Whether we collect that producer of the peer's now.</param>
    public static void Adopt(CollectionDesk desk, ValueList<PairItem> items, Func<string, bool> covers, in Moment at)
    {
        var names = items.Select(i => (Kind: i.GetType(), Name: Copy(i.Name))).ToHashSet();
        foreach (var updater in desk.Updaters.Values.Where(u => !IsOwn(u.Name) && !names.Contains((typeof(PairItem.Updater), u.Name))).ToArray())
        {
            desk.Remove(updater, at);
        }

        foreach (var producer in desk.Producers.Values.Where(p => !IsOwn(p.Name) && !names.Contains((typeof(PairItem.Producer), p.Name))).ToArray())
        {
            desk.Remove(producer, at);
        }

        foreach (var storage in desk.Policies.Values.Where(s => !IsOwn(s.Name) && !names.Contains((typeof(PairItem.Storage), s.Name))).ToArray())
        {
            desk.Remove(storage);
        }

        foreach (var item in items)
        {
            switch (item)
            {
                case PairItem.Producer producer:
                    Adopt(desk, producer.Rules with { Name = Copy(producer.Name) }, covers(producer.Name), at);
                    break;
                case PairItem.Updater updater:
                    Adopt(desk, updater.Rules with { Name = Copy(updater.Name), Producers = [.. updater.Rules.Producers.Select(Copy)] }, at);
                    break;
                case PairItem.Storage storage:
                    Adopt(desk, storage.Rules with { Name = Copy(storage.Name) });
                    break;
            }
        }
    }

    /// <summary>One of the peer's producers is collected here, or stood by for.</summary>
    public static void Cover(CollectionDesk desk, string producer, bool covers, string why, in Moment at)
    {
        if (desk.Producers.TryGetValue(Copy(producer), out var copy))
        {
            desk.SetPart(copy, covers ? ProducerPart.Collect : ProducerPart.Warm, why, at);
        }
    }

    /// <summary>There is no peer any more.</summary>
    public static void Forget(CollectionDesk desk, in Moment at) => Adopt(desk, [], static _ => false, at);

    private static bool IsTold(ProducerDesk producer) => IsOwn(producer.Name) && producer.Part != ProducerPart.Off && producer.Rules.Target is not ProducerTarget.Own;

    private static bool IsOwn(string name) => !name.StartsWith('#');

    private static string Copy(string name) => $"#{name}";

    private static void Adopt(CollectionDesk desk, ProducerRules rules, bool covers, in Moment at)
    {
        if (!desk.Producers.TryGetValue(rules.Name, out var copy))
        {
            copy = desk.Add(rules, at.Now);
        }
        else if (copy.Rules != rules)
        {
            desk.Change(copy, rules, at);
        }

        desk.SetPart(copy, covers ? ProducerPart.Collect : ProducerPart.Warm, covers ? "the peer is gone" : "for the peer", at);
    }

    private static void Adopt(CollectionDesk desk, UpdaterRules rules, in Moment at)
    {
        if (!desk.Updaters.TryGetValue(rules.Name, out var copy))
        {
            copy = desk.Add(rules);
        }
        else if (copy.Rules != rules)
        {
            desk.Change(copy, rules, at);
        }

        desk.Start(copy, at);
    }

    private static void Adopt(CollectionDesk desk, StorageRules rules)
    {
        if (desk.Policies.TryGetValue(rules.Name, out var copy) && copy.Rules != rules)
        {
            desk.Remove(copy);
            copy = null;
        }

        copy ??= desk.Add(rules);
        if (!copy.IsRunning)
        {
            desk.Start(copy);
        }
    }
}
