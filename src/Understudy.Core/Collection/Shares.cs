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
