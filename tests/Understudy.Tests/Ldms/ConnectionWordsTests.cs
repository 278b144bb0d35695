using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Understudy.Core;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Ldms;

/// <summary>What is said besides sets: introductions, refusals, configuration.</summary>
public sealed class ConnectionWordsTests
{
    [Fact]
    public void A_rail_of_several_connections_is_read_with_the_number_of_this_one()
    {
        var bytes = new byte[ConnectBytes.RailBytes];
        _ = new ConnectBytes("none", Endpoints: 4, Index: 3, Pid: 7, RailGeneration: 9).Write(bytes);
        Assert.True(ConnectBytes.TryRead(bytes, out var rail, out _));
        Assert.Equal((4u, 3u, 7u, 9UL), (rail.Endpoints, rail.Index, rail.Pid, rail.RailGeneration));
    }

    [Theory]
    [InlineData(40, 0u)]      // a rail of no connection
    [InlineData(44, 1u)]      // the second of one
    [InlineData(20, 2u)]      // no rail
    public void An_introduction_that_contradicts_itself_is_refused(int at, uint word)
    {
        var bytes = new byte[ConnectBytes.RailBytes];
        _ = new ConnectBytes("none").Write(bytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), word);
        Assert.False(ConnectBytes.TryRead(bytes, out _, out var why));
        Assert.StartsWith("introduced itself as", why, StringComparison.Ordinal);
    }

    [Fact]
    public void The_old_introduction_is_read_and_written()
    {
        var bytes = new byte[ConnectBytes.OldBytes];
        Assert.Equal(ConnectBytes.OldBytes, new ConnectBytes("ovis", IsRail: false).Write(bytes));
        Assert.True(ConnectBytes.TryRead(bytes, out var old, out _));
        Assert.Equal(("ovis", false, 1u), (old.Auth, old.IsRail, old.Endpoints));
    }

    [Fact]
    public void A_directory_that_is_refused_with_a_code_alone_is_read()
    {
        var to = new WireBuffer();
        new LdmsWriter(to).Refuse(5, LdmsCommand.DirReply, 12);
        Assert.Equal(ZapArrival.Whole, ZapFrame.TryRead(to.Filled, out var frame, out _));
        Assert.True(LdmsMessage.TryRead(frame.Content, out var message, out var why), why);
        Assert.Equal((5UL, 12u, DirKind.List, false, 0), (message.Xid, message.Code, message.Kind, message.Flag, message.Content.Length));
    }

    [Fact]
    public void No_copy_of_a_peers_object_leaves_without_its_mark() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll<string?, byte, bool>((name, dice, isAnswer) =>
        {
            // Real daemons abort on a copy whose name has no '#'; what is sent is read again as they read it.
            var attributes = (ValueList<ConfigValue>)(name is null ? [] : [ConfigValue.Of(dice < 128 ? ConfigWord.Name : ConfigWord.Interval, name.Replace("\0", "", StringComparison.Ordinal))]);
            var message = new ConfigMessage(isAnswer, 1, 0x700u + (dice % 16u), attributes);
            List<byte[]> records;
            try
            {
                records = message.ToRecords();
            }
            catch (InvalidOperationException)
            {
                Assert.True(!isAnswer && message.Code is 0x707 or 0x708 or 0x709);
                return;
            }

            Assert.True(new ConfigAssembly().TryTake(Assert.Single(records), out var read, out _));
            Assert.True(read!.IsAnswer || read.Code is not (0x707 or 0x708 or 0x709) || read[ConfigWord.Name]!.StartsWith('#'));
        }));
}
