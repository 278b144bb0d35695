using System.Globalization;

namespace Understudy.Core.Collection;

/// <summary>What we do with each producer: ours, kept until somebody else has it, warm, or taken because its owner has no samples of it.</summary>
public sealed partial class ShareDesk
{
    private readonly double[] loads;

    /// <summary>For each producer: who would have it if its owner went, and who has room for it alone as things are dealt now. They keep themselves warm.</summary>
    private void Inherit()
    {
        Array.Fill(heirs, Shares.Nobody);
        Array.Fill(helpers, Shares.Nobody);
        var without = new int[producers.Length];
        var dealtTo = new double[isThere.Length];
        for (var gone = 0; gone < isThere.Length; gone++)
        {
            if (!isThere[gone])
            {
                continue;
            }

            isThere[gone] = false;
            wishes.Assign(isThere, without);
            isThere[gone] = true;
            for (var i = 0; i < producers.Length; i++)
            {
                heirs[i] = owners[i] == gone ? without[i] : heirs[i];
                dealtTo[gone] += owners[i] == gone ? producers[i].Load : 0;
            }
        }

        for (var i = 0; i < producers.Length; i++)
        {
            for (var m = 0; m < isThere.Length && owners[i] != Shares.Nobody; m++)
            {
                var hasRoom = m != owners[i] && isThere[m] && dealtTo[m] + producers[i].Load <= Rules.Members[m].Capacity;
                helpers[i] = hasRoom && (helpers[i] == Shares.Nobody || wishes.Draw(i, m) > wishes.Draw(i, helpers[i])) ? m : helpers[i];
            }
        }
    }

    /// <summary>What a member has, by its last word; what is dealt to it where that speaks of other producers than ours.</summary>
    private void Weigh(int m)
    {
        loads[m] = 0;
        var word = m == place ? null : WordOf(m);
        for (var i = 0; i < producers.Length; i++)
        {
            var has = m == place ? shares[i].Part == ProducerPart.Collect : word is null ? owners[i] == m : Has(word.Collects, i);
            loads[m] += has ? producers[i].Load : 0;
        }
    }

    private void Decide(int i, Instant now)
    {
        var owner = owners[i];
        if (owner == place)
        {
            (readySince[i], lackingSince[i], vacantSince[i]) = (Instant.Never, Instant.Never, Instant.Never);
            Set(i, ProducerPart.Collect, "it is dealt to us", now);
            return;
        }

        var server = owner != Shares.Nobody && Serves(owner, i) ? owner : Better(i);
        readySince[i] = server == Shares.Nobody ? Instant.Never : readySince[i] == Instant.Never ? now : readySince[i];
        if (shares[i].Part == ProducerPart.Collect)
        {
            Keep(i, server, now);
            return;
        }

        if (owner == Shares.Nobody)
        {
            Set(i, ProducerPart.Off, "nobody has room for it: the members' capacity is used up", now);
            return;
        }

        if (Lacks(i, now) is { } at && Rank(i) is { } rank)
        {
            // Whoever goes before us in the line is given the same time again, since it may not reach the producer either.
            var due = Instant.Later(at + (Rules.Stuck * (rank + 1)), vacantSince[i] + (Rules.Stuck * rank));
            if (now >= due)
            {
                Set(i, ProducerPart.Collect, $"{Rules.Members[owner].Name} is there and has had no samples of it for {Spans.Say(now - at)}", now);
                return;
            }

            Deadline = Instant.Earlier(Deadline, due);
        }

        var isHeir = heirs[i] == place || helpers[i] == place;
        Set(i, isHeir ? ProducerPart.Warm : ProducerPart.Off, isHeir ? $"next in line after {Rules.Members[owner].Name}" : $"{Rules.Members[owner].Name} collects it", now);
    }

    /// <summary>It is not dealt to us, and we have it.</summary>
    private void Keep(int i, int server, Instant now)
    {
        if (owners[i] == Shares.Nobody)
        {
            // Whoever has it keeps it: the guard keeps new load away, it does not make holes.
            (lackingSince[i], vacantSince[i]) = (Instant.Never, Instant.Never);
            Set(i, ProducerPart.Collect, "nobody else has room for it", now);
        }
        else
        {
            _ = Lacks(i, now);
        }

        if (server == Shares.Nobody)
        {
            return;
        }

        if (now < readySince[i] + Rules.Linger)
        {
            Deadline = Instant.Earlier(Deadline, readySince[i] + Rules.Linger);
            return;
        }

        GiveUp(i, $"{Rules.Members[server].Name} has samples of it", now);
    }

