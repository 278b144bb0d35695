using System.Text;
using Understudy.Core;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Ldms;

public sealed class OvisAuthTests
{
    /// <summary>The examples of NIST for FIPS 180-4.</summary>
    [Theory]
    [InlineData("", "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f")]
    [InlineData("abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525")]
    public void Sha_224_is_that_of_the_standard(string message, string digest) => Assert.Equal(digest, Convert.ToHexStringLower(Sha224.Hash(Encoding.ASCII.GetBytes(message))));

    [Fact]
    public void A_million_letters_too() => Assert.Equal("20794655980c91d8bbb4c1ea97618a4bf03f42581948b2ee4ee7ad67", Convert.ToHexStringLower(Sha224.Hash(Enumerable.Repeat((byte)'a', 1_000_000).ToArray())));

    [Fact]
    public void Who_knows_the_secret_proves_it_and_nobody_else()
    {
        Assert.True(OvisAuth.TryReadChallenge(OvisAuth.WriteChallenge(1234567890123), out var number));
        var proof = OvisAuth.WriteProof(number, "secretword");
        Assert.True(OvisAuth.Proves(proof, 1234567890123, "secretword"));
        Assert.False(OvisAuth.Proves(proof, 1234567890124, "secretword"));
        Assert.False(OvisAuth.Proves(proof, 1234567890123, "another one"));
        Assert.False(OvisAuth.Proves(proof.AsSpan(1), 1234567890123, "secretword"));
    }

    [Fact]
    public void A_long_answer_of_configuration_is_put_together_from_its_records()
    {
        var message = new ConfigMessage(true, 7, 0, [ConfigValue.OfJson(new string('x', 200_000)), ConfigValue.Of(ConfigWord.Name, "n")]);
        var records = message.ToRecords();
        Assert.Equal(4, records.Count);
        var assembly = new ConfigAssembly();
        ConfigMessage? whole = null;
        foreach (var record in records)
        {
            Assert.Null(whole);
            Assert.True(assembly.TryTake(record, out whole, out var why), why);
        }

        Assert.Equal(message, whole);
        Assert.Equal("n", whole![ConfigWord.Name]);
    }

    [Fact]
    public void A_record_that_continues_nothing_is_refused() =>
        Assert.False(new ConfigAssembly().TryTake(new ConfigMessage(true, 7, 0, [ConfigValue.OfJson(new string('x', 200_000))]).ToRecords()[1], out _, out _));

    [Fact]
    public void The_old_introduction_of_20_bytes_is_read_and_written()
    {
        var old = new ConnectBytes("none", IsRail: false);
        var bytes = new byte[20];
        Assert.Equal(20, old.Write(bytes));
        Assert.True(ConnectBytes.TryRead(bytes, out var read, out _));
        Assert.Equal(old, read);
        bytes[1] = 3;
        Assert.False(ConnectBytes.TryRead(bytes, out _, out var why));
        Assert.Contains("4.3.0.0", why, StringComparison.Ordinal);
    }
}
