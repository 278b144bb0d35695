using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>An answer to a command: 0 and text or JSON, or an errno and a sentence.</summary>
public sealed record CommandAnswer(int Code, string Text, bool IsJson)
{
    public static CommandAnswer Done { get; } = new(0, "", IsJson: false);

    internal static CommandAnswer Json(string json) => new(0, json, IsJson: true);

    internal static CommandAnswer Of(LdmsdRefusal refusal) => new(refusal.Code, refusal.Text, IsJson: false);
}

/// <summary>What a command asks for that is not the desk's: listeners, auth, the store's folder. The loop does it.</summary>
public abstract record CollectionWish
{
    private CollectionWish()
    {
    }

    public sealed record Listen(int Port, string? Host, string? Auth) : CollectionWish;

    public sealed record AddAuth(string Name, string Plugin, ValueList<LdmsdPair> Parameters) : CollectionWish;

    /// <summary>The parameters of a store's plugin: <c>path=</c> of store_csv.</summary>
    public sealed record ConfigureStore(string Plugin, ValueList<LdmsdPair> Parameters) : CollectionWish;
}

/// <summary>
/// The commands of ldmsd, applied to what is collected and to the pair. It is the one place where a command's name meets a deed; the same for a line of a file and for a request from the wire. Nothing is locked while the pair runs:
/// what is changed is told to the peer (the original answers "Daemon busy.").
/// </summary>
public sealed class CollectionCommands(CollectionDesk desk)
{
    private readonly Dictionary<string, Plugin> plugins = new(StringComparer.Ordinal);
    private PairRules? pairRules;

    /// <summary>Ours, of <c>-n</c>; null: none was given.</summary>
    public string? Name { get; set; }

    /// <summary>Null before failover_config.</summary>
    public PairDesk? Pair { get; private set; }

    public bool Listens { get; private set; }

    /// <summary>Commands that changed something.</summary>
    public int Changes { get; private set; }

    public Queue<CollectionWish> Wishes { get; } = new();