    /// <summary>Since when the owner, who is there, has no samples of it; null: it has. And since when nobody who is there has.</summary>
    private Instant? Lacks(int i, Instant now)
    {
        var since = Instant.Later(now, begun);
        var lacks = !Serves(owners[i], i);
        lackingSince[i] = !lacks ? Instant.Never : lackingSince[i] == Instant.Never ? since : lackingSince[i];
        var isVacant = lacks;
        for (var m = 0; m < isThere.Length && isVacant; m++)
        {
            isVacant = m == place || !isThere[m] || !Serves(m, i);
        }

        vacantSince[i] = !isVacant ? Instant.Never : vacantSince[i] == Instant.Never ? since : vacantSince[i];
        return isVacant ? lackingSince[i] : null;
    }

    /// <summary>Our place in the line of those who could stand in for an owner without samples, 0 the first: all who are there and have it or have room for it, by their draws. Null: we have no room, or drain.</summary>
    private int? Rank(int i)
    {
        if (!CouldHave(place, i))
        {
            return null;
        }

        var rank = 0;
        for (var m = 0; m < isThere.Length; m++)
        {
            rank += m != place && m != owners[i] && CouldHave(m, i) && wishes.Draw(i, m) > wishes.Draw(i, place) ? 1 : 0;
        }

        return rank;
    }

    /// <summary>Somebody besides the owner who has samples of it and goes before us: who takes its share before who drains, then who has samples before who has not, then the higher draw. So two who both stand in never both give way.</summary>
    private int Better(int i)
    {
        for (var m = 0; m < isThere.Length; m++)
        {
            if (m != place && isAlive[m] && Serves(m, i) && (isThere[m] == Drains ? isThere[m] : !Has(ready, i) || wishes.Draw(i, m) > wishes.Draw(i, place)))
            {
                return m;
            }
        }

        return Shares.Nobody;
    }

    private bool CouldHave(int m, int i)
    {
        var has = m == place ? shares[i].Part == ProducerPart.Collect : WordOf(m) is { } word && Has(word.Collects, i);
        return isThere[m] && (has || loads[m] + producers[i].Load <= Rules.Members[m].Capacity);
    }

    /// <summary>It has samples of it, by its last word.</summary>
    private bool Serves(int m, int i) => m != place && WordOf(m) is { } word && Has(word.Ready, i);

    private Peers.ShareWord? WordOf(int m) => members[m] is { HeardAt: not null, Word: { } word } && word.Configuration == Configuration ? word : null;

    /// <summary>
    /// We have more than we take. What we only keep until its owner has it is the price of making before breaking, and it is paid for as long as an owner is given to begin; after that the guard comes before a hole. What goes is what
    /// another one has room for; then what nobody has room for; then all that is not dealt to us. What somebody else has samples of goes by itself, and not earlier: while one whom we see serving gives it up because it sees us, its
    /// next word is on its way to us.
    /// </summary>
    private void Guard(Instant now)
    {
        var most = Rules.Members[place].Capacity;
        for (var turn = 0; turn < 3 && loads[place] > most; turn++)
        {
            var ours = Lasting();
            for (var i = producers.Length - 1; i >= 0 && loads[place] > most; i--)
            {
                if (shares[i].Part != ProducerPart.Collect || owners[i] == place)
                {
                    continue;
                }

                var isNobodys = owners[i] == Shares.Nobody;
                var isLong = lackingSince[i] != Instant.Never && now >= lackingSince[i] + Rules.Stuck;
                Deadline = lackingSince[i] == Instant.Never || isLong ? Deadline : Instant.Earlier(Deadline, lackingSince[i] + Rules.Stuck);
                if (turn switch { 0 => isLong && OtherCouldHave(i), 1 => isNobodys && ours > most, _ => isLong })
                {
                    ours -= isNobodys ? producers[i].Load : 0;
                    GiveUp(i, string.Create(CultureInfo.InvariantCulture, $"{(isNobodys ? "nobody has room for it" : "it is not dealt to us")}: we take {most:0.#} at the most"), now);
                }
            }
        }
    }

    /// <summary>Of what we collect now, all that we do not only keep until its owner has it.</summary>
    private double Lasting()
    {
        var load = 0.0;
        for (var i = 0; i < producers.Length; i++)
        {
            load += shares[i].Part == ProducerPart.Collect && (owners[i] == place || owners[i] == Shares.Nobody) ? producers[i].Load : 0;
        }

        return load;
    }

    private bool OtherCouldHave(int i)
    {
        for (var m = 0; m < isThere.Length; m++)
        {
            if (m != place && m != owners[i] && CouldHave(m, i))
            {
                return true;
            }
        }

        return false;
    }

    private void GiveUp(int i, string why, Instant now)
    {
        var isHeir = heirs[i] == place || helpers[i] == place;
        Set(i, isHeir ? ProducerPart.Warm : ProducerPart.Off, why, now);
    }
}
