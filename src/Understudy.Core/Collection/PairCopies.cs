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
        var hash = items.Aggregate(Fnv1a.Basis, static (hash, item) => Fnv1a.Add(hash, PairItemText.Write(item)));
        return (hash | 4) & ~3UL;
    }

    /// <summary>Our own producers that should give samples and do not.</summary>
    public static ValueList<string> Lacking(CollectionDesk desk, Instant now) => [.. desk.Producers.Values.Where(p => IsTold(p) && !p.IsReady(now)).Select(p => p.Name)];

    /// <summary>Makes the copies be what the peer says.</summary>
    /// <param name="covers">Whether we collect that producer of the peer's now.</param>
    public static void Adopt(CollectionDesk desk, ValueList<PairItem> items, Func<string, bool> covers, in Moment at)
    {
        var producers = items.OfType<PairItem.Producer>().ToArray();
        Adoption.Adopt(
            desk,
            static name => !IsOwn(name),
            [.. producers.Select(p => p.Rules with { Name = Copy(p.Name) })],
            [.. items.OfType<PairItem.Updater>().Select(u => u.Rules with { Name = Copy(u.Name), Producers = [.. u.Rules.Producers.Select(Copy)] })],
            [.. items.OfType<PairItem.Storage>().Select(s => s.Rules with { Name = Copy(s.Name) })],
            at);
        foreach (var producer in producers)
        {
            var isCovered = covers(producer.Name);
            Cover(desk, producer.Name, isCovered, isCovered ? "the peer is gone" : "for the peer", at);
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
}
