using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Understudy.Core.Ldms;

/// <summary>
/// LDMS's authentication "ovis": each side sends a number, and proves that it knows the secret by the SHA-224 of that number in decimal and the secret (docs/protocol/ldms.md). It shows who connects, no more: nothing that
/// follows is protected.
/// </summary>
public static class OvisAuth
{
    /// <summary>Of a challenge and of a proof.</summary>
    public const int ChallengeBytes = 12, ProofBytes = 4 + (2 * Sha224.DigestBytes) + 1;

    private const uint Challenge = 1, Proof = 2;

    /// <summary>MIN_SECRET_WORD_LEN of LDMS's auth.h.</summary>
    private const int ShortestSecret = 8;

    /// <summary>The word of the line <c>secretword=WORD</c> in a file as LDMS has it.</summary>
    /// <returns>Null where there is no such line, or its word is shorter than LDMS takes.</returns>
    public static string? SecretIn(string file)
    {
        const string Key = "secretword=";
        var word = file.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal))?[Key.Length..];
        return word is { Length: >= ShortestSecret } ? word : null;
    }

    /// <summary>What a file without a usable word is refused with.</summary>
    public static string NoSecretIn(string path) => $"{path} has no line secretword=WORD with at least {ShortestSecret} characters";

    /// <param name="number">Drawn anew for each connection.</param>
    public static byte[] WriteChallenge(ulong number)
    {
        var bytes = new byte[ChallengeBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Challenge);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(4), number);
        return bytes;
    }

    public static byte[] WriteProof(ulong challenge, string secret)
    {
        var bytes = new byte[ProofBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Proof);
        _ = Encoding.ASCII.GetBytes(Answer(challenge, secret), bytes.AsSpan(4));
        return bytes;
    }

    /// <summary>The number that the peer wants a proof for; false where it is no challenge.</summary>
    public static bool TryReadChallenge(ReadOnlySpan<byte> message, out ulong number)
    {
        number = 0;
        return message.Length == ChallengeBytes && BinaryPrimitives.ReadUInt32LittleEndian(message) == Challenge && BinaryPrimitives.TryReadUInt64BigEndian(message[4..], out number);
    }

    /// <summary>The peer's proof for a number of ours holds. Takes as long for a wrong one.</summary>
    public static bool Proves(ReadOnlySpan<byte> message, ulong challenge, string secret) =>
        message.Length is ProofBytes or ProofBytes - 1 && BinaryPrimitives.ReadUInt32LittleEndian(message) == Proof
        && CryptographicOperations.FixedTimeEquals(message.Slice(4, 2 * Sha224.DigestBytes), Encoding.ASCII.GetBytes(Answer(challenge, secret)));

    private static string Answer(ulong challenge, string secret) => Convert.ToHexStringLower(Sha224.Hash(Encoding.UTF8.GetBytes(challenge.ToString(CultureInfo.InvariantCulture) + secret)));
}
