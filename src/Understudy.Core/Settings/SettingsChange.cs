using System.Globalization;

namespace Understudy.Core.Settings;

/// <summary>What it takes to bring a change into effect.</summary>
public enum ChangeReach
{
    /// <summary>Applies at once and nobody outside notices.</summary>
    Live,

    /// <summary>Applies at once, and the clients of a duty that this host holds may notice: an address comes or goes, or the duty moves.</summary>
    Felt,

    /// <summary>Needs a restart of the daemon: what it opened or claimed at its start would have to change.</summary>
    Restart,
}

/// <summary>One difference between the settings in effect and those of a new file.</summary>
/// <param name="Key">The way to what changed, as <c>duties.web.addresses</c>.</param>
/// <param name="Sentence">What changes, and what follows from it.</param>
/// <param name="Reach">What it takes.</param>
/// <remarks>
/// The rule, for <c>reload</c>: a file with a change that needs a restart is applied by a restart, not in part, as its duties may name nodes
/// that only the restarted daemon knows. A restart is needed for <c>node</c>, <c>port</c>, anything under <c>nodes</c>, the kind of the
/// arbiter, the witness' addresses and state file, a collection's begin, end and listeners and who shares it how (drains apart), everything under <c>api</c>, and <c>ledger.path</c>. All else applies at once: secrets
/// (which are read again anyway), heartbeat, the arbiter's spans and promises, the size of the ledger, and all of the duties, guards and what is collected.
/// </remarks>
public sealed record SettingsChange(string Key, string Sentence, ChangeReach Reach)
{
    public override string ToString() => $"{Key}: {Sentence}";

    /// <summary>All differences, in the order of the reference page; empty exactly when the two are equal.</summary>
    /// <param name="old">The settings in effect.</param>
    /// <param name="next">The new ones.</param>
    /// <param name="active">The duties that this host holds now: changes to them are felt.</param>
    public static ValueList<SettingsChange> Between(UnderstudySettings old, UnderstudySettings next, params ReadOnlySpan<string> active)
    {
        var changes = new Changes();
        changes.Compare("node", old.Node, next.Node, ChangeReach.Restart);
        changes.Compare("secret", Join(old.Secrets), Join(next.Secrets), ChangeReach.Live, "the key files are read again");
        changes.Compare("port", old.Port, next.Port, ChangeReach.Restart, "peers and witness must change theirs too");
        Nodes(changes, old, next);
        Heartbeat(changes, old.Heartbeat, next.Heartbeat);
        Arbiter(changes, old.Arbiter, next.Arbiter);
        Duties(changes, old, next, active);
        GuardChanges.Between(changes, old.Guards, next.Guards);
        CollectionChanges.Between(changes, old.Collection, next.Collection);
        changes.Compare("api.socket", old.Api.Socket, next.Api.Socket, ChangeReach.Restart);
        changes.Compare("api.listen", Or(old.Api.Listen, "none"), Or(next.Api.Listen, "none"), ChangeReach.Restart);
        changes.Compare("api.token_file", old.Api.TokenFile ?? "none", next.Api.TokenFile ?? "none", ChangeReach.Restart);
        changes.Compare("ledger.path", old.Ledger.Path, next.Ledger.Path, ChangeReach.Restart);
        changes.Compare("ledger.max_bytes", Scalars.Say(old.Ledger.MaxBytes), Scalars.Say(next.Ledger.MaxBytes), ChangeReach.Live);
        changes.Compare("ledger.keep", old.Ledger.Keep, next.Ledger.Keep, ChangeReach.Live);
        return changes.All;
    }

    private static void Nodes(Changes changes, UnderstudySettings old, UnderstudySettings next)
    {
        foreach (var (name, before, after) in Pairs(old.Nodes, next.Nodes, n => n.Name))
        {
            var links = (Before: Links(before), After: Links(after));
            if (before is null || after is null)
            {
                changes.Add($"nodes.{name}", before is null ? $"is added, with {links.After}" : "is removed", ChangeReach.Restart);
            }
            else
            {
                changes.Compare($"nodes.{name}", links.Before, links.After, ChangeReach.Restart);
            }
        }

        Order(changes, "nodes", old.Nodes.Select(n => n.Name), next.Nodes.Select(n => n.Name), ChangeReach.Restart);
    }

    private static void Heartbeat(Changes changes, HeartbeatSettings old, HeartbeatSettings next)
    {
        changes.Compare("heartbeat.every", old.Every, next.Every, ChangeReach.Live);
        changes.Compare("heartbeat.dead_after", old.DeadAfter, next.DeadAfter, ChangeReach.Live);
        changes.Compare("heartbeat.judge", Word(old.Judge), Word(next.Judge), ChangeReach.Live);
        changes.Compare("heartbeat.factor", old.Factor, next.Factor, ChangeReach.Live);
        changes.Compare("heartbeat.start_grace", old.StartGrace, next.StartGrace, ChangeReach.Live, "it counts from the next start");
    }

