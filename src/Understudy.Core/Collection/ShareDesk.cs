using Understudy.Core.Peers;

namespace Understudy.Core.Collection;

/// <summary>How the shares are dealt.</summary>
/// <param name="Members">All, ours too, in the order of the settings.</param>
/// <param name="Silence">A member that was not heard for so long is taken for gone.</param>
/// <param name="Stuck">A member that is there and has had no samples of a producer for so long is helped by the next in line.</param>
/// <param name="Linger">So long who held a producer goes on after its owner has samples.</param>
public sealed record ShareRules(ValueList<MemberRules> Members, TimeSpan Silence, TimeSpan Stuck, TimeSpan Linger);

/// <summary>What we have to do with one producer, and why.</summary>
public readonly record struct Share(ProducerPart Part, string Why);

/// <summary>
/// Our part in a collection that any number of aggregators share. Nobody leads: each member deals the producers by the same function of who is there (<see cref="Shares"/>). A producer that is dealt to us is taken at once; one that is dealt
/// to somebody else is given up only when that one has samples of it, or somebody else who stands in for it and goes before us. Collecting twice is harmless, so no member ever waits for a promise.
/// </summary>
public sealed partial class ShareDesk
{
    private readonly Member[] members;
    private readonly string name;
    private readonly int place;
    private readonly Instant begun;
    private ProducerRules[] producers = [];
    private ShareWishes wishes;
    private int[] owners = [];
    private int[] before = [];
    private int[] heirs = [];
    private int[] helpers = [];
    private Share[] shares = [];
    private Instant[] readySince = [];
    private Instant[] lackingSince = [];
    private Instant[] vacantSince = [];
    private ValueList<ulong> ready = [];
    private bool[] isThere;
    private bool[] isAlive;
    private bool dealt;
    private Instant lookedAt;

    /// <param name="drains">We drain from the beginning: nothing is taken even for a moment.</param>
    public ShareDesk(string name, ShareRules rules, IEnumerable<ProducerRules> producers, Instant now, bool drains = false)
    {
        this.name = name;
        Rules = rules;
        Drains = drains;
        place = Place(name);
        (begun, lookedAt) = (now, now);
        wishes = new ShareWishes(rules.Members, this.producers);
        members = [.. rules.Members.Select(_ => new Member())];
        (isThere, isAlive) = (new bool[rules.Members.Count], new bool[rules.Members.Count]);
        loads = new double[rules.Members.Count];
        Replace(producers, now);
    }

    public ShareRules Rules { get; }

    /// <summary>We want to be given nothing; what we have is handed over first.</summary>
    public bool Drains { get; private set; }

    public ulong Configuration { get; private set; }

    public IReadOnlyList<ProducerRules> Producers => producers;

    public Queue<CollectionNote> Notes { get; } = new();

    /// <summary>When <see cref="Look"/> is to be called at the latest.</summary>
    public Instant Deadline { get; private set; }

    /// <summary>Whom a producer is dealt to; null: nobody has room for it.</summary>
    public string? OwnerOf(int producer) => owners[producer] < 0 ? null : Rules.Members[owners[producer]].Name;

    public Share this[int producer] => shares[producer];

    /// <summary>Nothing is collected here any more: a member that drains may be stopped.</summary>
    public bool IsEmpty => !shares.Any(s => s.Part == ProducerPart.Collect);

    public bool IsThere(string member) => isThere[Place(member)];

    /// <summary>Another list of producers; those that stay keep their part.</summary>
    public void Replace(IEnumerable<ProducerRules> list, Instant now)
    {
        var was = producers.Select((p, i) => (p.Name, Share: shares[i], Ready: readySince[i], Lacking: lackingSince[i], Vacant: vacantSince[i], Owner: owners[i])).ToDictionary(p => p.Name, StringComparer.Ordinal);
        producers = [.. list.OrderBy(p => p.Name, StringComparer.Ordinal)];
        wishes = new ShareWishes(Rules.Members, producers);
        Configuration = producers.Aggregate(Fnv1a.Basis, (hash, p) => Fnv1a.Add(hash, $"{p.Name} {p.Target} {p.Home}\n"));
        var count = producers.Length;
        (owners, before, heirs, helpers, shares) = (new int[count], new int[count], new int[count], new int[count], new Share[count]);
        (readySince, lackingSince, vacantSince, ready) = (new Instant[count], new Instant[count], new Instant[count], []);
        for (var i = 0; i < count; i++)
        {
            (shares[i], readySince[i], lackingSince[i], vacantSince[i], owners[i]) = was.TryGetValue(producers[i].Name, out var known)
                ? (known.Share, known.Ready, known.Lacking, known.Vacant, known.Owner)
                : (new Share(ProducerPart.Off, "it is new"), Instant.Never, Instant.Never, Instant.Never, Shares.Nobody);
        }

        dealt = false;
        Look(now);
    }

    public void Drain(bool drains, Instant now)
    {
        Drains = drains;
        Look(now);
    }

    /// <summary>A member said how it stands.</summary>
    public void Heard(string member, ShareWord word, Instant at)
    {
        if (Known(member) is { } known)
        {
            known.Word = word;
            (known.HeardAt, known.WasHeard) = (at, true);
            Weigh(Place(member));
            Look(at);
        }
    }

    /// <summary>A member says that it goes, or its host says that nobody listens there: it is not waited for.</summary>
    public void Gone(string member, Instant now)
    {
        if (Known(member) is { } known)
        {
            (known.HeardAt, known.WasHeard) = (null, true);
            Look(now);
        }
    }

