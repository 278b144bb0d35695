using System.Buffers.Binary;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Tests.Ldms;
using Xunit;

namespace Understudy.Tests.Collection;

public sealed class PairCodecTests
{
    private static readonly UpdaterRules s_updater = new("upd", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(-200), ["s00", "s01"], [new SetFilter(Pattern("^a b,c%$"), SetMatch.Schema), new SetFilter(Pattern("/a"), SetMatch.Instance)]) { Uid = 5, Gid = 6, Permissions = 0b111_000_000 };

    [Fact]
    public void Every_request_comes_back_from_its_bytes()
    {
        foreach (var request in All())
        {
            var messages = Over(PairCodec.Write(request, Numbers()));
            Assert.Equal(request, PairCodec.Read(messages[0], out var why));
            Assert.Equal("", why);
        }
    }

    [Fact]
    public void Every_answer_comes_back_from_its_bytes()
    {
        var echo = new PairEcho((int)PairService.Stopping, (int)PairLink.Configured, PairMarks.Configured | PairMarks.OurConfigActivated, 0xfedcba9876543210 & ~3UL, ["s00", "with blank", "é%"]);
        foreach (var (code, reply) in new (uint, PairReply)[]
        {
            (PairCodec.Pair, new(0, "", null)), (PairCodec.Pair, new(PairDesk.EPERM, "no", null)), (PairCodec.Ping, new(0, "", echo)), (PairCodec.PeerConfig, new(0, "", echo with { Lacks = [] })),
            (PairCodec.Ping, new(0, "", echo with { Version = 0, Lacks = [] })), (PairCodec.Ping, new(PairDesk.EINVAL, "peer name unmatched", null)), (PairCodec.Reset, new(0, "", null)),
        })
        {
            Assert.Equal(reply, PairCodec.ReadAnswer(Assert.Single(Over([PairCodec.Answer(7, code, reply)]))));
        }
    }

    [Fact]
    public void A_stock_daemon_finds_in_an_updater_of_ours_all_that_it_looks_for()
    {
        var parts = Over(PairCodec.Write(new PairRequest.Told(new PairItem.Updater(s_updater), Whole: true), Numbers()));
        Assert.Equal(
            [
                "Name=#upd Interval=1000000 Offset=-200000 Uid=5 Gid=6 Permissions=700", "Name=#upd Producer=#s00", "Name=#upd Producer=#s01", "Name=#upd Match=schema Regex=^a b,c%$", "Name=#upd Match=inst Regex=/a",
            ],
            parts.Select(p => string.Join(' ', p.Attributes.Where(a => a.Word != ConfigWord.String).Select(a => $"{a.Word}={a.Text}"))));
        Assert.All(parts, p => Assert.Equal(PairCodec.CopyUpdater, p.Code));
        Assert.Equal(parts.Count, parts.Select(p => p.Number).Distinct().Count());
    }

    [Fact]
    public void An_updater_and_a_policy_that_a_stock_daemon_tells_in_parts_become_one_each()
    {
        var stage = new PairStage();
        stage.Desk.Start(stage.Now);
        stage.Desk.Connected(stage.Now);
        stage.Answer(new PairRequest.Pair("a10", 1));
        _ = stage.Orders();
        foreach (var request in (PairRequest[])[new PairRequest.Told(PairStage.Producer("s00"), true), new PairRequest.Told(new PairItem.Updater(s_updater), true), new PairRequest.Told(new PairItem.Storage(Policy()), true)])
        {
            foreach (var message in Over(PairCodec.Write(request, Numbers())))
            {
                // As a stock daemon would: without the line that tells all of it at once.
                var plain = message with { Attributes = [.. message.Attributes.Where(a => a.Word != ConfigWord.String)] };
                var part = Assert.IsType<PairRequest.Told>(PairCodec.Read(plain, out _));
                Assert.False(part.Whole);
                _ = stage.Desk.Asked(part, stage.Now);
            }
        }

        stage.Answer(new PairRequest.PeerConfig());
        var items = Assert.Single(stage.Desk.Orders.OfType<PairOrder.Adopt>()).Memory.Items;
        Assert.Equal(["s00", "upd", "mem"], items.Select(i => i.Name));
        Assert.Equal(s_updater, Assert.IsType<PairItem.Updater>(items[1]).Rules);
        Assert.Equal(Policy() with { Flush = null, Uid = 0, Gid = 0, Permissions = 0b111_111_111 }, Assert.IsType<PairItem.Storage>(items[2]).Rules);      // what it never tells
        Assert.False(stage.Desk.PeerSpeaks);
    }

