using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Core.Settings;

namespace Understudy.Tests.Settings;

/// <summary>Makes valid collections of every shape with the dice of <see cref="SettingsMaker"/>.</summary>
internal static class CollectionMaker
{
    internal static CollectionSettings Make(SettingsMaker dice, ValueList<NodeSettings> nodes, ValueList<DutySettings> duties)
    {
        var listen = dice.Flip() ? new System.Net.IPEndPoint(dice.Fresh(dice.Flip()), 1 + dice.Below(65535)) : null;
        return new(listen, Auth(dice),
            [.. dice.Some(0, 5, i => Producer(dice, i, nodes) with { Weight = 0.5 + dice.Below(20) })],
            [.. dice.Some(1, 3, i => Updater(dice, i))],
            [.. dice.Some(0, 3, i => Store(dice, i, duties))],
            new(dice.Flip() ? [] : nodes.Select(n => n.Name).ToValueList(),
                dice.Flip() ? [] : nodes.Select(n => (n.Name, 1.5 + dice.Below(3))).ToValueList(),
                dice.Flip() ? null : 1 + dice.Below(1000),
                nodes.Count > 1 && dice.Flip() ? [nodes[0].Name] : [],
                dice.Ms(10, 60_000), 1 + (dice.Below(30) / 2.0), dice.Flip()),
            dice.Flip() ? new(new(dice.Fresh(dice.Flip()), 9411), dice.Ms(1000, 600_000)) : null);
    }

    private static LdmsAuthSettings Auth(SettingsMaker dice) => dice.Flip() ? new LdmsAuthSettings.None() : new LdmsAuthSettings.Ovis(dice.Name("/etc/"));

    private static ProducerSettings Producer(SettingsMaker dice, int i, ValueList<NodeSettings> nodes)
    {
        var (name, home) = ($"P-{i}.x", nodes[dice.Below(nodes.Count)].Name);
        var interval = dice.Ms(100, 60_000);
        return dice.Below(3) switch
        {
            0 => new ProducerSettings.LdmsPeer(dice.Flip() ? "s00.example.org" : "fd00::7", 1 + dice.Below(65535), Auth(dice), dice.Ms(10, 60_000)) { Name = name, Home = dice.Flip() ? home : null },
            1 => new ProducerSettings.OpenMetrics(new($"http://10.0.0.7/{i}"), dice.Ms(10, 60_000), dice.Flip() ? [] : [("X-One", "a \"b\" # c")], dice.Flip() ? "/etc/token" : null, dice.Flip(), $"set/{i}")
            {
                Name = name,
                Home = dice.Flip() ? home : null,
            },
            _ => new ProducerSettings.Sampler(dice.Flip() ? "meminfo" : "vmstat", $"own/{i}", interval, interval / 4, dice.Below(1000)) { Name = name, Home = home },
        };
    }

    private static UpdaterSettings Updater(SettingsMaker dice, int i)
    {
        var interval = dice.Ms(40, 60_000);
        return new($"updater{i}", interval, interval / 5, dice.Flip(), dice.Flip() ? null : dice.Ms(10, 60_000), 1 + dice.Below(10), Pattern(dice),
            [.. dice.Some(0, 2, _ => new SetMatchSettings(Pattern(dice), dice.Flip()))]);
    }

    private static StoreSettings Store(SettingsMaker dice, int i, ValueList<DutySettings> duties)
    {
        var holder = new StoreWriterSettings.Holder(duties[dice.Below(duties.Count)].Name);
        var everyone = new StoreWriterSettings.Everyone();
        StoreSettings kind = dice.Flip()
            ? new StoreSettings.Csv($"/var/lib/{i}", dice.Flip() ? null : dice.Ms(60_000, 600_000)) { Name = $"s{i}", Writer = dice.Below(3) switch { 0 => holder, 1 => everyone, _ => new StoreWriterSettings.FileLock() } }
            : new StoreSettings.Postgres("Host=db;Database=x", "samples") { Name = $"s{i}", Writer = dice.Below(3) switch { 0 => holder, 1 => everyone, _ => new StoreWriterSettings.DatabaseLock() } };
        return kind with { Schemas = dice.Flip() ? [] : ["meminfo", "vmstat"], Producers = Pattern(dice), Metrics = dice.Flip() ? [] : ["Active(anon)"] };
    }

    private static LdmsdPattern Pattern(SettingsMaker dice) => LdmsdPattern.Parse(dice.Below(3) switch { 0 => ".*", 1 => "^s0[0-9]$", _ => "a|b" }, out _)!;
}
