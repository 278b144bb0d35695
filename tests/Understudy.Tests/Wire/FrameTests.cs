using FsCheck;
using FsCheck.Fluent;
using Understudy.Core.Wire;
using Xunit;

namespace Understudy.Tests.Wire;

public sealed class FrameTests
{
    private static readonly byte[] Mac = [0x02, 0x11, 0x22, 0x33, 0x44, 0x55], V4 = [10, 99, 0, 100];
    private static readonly byte[] V6 = [0xfd, 0, 0, 0x99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0];

    [Fact]
    public void The_announcement_is_these_bytes() => Assert.Equal(
        "FFFFFFFFFFFF" + "021122334455" + "0806" + "0001080006040001" + "021122334455" + "0A630064" + "000000000000" + "0A630064" + new string('0', 36),
        Arp(into => ArpFrame.WriteAnnouncement(into, Mac, V4)));

    [Fact]
    public void The_unasked_reply_is_these_bytes() => Assert.Equal(
        "FFFFFFFFFFFF" + "021122334455" + "0806" + "0001080006040002" + "021122334455" + "0A630064" + "FFFFFFFFFFFF" + "0A630064" + new string('0', 36),
        Arp(into => ArpFrame.WriteUnaskedReply(into, Mac, V4)));

    [Fact]
    public void A_probe_has_no_sender_and_changes_no_cache() => Assert.Equal(
        "FFFFFFFFFFFF" + "021122334455" + "0806" + "0001080006040001" + "021122334455" + "00000000" + "000000000000" + "0A630064" + new string('0', 36),
        Arp(into => ArpFrame.WriteProbe(into, Mac, V4)));

    /// <summary>The checksum was computed apart from this code, over pseudo-header and message (RFC 4443 section 2.3).</summary>
    [Theory]
    [InlineData(false, "20")]
    [InlineData(true, "A0")]
    public void The_unsolicited_advertisement_is_these_bytes(bool router, string flags)
    {
        var frame = new byte[NdpFrame.Bytes];
        NdpFrame.WriteUnsolicited(frame, Mac, V6, router);
        var address = Convert.ToHexString(V6);
        var ip = "6000000000203AFF" + address + "FF020000000000000000000000000001";
        var icmp = "8800" + "0000" + flags + "000000" + address + "0201021122334455";
        Assert.Equal(
            "333300000001" + "021122334455" + "86DD" + ip + icmp[..4] + PlainChecksum(address, icmp) + icmp[8..],
            Convert.ToHexString(frame));
    }

