using Understudy.Core.Ldms;
using Understudy.Linux.Clocks;
using Understudy.Linux.Collection;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>Both roles over a line that changes bytes.</summary>
public sealed class LdmsFuzzLab
{
    private static readonly TimeSpan s_length = TimeSpan.FromSeconds(10);

    /// <summary>A whole message, and what one read adds to it.</summary>
    private const int MostUnheard = ZapFrame.MaxBytes + (256 << 10);

    [Fact]
    public void Whatever_the_line_changes_both_ends_live_hold_little_and_part_with_a_sentence()
    {
        var seed = Environment.TickCount;
        var dice = new Random(seed);
        var end = new LdmsEnd { AnswerLimit = TimeSpan.FromMilliseconds(150), OpenLimit = TimeSpan.FromMilliseconds(150) };
        using var server = new LdmsStage();
        using var client = new LdmsStage();
        server.Answer = (connection, request) => connection.SendConfig(new ConfigMessage(true, request.Number, 0, [ConfigValue.OfJson(new string('j', dice.Next(100_000)))]));
        using var relay = new FlippingRelay(server.Listen(end), dice);
        var (rounds, opened, sampled) = (0, 0, 0);
        for (var until = BootClock.Now + s_length; BootClock.Now < until; rounds++)
        {
            (relay.GapToServer, relay.GapToClient) = (dice.Next(3) == 0 ? 0 : 20 + dice.Next(3000), dice.Next(3) == 0 ? 0 : 20 + dice.Next(30_000));
            server.Forget();
            client.Forget();
            Offer(server, dice);
            var connection = client.Connect(relay.Port, end);
            var talks = 20 + dice.Next(200);
            for (var turn = 0; turn < talks && !connection.IsClosed; turn++)
            {
                Talk(connection, server, client, dice);
                relay.Turn();
                server.Turn(0);
                client.Turn(0);
                foreach (var one in server.Sockets.Connections.Append(connection))
                {
                    Assert.True(one.Waiting <= end.MaxWaiting && one.Unheard <= MostUnheard, $"seed {seed}, round {rounds}: {one.Waiting} bytes wait, {one.Unheard} are unheard");
                }
            }

            opened += client.Told.Contains("opened") ? 1 : 0;
            sampled += client.Samples;
            connection.Close("is done");
            Part(server, client, relay);
            Assert.True(HasParted(client) && server.Told.Count(t => t.StartsWith("closed", StringComparison.Ordinal)) <= 1, $"seed {seed}, round {rounds}: {string.Join(" | ", client.Told.Concat(server.Told))}");
        }

        Assert.True(rounds > 50 && opened > 10 && sampled > 10 && relay.Flips > 50, $"seed {seed}: {rounds} rounds, {opened} opened, {sampled} samples, {relay.Flips} flips");
    }

    private static void Part(LdmsStage server, LdmsStage client, FlippingRelay relay) => LdmsStage.Until(
        () =>
        {
            relay.Turn();
            return server.Sockets.Connections.Count + client.Sockets.Connections.Count == 0;
        },
        server,
        client);

    /// <summary>It was told once that it is over, and why.</summary>
    private static bool HasParted(LdmsStage stage) => stage.Told.Where(t => t.StartsWith("closed: ", StringComparison.Ordinal)).ToList() is [{ Length: > 14 }] && stage.Told[^1].StartsWith("closed: ", StringComparison.Ordinal);

    private static void Offer(LdmsStage server, Random dice)
    {
        foreach (var set in server.Sets)
        {
            server.Sockets.Withdraw(set);
        }

        server.Sets.Clear();
        for (var i = 0; i < 6; i++)
        {
            var fields = Enumerable.Range(0, 1 + dice.Next(300)).Select(m => new MetricField($"m{m}", "", MetricType.U64)).ToList();
            _ = server.Offer(SetLayout.Create(new SetDraft($"host{i}/set", "schema", "host", [.. fields, new MetricField("list", "", MetricType.List)])), 1);
        }
    }

    private static void Talk(LdmsConnection connection, LdmsStage server, LdmsStage client, Random dice)
    {
        if (!connection.IsOpen)
        {
            return;
        }

        var any = server.Sets[dice.Next(server.Sets.Count)];
        switch (dice.Next(12))
        {
            case 0:
                connection.AskDirectory(notify: true);
                break;
            case 1 or 2 or 3:
                connection.LookUp(any.Layout.Instance);
                break;
            case 4:
                server.Sockets.TellUpdated(DirectoryEntry.Of(any.Layout, any.Sample.Span, isOwn: true, any.Info));
                break;
            case 5:
                server.Sockets.Withdraw(any);
                break;
            case 6:
                connection.SendConfig(new ConfigMessage(false, connection.NextConfigNumber(), 0x104, [ConfigValue.Of(ConfigWord.Name, "prdcr")]));
                break;
            default:
                foreach (var set in client.Found.Values.Where(s => s.Connection == connection))
                {
                    _ = connection.Pull(set);
                }

                break;
        }
    }
}
