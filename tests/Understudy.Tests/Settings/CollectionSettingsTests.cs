using Understudy.Core.Ldms;
using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Settings;

public sealed class CollectionSettingsTests
{
    [Fact]
    public void A_collection_alone_needs_neither_nodes_nor_duties_and_has_an_updater_for_all()
    {
        var s = Files.Good("collection: { producers: { s00: { ldms: \"s00:411\" } } }");
        Assert.Equal((0, 0), (s.Nodes.Count, s.Duties.Count));
        Assert.Empty(Files.Read("collection: { producers: { s00: { ldms: \"s00:411\" } } }").Warnings);
        var c = s.Collection!;
        Assert.Equal(new ProducerSettings.LdmsPeer("s00", 411, new LdmsAuthSettings.None(), TimeSpan.FromSeconds(1)) { Name = "s00" }, Assert.Single(c.Producers));
        Assert.Equal(UpdaterSettings.All, Assert.Single(c.Updaters));
        Assert.Equal((null, null, 0, true, 2.0), (c.Listen, c.Metrics, c.Stores.Count, c.Share.Warm, c.Share.Factor));
    }

    [Fact]
    public void All_keys_of_the_fullest_file_are_read()
    {
        var c = Files.Good(Files.Full, "beta").Collection!;
        Assert.Equal("ldms s00:411, openmetrics https://10.0.0.7:9100/metrics, sampler meminfo", string.Join(", ", c.Producers.Select(p => p.Subject)));
        Assert.Equal(new LdmsAuthSettings.Ovis("/etc/understudy/ldms"), c.Auth);
        Assert.Equal((new LdmsAuthSettings.None(), "beta", 2.5), (((ProducerSettings.LdmsPeer)c.Producers[0]).Auth, c.Producers[0].Home, c.Producers[0].Weight));
        Assert.Equal([("X-Scope-OrgID", "one")], ((ProducerSettings.OpenMetrics)c.Producers[1]).Headers);
        Assert.Equal(new ProducerSettings.Sampler("meminfo", "beta/meminfo", TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(10), 7) { Name = "own" }, c.Producers[2]);
        Assert.Equal("schema meminfo, instance /a$", string.Join(", ", c.Updaters[0].Match.Select(m => $"{(m.BySchema ? "schema" : "instance")} {m.Sets}")));
        Assert.Equal("csv /var/lib/understudy/samples by duty web, postgres by everyone", string.Join(", ", c.Stores.Select(s => $"{s.Subject} by {s.Writer}")));
        Assert.Equal((2.0, 1.0, 1000, false), (c.Share.WeightOf("beta"), c.Share.WeightOf("alpha.example.org"), c.Share.Capacity, c.Share.Warm));
        Assert.Equal((411, 9411, TimeSpan.FromSeconds(30)), (c.Listen!.Port, c.Metrics!.Listen!.Port, c.Metrics.StaleAfter));
    }

    [Fact]
    public void A_producer_authenticates_as_the_collection_unless_it_says_otherwise_and_a_store_locks_where_it_writes()
    {
        var c = Files.Good("""
            collection:
              auth: { ovis: /etc/ldms }
              producers: { a: { ldms: "a:411" }, b: { ldms: "b:411", auth: none } }
              stores: { f: { csv: /srv/samples/ }, d: { postgres: Host=db } }
            """).Collection!;
        Assert.Equal([new LdmsAuthSettings.Ovis("/etc/ldms"), new LdmsAuthSettings.None()], c.Producers.Cast<ProducerSettings.LdmsPeer>().Select(p => p.Auth));
        Assert.Equal(["file", "everyone"], c.Stores.Select(s => s.Writer.ToString()));
        Assert.Equal("/srv/samples", ((StoreSettings.Csv)c.Stores[0]).Folder);
    }

    [Theory]
    [InlineData("1s", "200ms")]
    [InlineData("10s", "200ms")]
    [InlineData("100ms", "20ms")]
    public void Samples_are_read_when_they_are_whole(string interval, string offset)
    {
        Assert.Null(SpanText.Read(interval, out var i));
        Assert.Null(SpanText.Read(offset, out var o));
        Assert.Equal(o, Files.Good($"collection: {{ updaters: {{ u: {{ interval: {interval} }} }} }}").Collection!.Updaters[0].Offset);
    }

    [Theory, MemberData(nameof(Mistakes))]
    public void What_could_not_work_is_refused_with_its_place(string text, string told) => Assert.Contains(told, Files.Errors(text), StringComparison.Ordinal);