    private static void Arbiter(Changes changes, ArbiterSettings old, ArbiterSettings next)
    {
        if (old is ArbiterSettings.Witness before && next is ArbiterSettings.Witness after)
        {
            changes.Compare("arbiter.witness", Join(before.Addresses), Join(after.Addresses), ChangeReach.Restart,
                "if it is another host, stop every candidate first, as two witnesses may grant one claim each");
            changes.Compare("arbiter.ttl", before.Ttl, after.Ttl, ChangeReach.Live, "it holds from the next claim or renewal");
            changes.Compare("arbiter.fence_margin", before.FenceMargin, after.FenceMargin, ChangeReach.Live, "it holds from the next claim or renewal");
            changes.Compare("arbiter.promises", Word(before.Promises), Word(after.Promises), ChangeReach.Live);
            changes.Compare("arbiter.state", before.State, after.State, ChangeReach.Restart, "it concerns the witness alone, which must find its epochs there");
        }
        else
        {
            changes.Compare("arbiter", Word(old), Word(next), ChangeReach.Restart, "stop every candidate first, as they must agree on who grants claims");
        }
    }

    private static void Duties(Changes changes, UnderstudySettings old, UnderstudySettings next, ReadOnlySpan<string> active)
    {
        foreach (var (name, before, after) in Pairs(old.Duties, next.Duties, d => d.Name))
        {
            var key = $"duties.{name}";
            var held = active.Contains(name);
            if (before is null)
            {
                changes.Add(key, $"is added, with {Says(after!.Addresses)}", ChangeReach.Live);
            }
            else if (after is null)
            {
                changes.Add(key, held ? $"is removed: this host holds it, stops it, and removes {Says(before.Addresses)}" : "is removed",
                    held ? ChangeReach.Felt : ChangeReach.Live);
            }
            else
            {
                Duty(changes, key, before, after, next.Node, held);
            }
        }

        Order(changes, "duties", old.Duties.Select(d => d.Name), next.Duties.Select(d => d.Name), ChangeReach.Live);
    }

    private static void Duty(Changes changes, string key, DutySettings old, DutySettings next, string node, bool held)
    {
        var (was, now) = (old.RankOf(node), next.RankOf(node));
        var (reach, follows) = !held ? (ChangeReach.Live, "")
            : now is null ? (ChangeReach.Felt, "this host holds the duty and is no candidate any more, so that the duty moves")
            : now > was ? (ChangeReach.Felt, "this host holds the duty and ranks lower now, so that failback may move it")
            : (ChangeReach.Live, "");
        changes.Compare($"{key}.candidates", Join(old.Candidates), Join(next.Candidates), reach, follows);
        Addresses(changes, $"{key}.addresses", old.Addresses, next.Addresses, held);
        changes.Compare($"{key}.run", old.Run?.Path ?? "none", next.Run?.Path ?? "none", held ? ChangeReach.Felt : ChangeReach.Live,
            !held ? "" : next.Run is null ? "what runs is left alone, and stopping it is no longer our part"
            : "what runs is left alone, and the next verb, be it stop, goes to the new command");
        changes.Compare($"{key}.run.start_limit", old.Run?.StartLimit, next.Run?.StartLimit, ChangeReach.Live);
        changes.Compare($"{key}.run.stop_limit", old.Run?.StopLimit, next.Run?.StopLimit, ChangeReach.Live, "it holds from the next claim or renewal");
        changes.Compare($"{key}.run.other_limit", old.Run?.OtherLimit, next.Run?.OtherLimit, ChangeReach.Live);
        changes.Compare($"{key}.healthy_when", Says(old.HealthyWhen), Says(next.HealthyWhen), ChangeReach.Live, "what is not watched yet is Unknown until it was seen");
        if (Says(old.HealthyWhen) == Says(next.HealthyWhen) && !old.HealthyWhen.Equals(next.HealthyWhen))
        {
            changes.Add($"{key}.healthy_when", $"the paces or expectations of {Says(next.HealthyWhen)} change", ChangeReach.Live);
        }

        changes.Compare($"{key}.failback", Word(old.Failback), Word(next.Failback), ChangeReach.Live);
        changes.Compare($"{key}.on_split", Word(old.OnSplit), Word(next.OnSplit), ChangeReach.Live);
        changes.Compare($"{key}.restart.limit", old.Restart.Limit, next.Restart.Limit, ChangeReach.Live);
        changes.Compare($"{key}.restart.window", old.Restart.Window, next.Restart.Window, ChangeReach.Live);
        changes.Compare($"{key}.restart.backoff", old.Restart.Backoff, next.Restart.Backoff, ChangeReach.Live);
        changes.Compare($"{key}.restart.max_backoff", old.Restart.MaxBackoff, next.Restart.MaxBackoff, ChangeReach.Live);
    }

