namespace Understudy.Core.Ups;

/// <content>From one process to the next.</content>
public sealed partial class UpsProxy
{
    /// <summary>Commands are under way: whose answer would come to a process that has gone. They are answered, or given up, within <see cref="CommandDesk.Patience"/>, a shutdown within <see cref="ShutdownPlan.Longest"/>.</summary>
    public bool Busy => commands.Deadline() != Instant.Never;

    /// <summary>The client hears what changes.</summary>
    public bool Listens(int client) => clients.GetValueOrDefault(client);

    /// <summary>Commands that are under way are told as failed: nobody will be there when their answers come.</summary>
    public void GiveUp(Instant now)
    {
        foreach (var command in commands.Overdue(Instant.Never))
        {
            Decide(now, "command", $"{command.What} is given up: this process ends");
            Answer(command, CommandResult.Failed);
        }
    }

    /// <summary>What clients have been told so far, for the process that goes on with them. Every output has to be sent, or kept with its client, before.</summary>
    public HandedView HandOver()
    {
        string? NameOf(int source) => source < 0 ? null : sources[source].Name;
        var (freshUntil, nobodySince, everShown) = composer.Standing;
        return new HandedView(
            View.Fresh,
            freshUntil,
            nobodySince,
            everShown,
            NameOf(Primary),
            sources.Select(s => new HandedSource(s.Name, priorities[s.Rank], betterSince[s.Rank], s.WellSince, s.WasAway, s.ForcedShutdown, s.Override)).ToValueList(),
            View.Tree.Variables.Select(v => new HandedVariable(v.Key, v.Value, NameOf(View.OwnerOf(v.Key)))).ToValueList(),
            View.Tree.Commands.Select(c => new HandedCommand(c, NameOf(View.CommandOwnerOf(c)))).ToValueList());
    }

    /// <summary>
    /// Goes on where another process stopped: clients have what that one told them, and the next burst is what is different by now. Sources should have told all before; from those that have not, what they
    /// were shown with stays, though no longer fresh than it would have been. Sources may be others, or in another mode.
    /// </summary>
    /// <param name="at">When the other one stopped.</param>
    public void Inherit(HandedView told, Instant at, Instant now)
    {
        composer.Inherit(told, Rules.RankOf, at);
        Primary = told.Primary is null ? -1 : Rules.RankOf(told.Primary);
        foreach (var known in told.Sources)
        {
            if (Rules.RankOf(known.Name) is >= 0 and var rank)
            {
                var source = sources[rank];
                source.Inherit(known);
                source.Override = known.Override is { } word && now < word.Until ? word : null;
                var priority = Election.PriorityOf(Rules, source, now);
                (priorities[rank], betterSince[rank]) = (priority, priority == known.Priority ? known.Since : now);
            }
        }

        Outputs.Enqueue(new ProxyOutput(ProxyDeed.Remember, Primary, default));
        Decide(now, "handover", $"goes on with what clients were told {(now - at).TotalMilliseconds:0} ms ago");
    }
}