    /// <param name="by">Who asks, for the notes.</param>
    public CommandAnswer Apply(LdmsdRequest request, string by, Moment at)
    {
        var answer = request switch
        {
            LdmsdRequest.SetDaemonName name => Rename(name.Name),
            LdmsdRequest.Listen listen => Wish(new CollectionWish.Listen(listen.Port, listen.Host, listen.Auth)),
            LdmsdRequest.AddAuth auth => Wish(new CollectionWish.AddAuth(auth.Name, auth.Plugin, auth.Parameters)),
            LdmsdRequest.SetDefaultAuth auth => Wish(new CollectionWish.AddAuth("", auth.Plugin, auth.Parameters)),
            LdmsdRequest.SetEnvironment or LdmsdRequest.SetLogLevel or LdmsdRequest.PassOver => CommandAnswer.Done,

            LdmsdRequest.LoadPlugin load => Load(load),
            LdmsdRequest.ConfigurePlugin configure => Configure(configure),
            LdmsdRequest.StartSampler start => StartSampler(start, at),
            LdmsdRequest.StopSampler stop => StopSampler(stop.Name, at),
            LdmsdRequest.UnloadPlugin unload => Unload(unload.Name, at),

            LdmsdRequest.ProducerAdd add => Add(add, at),
            LdmsdRequest.ProducerDelete delete => With(delete.Name, p => p.Part != ProducerPart.Off ? Refuse(LdmsdRefusal.Running("producer", p.Name)) : Removed(p, at)),
            LdmsdRequest.ProducerStart start => StartProducers(p => p.Name == start.Name, start.Name, start.Reconnect, by, at),
            LdmsdRequest.ProducerStartMatching start => StartProducers(p => start.Names.Matches(p.Name), null, start.Reconnect, by, at),
            LdmsdRequest.ProducerStop stop => StopProducers(p => p.Name == stop.Name, stop.Name, by, at),
            LdmsdRequest.ProducerStopMatching stop => StopProducers(p => stop.Names.Matches(p.Name), null, by, at),
            LdmsdRequest.ProducerStatus status => CommandAnswer.Json(LdmsdJson.Producers(CollectionRows.Producers(desk, status.Name, at))),
            LdmsdRequest.ProducerSetStatus status => CommandAnswer.Json(LdmsdJson.ProducerSets(CollectionRows.Sets(desk, status))),

            LdmsdRequest.UpdaterAdd add => Add(add),
            LdmsdRequest.UpdaterDelete delete => WithUpdater(delete.Name, u => u.IsRunning ? Refuse(LdmsdRefusal.Running("updater", u.Name)) : RemovedUpdater(u, at)),
            LdmsdRequest.UpdaterStart start => StartUpdater(start, at),
            LdmsdRequest.UpdaterStop stop => StopUpdater(stop.Name, at),
            LdmsdRequest.UpdaterStatus status => CommandAnswer.Json(LdmsdJson.Updaters(CollectionRows.Updaters(desk, status.Name, status.Summary))),
            LdmsdRequest.UpdaterMatchList list => list.Name is { } of && !desk.Updaters.ContainsKey(of) ? Refuse(LdmsdRefusal.NoUpdater(of)) : CommandAnswer.Json(LdmsdJson.Matches(CollectionRows.Matches(desk, list.Name))),
            LdmsdRequest.UpdaterProducerAdd add => Edit(add.Name, at, r => r with { Producers = [.. r.Producers.Union(Own().Select(p => p.Name).Where(add.Producers.Matches), StringComparer.Ordinal)] }),
            LdmsdRequest.UpdaterProducerDelete delete => Edit(delete.Name, at, r => r with { Producers = [.. r.Producers.Where(p => !delete.Producers.Matches(p))] }),
            LdmsdRequest.UpdaterMatchAdd add => Edit(add.Name, at, r => r with { Matches = [.. r.Matches.Append(new SetFilter(add.Sets, add.By))] }),
            LdmsdRequest.UpdaterMatchDelete delete => Edit(delete.Name, at, r => r with { Matches = [.. r.Matches.Where(m => m.Pattern.Text != delete.Sets.Text || m.By != delete.By)] }),

            LdmsdRequest.StorageAdd add => Add(add),
            LdmsdRequest.StorageDelete delete => WithStorage(delete.Name, s => s.IsRunning ? Refuse(LdmsdRefusal.Running("storage policy", s.Name)) : RemovedStorage(s)),
            LdmsdRequest.StorageStart start => WithStorage(start.Name, s => s.IsRunning ? Refuse(LdmsdRefusal.Running("storage policy", s.Name)) : Started(s)),
            LdmsdRequest.StorageStop stop => WithStorage(stop.Name, s => !s.IsRunning ? CommandAnswer.Of(LdmsdRefusal.StorageStopped) : Stopped(s)),
            LdmsdRequest.StorageStatus status => CommandAnswer.Json(LdmsdJson.Storages(CollectionRows.Storages(desk, status.Name))),
            LdmsdRequest.StorageProducerAdd add => EditStorage(add.Name, r => r with { Producers = [.. r.Producers.Append(add.Producers)] }),
            LdmsdRequest.StorageProducerDelete delete => EditStorage(delete.Name, r => r with { Producers = [.. r.Producers.Where(p => p.Text != delete.Producers.Text)] }),
            LdmsdRequest.StorageMetricAdd add => EditStorage(add.Name, r => r with { Metrics = [.. r.Metrics.Append(add.Metric)] }),
            LdmsdRequest.StorageMetricDelete delete => EditStorage(delete.Name, r => r with { Metrics = [.. r.Metrics.Where(m => m != delete.Metric)] }),

            LdmsdRequest.FailoverConfigure configure => ConfigurePair(configure),
            LdmsdRequest.FailoverStart => StartPair(at),
            LdmsdRequest.FailoverStop => StopPair(at),
            LdmsdRequest.FailoverStatus => CommandAnswer.Json(LdmsdJson.Failover(CollectionRows.Failover(Pair, pairRules, desk, at))),
            LdmsdRequest.FailoverPeerStart => Switch(true, by, at),
            LdmsdRequest.FailoverPeerStop => Switch(false, by, at),

            LdmsdRequest.DaemonStatus => CommandAnswer.Json(LdmsdJson.Daemon("ready")),
            LdmsdRequest.ConfigurationCount => CommandAnswer.Json($$"""{"cfg_cntr":{{Changes}}}"""),
            LdmsdRequest.Version => CommandAnswer.Json("""{"LDMS Version":"4.2.0","LDMSD Plugin Interface Version":"understudy"}"""),
            _ => CommandAnswer.Of(new LdmsdRefusal(LdmsdRefusal.NotSupported, $"{request.GetType().Name} is not done by Understudy")),
        };
        Changes += answer.Code == 0 && !answer.IsJson ? 1 : 0;
        return answer;
    }

    private static CommandAnswer Refuse(LdmsdRefusal refusal) => CommandAnswer.Of(refusal);

    private IEnumerable<ProducerDesk> Own() => desk.Producers.Values.Where(p => !p.Rules.IsCopy && p.Rules.Target is not ProducerTarget.Own);

