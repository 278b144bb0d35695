using System.Diagnostics;

namespace Understudy.Core.Duties;

/// <summary>What the witness remembers of one duty. This is what its file holds; the rest is time.</summary>
/// <param name="Holder">Who was granted <paramref name="Epoch"/>; null after it was given back.</param>
/// <param name="Heir">Who has been written down for <paramref name="Epoch"/> + 1, so that the grant itself needs no disk.</param>
/// <param name="Ticket">The ticket of the grant: the same one asking again gets the same answer.</param>
public sealed record WitnessRecord(string Duty, long Epoch, string? Holder, long Ticket, string? Heir);

/// <summary>A record with the time that is left of it.</summary>
/// <param name="Until">When the claim ends, on the witness's own clock.</param>
/// <param name="Spent">By holder, the ticket with which it last gave back. At most one for each node.</param>
/// <param name="Guessed">The epoch is only what candidates said that they have seen: higher ones may have been granted and forgotten.</param>
public sealed record WitnessedClaim(WitnessRecord Record, Instant Until, ValueList<SpentTicket> Spent, bool Guessed = false);

/// <summary>Requests of this holder with a ticket up to this are of the past. Tickets of two hosts are counts of two clocks, and cannot be compared.</summary>
public sealed record SpentTicket(string Holder, long Ticket);

/// <summary>The witness's whole memory.</summary>
/// <param name="QuietUntil">It grants nobody anything new before this: somebody may still rely on a grant that it forgot.</param>
/// <param name="Forgot">It came up with no memory, so that it does not know whom it may let renew either.</param>
/// <param name="Skip">How many epochs it leaves out above one that it only guesses. An epoch that was granted, forgotten and granted again to another would be let go by
/// the one and so taken from the other. Drawn anew for each start, since the first grant of a start may be forgotten as well.</param>
public sealed record WitnessState(ValueList<WitnessedClaim> Claims, TimeSpan MaxTtl, Instant QuietUntil, bool Forgot, long Skip = 1000)
{
    /// <summary>After a start: every remembered claim may just have been renewed, so each is given a full TTL from now, and nobody is granted a new one.</summary>
    /// <param name="remembered">What the file held; null if there was none or it could not be trusted.</param>
    public static WitnessState AtStart(ValueList<WitnessRecord>? remembered, TimeSpan maxTtl, Instant now) => new(
        (remembered ?? []).Select(r => new WitnessedClaim(r, now + maxTtl, [])).ToValueList(),
        maxTtl,
        now + maxTtl,
        Forgot: remembered is null);
}

/// <summary>One request as it reached the witness.</summary>
public sealed record WitnessAsk(string From, string Duty, ClaimOrder Order, TimeSpan Ttl);

/// <summary>What the witness says. The values are on the wire (docs/protocol/peer.md).</summary>
public enum WitnessWord
{
    Granted = 1,
    Refused = 2,
    Superseded = 3,
    Vacant = 4,
    Recovering = 5,
    GivenBack = 6,
    HeirNoted = 7,

    /// <summary>The asker's TTL is longer than this witness keeps a silence after it lost its memory.</summary>
    TtlTooLong = 8,
}

/// <summary>What one request led to.</summary>
/// <param name="Persist">The new records must be on disk before the answer leaves.</param>
public sealed record WitnessStep(WitnessState State, WitnessWord Word, long Epoch, string? Holder, TimeSpan Remaining, bool Persist);

/// <summary>
/// The third party that grants claims. Its one promise: for one duty, no two claims run at the same time, and epochs only grow.
/// It judges by its own clock, from when it <i>heard</i> a request; a holder counts from when it <i>sent</i> it, which is earlier.
/// </summary>
public static class WitnessMachine
{
    /// <summary>Lower than every ticket that is sent.</summary>
    private const long NoTicket = -1;

    public static WitnessStep Next(WitnessState state, WitnessAsk ask, Instant now)
    {
        var claim = Find(state, ask.Duty);
        var order = ask.Order;
        if (ask.Ttl > state.MaxTtl)
        {
            return Say(state, WitnessWord.TtlTooLong, claim, state.MaxTtl);
        }

        if (order.Epoch > claim.Record.Epoch && order.Ask != ClaimAsk.Prepare && !MayBeHeir(claim, ask))
        {
            (state, claim) = Learn(state, claim, order.Epoch, now);
        }

        return order.Ask switch
        {
            ClaimAsk.Claim => Claim(state, claim, ask, now),
            ClaimAsk.Renew => Renew(state, claim, ask, now),
            ClaimAsk.GiveBack => GiveBack(state, claim, ask, now),
            ClaimAsk.Read => Read(state, claim, ask, now),
            ClaimAsk.Prepare => Prepare(state, claim, ask, now),
            _ => throw new UnreachableException(order.Ask.ToString()),
        };
    }

