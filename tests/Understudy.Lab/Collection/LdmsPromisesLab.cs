using System.Text;
using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>What real daemons rely on, or abort at: asked of our server by a client of bytes.</summary>
public sealed class LdmsPromisesLab
{
    [Fact]
    public void Reads_are_answered_in_the_order_of_asking_whatever_else_is_asked_and_however_it_is_cut()
    {
        for (var round = 0; round < 40; round++)
        {
            var seed = Environment.TickCount + round;
            var dice = new Random(seed);
            using var server = new LdmsStage();
            var set = server.Offer(Layout("a", 1), 1);
            server.Answer = (connection, request) => connection.SendConfig(new ConfigMessage(true, request.Number, 0, []));
            using var client = new BareClient(server, new ConnectBytes("none"));
            var map = client.LookUp("a");
            var asked = Ask(client, map, set.Layout, dice);
            client.SendInParts(dice);
            var answers = new List<(uint Xid, ulong Context, bool IsGood, int Bytes)>();
            while (answers.Count < asked.Count)
            {
                var bytes = client.Receive();
                _ = ZapFrame.TryRead(bytes, out var frame, out _);
                if (frame.Type == ZapType.ReadReply)
                {
                    answers.Add((frame.Xid, frame.Context, frame.Status == 0, frame.Content.Length));
                }
            }

            Assert.True(asked.SequenceEqual(answers), $"seed {seed}");
        }
    }

    [Fact]
    public void Who_asks_and_does_not_read_is_not_heard_until_it_does()
    {
        using var server = new LdmsStage();
        var set = server.Offer(Layout("a", 1), 1);
        using var client = new BareClient(server, new ConnectBytes("none"));
        var map = client.LookUp("a");
        const int Reads = 20_000;
        for (var i = 0; i < Reads; i++)
        {
            ZapWriter.ReadRequest(client.To, (uint)i, 0, map with { Bytes = set.Layout.MetaSize });
        }

        // All answers together are many times what may wait.
        client.SendInParts(new Random(1), heldAt: 3 << 20);
        client.Swallow(Reads, 36 + set.Layout.MetaSize);
        Assert.DoesNotContain(server.Told, t => t.StartsWith("closed", StringComparison.Ordinal));
    }