    private CommandAnswer Wish(CollectionWish wish)
    {
        Listens |= wish is CollectionWish.Listen;
        Wishes.Enqueue(wish);
        return CommandAnswer.Done;
    }

    private CommandAnswer Rename(string name)
    {
        Name = name;
        return CommandAnswer.Done;
    }

    // ---- our own samplers ----

    private CommandAnswer Load(LdmsdRequest.LoadPlugin load)
    {
        if (!plugins.TryAdd(load.Name, new Plugin(load.Plugin)))
        {
            return Refuse(LdmsdRefusal.Taken("plugin", load.Name));
        }

        return CommandAnswer.Done;
    }

    private CommandAnswer Configure(LdmsdRequest.ConfigurePlugin configure)
    {
        if (!plugins.TryGetValue(configure.Name, out var plugin))
        {
            return Refuse(LdmsdRefusal.NoSampler(configure.Name));
        }

        plugin.Parameters = configure.Parameters;
        if (plugin.IsStore)
        {
            Wishes.Enqueue(new CollectionWish.ConfigureStore(plugin.Kind, configure.Parameters));
        }

        return CommandAnswer.Done;
    }

    private CommandAnswer StartSampler(LdmsdRequest.StartSampler start, Moment at)
    {
        if (!plugins.TryGetValue(start.Name, out var plugin) || plugin.IsStore)
        {
            return Refuse(LdmsdRefusal.NoSampler(start.Name));
        }

        if (desk.Producers.ContainsKey(Plugin.ProducerName(start.Name)))
        {
            return Refuse(LdmsdRefusal.Running("sampler", start.Name));
        }

        var origin = plugin["producer"] ?? Name ?? "understudy";
        var instance = plugin["instance"] ?? $"{origin}/{plugin.Kind}";
        var producer = desk.Add(new ProducerRules(Plugin.ProducerName(start.Name), new ProducerTarget.Own(plugin.Kind, instance, origin, long.TryParse(plugin["component_id"], out var component) ? component : 0), start.Interval), at.Now);
        var updater = desk.Add(new UpdaterRules(Plugin.ProducerName(start.Name), start.Interval, start.Offset, [producer.Name], []));
        desk.SetPart(producer, ProducerPart.Collect, "its sampler was started", at);
        desk.Start(updater, at);
        return CommandAnswer.Done;
    }

    private CommandAnswer StopSampler(string name, Moment at)
    {
        if (!plugins.TryGetValue(name, out var plugin))
        {
            return Refuse(LdmsdRefusal.NoSampler(name));
        }

        if (!desk.Producers.TryGetValue(Plugin.ProducerName(name), out var producer) || !desk.Updaters.TryGetValue(producer.Name, out var updater))
        {
            return Refuse(LdmsdRefusal.Stopped("sampler", name));
        }

        desk.Remove(updater);
        desk.Remove(producer, at);
        return CommandAnswer.Done;
    }

    private CommandAnswer Unload(string name, Moment at)
    {
        _ = StopSampler(name, at);
        return plugins.Remove(name) ? CommandAnswer.Done : Refuse(LdmsdRefusal.NoSampler(name));
    }

    // ---- producers ----

    private CommandAnswer Add(LdmsdRequest.ProducerAdd add, Moment at)
    {
        if (desk.Producers.ContainsKey(add.Name))
        {
            return Refuse(LdmsdRefusal.Taken("producer", add.Name));
        }

        if (add.Kind == ProducerKind.Passive)
        {
            return Refuse(new LdmsdRefusal(LdmsdRefusal.NotSupported, $"{add.Name} is passive; Understudy connects to its producers itself: write type=active"));
        }

        _ = desk.Add(new ProducerRules(add.Name, new ProducerTarget.Ldms(add.Host, add.Port, add.Auth ?? ""), add.Reconnect) { Permissions = (uint)add.Permissions }, at.Now);
        return CommandAnswer.Done;
    }

    private CommandAnswer With(string name, Func<ProducerDesk, CommandAnswer> deed) =>
        desk.Producers.TryGetValue(name, out var producer) ? deed(producer) : Refuse(LdmsdRefusal.NoProducer(name));

    private CommandAnswer Removed(ProducerDesk producer, Moment moment)
    {
        desk.Remove(producer, moment);
        foreach (var updater in desk.Updaters.Values.Where(u => u.Rules.Producers.Contains(producer.Name, StringComparer.Ordinal)).ToArray())
        {
            desk.Change(updater, updater.Rules with { Producers = [.. updater.Rules.Producers.Where(p => p != producer.Name)] }, moment);
        }

        return CommandAnswer.Done;
    }

