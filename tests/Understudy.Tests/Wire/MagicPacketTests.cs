using FsCheck;
using FsCheck.Fluent;
using Understudy.Core.Wire;
using Understudy.Linux.Power;
using Xunit;

namespace Understudy.Tests.Wire;

public sealed class MagicPacketTests
{
    private static readonly byte[] Mac = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56], Own = [0x02, 1, 2, 3, 4, 5];

    [Fact]
    public void The_packet_is_these_bytes()
    {
        var room = new byte[MagicPacket.Bytes];
        Assert.Equal(102, MagicPacket.Write(room, Mac));
        Assert.Equal("FFFFFFFFFFFF" + string.Concat(Enumerable.Repeat("525400123456", 16)), Convert.ToHexString(room));
    }

    [Fact]
    public void The_frame_is_to_everybody_and_says_what_it_is()
    {
        var room = new byte[MagicPacket.FrameBytes];
        Assert.Equal(116, MagicPacket.WriteFrame(room, Own, Mac));
        Assert.Equal("FFFFFFFFFFFF" + "020102030405" + "0842" + "FFFFFFFFFFFF" + "525400123456", Convert.ToHexString(room.AsSpan(0, 26)));
    }

    [Fact]
    public void It_is_found_anywhere_and_a_spoilt_one_is_not() => Prop.ForAll<byte[], byte[], byte>((before, after, at) =>
    {
        var packet = new byte[MagicPacket.Bytes];
        _ = MagicPacket.Write(packet, Mac);
        byte[] all = [.. before, .. packet, .. after];
        var found = MagicPacket.TryFind(all, out var mac) && mac.SequenceEqual(Mac);
        packet[at % packet.Length] ^= 0x40;
        return found && !MagicPacket.TryFind(packet, out _);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bytes_that_are_all_ff_wake_nobody()
    {
        var room = new byte[200];
        Array.Fill(room, (byte)0xff);
        Assert.False(MagicPacket.TryFind(room, out _));
        Assert.False(MagicPacket.TryFind([], out _));
    }

    [Theory]
    [InlineData("10.99.0.1", 24, "10.99.0.255")]
    [InlineData("10.99.0.1", 30, "10.99.0.3")]
    [InlineData("172.16.5.9", 12, "172.31.255.255")]
    [InlineData("10.1.2.3", 8, "10.255.255.255")]
    public void The_broadcast_address_is_the_network_s_highest(string address, int length, string broadcast) =>
        Assert.Equal(broadcast, WakePerformer.Broadcast(System.Net.IPAddress.Parse(address), length).ToString());
}
