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
/// to somebody else is given up only when that one has samples of it. Collecting twice is harmless, so no member ever waits for a promise.
/// </summary>
public sealed class ShareDesk
{
    private readonly Dictionary<string, Member> members;
    private readonly string name;
    private readonly Instant begun;
    private ProducerRules[] producers = [];
    private int[] owners = [];
    private int[] heirs = [];
    private int[] helpers = [];
    private Share[] shares = [];
    private Instant[] readySince = [];
    private Instant[] lackingSince = [];
    private bool[] isThere;
    private bool dealt;

    public ShareDesk(string name, ShareRules rules, IEnumerable<ProducerRules> producers, Instant now)
    {
        this.name = name;
        Rules = rules;
        begun = now;
        members = rules.Members.Where(m => m.Name != name).ToDictionary(m => m.Name, _ => new Member(), StringComparer.Ordinal);
        isThere = new bool[rules.Members.Count];
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
        var before = producers.Select((p, i) => (p.Name, shares[i], readySince[i], lackingSince[i], owners[i])).ToDictionary(p => p.Name, StringComparer.Ordinal);
        producers = [.. list.OrderBy(p => p.Name, StringComparer.Ordinal)];
        Configuration = producers.Aggregate(Fnv1a.Basis, (hash, p) => Fnv1a.Add(hash, $"{p.Name} {p.Target} {p.Home}\n"));
        (owners, heirs, helpers, shares) = (new int[producers.Length], new int[producers.Length], new int[producers.Length], new Share[producers.Length]);
        (readySince, lackingSince) = (new Instant[producers.Length], new Instant[producers.Length]);
        for (var i = 0; i < producers.Length; i++)
        {
            (shares[i], readySince[i], lackingSince[i], owners[i]) = before.TryGetValue(producers[i].Name, out var was) ? (was.Item2, was.Item3, was.Item4, was.Item5) : (new Share(ProducerPart.Off, "it is new"), Instant.Never, Instant.Never, Shares.Nobody);
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
        if (members.TryGetValue(member, out var known))
        {
            known.Word = word;
            (known.HeardAt, known.WasHeard) = (at, true);
            Look(at);
        }
    }

    /// <summary>A member says that it goes, or its host says that nobody listens there: it is not waited for.</summary>
    public void Gone(string member, Instant now)
    {
        if (members.TryGetValue(member, out var known))
        {
            (known.HeardAt, known.WasHeard) = (null, true);
            Look(now);
        }
    }

    /// <summary>Our own word.</summary>
    /// <param name="isReady">For a producer's name: all of its sets are fresh here.</param>
    public ShareWord Word(Func<string, bool> isReady)
    {
        var (collects, ready) = (new ulong[(producers.Length + 63) / 64], new ulong[(producers.Length + 63) / 64]);
        for (var i = 0; i < producers.Length; i++)
        {
            if (shares[i].Part == ProducerPart.Collect)
            {
                collects[i >> 6] |= 1UL << (i & 63);
                ready[i >> 6] |= isReady(producers[i].Name) ? 1UL << (i & 63) : 0;
            }
        }

        return new ShareWord(Configuration, Drains, [.. collects], [.. ready]);
    }

    /// <summary>Time has passed, or something was said.</summary>
    public void Look(Instant now)
    {
        Deadline = Instant.Never;
        if (Muster(now) || !dealt)
        {
            dealt = true;
            int[] before = [.. owners];
            Shares.Assign(Rules.Members, producers, isThere, owners);
            Inherit();
            for (var i = 0; i < owners.Length; i++)
            {
                // What the owner before had, or had not, is not held against the one that it is dealt to now.
                (readySince[i], lackingSince[i]) = owners[i] == before[i] ? (readySince[i], lackingSince[i]) : (Instant.Never, Instant.Never);
            }
        }

        for (var i = 0; i < producers.Length; i++)
        {
            Decide(i, now);
        }

        Guard(Load(), now);
    }

    /// <summary>What nobody has room for is kept where it was, but not beside so much that we have more than we take.</summary>
    private void Guard(double load, Instant now)
    {
        var most = Rules.Members[Place(name)].Capacity;
        for (var i = producers.Length - 1; i >= 0 && load > most; i--)
        {
            if (owners[i] == Shares.Nobody && shares[i].Part == ProducerPart.Collect)
            {
                load -= producers[i].Load;
                Set(i, ProducerPart.Off, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"nobody has room for it: we take {most:0.#} at the most"), now);
            }
        }
    }

    /// <returns>True when somebody came or went.</returns>
    private bool Muster(Instant now)
    {
        var changed = false;
        for (var i = 0; i < Rules.Members.Count; i++)
        {
            var member = Rules.Members[i].Name;
            var there = member == name ? !Drains : IsHeard(members[member], now) && members[member].Word?.Drains != true;
            if (member != name && IsHeard(members[member], now))
            {
                Deadline = Instant.Earlier(Deadline, (members[member].HeardAt ?? begun) + Rules.Silence);
            }

            if (there != isThere[i])
            {
                isThere[i] = there;
                changed = true;
                Notes.Enqueue(new CollectionNote(now, member, there ? "takes its share" : member == name || members[member].Word?.Drains == true ? "drains" : $"has not been heard for {Spans.Say(Rules.Silence)}, or said that it goes", Loud: !there));
            }
        }

        return changed;
    }