    private CommandAnswer StartProducers(Predicate<ProducerDesk> which, string? name, TimeSpan? reconnect, string by, Moment at)
    {
        var found = desk.Producers.Values.Where(p => p.Rules.Target is not ProducerTarget.Own && which(p)).ToArray();
        if (name is not null && found.Length == 0)
        {
            return Refuse(LdmsdRefusal.NoProducer(name));
        }

        if (name is not null && found[0].Part == ProducerPart.Collect)
        {
            return Refuse(LdmsdRefusal.Running("producer", name));
        }

        foreach (var producer in found)
        {
            if (reconnect is { } pause)
            {
                desk.Change(producer, producer.Rules with { Reconnect = pause }, at);
            }

            desk.SetPart(producer, ProducerPart.Collect, $"{by} started it", at);
        }

        return CommandAnswer.Done;
    }

    private CommandAnswer StopProducers(Predicate<ProducerDesk> which, string? name, string by, Moment at)
    {
        var found = desk.Producers.Values.Where(p => p.Rules.Target is not ProducerTarget.Own && which(p)).ToArray();
        if (name is not null && found.Length == 0)
        {
            return Refuse(LdmsdRefusal.NoProducer(name));
        }

        if (name is not null && found[0].Part == ProducerPart.Off)
        {
            return Refuse(LdmsdRefusal.Stopped("producer", name));
        }

        foreach (var producer in found)
        {
            desk.SetPart(producer, ProducerPart.Off, $"{by} stopped it", at);
        }

        return CommandAnswer.Done;
    }

    // ---- updaters ----

    private CommandAnswer WithUpdater(string name, Func<UpdaterDesk, CommandAnswer> deed) =>
        desk.Updaters.TryGetValue(name, out var updater) ? deed(updater) : Refuse(LdmsdRefusal.NoUpdater(name));

    private CommandAnswer RemovedUpdater(UpdaterDesk updater, Moment at)
    {
        desk.Remove(updater);
        return CommandAnswer.Done;
    }

    private CommandAnswer Add(LdmsdRequest.UpdaterAdd add)
    {
        if (desk.Updaters.ContainsKey(add.Name))
        {
            return Refuse(LdmsdRefusal.Taken("updater", add.Name));
        }

        if (add.Push != PushMode.None || add.Interval is not { } interval)
        {
            return Refuse(new LdmsdRefusal(LdmsdRefusal.NotSupported, $"{add.Name} waits for what is pushed; Understudy pulls: write interval= without push="));
        }

        _ = desk.Add(new UpdaterRules(add.Name, interval, add.Offset, [], []) { Permissions = (uint)add.Permissions });
        return CommandAnswer.Done;
    }

    private CommandAnswer StartUpdater(LdmsdRequest.UpdaterStart start, Moment at)
    {
        if (!desk.Updaters.TryGetValue(start.Name, out var updater))
        {
            return Refuse(LdmsdRefusal.NoUpdater(start.Name));
        }

        if (updater.IsRunning)
        {
            return Refuse(LdmsdRefusal.Running("updater", start.Name));
        }

        if (start.Interval is { } interval)
        {
            desk.Change(updater, updater.Rules with { Interval = interval, Offset = start.Offset }, at);
        }
        else if (start.Offset is { } offset)
        {
            desk.Change(updater, updater.Rules with { Offset = offset }, at);
        }

        desk.Start(updater, at);
        return CommandAnswer.Done;
    }

    private CommandAnswer StopUpdater(string name, Moment at)
    {
        if (!desk.Updaters.TryGetValue(name, out var updater))
        {
            return Refuse(LdmsdRefusal.NoUpdater(name));
        }

        if (!updater.IsRunning)
        {
            return Refuse(LdmsdRefusal.Stopped("updater", name));
        }

        desk.Stop(updater);
        return CommandAnswer.Done;
    }

    private CommandAnswer Edit(string name, Moment at, Func<UpdaterRules, UpdaterRules> edit)
    {
        if (!desk.Updaters.TryGetValue(name, out var updater))
        {
            return Refuse(LdmsdRefusal.NoUpdater(name));
        }

        if (updater.IsRunning)
        {
            return Refuse(LdmsdRefusal.Running("updater", name));
        }

        desk.Change(updater, edit(updater.Rules), at);
        return CommandAnswer.Done;
    }

    // ---- storage policies ----

