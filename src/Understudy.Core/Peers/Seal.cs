using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Understudy.Core.Peers;

/// <summary>Makes the 16 MAC bytes of a datagram. One instance belongs to one thread.</summary>
public abstract class Seal(uint keyId)
{
    public uint KeyId { get; } = keyId;

    /// <param name="into">Exactly <see cref="Datagram.MacBytes"/> long.</param>
    public abstract void Mac(ReadOnlySpan<byte> signed, Span<byte> into);
}

/// <summary>HMAC-SHA-256 (RFC 2104, FIPS 198-1), cut to 16 bytes as RFC 2104 section 5 allows. Allocates nothing after construction.</summary>
public sealed class HmacSeal : Seal, IDisposable
{
    private readonly IncrementalHash hash;

    private HmacSeal(uint keyId, ReadOnlySpan<byte> key)
        : base(keyId) => hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);

    /// <param name="key">The secret file's bytes without surrounding white space; at least 16.</param>
    /// <exception cref="ArgumentException">Shorter than 16 bytes.</exception>
    public static HmacSeal From(ReadOnlySpan<byte> key)
    {
        if (key.Length < 16)
        {
            throw new ArgumentException("a secret must be at least 16 bytes long; `understudy keygen` makes one", nameof(key));
        }

        using var id = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        id.AppendData("understudy key id"u8);
        id.AppendData(key);
        Span<byte> digest = stackalloc byte[32];
        _ = id.GetHashAndReset(digest);
        return new HmacSeal(BinaryPrimitives.ReadUInt32BigEndian(digest), key);
    }

    public override void Mac(ReadOnlySpan<byte> signed, Span<byte> into)
    {
        Span<byte> full = stackalloc byte[32];
        hash.AppendData(signed);
        _ = hash.GetHashAndReset(full);
        full[..Datagram.MacBytes].CopyTo(into);
    }

    public void Dispose() => hash.Dispose();
}

/// <summary>The keys that are valid now: the first signs, all verify. Two, while a secret is being replaced.</summary>
public sealed class KeyRing(params ReadOnlySpan<Seal> seals)
{
    private readonly Seal[] seals = seals.ToArray();

    public Seal Signer => seals[0];

    public Seal? Find(uint keyId)
    {
        foreach (var seal in seals)
        {
            if (seal.KeyId == keyId)
            {
                return seal;
            }
        }

        return null;
    }
}