    /// <summary>
    /// Somebody knows of a higher epoch than we do. If we thought to remember, our memory is an old copy, and then we know as little as with
    /// none: quiet again for a whole TTL. The epoch is taken over in any case, since it may only grow.
    /// </summary>
    private static (WitnessState State, WitnessedClaim Claim) Learn(WitnessState state, WitnessedClaim claim, long epoch, Instant now)
    {
        var old = claim.Record.Epoch > 0 || !state.Forgot;
        state = old ? state with { QuietUntil = now + state.MaxTtl, Forgot = true } : state;
        claim = claim with { Record = claim.Record with { Epoch = epoch, Holder = null, Heir = null }, Guessed = true };
        return (Put(state, claim), claim);
    }

    private static WitnessStep Claim(WitnessState state, WitnessedClaim claim, WitnessAsk ask, Instant now)
    {
        var (record, order) = (claim.Record, ask.Order);
        if (record.Holder == ask.From && record.Ticket == order.Ticket && now < claim.Until)
        {
            return Grant(state, claim, ask, record, now, persist: false);      // the answer was lost; the same again
        }

        if (order.Ticket <= SpentBy(claim, ask.From) || (record.Holder == ask.From && order.Ticket < record.Ticket))
        {
            return Say(state, WitnessWord.Superseded, claim, TimeSpan.Zero);   // a request of the past that was long under way
        }

        if (now < state.QuietUntil)
        {
            return Say(state, WitnessWord.Recovering, claim, state.QuietUntil - now);
        }

        // Whose word it was counts too: one that forgot may grant an epoch again that somebody else has had and let go of.
        var letGo = order.Released >= record.Epoch && order.ReleasedBy == record.Holder;
        if (record.Holder is not null && record.Holder != ask.From && now < claim.Until && !letGo)
        {
            return Say(state, WitnessWord.Refused, claim, claim.Until - now);
        }

        // The heir's epoch is on disk already. Anybody else starts above it: after a restart we cannot know whether the heir was granted it. A holder that
        // has not let go may be found running by its next daemon, which asks whether it may: then the disk must know better than the note.
        var noted = record.Heir == ask.From;
        var confirmed = letGo || record.Holder is null;
        var epoch = record.Epoch + (claim.Guessed ? state.Skip : noted || record.Heir is null ? 1 : 2);
        return Grant(state, claim, ask, new WitnessRecord(ask.Duty, epoch, ask.From, order.Ticket, null), now, persist: !(noted && confirmed) || claim.Guessed);
    }

    /// <summary>A claim that has run out may be renewed by its holder as long as nobody else was granted one: nobody relies on its end.</summary>
    private static WitnessStep Renew(WitnessState state, WitnessedClaim claim, WitnessAsk ask, Instant now)
    {
        var record = claim.Record;
        if (record.Heir == ask.From && ask.Order.Epoch == record.Epoch + 1)
        {
            // Granted from the note without a disk, then we were restarted: the note is the proof.
            return Grant(state, claim, ask, new WitnessRecord(ask.Duty, ask.Order.Epoch, ask.From, ask.Order.Ticket, null), now, persist: true);
        }

        if (record.Holder == ask.From && record.Epoch == ask.Order.Epoch)
        {
            return Grant(state, claim, ask, record with { Ticket = ask.Order.Ticket }, now, persist: false);
        }

        if (now < state.QuietUntil && state.Forgot)
        {
            return Say(state, WitnessWord.Recovering, claim, state.QuietUntil - now);
        }

        if (record.Holder is null && record.Epoch <= ask.Order.Epoch && claim.Spent.Count == 0)
        {
            // Nothing is known of this duty, and whoever held it before our loss of memory has had to let go or holds it still.
            return Grant(state, claim, ask, new WitnessRecord(ask.Duty, ask.Order.Epoch, ask.From, ask.Order.Ticket, null), now, persist: true);
        }

        return Say(state, WitnessWord.Superseded, claim, TimeSpan.Zero);
    }

