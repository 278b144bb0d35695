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

    /// <param name="From">What is said from now on: DEBUG, INFO, WARN, ERROR, CRITICAL and what is graver, or QUIET for nothing.</param>
    public sealed record Speak(string From) : CollectionWish;

    /// <summary>The parameters of a store's plugin: <c>path=</c> of store_csv.</summary>
    public sealed record ConfigureStore(string Plugin, ValueList<LdmsdPair> Parameters) : CollectionWish;
}

/// <summary>
/// The commands of ldmsd, applied to what is collected and to the pair. It is the one place where a command's name meets a deed; the same for a line of a file and for a request from the wire. Nothing is locked while the pair runs:
/// what is changed is told to the peer (the original answers "Daemon busy.").
/// </summary>
public sealed class CollectionCommands
{
    private readonly CollectionDesk desk;
    private readonly SamplerCommands samplers;
    private readonly ProducerCommands producers;
    private readonly UpdaterCommands updaters;
    private readonly StorageCommands policies;
    private readonly PairCommands pair = new();

    public CollectionCommands(CollectionDesk desk)
    {
        this.desk = desk;
        samplers = new SamplerCommands(desk, Wishes);
        (producers, updaters, policies) = (new(desk), new(desk), new(desk));
    }

    /// <summary>Ours, of <c>-n</c>; null: none was given.</summary>
    public string? Name { get; set; }

    /// <summary>Null before failover_config.</summary>
    public PairDesk? Pair => pair.Pair;

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
            LdmsdRequest.SetLogLevel level => Wish(new CollectionWish.Speak(level.Level)),
            LdmsdRequest.SetEnvironment or LdmsdRequest.PassOver => CommandAnswer.Done,

            LdmsdRequest.LoadPlugin load => samplers.Load(load),
            LdmsdRequest.ConfigurePlugin configure => samplers.Configure(configure),
            LdmsdRequest.StartSampler start => samplers.Start(start, Name, at),
            LdmsdRequest.StopSampler stop => samplers.Stop(stop.Name, at),
            LdmsdRequest.UnloadPlugin unload => samplers.Unload(unload.Name, at),

            LdmsdRequest.ProducerAdd add => producers.Add(add, at),
            LdmsdRequest.ProducerDelete delete => producers.On(delete.Name, p => p.Part != ProducerPart.Off ? CommandAnswer.Of(LdmsdRefusal.Running("producer", p.Name)) : producers.Removed(p, at)),
            LdmsdRequest.ProducerStart start => producers.Start(p => p.Name == start.Name, start.Name, start.Reconnect, by, at),
            LdmsdRequest.ProducerStartMatching start => producers.Start(p => start.Names.Matches(p.Name), null, start.Reconnect, by, at),
            LdmsdRequest.ProducerStop stop => producers.Stop(p => p.Name == stop.Name, stop.Name, by, at),
            LdmsdRequest.ProducerStopMatching stop => producers.Stop(p => stop.Names.Matches(p.Name), null, by, at),
            LdmsdRequest.ProducerStatus status => CommandAnswer.Json(LdmsdJson.Producers(CollectionRows.Producers(desk, status.Name, at))),
            LdmsdRequest.ProducerSetStatus status => CommandAnswer.Json(LdmsdJson.ProducerSets(CollectionRows.Sets(desk, status))),

