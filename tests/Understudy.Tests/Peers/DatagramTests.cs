using Understudy.Core.Peers;
using Xunit;
using static Understudy.Tests.Peers.Talks;

namespace Understudy.Tests.Peers;

/// <summary>What is dropped before anything is believed.</summary>
public sealed class DatagramTests
{
    private static readonly HmacSeal s_key = Key();

    private static Refusal Open(byte[] bytes, params ReadOnlySpan<Seal> keys) => Datagram.Open(bytes, new KeyRing(keys), out _, out _);

    /// <summary>Each datagram has everything wrong from one check on: the first of them names the refusal.</summary>
    [Theory]
    [InlineData(Refusal.Length)]
    [InlineData(Refusal.Magic)]
    [InlineData(Refusal.Version)]
    [InlineData(Refusal.Kind)]
    [InlineData(Refusal.UnknownKey)]
    [InlineData(Refusal.Mac)]
    [InlineData(Refusal.None)]
    public void The_checks_come_in_the_order_of_the_page(Refusal first)
    {
        var bytes = Beat(s_key, "beta", 5, 1, At(0));
        foreach (var (check, at) in new[] { (Refusal.Length, 63), (Refusal.Magic, 0), (Refusal.Version, 2), (Refusal.Kind, 3), (Refusal.UnknownKey, 4), (Refusal.Mac, 70) })
        {
            bytes[at] += first != Refusal.None && check >= first ? (byte)0x40 : (byte)0;
        }

        Assert.Equal(first, Open(bytes, s_key));
    }

    [Fact]
    public void Lengths_outside_the_page_s_are_refused()
    {
        var bytes = Beat(s_key, "beta", 5, 1, At(0));
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(Refusal.Length, Open(bytes[..length], s_key));
        }

        Assert.Equal(Refusal.Length, Open([.. bytes, 0], s_key));
        Assert.Equal(Refusal.Length, Open(new byte[Datagram.MaxBytes + 1], s_key));
    }

    [Fact]
    public void A_flipped_bit_anywhere_is_refused()
    {
        var bytes = Beat(s_key, "beta", 5, 1, At(0));
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(Refusal.None, Open(bytes, s_key));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.Equal(Refusal.None, Open(bytes, s_key));
    }

    [Fact]
    public void Another_secret_with_the_right_key_id_is_refused_by_its_MAC()
    {
        var bytes = Beat(Key(2), "beta", 5, 1, At(0));
        Assert.Equal(Refusal.UnknownKey, Open(bytes, s_key));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), s_key.KeyId);
        Assert.Equal(Refusal.Mac, Open(bytes, s_key));
    }

    [Fact]
    public void While_a_secret_is_replaced_both_verify_and_the_first_signs()
    {
        var (old, young) = (Key(1), Key(2));
        Assert.Equal(Refusal.None, Open(Beat(old, "beta", 5, 1, At(0)), young, old));
        Assert.Equal(Refusal.None, Open(Beat(young, "beta", 5, 1, At(0)), young, old));
        Assert.Equal(young.KeyId, new KeyRing(young, old).Signer.KeyId);
        Assert.Equal(Refusal.UnknownKey, Open(Beat(old, "beta", 5, 1, At(0)), young));
    }

    [Fact]
    public void A_secret_that_is_too_short_is_none() => Assert.Throws<ArgumentException>(() => HmacSeal.From(new byte[15]));
}
