using System.Diagnostics;

namespace Understudy.Core.Settings;

/// <summary>What changes in the guards from one file to another.</summary>
/// <remarks>All of it applies at once. Who is looked at anew is Unknown until it was seen, so that a reload alone never powers off; the
/// bucket keeps what is in it; and a plan that is past its point of no return ends by the steps that it began with.</remarks>
internal static class GuardChanges
{
    internal static void Between(SettingsChange.Changes changes, ValueList<GuardSettings> old, ValueList<GuardSettings> next)
    {
        foreach (var name in old.Select(g => g.Name).Union(next.Select(g => g.Name), StringComparer.Ordinal))
        {
            var (before, after) = (old.FirstOrDefault(g => g.Name == name), next.FirstOrDefault(g => g.Name == name));
            var key = $"guards.{name}";
            switch (before, after)
            {
                case (null, { } come):
                    changes.Add(key, $"is added, with {Says(come.Mains)}; it decides nothing for settle {Scalars.Say(come.Settle)}", ChangeReach.Live);
                    break;
                case ({ }, null):
                    changes.Add(key, "is removed; a plan of it that has not passed its point of no return is aborted", ChangeReach.Live);
                    break;
                case ({ } was, { } now):
                    Guard(changes, key, was, now);
                    break;
                default:
                    throw new UnreachableException(name);
            }
        }

        var (orderBefore, orderAfter) = (old.Select(g => g.Name).Where(n => next.Any(g => g.Name == n)).ToValueList(), next.Select(g => g.Name).Where(n => old.Any(g => g.Name == n)).ToValueList());
        if (!orderBefore.Equals(orderAfter))
        {
            changes.Add("guards", $"stand in another order: {string.Join(", ", orderAfter)}", ChangeReach.Live);
        }
    }

    private static void Guard(SettingsChange.Changes changes, string key, GuardSettings old, GuardSettings next)
    {
        Probes(changes, $"{key}.mains", old.Mains, next.Mains);
        changes.Compare($"{key}.needed", old.Needed, next.Needed, ChangeReach.Live);
        Probes(changes, $"{key}.controls", old.Controls, next.Controls);
        changes.Compare($"{key}.alone", Word(old.Alone), Word(next.Alone), ChangeReach.Live);
        Whole(changes, $"{key}.temperatures", old.Temperatures.Equals(next.Temperatures), $"are {Or(string.Join(", ", next.Temperatures.Select(t => t.Subject)))} now; what is not measured yet counts neither way");
        Whole(changes, $"{key}.heat", old.Heat == next.Heat, "changes");
        changes.Compare($"{key}.grace", old.Grace, next.Grace, ChangeReach.Live, "what is in the bucket stays");
        changes.Compare($"{key}.settle", old.Settle, next.Settle, ChangeReach.Live);
        changes.Compare($"{key}.on_blind", OrNever(old.OnBlind), OrNever(next.OnBlind), ChangeReach.Live);
        changes.Compare($"{key}.on_disputed", OrNever(old.OnDisputed), OrNever(next.OnDisputed), ChangeReach.Live);
        changes.Compare($"{key}.tier", old.Tier, next.Tier, ChangeReach.Live);
        changes.Compare($"{key}.tier_timeout", old.TierTimeout, next.TierTimeout, ChangeReach.Live);
        changes.Compare($"{key}.spread", old.Spread, next.Spread, ChangeReach.Live);
        changes.Compare($"{key}.stays", Word(old.Stays), Word(next.Stays), ChangeReach.Live);
        changes.Compare($"{key}.dry_run", Word(old.DryRun), Word(next.DryRun), ChangeReach.Live);
        changes.Compare($"{key}.countdown", old.Countdown, next.Countdown, ChangeReach.Live);
        Whole(changes, $"{key}.plan", old.Plan.Equals(next.Plan), $"is now: {string.Join("; ", next.Plan.Select(s => s.Subject))}; a plan past its point of no return ends as it began");
        Whole(changes, $"{key}.return", Equals(old.Return, next.Return), next.Return is null ? "is removed: nobody is woken" : "changes");
    }

    private static void Probes(SettingsChange.Changes changes, string key, ValueList<ProbeSettings> old, ValueList<ProbeSettings> next)
    {
        changes.Compare(key, Says(old), Says(next), ChangeReach.Live, "what is not watched yet is Unknown until it was seen");
        Whole(changes, key, Says(old) != Says(next) || old.Equals(next), $"the paces or expectations of {Says(next)} change");
    }

    private static void Whole(SettingsChange.Changes changes, string key, bool same, string sentence)
    {
        if (!same)
        {
            changes.Add(key, sentence, ChangeReach.Live);
        }
    }

    private static string Says(ValueList<ProbeSettings> probes) => Or(string.Join(", ", probes.Select(p => p.Subject)));

    private static string Or(string list) => list.Length == 0 ? "none" : list;

    private static string OrNever(TimeSpan? span) => span is { } s ? Scalars.Say(s) : "never";

    private static string Word(bool flag) => flag ? "true" : "false";
}