    [Fact]
    public void What_is_written_is_read_again() => Prop.ForAll<byte[], bool, bool>((seed, reply, router) =>
    {
        byte[] mac = [.. seed.Concat(new byte[6]).Take(6)], v4 = [.. seed.Concat(new byte[4]).Take(4)];
        byte[] v6 = [0xfd, .. seed.Concat(new byte[15]).Take(15)];
        var arp = new byte[ArpFrame.Bytes];
        if (reply)
        {
            ArpFrame.WriteUnaskedReply(arp, mac, v4);
        }
        else
        {
            ArpFrame.WriteQuestion(arp, mac, v4, V4);
        }

        var ndp = new byte[NdpFrame.Bytes];
        NdpFrame.WriteUnsolicited(ndp, mac, v6, router);
        return ArpFrame.TryRead(arp, out var a) && a.Operation == (reply ? ArpFrame.Reply : ArpFrame.Request)
            && a.SenderMac.SequenceEqual(mac) && a.Sender == WireAddress.Of(v4) && a.Target == WireAddress.Of(reply ? v4 : V4)
            && NdpFrame.TryRead(ndp, out var n) && n.Target == WireAddress.Of(v6) && n.Mac.SequenceEqual(mac)
            && n.Override && !n.Solicited && n.Router == router;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_are_parsed_or_refused() => Prop.ForAll<byte[]>(bytes =>
    {
        _ = ArpFrame.TryRead(bytes, out _);
        _ = NdpFrame.TryRead(bytes, out _);
        _ = IcmpEcho.TryRead(bytes, v6: false, out _);
        _ = IcmpEcho.TryRead(bytes, v6: true, out _);
        _ = IcmpEcho.TrySkipIpv4(bytes, out _);
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_frame_with_one_byte_changed_is_not_an_advertisement_with_a_right_checksum()
    {
        var frame = new byte[NdpFrame.Bytes];
        NdpFrame.WriteUnsolicited(frame, Mac, V6, router: false);
        for (var i = 22; i < frame.Length; i++) // from the source address on, all is under the checksum
        {
            frame[i] ^= 0x10;
            Assert.False(NdpFrame.TryRead(frame, out _), $"byte {i}");
            frame[i] ^= 0x10;
        }

        for (var length = 0; length < frame.Length; length++)
        {
            Assert.False(NdpFrame.TryRead(frame.AsSpan(0, length), out _), $"length {length}");
        }
    }

    [Fact]
    public void A_cut_or_foreign_arp_is_refused()
    {
        var frame = new byte[ArpFrame.Bytes];
        ArpFrame.WriteAnnouncement(frame, Mac, V4);
        for (var length = 0; length < 42; length++)
        {
            Assert.False(ArpFrame.TryRead(frame.AsSpan(0, length), out _));
        }

        Assert.True(ArpFrame.TryRead(frame.AsSpan(0, 42), out _)); // unpadded, as virtual links deliver it
        foreach (var i in (int[])[12, 13, 14, 15, 16, 17, 18, 19])
        {
            frame[i] ^= 1;
            Assert.False(ArpFrame.TryRead(frame, out _), $"byte {i}");
            frame[i] ^= 1;
        }
    }

    /// <summary>An echo request as iputils' ping sends it: type 8, identifier 0x1234, sequence 1, payload "abcd".</summary>
    [Fact]
    public void An_echo_request_is_these_bytes()
    {
        var message = new byte[12];
        Assert.Equal(12, IcmpEcho.WriteRequest(message, v6: false, 0x1234, 1, "abcd"u8));
        Assert.Equal("0800" + "2104" + "1234" + "0001" + "61626364", Convert.ToHexString(message));
        Assert.Equal(8, IcmpEcho.WriteRequest(message, v6: true, 0x1234, 1, default));
        Assert.Equal("8000" + "0000" + "1234" + "0001", Convert.ToHexString(message.AsSpan(0, 8)));
    }

    [Fact]
    public void An_echo_is_read_again_and_a_spoilt_one_is_not() => Prop.ForAll<byte[], ushort, ushort>((payload, identifier, sequence) =>
    {
        var message = new byte[IcmpEcho.HeaderBytes + payload.Length];
        _ = IcmpEcho.WriteRequest(message, v6: false, identifier, sequence, payload);
        var whole = IcmpEcho.TryRead(message, v6: false, out var echo) && !echo.Reply && echo.Identifier == identifier
            && echo.Sequence == sequence && echo.Payload.SequenceEqual(payload);
        message[^1] ^= 0x40;
        return whole && !IcmpEcho.TryRead(message, v6: false, out _);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Behind_an_ipv4_header_lies_the_message()
    {
        byte[] packet = [0x46, 0, 0, 32, 0, 0, 0x40, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0xee, 0xee];
        Assert.True(IcmpEcho.TrySkipIpv4(packet, out var message));
        Assert.Equal(8, message.Length); // options skipped, Ethernet's padding left out
        Assert.True(IcmpEcho.TryRead(message, v6: false, out var echo) && echo.Reply);
        packet[9] = 17;
        Assert.False(IcmpEcho.TrySkipIpv4(packet, out _));
        packet[9] = 1;
        packet[7] = 1; // a later fragment
        Assert.False(IcmpEcho.TrySkipIpv4(packet, out _));
    }

    /// <summary>RFC 1071 section 3 works this sum through by hand: ddf2, and its complement 220d.</summary>
    [Fact]
    public void The_checksum_of_rfc_1071_is_right() =>
        Assert.Equal(0x220d, InternetChecksum.Fold(InternetChecksum.Add(0, [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7])));

    private static string Arp(Action<byte[]> write)
    {
        var frame = new byte[ArpFrame.Bytes];
        Array.Fill(frame, (byte)0x77); // what was there before must not shine through
        write(frame);
        return Convert.ToHexString(frame);
    }

    /// <summary>The sum in the plainest form, in 64 bits without folding on the way.</summary>
    private static string PlainChecksum(string source, string icmp)
    {
        var all = Convert.FromHexString(source + "FF020000000000000000000000000001" + "00000020" + "0000003A" + icmp);
        var sum = 0L;
        for (var i = 0; i < all.Length; i += 2)
        {
            sum += (all[i] * 256) + all[i + 1];
        }

        return (65535 - (sum % 65535 == 0 ? 65535 : sum % 65535)).ToString("X4", null);
    }
}