    private static WitnessStep GiveBack(WitnessState state, WitnessedClaim claim, WitnessAsk ask, Instant now)
    {
        var record = claim.Record;
        if (record.Holder != ask.From || record.Epoch != ask.Order.Epoch || record.Ticket > ask.Order.Ticket)
        {
            return Say(state, WitnessWord.GivenBack, claim, TimeSpan.Zero);      // of the past
        }

        _ = now;
        var free = claim with { Record = record with { Holder = null }, Until = now, Spent = Spend(claim, ask.From, Math.Max(SpentBy(claim, ask.From), ask.Order.Ticket)) };
        return Say(Put(state, free), WitnessWord.GivenBack, free, TimeSpan.Zero);
    }

    private static WitnessStep Read(WitnessState state, WitnessedClaim claim, WitnessAsk ask, Instant now)
    {
        if (claim.Record.Holder == ask.From && now < claim.Until && claim.Record.Epoch == ask.Order.Epoch)
        {
            return Grant(state, claim, ask, claim.Record with { Ticket = ask.Order.Ticket }, now, persist: false);
        }

        return claim.Record.Holder is not null && now < claim.Until
            ? Say(state, WitnessWord.Refused, claim, claim.Until - now)
            : Say(state, WitnessWord.Vacant, claim, TimeSpan.Zero);
    }

    private static WitnessStep Prepare(WitnessState state, WitnessedClaim claim, WitnessAsk ask, Instant now)
    {
        if (claim.Record.Holder != ask.From || claim.Record.Epoch != ask.Order.Epoch || now >= claim.Until)
        {
            return Say(state, WitnessWord.Superseded, claim, TimeSpan.Zero);
        }

        var noted = claim with { Record = claim.Record with { Heir = ask.Order.Heir } };
        return Say(Put(state, noted), WitnessWord.HeirNoted, noted, TimeSpan.Zero, persist: claim.Record.Heir != ask.Order.Heir);
    }

    /// <summary>Another boot of a candidate speaks: its tickets may start low again, and whatever the old boot sent is refused before it gets here.</summary>
    public static WitnessState Rebooted(WitnessState state, string candidate)
    {
        foreach (var claim in state.Claims)
        {
            var record = claim.Record.Holder == candidate ? claim.Record with { Ticket = NoTicket } : claim.Record;
            var spent = SpentBy(claim, candidate) == NoTicket ? claim.Spent : Spend(claim, candidate, NoTicket);
            state = Put(state, claim with { Record = record, Spent = spent });
        }

        return state;
    }

    private static long SpentBy(WitnessedClaim claim, string holder)
    {
        foreach (var spent in claim.Spent)
        {
            if (spent.Holder == holder)
            {
                return spent.Ticket;
            }
        }

        return NoTicket;
    }

    private static ValueList<SpentTicket> Spend(WitnessedClaim claim, string holder, long ticket) =>
        claim.Spent.Where(s => s.Holder != holder).Append(new SpentTicket(holder, ticket)).ToValueList();

    private static bool MayBeHeir(WitnessedClaim claim, WitnessAsk ask) =>
        claim.Record.Heir == ask.From && ask.Order.Epoch == claim.Record.Epoch + 1 && ask.Order.Ask is ClaimAsk.Renew or ClaimAsk.GiveBack;

    private static WitnessStep Grant(WitnessState state, WitnessedClaim claim, WitnessAsk ask, WitnessRecord record, Instant now, bool persist)
    {
        var granted = new WitnessedClaim(record, now + ask.Ttl, claim.Spent);
        return Say(Put(state, granted), WitnessWord.Granted, granted, ask.Ttl, persist);
    }

    private static WitnessStep Say(WitnessState state, WitnessWord word, WitnessedClaim claim, TimeSpan remaining, bool persist = false) =>
        new(state, word, claim.Record.Epoch, claim.Record.Holder, remaining, persist);

    private static WitnessedClaim Find(WitnessState state, string duty)
    {
        foreach (var claim in state.Claims)
        {
            if (claim.Record.Duty == duty)
            {
                return claim;
            }
        }

        return new WitnessedClaim(new WitnessRecord(duty, 0, null, 0, null), new Instant(0), [], Guessed: state.Forgot);
    }

    private static WitnessState Put(WitnessState state, WitnessedClaim claim) =>
        state with { Claims = state.Claims.Where(c => c.Record.Duty != claim.Record.Duty).Append(claim).ToValueList() };
}
