using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>Commands on plugins: our own samplers, and what a store's plugin is told.</summary>
internal sealed class SamplerCommands(CollectionDesk desk, Queue<CollectionWish> wishes)
{
    private readonly Dictionary<string, Plugin> plugins = new(StringComparer.Ordinal);

    /// <summary>What kind of plugin a name stands for: itself, where nothing was loaded under it.</summary>
    internal string KindOf(string name) => plugins.TryGetValue(name, out var loaded) ? loaded.Kind : name;

    internal CommandAnswer Load(LdmsdRequest.LoadPlugin load)
    {
        if (!plugins.TryAdd(load.Name, new Plugin(load.Plugin)))
        {
            return CommandAnswer.Of(LdmsdRefusal.Taken("plugin", load.Name));
        }

        return CommandAnswer.Done;
    }

    internal CommandAnswer Configure(LdmsdRequest.ConfigurePlugin configure)
    {
        if (!plugins.TryGetValue(configure.Name, out var plugin))
        {
            return CommandAnswer.Of(LdmsdRefusal.NoSampler(configure.Name));
        }

        plugin.Parameters = configure.Parameters;
        if (plugin.IsStore)
        {
            wishes.Enqueue(new CollectionWish.ConfigureStore(plugin.Kind, configure.Parameters));
        }

        return CommandAnswer.Done;
    }

    internal CommandAnswer Start(LdmsdRequest.StartSampler start, string? daemon, Moment at)
    {
        if (!plugins.TryGetValue(start.Name, out var plugin) || plugin.IsStore)
        {
            return CommandAnswer.Of(LdmsdRefusal.NoSampler(start.Name));
        }

        if (desk.Producers.ContainsKey(Plugin.ProducerName(start.Name)))
        {
            return CommandAnswer.Of(LdmsdRefusal.Running("sampler", start.Name));
        }

        var origin = plugin["producer"] ?? daemon ?? "understudy";
        var instance = plugin["instance"] ?? $"{origin}/{plugin.Kind}";
        var producer = desk.Add(new ProducerRules(Plugin.ProducerName(start.Name), new ProducerTarget.Own(plugin.Kind, instance, origin, long.TryParse(plugin["component_id"], out var component) ? component : 0), start.Interval), at.Now);
        var updater = desk.Add(new UpdaterRules(Plugin.ProducerName(start.Name), start.Interval, start.Offset, [producer.Name], []));
        desk.SetPart(producer, ProducerPart.Collect, "its sampler was started", at);
        desk.Start(updater, at);
        return CommandAnswer.Done;
    }

    internal CommandAnswer Stop(string name, Moment at)
    {
        if (!plugins.TryGetValue(name, out var plugin))
        {
            return CommandAnswer.Of(LdmsdRefusal.NoSampler(name));
        }

        if (!desk.Producers.TryGetValue(Plugin.ProducerName(name), out var producer) || !desk.Updaters.TryGetValue(producer.Name, out var updater))
        {
            return CommandAnswer.Of(LdmsdRefusal.Stopped("sampler", name));
        }

        desk.Remove(updater);
        desk.Remove(producer, at);
        return CommandAnswer.Done;
    }

    internal CommandAnswer Unload(string name, Moment at)
    {
        _ = Stop(name, at);
        return plugins.Remove(name) ? CommandAnswer.Done : CommandAnswer.Of(LdmsdRefusal.NoSampler(name));
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