    private static void Addresses(Changes changes, string key, ValueList<AddressSettings> old, ValueList<AddressSettings> next, bool held)
    {
        var (gone, come) = (old.Except(next).ToValueList(), next.Except(old).ToValueList());
        var reach = held ? ChangeReach.Felt : ChangeReach.Live;
        if (gone.Count > 0)
        {
            changes.Add(key, $"{Join(gone)} goes{(held ? ", at once, as this host holds the duty: clients that use it are cut off" : "")}", reach);
        }

        if (come.Count > 0)
        {
            changes.Add(key, $"{Join(come)} comes{(held ? ", at once, as this host holds the duty" : "")}", reach);
        }

        Order(changes, key, old.Select(a => a.ToString()), next.Select(a => a.ToString()), ChangeReach.Live);
    }

    /// <summary>Tells of an order that changed among things that did not.</summary>
    private static void Order(Changes changes, string key, IEnumerable<string> old, IEnumerable<string> next, ChangeReach reach)
    {
        var (before, after) = (old.ToHashSet(StringComparer.Ordinal), next.ToHashSet(StringComparer.Ordinal));
        var (was, now) = (old.Where(after.Contains).ToValueList(), next.Where(before.Contains).ToValueList());
        if (!was.Equals(now))
        {
            changes.Add(key, $"stand in another order: {Join(now)}", reach);
        }
    }

    private static IEnumerable<(string Name, T? Before, T? After)> Pairs<T>(ValueList<T> old, ValueList<T> next, Func<T, string> name)
        where T : class =>
        old.Select(name).Union(next.Select(name), StringComparer.Ordinal)
            .Select(n => (n, old.FirstOrDefault(t => name(t) == n), next.FirstOrDefault(t => name(t) == n)));

    private static string Join<T>(IEnumerable<T> items) => string.Join(", ", items);

    private static string Or(object? value, string otherwise) => value?.ToString() ?? otherwise;

    private static string Links(NodeSettings? node) => node is null ? "" : Join(node.Links.Select(l => $"{l.Name} {l.Address}"));

    private static string Says(ValueList<AddressSettings> addresses) => addresses.Count == 0 ? "no address" : Join(addresses);

    private static string Says(ValueList<ProbeSettings> probes) => probes.Count == 0 ? "no probe" : Join(probes.Select(p => p.Subject));

    private static string Word(bool flag) => flag ? "true" : "false";

    private static string Word(HeartbeatJudge judge) => judge switch
    {
        HeartbeatJudge.Missed => "missed",
        HeartbeatJudge.Adaptive => "adaptive",
    };

    private static string Word(SplitPolicy policy) => policy switch
    {
        SplitPolicy.Hold => "hold",
        SplitPolicy.Take => "take",
    };

    private static string Word(ArbiterSettings arbiter) => arbiter is ArbiterSettings.Witness w ? $"the witness {Join(w.Addresses)}" : "none";

    private static string Word(FailbackSettings failback) => failback switch
    {
        FailbackSettings.After a => $"after {Scalars.Say(a.Wait)}",
        FailbackSettings.WhenIdle => "when_idle",
        _ => "never",
    };

    internal sealed class Changes
    {
        private readonly List<SettingsChange> all = [];

        internal ValueList<SettingsChange> All => all.ToValueList();

        internal void Add(string key, string sentence, ChangeReach reach) => all.Add(new(key, $"{sentence}{(reach == ChangeReach.Restart ? "; needs a restart" : "")}.", reach));

        internal void Compare(string key, string old, string next, ChangeReach reach, string follows = "")
        {
            if (old != next)
            {
                Add(key, $"changes from {old} to {next}{(follows.Length > 0 ? $": {follows}" : "")}", reach);
            }
        }

        internal void Compare(string key, TimeSpan? old, TimeSpan? next, ChangeReach reach, string follows = "")
        {
            if (old is { } before && next is { } after)                // else the command itself came or went, and that is told
            {
                Compare(key, Scalars.Say(before), Scalars.Say(after), reach, follows);
            }
        }

        internal void Compare(string key, IFormattable old, IFormattable next, ChangeReach reach, string follows = "") =>
            Compare(key, old.ToString(null, CultureInfo.InvariantCulture), next.ToString(null, CultureInfo.InvariantCulture), reach, follows);
    }
}