            LdmsdRequest.UpdaterAdd add => updaters.Add(add),
            LdmsdRequest.UpdaterDelete delete => updaters.On(delete.Name, u => u.IsRunning ? CommandAnswer.Of(LdmsdRefusal.Running("updater", u.Name)) : updaters.Removed(u)),
            LdmsdRequest.UpdaterStart start => updaters.Start(start, at),
            LdmsdRequest.UpdaterStop stop => updaters.Stop(stop.Name),
            LdmsdRequest.UpdaterStatus status => CommandAnswer.Json(LdmsdJson.Updaters(CollectionRows.Updaters(desk, status.Name, status.Summary))),
            LdmsdRequest.UpdaterMatchList list => list.Name is { } of && !desk.Updaters.ContainsKey(of) ? CommandAnswer.Of(LdmsdRefusal.NoUpdater(of)) : CommandAnswer.Json(LdmsdJson.Matches(CollectionRows.Matches(desk, list.Name))),
            LdmsdRequest.UpdaterProducerAdd add => updaters.Edit(add.Name, at, r => r with { Producers = [.. r.Producers.Union(Own().Select(p => p.Name).Where(add.Producers.Matches), StringComparer.Ordinal)] }),
            LdmsdRequest.UpdaterProducerDelete delete => updaters.Edit(delete.Name, at, r => r with { Producers = [.. r.Producers.Where(p => !delete.Producers.Matches(p))] }),
            LdmsdRequest.UpdaterMatchAdd add => updaters.Edit(add.Name, at, r => r with { Matches = [.. r.Matches.Append(new SetFilter(add.Sets, add.By))] }),
            LdmsdRequest.UpdaterMatchDelete delete => updaters.Edit(delete.Name, at, r => r with { Matches = [.. r.Matches.Where(m => m.Pattern.Text != delete.Sets.Text || m.By != delete.By)] }),

            LdmsdRequest.StorageAdd add => policies.Add(add, samplers.KindOf(add.Plugin)),
            LdmsdRequest.StorageDelete delete => policies.On(delete.Name, s => s.IsRunning ? CommandAnswer.Of(LdmsdRefusal.Running("storage policy", s.Name)) : policies.Removed(s)),
            LdmsdRequest.StorageStart start => policies.On(start.Name, s => s.IsRunning ? CommandAnswer.Of(LdmsdRefusal.Running("storage policy", s.Name)) : policies.Started(s)),
            LdmsdRequest.StorageStop stop => policies.On(stop.Name, s => !s.IsRunning ? CommandAnswer.Of(LdmsdRefusal.StorageStopped) : policies.Stopped(s)),
            LdmsdRequest.StorageStatus status => CommandAnswer.Json(LdmsdJson.Storages(CollectionRows.Storages(desk, status.Name))),
            LdmsdRequest.StorageProducerAdd add => policies.Edit(add.Name, r => r with { Producers = [.. r.Producers.Append(add.Producers)] }),
            LdmsdRequest.StorageProducerDelete delete => policies.Edit(delete.Name, r => r with { Producers = [.. r.Producers.Where(p => p.Text != delete.Producers.Text)] }),
            LdmsdRequest.StorageMetricAdd add => policies.Edit(add.Name, r => r with { Metrics = [.. r.Metrics.Append(add.Metric)] }),
            LdmsdRequest.StorageMetricDelete delete => policies.Edit(delete.Name, r => r with { Metrics = [.. r.Metrics.Where(m => m != delete.Metric)] }),

            LdmsdRequest.FailoverConfigure configure => pair.Configure(configure, Name, Listens),
            LdmsdRequest.FailoverStart => pair.Start(at),
            LdmsdRequest.FailoverStop => pair.Stop(at),
            LdmsdRequest.FailoverStatus => CommandAnswer.Json(LdmsdJson.Failover(CollectionRows.Failover(Pair, pair.Rules, desk, at))),
            LdmsdRequest.FailoverPeerStart => pair.Switch(true, by, at),
            LdmsdRequest.FailoverPeerStop => pair.Switch(false, by, at),

            LdmsdRequest.DaemonStatus => CommandAnswer.Json(LdmsdJson.Daemon("ready")),
            LdmsdRequest.ConfigurationCount => CommandAnswer.Json($$"""{"cfg_cntr":{{Changes}}}"""),
            LdmsdRequest.Version => CommandAnswer.Json("""{"LDMS Version":"4.2.0","LDMSD Plugin Interface Version":"understudy"}"""),
            _ => CommandAnswer.Of(new LdmsdRefusal(LdmsdRefusal.NotSupported, $"{request.GetType().Name} is not done by Understudy")),
        };
        Changes += answer.Code == 0 && !answer.IsJson ? 1 : 0;
        return answer;
    }

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
}
