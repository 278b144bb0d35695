using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>Commands on storage policies.</summary>
internal sealed class StorageCommands(CollectionDesk desk)
{
    internal CommandAnswer On(string name, Func<StorageDesk, CommandAnswer> deed) =>
        desk.Policies.TryGetValue(name, out var storage) ? deed(storage) : CommandAnswer.Of(LdmsdRefusal.NoStorage);

    /// <param name="plugin">What kind of store it writes to.</param>
    internal CommandAnswer Add(LdmsdRequest.StorageAdd add, string plugin)
    {
        if (desk.Policies.ContainsKey(add.Name))
        {
            return CommandAnswer.Of(LdmsdRefusal.Taken("storage policy", add.Name));
        }

        if (plugin is not ("store_csv" or "store_postgres"))
        {
            return CommandAnswer.Of(new LdmsdRefusal(LdmsdRefusal.NotSupported, $"{add.Plugin} is no store of Understudy's; write plugin=store_csv or plugin=store_postgres"));
        }

        var schema = add.Schemas ?? LdmsdPattern.Exactly(add.Schema ?? "");
        _ = desk.Add(new StorageRules(add.Name, plugin, add.Container, schema, [], []) { Flush = add.Flush, Permissions = (uint)add.Permissions });
        return CommandAnswer.Done;
    }

    internal CommandAnswer Edit(string name, Func<StorageRules, StorageRules> edit) => On(name, s =>
    {
        if (s.IsRunning)
        {
            return CommandAnswer.Of(LdmsdRefusal.Running("storage policy", s.Name));
        }

        s.Rules = edit(s.Rules);
        return CommandAnswer.Done;
    });

    internal CommandAnswer Removed(StorageDesk storage)
    {
        desk.Remove(storage);
        return CommandAnswer.Done;
    }

    internal CommandAnswer Started(StorageDesk storage)
    {
        desk.Start(storage);
        return CommandAnswer.Done;
    }

    internal CommandAnswer Stopped(StorageDesk storage)
    {
        desk.Stop(storage);
        return CommandAnswer.Done;
    }
}