    [Fact]
    public void Who_never_reads_is_given_up()
    {
        using var server = new LdmsStage();
        var set = server.Offer(Layout("a", 1), 1);
        using var client = new BareClient(server, new ConnectBytes("none"), end: new LdmsEnd { Silence = TimeSpan.FromMilliseconds(500) });
        var map = client.LookUp("a");
        for (var i = 0; i < 20_000; i++)
        {
            ZapWriter.ReadRequest(client.To, (uint)i, 0, map with { Bytes = set.Layout.MetaSize });
        }

        client.SendInParts(new Random(1));
        LdmsStage.Until(() => server.Sockets.Connections.Count == 0, server);
        Assert.StartsWith("closed: broke the connection: ", server.Told[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2u, 0u)]
    [InlineData(8u, 7u)]
    public void A_rail_of_several_connections_is_rejected_with_words(uint endpoints, uint index)
    {
        using var server = new LdmsStage();
        using var client = new BareClient(server, new ConnectBytes("none", Endpoints: endpoints, Index: index), opens: false);
        _ = ZapFrame.TryRead(client.Receive(), out var frame, out _);
        Assert.Equal(ZapType.Rejected, frame.Type);
        Assert.Equal($"wants a rail of {endpoints} connections, where we take one\0", Encoding.ASCII.GetString(frame.Content));
        LdmsStage.Until(() => server.Told.Count == 1, server);
        Assert.Equal($"closed: wants a rail of {endpoints} connections, where we take one", server.Told[0]);
    }

    [Fact]
    public void Of_samples_behind_each_other_the_current_one_is_pulled()
    {
        using var server = new LdmsStage();
        using var client = new LdmsStage();
        var set = server.Offer(Layout("a", 3), 7);
        var connection = client.Connect(server.Listen(new LdmsEnd()), new LdmsEnd());
        LdmsStage.Until(() => connection.IsOpen, server, client);
        connection.LookUp("a");
        LdmsStage.Until(() => client.Found.Count == 1, server, client);
        Assert.Equal(3, client.Found["a"].Layout.ArrayCount);
        Assert.True(connection.Pull(client.Found["a"]));
        LdmsStage.Until(() => client.Samples == 1, server, client);

        // The first read showed that the third is the current one; that one was told, and nothing waits.
        Assert.Equal((7UL, 0), (client.Last.Generation, connection.Unanswered));
        Assert.Equal(set.Sample.ToArray(), client.LastBytes);
        Assert.True(connection.Pull(client.Found["a"]));
    }

    [Fact]
    public void A_set_whose_samples_are_never_of_its_meta_is_given_up()
    {
        using var server = new LdmsStage();
        using var client = new LdmsStage();
        var set = server.Offer(Layout("a", 1), 7);
        var connection = client.Connect(server.Listen(new LdmsEnd()), new LdmsEnd());
        LdmsStage.Until(() => connection.IsOpen, server, client);
        connection.LookUp("a");
        LdmsStage.Until(() => client.Found.Count == 1, server, client);
        var sample = set.Sample.ToArray();
        BitConverter.TryWriteBytes(sample.AsSpan(40), 99UL);      // the meta's generation, docs/protocol/ldms.md
        set.Sample = sample;
        Assert.True(connection.Pull(client.Found["a"]));
        LdmsStage.Until(() => client.Told.Any(t => t.StartsWith("failed a", StringComparison.Ordinal)), server, client);
        Assert.True(client.Found["a"].IsGone && connection.IsOpen);
    }

    /// <summary>Reads good and bad, and everything else that may be asked between them.</summary>
    /// <returns>What the reads must be answered with.</returns>
    private static List<(uint Xid, ulong Context, bool IsGood, int Bytes)> Ask(BareClient client, ZapMap map, SetLayout layout, Random dice)
    {
        var asked = new List<(uint, ulong, bool, int)>();
        var all = layout.MetaSize + layout.DataSize;
        for (var i = 0; i < 300; i++)
        {
            switch (dice.Next(8))
            {
                case 0:
                    client.Writer.Dir((ulong)i, notify: dice.Next(2) == 0);
                    break;
                case 1:
                    client.Writer.Lookup((ulong)i, dice.Next(2) == 0 ? "a" : "none");
                    break;
                case 2:
                    client.Writer.SendMessage((ulong)i, new ConfigMessage(false, (uint)i, 0x104, []).ToRecords()[0]);
                    break;
                case 3:
                    client.Writer.SetDelete((ulong)i, "none");
                    break;
                default:
                    var (offset, bytes) = (dice.Next(all + 100), dice.Next(all + 100));
                    var key = dice.Next(10) == 0 ? 1u : map.Key;
                    var xid = (uint)dice.Next();
                    var isGood = key == map.Key && offset + bytes <= all;
                    asked.Add((xid, (ulong)i << 40, isGood, isGood ? bytes : 0));
                    ZapWriter.ReadRequest(client.To, xid, (ulong)i << 40, new ZapMap(key, map.Address + (ulong)offset, bytes));
                    break;
            }
        }

        return asked;
    }

    private static SetLayout Layout(string instance, uint samples)
    {
        var layout = SetLayout.Create(new SetDraft(instance, "schema", "host", Enumerable.Range(0, 60).Select(i => new MetricField($"m{i}", "", MetricType.U64)).ToValueList()));
        var meta = layout.Meta.ToArray();
        BitConverter.TryWriteBytes(meta.AsSpan(104), samples);      // how many samples lie behind each other, docs/protocol/ldms.md
        Assert.True(SetLayout.TryRead(meta, out var read, out var why), why);
        return read;
    }
}