    /// <summary>Our own word.</summary>
    /// <param name="isReady">For a producer's name: all of its sets are fresh here.</param>
    public ShareWord Word(Func<string, bool> isReady)
    {
        var (collects, fresh) = (new ulong[(producers.Length + 63) / 64], new ulong[(producers.Length + 63) / 64]);
        for (var i = 0; i < producers.Length; i++)
        {
            if (shares[i].Part == ProducerPart.Collect)
            {
                collects[i >> 6] |= 1UL << (i & 63);
                fresh[i >> 6] |= isReady(producers[i].Name) ? 1UL << (i & 63) : 0;
            }
        }

        ready = [.. fresh];
        return new ShareWord(Configuration, Drains, [.. collects], ready);
    }

    /// <summary>Time has passed, or something was said.</summary>
    public void Look(Instant now)
    {
        Excuse(now);
        Deadline = now + (Rules.Silence / 4);
        if (Muster(now) || !dealt)
        {
            dealt = true;
            owners.CopyTo(before, 0);
            wishes.Assign(isThere, owners);
            Inherit();
            for (var m = 0; m < members.Length; m++)
            {
                Weigh(m);
            }

            for (var i = 0; i < producers.Length; i++)
            {
                // What the owner before had, or had not, is not held against the one that it is dealt to now: that one is given the time in which it can begin.
                (readySince[i], lackingSince[i]) = owners[i] == before[i] ? (readySince[i], lackingSince[i]) : (Instant.Never, Instant.Never);
            }
        }

        for (var i = 0; i < producers.Length; i++)
        {
            Decide(i, now);
        }

        Guard(now);
    }

    /// <summary>
    /// Where we come much later than we wanted, it was us who stood still. What we slept through is held against nobody: else we would begin with everything in the moment in which we wake. We want to come four times in a silence at
    /// the least, so that half a silence slept through is not counted beside half a silence heard.
    /// </summary>
    private void Excuse(Instant now)
    {
        var slept = now - lookedAt;
        if (slept > Rules.Silence * 3 / 8)
        {
            for (var i = 0; i < members.Length; i++)
            {
                if (i != place && isThere[i])
                {
                    members[i].HeardAt = Instant.Earlier(now, (members[i].HeardAt ?? begun) + slept);
                }
            }

            for (var i = 0; i < producers.Length; i++)
            {
                lackingSince[i] = lackingSince[i] == Instant.Never ? Instant.Never : Instant.Earlier(now, lackingSince[i] + slept);
                vacantSince[i] = vacantSince[i] == Instant.Never ? Instant.Never : Instant.Earlier(now, vacantSince[i] + slept);
            }
        }

        lookedAt = now;
    }

    /// <returns>True when somebody came or went.</returns>
    private bool Muster(Instant now)
    {
        var changed = false;
        for (var i = 0; i < Rules.Members.Count; i++)
        {
            var member = members[i];
            var isHeard = i == place || IsHeard(member, now);
            var drains = i == place ? Drains : member.Word?.Drains == true;
            var there = isHeard && !drains;
            isAlive[i] = isHeard;
            if (i != place && isHeard)
            {
                Deadline = Instant.Earlier(Deadline, (member.HeardAt ?? begun) + Rules.Silence);
            }

            if (there != isThere[i])
            {
                isThere[i] = there;
                changed = true;
                var why = there ? "takes its share" : drains ? "drains" : $"has not been heard for {Spans.Say(Rules.Silence)}, or said that it goes";
                Notes.Enqueue(new CollectionNote(now, Rules.Members[i].Name, why, Loud: !there));
            }
        }

        return changed;
    }

    private void Set(int i, ProducerPart part, string why, Instant now)
    {
        if (shares[i].Part != part)
        {
            loads[place] += part == ProducerPart.Collect ? producers[i].Load : shares[i].Part == ProducerPart.Collect ? -producers[i].Load : 0;
            shares[i] = new Share(part, why);
            if (part == ProducerPart.Collect || owners[i] == Shares.Nobody)
            {
                Notes.Enqueue(new CollectionNote(now, producers[i].Name, why, Loud: owners[i] == Shares.Nobody));
            }
        }
        else if (shares[i].Part == ProducerPart.Off && owners[i] == Shares.Nobody && shares[i].Why != why)
        {
            shares[i] = new Share(part, why);
            Notes.Enqueue(new CollectionNote(now, producers[i].Name, why, Loud: true));
        }
    }

    /// <summary>Who was not heard yet is given the time in which it could have been: a start of all at once deals nothing twice.</summary>
    private bool IsHeard(Member member, Instant now) => now - (member.HeardAt ?? (member.WasHeard ? now - Rules.Silence : begun)) < Rules.Silence;

    private static bool Has(ValueList<ulong> bits, int place) => place >> 6 < bits.Count && (bits[place >> 6] & (1UL << (place & 63))) != 0;

    /// <summary>Null: it is no member, or it is us.</summary>
    private Member? Known(string member) => PlaceOf(member) is { } at && at != place ? members[at] : null;

    private int Place(string member) => PlaceOf(member) ?? throw new ArgumentException($"{member} is no member", nameof(member));

    private int? PlaceOf(string member)
    {
        for (var i = 0; i < Rules.Members.Count; i++)
        {
            if (Rules.Members[i].Name == member)
            {
                return i;
            }
        }

        return null;
    }

    private sealed class Member
    {
        internal ShareWord? Word { get; set; }

        /// <summary>Null: never, or it went.</summary>
        internal Instant? HeardAt { get; set; }

        internal bool WasHeard { get; set; }
    }
}
