using System.Buffers.Binary;
using System.Net;
using Understudy.Core.Wire;
using Understudy.Linux.Addresses;
using Xunit;

namespace Understudy.Tests.Addresses;

public sealed class ArpFilterTests
{
    private static readonly byte[] Ours = [2, 0, 0, 0, 0, 1];
    private static readonly IPAddress[] Addresses = [.. Enumerable.Range(1, 300).Select(i => new IPAddress([10, 0, (byte)(i >> 8), (byte)i]))];

    [Fact]
    public void Only_a_foreign_claim_on_an_address_of_ours_passes()
    {
        foreach (var address in Addresses)
        {
            Assert.True(Passes(Frame([2, 0, 0, 0, 0, 2], address)));
            Assert.True(Passes(Frame([2, 0, 0, 1, 0, 1], address)));
            Assert.True(Passes(Frame([3, 0, 0, 0, 0, 1], address)));
            Assert.False(Passes(Frame(Ours, address)));
        }

        Assert.False(Passes(Frame([2, 0, 0, 0, 0, 2], IPAddress.Parse("10.0.0.0"))));
        var other = Frame([2, 0, 0, 0, 0, 2], Addresses[0]);
        other[12] = 0x86;
        Assert.False(Passes(other));
    }

    private static byte[] Frame(byte[] mac, IPAddress address)
    {
        var frame = new byte[ArpFrame.Bytes];
        ArpFrame.WriteAnnouncement(frame, mac, address.GetAddressBytes());
        return frame;
    }

    /// <summary>Runs the program as the kernel does (Documentation/networking/filter.rst).</summary>
    private static bool Passes(byte[] frame)
    {
        var program = ArpWatch.Program(Ours, Addresses);
        var accumulator = 0u;
        for (var at = 0; at < program.Length; at++)
        {
            var one = program[at];
            switch (one.Code)
            {
                case 0x28:
                    accumulator = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan((int)one.K));
                    break;
                case 0x20:
                    accumulator = BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan((int)one.K));
                    break;
                case 0x15:
                    at += accumulator == one.K ? one.IfTrue : one.IfFalse;
                    break;
                case 0x05:
                    at += (int)one.K;
                    break;
                case 0x06:
                    return one.K != 0;
                default:
                    Assert.Fail($"instruction {one.Code:x}");
                    break;
            }
        }

        throw new InvalidOperationException("ran past the end");
    }
}
