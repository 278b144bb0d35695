using System.Net;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Understudy.Core.Wire;
using Xunit;

namespace Understudy.Tests.Wire;

public sealed class NetlinkTests
{
    /// <summary>Written out by hand from struct nlmsghdr, ifaddrmsg, rtattr and ifa_cacheinfo, on a little-endian host.</summary>
    private const string KnownAdd =
        "4C000000" + "1400" + "0505" + "00000000" + "00000000" // length 76, RTM_NEWADDR, REQUEST|ACK|REPLACE|CREATE
        + "02180000" + "05000000" // AF_INET, /24, interface 5
        + "08000200" + "0A630064" // IFA_LOCAL
        + "08000100" + "0A630064" // IFA_ADDRESS
        + "08000800" + "00020000" // IFA_FLAGS: NOPREFIXROUTE
        + "05000B00" + "55000000" // IFA_PROTO
        + "14000600" + "02000000" + "02000000" + "0000000000000000"; // IFA_CACHEINFO: 2 s

    [Fact]
    public void An_order_to_add_is_these_bytes()
    {
        var buffer = new byte[AddressMessage.MaxBytes];
        var writer = new NetlinkWriter(buffer);
        var places = AddressMessage.WriteAdd(ref writer, Subject("10.99.0.100", 24, 5), validSeconds: 2);
        Assert.Equal(KnownAdd, Convert.ToHexString(buffer.AsSpan(0, writer.Length)));
        Assert.Equal(5, MemoryMarshal.Read<int>(buffer.AsSpan(places.Index)));
        Assert.Equal(2u, MemoryMarshal.Read<uint>(buffer.AsSpan(places.Lifetimes + 4)));
        Assert.Equal((0, writer.Length), (places.Start, places.End));
    }

    [Fact]
    public void An_ipv6_address_is_deprecated_from_the_start_and_not_tentative()
    {
        var buffer = new byte[AddressMessage.MaxBytes];
        var writer = new NetlinkWriter(buffer);
        _ = AddressMessage.WriteAdd(ref writer, Subject("fd00:99::100", 64, 7), validSeconds: 3);
        Assert.Equal(AddressMessage.MaxBytes, writer.Length);
        var reader = new NetlinkReader(buffer.AsSpan(0, writer.Length));
        Assert.True(reader.Next(out var message));
        Assert.True(AddressMessage.TryRead(message.Body, out var read));
        Assert.Equal(Subject("fd00:99::100", 64, 7), read.Subject);
        Assert.Equal((0u, 3u), (read.PreferredSeconds, read.ValidSeconds));
        Assert.Equal(AddressMessage.NoDad | AddressMessage.NoPrefixRoute, read.Flags);
        Assert.Equal(AddressMessage.OwnProtocol, read.Protocol);
    }

