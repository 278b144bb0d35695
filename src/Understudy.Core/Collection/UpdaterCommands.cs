using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>Commands on updaters.</summary>
internal sealed class UpdaterCommands(CollectionDesk desk)
{
    internal CommandAnswer On(string name, Func<UpdaterDesk, CommandAnswer> deed) =>
        desk.Updaters.TryGetValue(name, out var updater) ? deed(updater) : CommandAnswer.Of(LdmsdRefusal.NoUpdater(name));

    internal CommandAnswer Removed(UpdaterDesk updater)
    {
        desk.Remove(updater);
        return CommandAnswer.Done;
    }

    internal CommandAnswer Add(LdmsdRequest.UpdaterAdd add)
    {
        if (desk.Updaters.ContainsKey(add.Name))
        {
            return CommandAnswer.Of(LdmsdRefusal.Taken("updater", add.Name));
        }

        if (add.Push != PushMode.None || add.Interval is not { } interval)
        {
            return CommandAnswer.Of(new LdmsdRefusal(LdmsdRefusal.NotSupported, $"{add.Name} waits for what is pushed; Understudy pulls: write interval= without push="));
        }

        _ = desk.Add(new UpdaterRules(add.Name, interval, add.Offset, [], []) { ByHints = add.AutoInterval, Permissions = (uint)add.Permissions });
        return CommandAnswer.Done;
    }

    internal CommandAnswer Start(LdmsdRequest.UpdaterStart start, Moment at) => On(start.Name, updater =>
    {
        if (updater.IsRunning)
        {
            return CommandAnswer.Of(LdmsdRefusal.Running("updater", start.Name));
        }

        if (start.Interval is { } interval)
        {
            desk.Change(updater, updater.Rules with { Interval = interval, Offset = start.Offset }, at);
        }
        else if (start.Offset is { } offset)
        {
            desk.Change(updater, updater.Rules with { Offset = offset }, at);
        }

        if (start.AutoInterval is { } byHints)
        {
            desk.Change(updater, updater.Rules with { ByHints = byHints }, at);
        }

        desk.Start(updater, at);
        return CommandAnswer.Done;
    });

    internal CommandAnswer Stop(string name) => On(name, updater =>
    {
        if (!updater.IsRunning)
        {
            return CommandAnswer.Of(LdmsdRefusal.Stopped("updater", name));
        }

        desk.Stop(updater);
        return CommandAnswer.Done;
    });

    internal CommandAnswer Edit(string name, Moment at, Func<UpdaterRules, UpdaterRules> edit) => On(name, updater =>
    {
        if (updater.IsRunning)
        {
            return CommandAnswer.Of(LdmsdRefusal.Running("updater", name));
        }

        desk.Change(updater, edit(updater.Rules), at);
        return CommandAnswer.Done;
    });
}