    [Theory]
    [InlineData(PairCodec.CopyProducer, "foo", "foo is an invalid name of a copy: it begins with '#'")]       // aborts the real one by an assertion
    [InlineData(PairCodec.CopyProducer, "#", "# is an invalid name of a copy: it begins with '#'")]
    [InlineData(PairCodec.CopyUpdater, "", "missing `name` attribute")]
    [InlineData(PairCodec.CopyProducer, "#x", "#x has no host and port")]
    [InlineData(PairCodec.Pair, null, "missing `peer_name` attribute")]
    [InlineData(PairCodec.Pair, "a11", "missing `peer_name` attribute")]      // the real ones say who they are there
    [InlineData(PairCodec.Ping, null, "missing `name` attribute")]
    [InlineData(0x704u, "x", "not a request of a pair")]
    public void A_request_without_sense_is_refused_and_harms_nobody(uint code, string? name, string why)
    {
        Assert.Null(PairCodec.Read(new ConfigMessage(false, 1, code, name is null ? [] : [ConfigValue.Of(ConfigWord.Name, name)]), out var said));
        Assert.Equal(why, said);
    }

    /// <summary>A sign before octal digits ended a daemon once.</summary>
    [Fact]
    public void Whatever_stands_in_a_request_it_is_read_or_refused()
    {
        string[] texts = ["", "-", "-7", "+7", "8", "77777777777777777777", "0x1", " 7", "7 ", "#", "##", "#%", "%", "%zz", ",", ",,", "s", "s(", "\0", "\ud800", "é", "updater", "producer # ldms", new('9', 400)];
        var whole = All().SelectMany(r => PairCodec.Write(r, Numbers())).SelectMany(m => m.Attributes).Where(a => a.Word == ConfigWord.String).Select(a => a.Text).ToArray();
        var dice = new Random(69685501);
        for (var round = 0; round < 50_000; round++)
        {
            var values = Enum.GetValues<ConfigWord>().Where(w => w != ConfigWord.UserBytes && dice.Next(3) > 0).Select(w => ConfigValue.Of(w, w == ConfigWord.Name && dice.Next(2) > 0 ? "#s00" : Text(w))).ToArray();
            var code = dice.Next(8) switch { 0 => PairCodec.Pair, 1 => PairCodec.Ping, 2 or 3 => PairCodec.CopyProducer, 4 or 5 => PairCodec.CopyUpdater, _ => PairCodec.CopyStorage };
            Assert.True(PairCodec.Read(new ConfigMessage(false, 1, code, [.. values]), out var why) is not null || why.Length > 0);
        }

        string Text(ConfigWord word)
        {
            if (word != ConfigWord.String || whole.Length == 0)
            {
                return texts[dice.Next(texts.Length)];
            }

            var fields = whole[dice.Next(whole.Length)].Split(' ');
            fields[dice.Next(fields.Length)] = texts[dice.Next(texts.Length)];
            return string.Join(' ', fields);
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    [InlineData("1s")]
    public void An_interval_that_no_schedule_can_have_is_a_second(string interval)
    {
        var told = PairCodec.Read(new ConfigMessage(false, 1, PairCodec.CopyUpdater, [ConfigValue.Of(ConfigWord.Name, "#upd"), ConfigValue.Of(ConfigWord.Interval, interval), ConfigValue.Of(ConfigWord.Offset, interval)]), out _);
        Assert.Equal(TimeSpan.FromSeconds(1), Assert.IsType<PairItem.Updater>(Assert.IsType<PairRequest.Told>(told).Item).Rules.Interval);
    }

    [Fact]
    public void The_pairs_messages_of_the_capture_are_read_and_written_as_the_real_daemons_did()
    {
        var seen = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var asked = new Dictionary<(int, int, uint), (uint Code, PairRequest Request)>();
        foreach (var captured in Capture.Messages.Where(m => Capture.TypeOf(m) == ZapType.SendReceive))
        {
            Assert.Equal(ZapArrival.Whole, ZapFrame.TryRead(captured.Bytes, out var frame, out _));
            Assert.True(LdmsMessage.TryRead(frame.Content, out var message, out _));
            if (message.Command != LdmsCommand.SendMessage)
            {
                continue;
            }

            Assert.True(new ConfigAssembly().TryTake(message.Content, out var config, out _));
            if (!config!.IsAnswer && LdmsdVerbs.IsBetweenPeers(config.Code))
            {
                var request = PairCodec.Read(config, out var why);
                Assert.True(request is not null, why);
                asked[(captured.Connection.Client, captured.Connection.Server, config.Number)] = (config.Code, request);
                Count(request.GetType().Name);
                if (request is PairRequest.Ping or PairRequest.PeerConfig or PairRequest.Reset)
                {
                    Assert.Equal(config, Assert.Single(PairCodec.Write(request, () => config.Number)));
                }
            }
            else if (config.IsAnswer && asked.TryGetValue((captured.Connection.Client, captured.Connection.Server, config.Number), out var of) && of.Request is not PairRequest.Told)
            {
                var reply = PairCodec.ReadAnswer(config);
                Assert.True(of.Request is not PairRequest.Ping || reply.Code != 0 || reply.Echo is { Version: 0, Lacks.Count: 0 });
                Assert.Equal(config, PairCodec.Answer(config.Number, of.Code, reply));
                Count($"{of.Request.GetType().Name} answered");
            }
        }

        foreach (var kind in new[] { "Pair", "PeerConfig", "Ping", "Told", "Pair answered", "PeerConfig answered", "Ping answered" })
        {
            Assert.True(seen.GetValueOrDefault(kind) > 0, $"{kind}: {string.Join(", ", seen)}");
        }

        void Count(string kind) => seen[kind] = seen.GetValueOrDefault(kind) + 1;
    }

    [Fact]
    public void An_echo_that_is_cut_off_is_none()
    {
        var whole = PairCodec.Answer(1, PairCodec.Ping, new PairReply(0, "", new PairEcho(1, 6, PairMarks.Configured, 8, [])));
        var cut = whole with { Attributes = [whole.Attributes[0] with { Bytes = [.. whole.Attributes[0].Bytes.Take(23)] }] };
        Assert.Null(PairCodec.ReadAnswer(cut).Echo);
        Assert.Equal(10UL, BinaryPrimitives.ReadUInt64BigEndian(whole.Attributes[0].Bytes.AsSpan()[16..]));
    }

    internal static StorageRules Policy() => new("mem", "store_csv", "mem", Pattern("^meminfo$"), [Pattern("^s0"), Pattern("x y")], ["MemFree", "a,b"]) { Flush = TimeSpan.FromSeconds(10), Uid = 1, Gid = 2, Permissions = 0b111_101_000 };

    private static LdmsdPattern Pattern(string text) => LdmsdPattern.Parse(text, out _)!;

    private static IEnumerable<PairRequest> All() =>
    [
        new PairRequest.Pair("a10", 0), new PairRequest.Pair("with blank", PairDesk.Speaks), new PairRequest.Reset(), new PairRequest.Ping("a10"), new PairRequest.PeerConfig(), new PairRequest.Told(PairStage.Producer("s00"), true),
        new PairRequest.Told(new PairItem.Producer(new ProducerRules("p", new ProducerTarget.Page("http://h:9100/metrics?a=b c", TimeSpan.FromSeconds(3), "/etc/secret"), TimeSpan.FromSeconds(7)) { Uid = 3, Load = 0.1, Home = "a 10" }), true),
        new PairRequest.Told(new PairItem.Updater(s_updater), true), new PairRequest.Told(new PairItem.Updater(s_updater with { Offset = null, Producers = [], Matches = [] }), true), new PairRequest.Told(new PairItem.Storage(Policy()), true),
    ];

    private static Func<uint> Numbers()
    {
        var last = 0u;
        return () => ++last;
    }

    /// <summary>Through their records, as over a wire.</summary>
    private static List<ConfigMessage> Over(IEnumerable<ConfigMessage> messages)
    {
        var arrived = new List<ConfigMessage>();
        foreach (var message in messages)
        {
            var assembly = new ConfigAssembly();
            foreach (var record in message.ToRecords())
            {
                Assert.True(assembly.TryTake(record, out var whole, out var why), why);
                arrived.AddRange(whole is null ? [] : [whole]);
            }
        }

        return arrived;
    }
}