    [Fact]
    public void What_is_written_is_read_again() => Prop.ForAll<byte[], PositiveInt, NonNegativeInt>((seed, index, seconds) =>
    {
        var v6 = seed.Length % 2 == 0;
        var address = WireAddress.Of([.. seed.Concat(new byte[16]).Take(v6 ? 16 : 4)]);
        var subject = new AddressSubject(index.Get, address, seed.Length % (v6 ? 129 : 33));
        var buffer = new byte[4 * AddressMessage.MaxBytes];
        var writer = new NetlinkWriter(buffer);
        _ = AddressMessage.WriteAdd(ref writer, subject, (uint)seconds.Get);
        _ = AddressMessage.WriteRemove(ref writer, subject);
        LinkMessage.WriteGet(ref writer, "eth0.100"u8);
        var reader = new NetlinkReader(buffer.AsSpan(0, writer.Length));
        var read = 0;
        while (reader.Next(out var message))
        {
            switch (message.Type)
            {
                case RouteMessage.NewAddress:
                    read += AddressMessage.TryRead(message.Body, out var added) && added.Subject == subject && added.ValidSeconds == seconds.Get ? 1 : 0;
                    break;
                case RouteMessage.DelAddress:
                    read += AddressMessage.TryRead(message.Body, out var removed) && removed.Subject == subject ? 1 : 0;
                    break;
                case RouteMessage.GetLink:
                    read += LinkMessage.TryRead(message.Body, out var link) && link.Name.SequenceEqual("eth0.100"u8) ? 1 : 0;
                    break;
            }
        }

        return read == 3 && !reader.Refused;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_are_parsed_or_refused() => Prop.ForAll<byte[]>(bytes =>
    {
        // Lengths that are nearly right get further in than random ones.
        for (var claimed = 0; claimed < bytes.Length + 3; claimed++)
        {
            if (bytes.Length >= 4)
            {
                MemoryMarshal.Write(bytes, (uint)claimed);
            }

            var reader = new NetlinkReader(bytes);
            var count = 0;
            while (reader.Next(out var message))
            {
                count++;
                _ = AddressMessage.TryRead(message.Body, out _);
                _ = LinkMessage.TryRead(message.Body, out _);
                _ = NetlinkAnswer.TryRead(message, out _);
            }

            if (count > (bytes.Length / NetlinkWriter.HeaderBytes) || !(reader.Refused || Covered(bytes)))
            {
                return false;
            }
        }

        return AttributesEnd(bytes);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_cut_message_is_refused_at_every_length()
    {
        var buffer = new byte[AddressMessage.MaxBytes];
        var writer = new NetlinkWriter(buffer);
        _ = AddressMessage.WriteAdd(ref writer, Subject("10.0.0.1", 32, 1), 1);
        for (var length = 1; length < writer.Length; length++)
        {
            var reader = new NetlinkReader(buffer.AsSpan(0, length));
            Assert.False(reader.Next(out _));
            Assert.True(reader.Refused);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_kernels_words_follow_the_request_or_its_header(bool capped)
    {
        var words = "ipv4: Address not found\0"u8;
        var request = 40;
        var body = new byte[4 + (capped ? 16 : request) + 4 + words.Length];
        MemoryMarshal.Write(body, -99);
        MemoryMarshal.Write(body.AsSpan(4), request);
        var attribute = body.AsSpan(4 + (capped ? 16 : request));
        MemoryMarshal.Write(attribute, (ushort)(4 + words.Length));
        MemoryMarshal.Write(attribute[2..], (ushort)1);
        words.CopyTo(attribute[4..]);
        var message = new NetlinkMessage(RouteMessage.Error, (ushort)(0x200 | (capped ? 0x100 : 0)), 1, body);
        Assert.True(NetlinkAnswer.TryRead(message, out var answer));
        Assert.Equal(-99, answer.Error);
        Assert.Equal("ipv4: Address not found", System.Text.Encoding.ASCII.GetString(answer.Text));
    }

    [Fact]
    public void A_link_tells_its_name_address_and_condition()
    {
        var body = new byte[LinkMessage.BodyBytes + 12 + 12 + 8];
        MemoryMarshal.Write(body.AsSpan(2), LinkMessage.Ethernet);
        MemoryMarshal.Write(body.AsSpan(4), 9);
        MemoryMarshal.Write(body.AsSpan(8), 0x10001u); // IFF_LOWER_UP | IFF_UP
        byte[] attributes = [9, 0, 3, 0, (byte)'e', (byte)'t', (byte)'h', (byte)'0', 0, 0, 0, 0, 10, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 0, 5, 0, 16, 0, 6, 0, 0, 0];
        attributes.CopyTo(body, LinkMessage.BodyBytes);
        Assert.True(LinkMessage.TryRead(body, out var link));
        Assert.Equal((9, LinkMessage.Ethernet, (byte)6), (link.Index, link.HardwareType, link.OperationalState));
        Assert.True(link is { Up: true, Carrier: true });
        Assert.Equal("eth0", System.Text.Encoding.ASCII.GetString(link.Name));
        Assert.Equal("020000000001", Convert.ToHexString(link.Address));
    }

    [Fact]
    public void An_address_is_equal_to_itself_by_another_way()
    {
        Assert.Equal(WireAddress.Of(IPAddress.Parse("10.0.0.1")), WireAddress.Of([10, 0, 0, 1]));
        Assert.NotEqual(WireAddress.Of(IPAddress.Parse("::10.0.0.1")), WireAddress.Of([10, 0, 0, 1]));
        Assert.Equal("fd00::1", WireAddress.Of(IPAddress.Parse("fd00::1")).ToString());
        Assert.Equal(0, WireAddress.Of([1, 2, 3]).Length);
    }

    [Fact]
    public void Reading_and_writing_do_not_allocate()
    {
        var buffer = new byte[AddressMessage.MaxBytes];
        var subject = Subject("fd00:99::100", 64, 7);
        Assert.True(Use(buffer, subject));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = Use(buffer, subject);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(read);
    }

    private static bool Use(byte[] buffer, AddressSubject subject)
    {
        var writer = new NetlinkWriter(buffer);
        _ = AddressMessage.WriteAdd(ref writer, subject, 1);
        var reader = new NetlinkReader(buffer);
        return reader.Next(out var message) && AddressMessage.TryRead(message.Body, out var read) && read.Subject == subject;
    }

    /// <summary>Whether the bytes are whole messages to the last, by the plainest reading of the format.</summary>
    private static bool Covered(byte[] bytes)
    {
        var at = 0;
        while (at < bytes.Length)
        {
            if (bytes.Length - at < 16)
            {
                return false;
            }

            var length = MemoryMarshal.Read<uint>(bytes.AsSpan(at));
            if (length < 16 || length > bytes.Length - at)
            {
                return false;
            }

            at += (int)((length + 3) & ~3u);
        }

        return true;
    }

    private static bool AttributesEnd(byte[] bytes)
    {
        var reader = new AttributeReader(bytes);
        var count = 0;
        while (reader.Next(out _, out var value))
        {
            count++;
            if (value.Length > bytes.Length - 4)
            {
                return false;
            }
        }

        return count <= bytes.Length / 4;
    }

    private static AddressSubject Subject(string address, int prefix, int index) => new(index, WireAddress.Of(IPAddress.Parse(address)), prefix);
}
