using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>Both roles of an LDMS connection against each other, on loopback.</summary>
public sealed class LdmsLab
{
    private static readonly LdmsEnd s_none = new();

    [Fact]
    public void A_directory_a_look_up_a_pull_a_change_and_a_deletion()
    {
        using var server = new LdmsStage();
        using var client = new LdmsStage();
        var set = server.Offer(Layout("s00/a", 1, 2000), 5);
        var connection = client.Connect(server.Listen(s_none), s_none);
        LdmsStage.Until(() => connection.IsOpen, server, client);
        connection.AskDirectory(notify: true);
        LdmsStage.Until(() => client.Told.Contains("listed 1"), server, client);
        Assert.Equal(server.Directory().Single(), client.Heard.Single());
        Assert.Equal(TimeSpan.FromSeconds(1), client.Heard[0].Hint!.Value.Interval);

        connection.LookUp("s00/a");
        connection.LookUp("s00/none");
        LdmsStage.Until(() => client.Told.Any(t => t.StartsWith("no s00/none", StringComparison.Ordinal)) && client.Found.Count == 1, server, client);
        var remote = client.Found["s00/a"];
        Assert.Equal(set.Layout.Meta.ToArray(), remote.Layout.Meta.ToArray());
        Assert.Equal(["updt_hint_us", "1000000:0"], remote.Info);

        Assert.True(connection.Pull(remote));
        Assert.False(connection.Pull(remote));
        LdmsStage.Until(() => client.Samples == 1, server, client);
        Assert.Equal(5UL, client.Last.Generation);
        Assert.Equal(set.Sample.ToArray(), client.LastBytes);

        // Another meta of the same sizes: it is read again by itself before the sample comes.
        set.Layout = Layout("s00/a", 2, 2000);
        set.Sample = LdmsStage.Sample(set.Layout, 6);
        Assert.True(connection.Pull(remote));
        LdmsStage.Until(() => client.Samples == 2, server, client);
        Assert.Contains("layout 2", client.Told);
        Assert.Equal((6UL, 2UL), (client.Last.Generation, remote.Layout.MetaGeneration));

        var other = server.Offer(Layout("s00/b", 1, 3), 1);
        server.Sockets.TellAdded(DirectoryEntry.Of(other.Layout, other.Sample.Span, isOwn: true, []));
        server.Sockets.TellUpdated(DirectoryEntry.Of(other.Layout, other.Sample.Span, isOwn: true, []));
        server.Sets.Remove(set);
        server.Sockets.Withdraw(set);
        LdmsStage.Until(() => client.Told.Contains("removed s00/a"), server, client);
        Assert.Contains("added s00/b", client.Told);
        Assert.Contains("updated s00/b", client.Told);
        Assert.True(remote.IsGone);
        Assert.False(connection.Pull(remote));
    }

    [Fact]
    public void A_directory_of_thousands_comes_in_parts_and_all_are_pulled()
    {
        using var server = new LdmsStage();
        using var client = new LdmsStage();
        const int Count = 2000;
        for (var i = 0; i < Count; i++)
        {
            server.Offer(Layout($"host{i:0000}/a", 1, 60), 1);
        }

        var connection = client.Connect(server.Listen(s_none), s_none);
        LdmsStage.Until(() => connection.IsOpen, server, client);
        connection.AskDirectory(notify: false);
        LdmsStage.Until(() => client.Heard.Count == Count, server, client);
        Assert.Contains(client.Told, t => t.EndsWith("and more", StringComparison.Ordinal));
        foreach (var entry in client.Heard)
        {
            connection.LookUp(entry.Name);
        }

        LdmsStage.Until(() => client.Found.Count == Count, server, client);
        foreach (var set in client.Found.Values)
        {
            Assert.True(connection.Pull(set));
        }

        LdmsStage.Until(() => client.Samples == Count, server, client);
        Assert.Equal(0, connection.Unanswered);
    }

    [Theory]
    [InlineData("a shared secret", "a shared secret", true)]
    [InlineData("a shared secret", "another secret", false)]
    public void Who_knows_the_secret_is_let_in(string ours, string theirs, bool opens)
    {
        using var server = new LdmsStage();
        using var client = new LdmsStage();
        var connection = client.Connect(server.Listen(new LdmsEnd("ovis", ours)), new LdmsEnd("ovis", theirs));
        LdmsStage.Until(() => connection.IsOpen || connection.IsClosed, server, client);
        Assert.Equal(opens, connection.IsOpen);
        LdmsStage.Until(() => server.Told.Count > 0, server, client);
        Assert.Equal(opens, server.Told.Contains("opened"));
    }

