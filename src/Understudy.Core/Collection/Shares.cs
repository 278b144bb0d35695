namespace Understudy.Core.Collection;

/// <summary>One aggregator among several.</summary>
/// <param name="Weight">How much of the whole it takes beside the others; more than 0.</param>
/// <param name="Capacity">The most that it takes, in the unit of the producers' loads; it is never given more, whoever is gone.</param>
public sealed record MemberRules(string Name, double Weight, double Capacity);

/// <summary>
/// Who collects what, as a pure function of who is there: every member comes to the same answer by itself. Weighted rendezvous hashing, so that a member that goes moves its own producers and no others, under a guard on what one member
/// may be given.
/// </summary>
public static class Shares
{
    /// <summary>Nobody has room for it.</summary>
    public const int Nobody = -1;

    /// <summary>How much a member wants a producer; the highest of all members has it. The draws of a producer's members are independent, and a member's chance is its weight's part of all weights.</summary>
    /// <remarks>The logarithmic method for weighted rendezvous hashing: -weight / ln(u), u uniform in (0, 1).</remarks>
    public static double Draw(MemberRules member, string producer)
    {
        var hash = Mix(Hash(member.Name, Hash(producer, Fnv1a.Basis)));
        var uniform = ((hash >> 11) + 0.5) / (1UL << 53);
        return -member.Weight / Math.Log(uniform);
    }

    /// <summary>Assigns every producer to the member with the highest draw that is there and has room; a producer with a home goes there while it can.</summary>
    /// <param name="isThere">For each member: it may be given producers (it lives and does not drain).</param>
    /// <param name="owners">For each producer the place of its member, or <see cref="Nobody"/>.</param>
    /// <remarks>
    /// In two rounds. First every producer asks its favourite of all members, there or not; where the favourite is there and not full, it stays, the highest draws first. Only then the others are placed. So the going of one
    /// member never moves a producer between two others, except where the guard is in force and room is short.
    /// </remarks>
    public static void Assign(IReadOnlyList<MemberRules> members, IReadOnlyList<ProducerRules> producers, ReadOnlySpan<bool> isThere, Span<int> owners)
    {
        var count = members.Count;
        var wishes = new (double Draw, int Producer, int Member)[producers.Count * count];
        var favourites = new List<(double Draw, int Producer, int Member)>();
        for (var p = 0; p < producers.Count; p++)
        {
            for (var m = 0; m < count; m++)
            {
                var draw = producers[p].Home == members[m].Name ? double.MaxValue : Draw(members[m], producers[p].Name);
                wishes[(p * count) + m] = (draw, p, m);
            }

            Array.Sort(wishes, p * count, count, s_highestFirst);
            favourites.Add(wishes[p * count]);
        }

        favourites.Sort(s_highestFirst);
        Span<double> load = stackalloc double[count];
        owners.Fill(Nobody);
        foreach (var (_, producer, member) in favourites)
        {
            Give(producer, member, isThere, owners, load);
        }

        foreach (var (_, producer, _) in favourites)
        {
            for (var i = 0; i < count && owners[producer] == Nobody; i++)
            {
                Give(producer, wishes[(producer * count) + i].Member, isThere, owners, load);
            }
        }

        void Give(int producer, int member, ReadOnlySpan<bool> there, Span<int> given, Span<double> loads)
        {
            if (there[member] && loads[member] + producers[producer].Load <= members[member].Capacity)
            {
                given[producer] = member;
                loads[member] += producers[producer].Load;
            }
        }
    }

    private static readonly Comparer<(double Draw, int Producer, int Member)> s_highestFirst = Comparer<(double Draw, int Producer, int Member)>.Create(static (a, b) =>
        a.Draw != b.Draw ? b.Draw.CompareTo(a.Draw) : a.Producer != b.Producer ? a.Producer.CompareTo(b.Producer) : a.Member.CompareTo(b.Member));

    /// <summary>The last step keeps two names apart from one that is both of them.</summary>
    private static ulong Hash(string text, ulong hash) => Fnv1a.Add(Fnv1a.Add(hash, text), 0xff);

    /// <summary>The finalizer of MurmurHash3, which spreads what FNV leaves in the low bits.</summary>
    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 33)) * 0xff51afd7ed558ccd;
        x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53;
        return x ^ (x >> 33);
    }
}