    public static TheoryData<string, string> Mistakes => new()
    {
        { "collection: { producers: { a: { } } }", "collection.producers.a: says not what to collect; give one of ldms, openmetrics, sampler" },
        { "collection: { producers: { a: { ldms: s00 } } }", "collection.producers.a.ldms: 's00' is no host with a port" },
        { "collection: { producers: { a/b: { ldms: \"s:1\" } } }", "'a/b' cannot be a name" },
        { "collection: { producers: { a: { sampler: memory } } }", "'memory' is not one of meminfo, vmstat" },
        { "collection: { producers: { a: { openmetrics: \"http://x/\", headers: { Authorization: x }, bearer_file: /a } } }", "bearer_file: and headers both say who asks" },
        { "collection: { updaters: { a: { offset: 500ms } } }", "collection.updaters.a.offset: is 500ms, must be less than half of interval 1s" },
        { "collection: { updaters: { a: { producers: ( } } }", "is no regular expression" },
        { "collection: { updaters: { a: { match: [{ }] } } }", "says not which sets; give one of instance, schema" },
        { "collection: { stores: { a: { csv: /srv/a, writer: postgres } } }", "collection.stores.a.writer: is postgres, which is for a postgres store" },
        { "collection: { stores: { a: { postgres: Host=db, writer: { duty: web } } } }", "'web' is no duty: there are none in this file" },
        { "collection: { stores: { a: { postgres: db } } }", "is no connection string" },
        { "collection: { auth: munge }", "'munge' is not spoken; write none, or { ovis: FILE }" },
        { "collection: { share: { nodes: [a] } }", "'a' is none of the nodes" },
        { Files.Pair + "\ncollection: { share: { drain: [alpha, beta] } }", "collection.share.drain: leaves no node that pulls" },
        { Files.Pair + "\ncollection: { producers: { a: { sampler: meminfo, instance: x } } }", "would be the same on every host" },
        { Files.Pair + "\ncollection: { producers: { a: { ldms: \"s:1\", home: gamma } } }", "'gamma' is none of the nodes alpha, beta" },
        { "collection: { metrics: { } }", "collection.metrics.listen: is missing" },
    };

    [Theory]
    [InlineData("collection: { updaters: { a: { interval: 2s } } }", "collection.producers: are none, so that nothing is collected")]
    [InlineData("collection: { producers: { a: { ldms: \"s:1\" } }, updaters: { u: { producers: ^b } } }", "has 'u', whose expression '^b' matches none of the producers")]
    [InlineData("collection: { producers: { a: { ldms: \"s:1\" } }, updaters: { u: { producers: ^b } } }", "has 'a', which none of the updaters asks")]
    [InlineData("collection: { stores: { a: { postgres: \"Host=db;Password=x\" } } }", "has a password in it")]
    public void What_is_rarely_wise_is_told(string text, string told) => Assert.Contains(Files.Read(text).Warnings, w => w.ToString().Contains(told, StringComparison.Ordinal));

    [Fact]
    public void A_reload_moves_what_it_can_and_restarts_for_listeners_and_for_who_shares()
    {
        static UnderstudySettings of(string collection) => Files.Good(Files.Pair + "\ncollection: " + collection);
        var one = of("{ listen: 0.0.0.0:411, producers: { a: { ldms: \"s:1\" }, b: { ldms: \"s:2\" } } }");
        Assert.Equal("collection.producers.a: is removed.\ncollection.producers.b: changes, ldms s:3.\ncollection.producers.c: is added, ldms s:4.",
            string.Join('\n', SettingsChange.Between(one, of("{ listen: 0.0.0.0:411, producers: { b: { ldms: \"s:3\" }, c: { ldms: \"s:4\" } } }"))));
        Assert.Equal("collection.listen: changes from 0.0.0.0:411 to none; needs a restart.", string.Join('\n', SettingsChange.Between(one, of("{ producers: { a: { ldms: \"s:1\" }, b: { ldms: \"s:2\" } } }"))));
        var shared = Files.Good(Files.Pair + "\ncollection: { share: { ping: 200ms } }");
        Assert.Equal("collection.share.drain: changes; producers move where it says so now, without a loss.", string.Join('\n', SettingsChange.Between(shared, Files.Good(Files.Pair + "\ncollection: { share: { ping: 200ms, drain: beta } }"))));
        Assert.Equal(ChangeReach.Restart, Assert.Single(SettingsChange.Between(shared, Files.Good(Files.Pair + "\ncollection: { share: { ping: 200ms, weights: { beta: 2 } } }"))).Reach);
        Assert.Equal("collection: ends: nothing is collected any more; needs a restart.", string.Join('\n', SettingsChange.Between(one, Files.Good(Files.Pair))));
        Assert.Equal(LdmsdPattern.Any, one.Collection!.Updaters[0].Producers);
    }
}