    [Fact]
    public void Another_way_to_prove_oneself_is_rejected_with_words()
    {
        using var server = new LdmsStage();
        using var client = new LdmsStage();
        var connection = client.Connect(server.Listen(new LdmsEnd("ovis", "a shared secret")), s_none);
        LdmsStage.Until(() => connection.IsClosed, server, client);
        Assert.Contains("rejected us", client.Told.Single(), StringComparison.Ordinal);
        Assert.Contains("none", client.Told.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_there_is_told_as_refused()
    {
        using var gone = new LdmsStage();
        using var client = new LdmsStage();
        var port = gone.Listen(s_none);
        gone.Dispose();
        var connection = client.Connect(port, s_none);
        LdmsStage.Until(() => connection.IsClosed, client);
        Assert.Equal("closed: refused the connection", client.Told.Single());
    }

    [Fact]
    public void A_peer_that_does_not_answer_is_given_up()
    {
        using var server = new LdmsStage();
        using var client = new LdmsStage();
        server.Offer(Layout("a", 1, 3), 1);
        var connection = client.Connect(server.Listen(s_none), s_none with { AnswerLimit = TimeSpan.FromMilliseconds(300), OpenLimit = TimeSpan.FromMilliseconds(300) });
        LdmsStage.Until(() => connection.IsOpen, server, client);
        connection.AskDirectory(notify: false);
        LdmsStage.Until(() => connection.IsClosed, client);      // the server does not turn
        Assert.Equal("closed: did not answer within 0.3 s", client.Told[^1]);

        var unopened = client.Connect(server.Listen(s_none), s_none with { OpenLimit = TimeSpan.FromMilliseconds(200) });
        LdmsStage.Until(() => unopened.IsClosed, client);
        Assert.Equal("closed: did not open the connection within 0.2 s", client.Told[^1]);
    }

    [Fact]
    public void Configuration_is_asked_and_answered_over_several_records()
    {
        using var server = new LdmsStage();
        using var client = new LdmsStage();
        server.Answer = (connection, request) => connection.SendConfig(new ConfigMessage(true, request.Number, 0, [ConfigValue.OfJson(new string('j', 150_000))]));
        var connection = client.Connect(server.Listen(s_none), s_none);
        LdmsStage.Until(() => connection.IsOpen, server, client);
        connection.SendConfig(new ConfigMessage(false, connection.NextConfigNumber(), 0x104, [ConfigValue.Of(ConfigWord.Name, "prdcr")]));
        LdmsStage.Until(() => client.Config.Count == 1, server, client);
        Assert.Equal((0x104u, "prdcr"), (server.Config[0].Code, server.Config[0][ConfigWord.Name]));
        Assert.Equal(150_000, client.Config[0][ConfigWord.Json]!.Length);
        Assert.Throws<InvalidOperationException>(() => connection.SendConfig(new ConfigMessage(false, 2, 0x707, [ConfigValue.Of(ConfigWord.Name, "plain")])));
    }

    [Fact]
    public void A_pull_allocates_nothing_once_all_is_warm()
    {
        using var server = new LdmsStage();
        using var client = new LdmsStage();
        server.Offer(Layout("a", 1, 60), 1);
        client.KeepsBytes = false;
        var connection = client.Connect(server.Listen(s_none), s_none);
        LdmsStage.Until(() => connection.IsOpen, server, client);
        connection.LookUp("a");
        LdmsStage.Until(() => client.Found.Count == 1, server, client);
        var set = client.Found["a"];
        Pull(server, client, connection, set, 300);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Pull(server, client, connection, set, 1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Pull(LdmsStage server, LdmsStage client, LdmsConnection connection, RemoteSet set, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var want = client.Samples + 1;
            connection.Pull(set);
            for (var turn = 0; client.Samples < want && turn < 1000; turn++)
            {
                client.Turn(0);
                server.Turn(0);
            }
        }
    }

    private static SetLayout Layout(string instance, ulong generation, int metrics) =>
        SetLayout.Create(new SetDraft(instance, "schema", "host", Enumerable.Range(0, metrics).Select(i => new MetricField($"m{i}", "", MetricType.U64)).ToValueList()) { MetaGeneration = generation });
}