    private CommandAnswer WithStorage(string name, Func<StorageDesk, CommandAnswer> deed) =>
        desk.Policies.TryGetValue(name, out var storage) ? deed(storage) : Refuse(LdmsdRefusal.NoStorage);

    private CommandAnswer Add(LdmsdRequest.StorageAdd add)
    {
        if (desk.Policies.ContainsKey(add.Name))
        {
            return Refuse(LdmsdRefusal.Taken("storage policy", add.Name));
        }

        var plugin = plugins.TryGetValue(add.Plugin, out var loaded) ? loaded.Kind : add.Plugin;
        if (plugin is not ("store_csv" or "store_postgres"))
        {
            return Refuse(new LdmsdRefusal(LdmsdRefusal.NotSupported, $"{add.Plugin} is no store of Understudy's; write plugin=store_csv or plugin=store_postgres"));
        }

        var schema = add.Schemas ?? LdmsdPattern.Exactly(add.Schema ?? "");
        _ = desk.Add(new StorageRules(add.Name, plugin, add.Container, schema, [], []) { Flush = add.Flush, Permissions = (uint)add.Permissions });
        return CommandAnswer.Done;
    }

    private CommandAnswer EditStorage(string name, Func<StorageRules, StorageRules> edit) => WithStorage(name, s =>
    {
        if (s.IsRunning)
        {
            return Refuse(LdmsdRefusal.Running("storage policy", s.Name));
        }

        s.Rules = edit(s.Rules);
        return CommandAnswer.Done;
    });

    private CommandAnswer RemovedStorage(StorageDesk storage)
    {
        desk.Remove(storage);
        return CommandAnswer.Done;
    }

    private CommandAnswer Started(StorageDesk storage)
    {
        desk.Start(storage);
        return CommandAnswer.Done;
    }

    private CommandAnswer Stopped(StorageDesk storage)
    {
        desk.Stop(storage);
        return CommandAnswer.Done;
    }

    // ---- the pair ----

    private CommandAnswer ConfigurePair(LdmsdRequest.FailoverConfigure configure)
    {
        if (!Listens)
        {
            return Refuse(LdmsdRefusal.FailoverNeedsListener);
        }

        if (Pair is { Service: not PairService.Stop })
        {
            return Refuse(LdmsdRefusal.FailoverRuns);
        }

        if (Name is null)
        {
            return Refuse(LdmsdRefusal.FailoverNeedsName);
        }

        if ((configure.Host ?? pairRules?.Host) is not { } host || (configure.Port ?? pairRules?.Port) is not { } port || (configure.Transport ?? pairRules?.Transport) is not { } transport)
        {
            return Refuse(LdmsdRefusal.FailoverNeedsPeer);
        }

        pairRules = new PairRules(host, port, transport, configure.PeerName ?? pairRules?.PeerName, configure.Interval, configure.TimeoutFactor, configure.AutoSwitch);
        if (Pair is null)
        {
            Pair = new PairDesk(Name, pairRules);
        }
        else
        {
            _ = Pair.Configure(pairRules);
        }

        return CommandAnswer.Done;
    }

    private CommandAnswer StartPair(Moment at)
    {
        if (Pair is null)
        {
            return Refuse(LdmsdRefusal.FailoverNotConfigured);
        }

        if (Pair.Service != PairService.Stop)
        {
            return Refuse(LdmsdRefusal.FailoverBusy);
        }

        Pair.Start(at.Now);
        return CommandAnswer.Done;
    }

    private CommandAnswer StopPair(Moment at)
    {
        if (Pair is not { Service: PairService.Start })
        {
            return Refuse(LdmsdRefusal.FailoverBusy);
        }

        Pair.Stop(at.Now);
        return new CommandAnswer(0, "failover_stop_ok", IsJson: false);
    }

    private CommandAnswer Switch(bool on, string by, Moment at)
    {
        if (Pair is null)
        {
            return Refuse(LdmsdRefusal.FailoverNotConfigured);
        }

        Pair.Switch(on, by, at.Now);
        return CommandAnswer.Done;
    }

    /// <summary>One loaded instance of a sampler or store.</summary>
    private sealed class Plugin(string kind)
    {
        internal string Kind => kind;

        internal ValueList<LdmsdPair> Parameters { get; set; } = [];

        internal bool IsStore => kind.StartsWith("store_", StringComparison.Ordinal);

        internal string? this[string name] => Parameters.FirstOrDefault(p => p.Name == name)?.Value;

        /// <summary>Begins with a sign that no producer of a person has.</summary>
        internal static string ProducerName(string instance) => $"@{instance}";
    }
}
