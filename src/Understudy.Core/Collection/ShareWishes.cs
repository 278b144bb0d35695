namespace Understudy.Core.Collection;

/// <summary>How much each member wants each producer. That changes with the settings only, so it is reckoned once and dealt by as often as somebody comes or goes.</summary>
public sealed class ShareWishes
{
    private static readonly Comparer<(double Draw, int Producer, int Member)> s_highestFirst = Comparer<(double Draw, int Producer, int Member)>.Create(static (a, b) =>
        a.Draw != b.Draw ? b.Draw.CompareTo(a.Draw) : a.Producer != b.Producer ? a.Producer.CompareTo(b.Producer) : a.Member.CompareTo(b.Member));

    private readonly IReadOnlyList<MemberRules> members;
    private readonly IReadOnlyList<ProducerRules> producers;
    private readonly double[] draws;
    private readonly (double Draw, int Producer, int Member)[] wishes;
    private readonly (double Draw, int Producer, int Member)[] favourites;

    public ShareWishes(IReadOnlyList<MemberRules> members, IReadOnlyList<ProducerRules> producers)
    {
        (this.members, this.producers) = (members, producers);
        var count = members.Count;
        draws = new double[producers.Count * count];
        wishes = new (double Draw, int Producer, int Member)[draws.Length];
        favourites = new (double Draw, int Producer, int Member)[producers.Count];
        for (var p = 0; p < producers.Count; p++)
        {
            for (var m = 0; m < count; m++)
            {
                var draw = producers[p].Home == members[m].Name ? double.MaxValue : Shares.Draw(members[m], producers[p].Name);
                draws[(p * count) + m] = draw;
                wishes[(p * count) + m] = (draw, p, m);
            }

            Array.Sort(wishes, p * count, count, s_highestFirst);
            favourites[p] = wishes[p * count];
        }

        Array.Sort(favourites, s_highestFirst);
    }

    /// <summary>How much a member wants a producer; its home wants it most.</summary>
    public double Draw(int producer, int member) => draws[(producer * members.Count) + member];

    /// <summary>Assigns every producer to the member with the highest draw that is there and has room; a producer with a home goes there while it can.</summary>
    /// <param name="isThere">For each member: it may be given producers (it lives and does not drain).</param>
    /// <param name="owners">For each producer the place of its member, or <see cref="Shares.Nobody"/>.</param>
    /// <remarks>
    /// In two rounds. First every producer asks its favourite of all members, there or not; where the favourite is there and not full, it stays, the highest draws first. Only then the others are placed. So the going of one
    /// member never moves a producer between two others, except where the guard is in force and room is short.
    /// </remarks>
    public void Assign(ReadOnlySpan<bool> isThere, Span<int> owners)
    {
        var count = members.Count;
        Span<double> load = stackalloc double[count];
        load.Clear();
        owners.Fill(Shares.Nobody);
        foreach (var (_, producer, member) in favourites)
        {
            Give(producer, member, isThere, owners, load);
        }

        foreach (var (_, producer, _) in favourites)
        {
            for (var i = 0; i < count && owners[producer] == Shares.Nobody; i++)
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
}
