using Understudy.Core;
using Understudy.Core.Collection;

namespace Understudy.Tests.Simulation.Collection;

/// <summary>
/// What is true of who is there, and what each member can know of it: reckoned from the plan and from the words that the world has really brought it, never from what a desk says of itself. From that follows which producers must be
/// fed, and by whom at the least; what a member makes of it besides excuses nothing.
/// </summary>
/// <param name="plan">The world.</param>
/// <param name="silence">After it somebody who says nothing is taken for gone.</param>
/// <param name="settled">So long all that may follow upon a change of a view takes.</param>
internal sealed class ShareViews(SharePlan plan, TimeSpan silence, TimeSpan settled)
{
    private const int NoView = -1;

    /// <summary>Whoever stood still for less than three eighths of a silence does not notice.</summary>
    private readonly TimeSpan noticed = silence * 3 / 8;

    private readonly ShareWishes wishes = new(plan.Members, plan.Producers);
    private readonly Dictionary<int, int[]> deals = [];
    private readonly Instant[] heardAt = new Instant[plan.Members.Length * plan.Members.Length];
    private readonly bool[] saidDrains = new bool[plan.Members.Length * plan.Members.Length];
    private readonly int[] views = [.. plan.Members.Select(_ => NoView)];
    private readonly List<int>[] passed = [.. plan.Members.Select(_ => new List<int>())];
    private readonly Instant[] actedAt = [.. plan.Members.Select(_ => Instant.Never)];
    private readonly Instant[] wrongAt = [.. plan.Members.Select(_ => new Instant(long.MinValue / 2))];
    private readonly Instant[] sleptAt = new Instant[plan.Members.Length];
    private readonly Instant[] wokeAt = [.. plan.Members.Select(_ => new Instant(long.MinValue / 2))];
    private int truth;

    private int Count => plan.Members.Length;

    /// <summary>For each producer to whom it is dealt by who is there in truth.</summary>
    internal int[] Owners => Deal(truth);

    /// <summary>A member began: it gives everybody the time in which it could hear him.</summary>
    internal void Born(int host, Instant now)
    {
        heardAt.AsSpan(host * Count, Count).Fill(now);
        saidDrains.AsSpan(host * Count, Count).Clear();
        actedAt[host] = now;
    }

    internal void Ended(int host) => actedAt[host] = Instant.Never;

    /// <summary>Before the words of this moment are brought. Who stood still heard nobody in that time; it is not held against them.</summary>
    internal void Wait(Instant now)
    {
        for (var h = 0; h < Count; h++)
        {
            passed[h].Clear();
            if (actedAt[h] == Instant.Never || plan.Is(SharePlan.Kind.Frozen, h, now))
            {
                continue;
            }

            var stood = now - actedAt[h] - (SharePlan.Beat / 2);
            if (stood > TimeSpan.Zero)
            {
                (sleptAt[h], wokeAt[h]) = (actedAt[h], now);
            }

            for (var m = 0; m < Count && stood > noticed; m++)
            {
                heardAt[(h * Count) + m] += now - actedAt[h];
            }

            passed[h].Add(View(h, now));
        }
    }

    /// <summary>To whom it is dealt by what one member has heard, now and before each word of this moment: it may have acted on any of them.</summary>
    internal IReadOnlyList<int> OwnersBy(int host, int producer) => [.. passed[host].Append(views[host]).Select(v => Deal(v)[producer])];

    /// <summary>The last moment of which a member knows what a word that is no older than silence tells it: now, or that in which it fell asleep.</summary>
    internal Instant LastAwake(int host, Instant now) => now - wokeAt[host] < silence ? sleptAt[host] : now;

    internal void Heard(int to, int from, bool drains, Instant now)
    {
        (heardAt[(to * Count) + from], saidDrains[(to * Count) + from]) = (now, drains);
        passed[to].Add(View(to, now));
    }

    /// <param name="acts">For each member: it runs, and is not frozen.</param>
    internal void Look(ReadOnlySpan<bool> acts, Instant now)
    {
        truth = 0;
        for (var h = 0; h < Count; h++)
        {
            truth |= acts[h] && !plan.Is(SharePlan.Kind.Drains, h, now) ? 1 << h : 0;
        }

        for (var h = 0; h < Count; h++)
        {
            views[h] = acts[h] ? View(h, now) : NoView;
            actedAt[h] = acts[h] ? now : actedAt[h];
            wrongAt[h] = views[h] == truth ? wrongAt[h] : now;
        }
    }

    /// <summary>To whom a producer is dealt by what one member has heard; the member must act.</summary>
    internal int OwnerBy(int host, int producer) => Deal(views[host])[producer];

    /// <summary>
    /// There is somebody for it. Where everybody has room for everything, who is there and reaches it. Where room is short: who takes it for his own by what he has heard, and reaches it; or who has long known truly who is there, reaches
    /// it, and has room for it beside all that is his and all that he may have to help with at the same time.
    /// </summary>
    internal bool MustBeFed(int producer, Instant now)
    {
        for (var h = 0; h < Count; h++)
        {
            var isThere = (truth & (1 << h)) != 0;
            if (isThere && plan.Reaches(h, producer, now) && (plan.IsAmple || OwnerBy(h, producer) == h || (now - wrongAt[h] > settled && HasRoom(h, producer, now))))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Somebody who acts takes it for one that nobody has room for.</summary>
    internal bool IsLeftBySome(int producer)
    {
        for (var h = 0; h < Count; h++)
        {
            if (views[h] != NoView && OwnerBy(h, producer) == Shares.Nobody)
            {
                return true;
            }
        }

        return false;
    }

    private bool HasRoom(int host, int producer, Instant now)
    {
        var load = plan.Producers[producer].Load;
        var owners = Owners;
        if (owners[producer] == Shares.Nobody)
        {
            return false;
        }

        for (var p = 0; p < plan.Producers.Length; p++)
        {
            var owner = owners[p];
            var isHis = owner == host || (owner != Shares.Nobody && (OwnerBy(owner, p) != owner || !plan.Reaches(owner, p, now)));
            load += p != producer && isHis ? plan.Producers[p].Load : 0;
        }

        return load <= plan.Members[host].Capacity;
    }

    private int View(int host, Instant now)
    {
        var view = 0;
        for (var m = 0; m < Count; m++)
        {
            var at = (host * Count) + m;
            var isThere = m == host ? !plan.Is(SharePlan.Kind.Drains, host, now) : now - heardAt[at] < silence && !saidDrains[at];
            view |= isThere ? 1 << m : 0;
        }

        return view;
    }

    private int[] Deal(int there)
    {
        if (!deals.TryGetValue(there, out var owners))
        {
            Span<bool> isThere = stackalloc bool[Count];
            for (var m = 0; m < Count; m++)
            {
                isThere[m] = (there & (1 << m)) != 0;
            }

            owners = new int[plan.Producers.Length];
            wishes.Assign(isThere, owners);
            deals[there] = owners;
        }

        return owners;
    }
}