    /// <summary>For each producer: who would have it if its owner went. That one keeps itself warm.</summary>
    private void Inherit()
    {
        Array.Fill(heirs, Shares.Nobody);
        var without = new int[producers.Length];
        for (var gone = 0; gone < isThere.Length; gone++)
        {
            if (!isThere[gone])
            {
                continue;
            }

            isThere[gone] = false;
            Shares.Assign(Rules.Members, producers, isThere, without);
            isThere[gone] = true;
            for (var i = 0; i < producers.Length; i++)
            {
                heirs[i] = owners[i] == gone ? without[i] : heirs[i];
            }
        }

        for (var i = 0; i < producers.Length; i++)
        {
            helpers[i] = owners[i] != Shares.Nobody ? WithRoom(i) : Shares.Nobody;
        }
    }

    /// <summary>Who has room for one producer alone, as things are dealt now, when its owner cannot reach it; that may be another than who would have it if the owner went.</summary>
    private int WithRoom(int producer)
    {
        var (best, draw) = (Shares.Nobody, double.MinValue);
        for (var m = 0; m < isThere.Length; m++)
        {
            var load = 0.0;
            for (var i = 0; i < producers.Length; i++)
            {
                load += owners[i] == m ? producers[i].Load : 0;
            }

            if (m != owners[producer] && isThere[m] && load + producers[producer].Load <= Rules.Members[m].Capacity && Shares.Draw(Rules.Members[m], producers[producer].Name) is var own && own > draw)
            {
                (best, draw) = (m, own);
            }
        }

        return best;
    }

    private void Decide(int i, Instant now)
    {
        var owner = owners[i] < 0 ? null : Rules.Members[owners[i]].Name;
        var was = shares[i].Part;
        if (owner == name)
        {
            (readySince[i], lackingSince[i]) = (Instant.Never, Instant.Never);
            Set(i, ProducerPart.Collect, "it is dealt to us", now);
            return;
        }

        if (owner is null)
        {
            // Nobody has room. Whoever has it keeps it: the guard keeps new load away, it does not make holes.
            Set(i, was == ProducerPart.Collect ? was : ProducerPart.Off, was == ProducerPart.Collect ? "nobody else has room for it" : "nobody has room for it: the members' capacity is used up", now);
            return;
        }

        var ready = members[owner] is { HeardAt: not null, Word: { } word } && word.Configuration == Configuration && Has(word.Ready, i);
        (readySince[i], lackingSince[i]) = ready
            ? (readySince[i] == Instant.Never ? now : readySince[i], Instant.Never)
            : (Instant.Never, lackingSince[i] == Instant.Never ? Instant.Later(now, begun) : lackingSince[i]);
        var isHeir = IsUs(heirs[i]) || IsUs(helpers[i]);
        if (was == ProducerPart.Collect)
        {
            if (ready && now >= readySince[i] + Rules.Linger)
            {
                Set(i, isHeir ? ProducerPart.Warm : ProducerPart.Off, $"{owner} has samples of it", now);
            }
            else if (ready)
            {
                Deadline = Instant.Earlier(Deadline, readySince[i] + Rules.Linger);
            }

            return;
        }

        if (IsUs(helpers[i]) && !ready)
        {
            if (now >= lackingSince[i] + Rules.Stuck && HasRoomFor(i))
            {
                Set(i, ProducerPart.Collect, $"{owner} is there and has had no samples of it for {Spans.Say(now - lackingSince[i])}", now);
                return;
            }

            Deadline = lackingSince[i] + Rules.Stuck > now ? Instant.Earlier(Deadline, lackingSince[i] + Rules.Stuck) : Deadline;
        }

        Set(i, isHeir ? ProducerPart.Warm : ProducerPart.Off, isHeir ? $"next in line after {owner}" : $"{owner} collects it", now);
    }

    /// <summary>Of all that we collect now.</summary>
    private double Load()
    {
        var load = 0.0;
        for (var i = 0; i < producers.Length; i++)
        {
            load += shares[i].Part == ProducerPart.Collect ? producers[i].Load : 0;
        }

        return load;
    }

    private bool IsUs(int member) => member >= 0 && Rules.Members[member].Name == name;

    /// <summary>Beside all that we collect now, dealt to us or not.</summary>
    private bool HasRoomFor(int producer) => Load() + producers[producer].Load <= Rules.Members[Place(name)].Capacity;

    private void Set(int i, ProducerPart part, string why, Instant now)
    {
        if (shares[i].Part != part)
        {
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

    private int Place(string member)
    {
        for (var i = 0; i < Rules.Members.Count; i++)
        {
            if (Rules.Members[i].Name == member)
            {
                return i;
            }
        }

        throw new ArgumentException($"{member} is no member", nameof(member));
    }

    private sealed class Member
    {
        internal ShareWord? Word { get; set; }

        /// <summary>Null: never, or it went.</summary>
        internal Instant? HeardAt { get; set; }

        internal bool WasHeard { get; set; }
    }
}
