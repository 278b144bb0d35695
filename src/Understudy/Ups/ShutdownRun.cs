using Understudy.Core.Ups;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;
using Understudy.Linux.Ups;

namespace Understudy.Ups;

/// <summary>One shutdown of a proxy's device, from the journal to its truthful end: the same whether a running proxy does it or <c>-k</c> alone.</summary>
internal static class ShutdownRun
{
    /// <summary>Has the device commanded over one real driver at a time, unless that was done already.</summary>
    /// <param name="lastPrimary">-1 where it is not known.</param>
    internal static ShutdownStep.End Alone(UpsPlaces places, UpsConf conf, UpsConfSection section, ProxyRules rules, int lastPrimary, Action<string> say)
    {
        using var journal = ShutdownJournal.Open(places.JournalOf(section.Name), ShutdownPlan.Longest);
        if (journal is null)
        {
            return new ShutdownStep.End(false, "another shutdown of this UPS is under way, and does not end");
        }

        var boot = BootId.Current;
        if (ShutdownRecord.Objection(journal.Records, boot, BootClock.Now) is { } done)
        {
            return new ShutdownStep.End(true, done);
        }

        var commands = (section["sdcommands"] ?? "").Split([',', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var names = rules.Sources;
        var plan = new ShutdownPlan(names, ShutdownPlan.OrderOf(rules, lastPrimary), [.. commands], rules.RankOf(ShutdownRecord.Unsettled(journal.Records, boot, BootClock.Now)));
        using var performer = new ShutdownPerformer(places.DriversOf(rules, conf), DriverCall.CommandPatience, say);
        while (plan.Step is not ShutdownStep.End)
        {
            // The record comes before the deed: whoever finds us killed in the middle of it has to know whom to look at.
            if (plan.Step is ShutdownStep.Ask { Source: var asked })
            {
                Note(ShutdownWord.Begun, names[asked], "is asked over its socket");
            }
            else if (plan.Step is ShutdownStep.Execute { Source: var executed })
            {
                Note(ShutdownWord.Begun, names[executed], "is asked by -k");
            }

            performer.Step(plan);
        }

        var end = (ShutdownStep.End)plan.Step;
        Note(
            end.Commanded ? ShutdownWord.Commanded : end.Unsettled >= 0 ? ShutdownWord.Unknown : ShutdownWord.Refused,
            end.Unsettled >= 0 ? names[end.Unsettled] : ShutdownRecord.All,
            end.Why);
        return end;

        void Note(ShutdownWord word, string about, string why) => journal.Append(new ShutdownRecord(boot, BootClock.Now, word, about, why));
    }

    /// <summary>Asks a proxy that runs to do it; null where none answers.</summary>
    internal static ShutdownStep.End? ByTheRunning(UpsPlaces places, string section, Action<string> say)
    {
        if (!UnixSocket.IsServed(places.SocketOf(section)))
        {
            return null;
        }

        var proxy = new DriverPlace(places.SocketOf(section), null, section);
        using var performer = new ShutdownPerformer([proxy], ShutdownPlan.Longest, say);
        var plan = new ShutdownPlan([$"the running {UpsPlaces.Program}-{section}"], [0], []);
        while (plan.Step is not (ShutdownStep.End or ShutdownStep.Execute))
        {
            performer.Step(plan);
        }

        return plan.Step as ShutdownStep.End;      // where the plan would start a driver, none runs
    }
}
