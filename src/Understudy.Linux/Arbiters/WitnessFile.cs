using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Win32.SafeHandles;
using Understudy.Core;
using Understudy.Core.Duties;

namespace Understudy.Linux.Arbiters;

/// <summary>
/// The witness's memory on disk: two slots of 64 KiB that are written in turn, each with a number, a length and a SHA-256 over all of it, so that a crash
/// in the middle of a write leaves the other slot. <see cref="Save"/> returns when the bytes are on the disk (fsync).
/// </summary>
/// <remarks>Why not a new file and a rename: that needs two fsyncs (file and folder), and a take-over waits for them.</remarks>
public sealed class WitnessFile : IDisposable
{
    private const int SlotBytes = 64 * 1024;
    private const int HeadBytes = 8 + 4 + 32;
    private static ReadOnlySpan<byte> Magic => "understudy witness 1\n"u8;

    private readonly SafeFileHandle file;
    private readonly byte[] slot = new byte[SlotBytes];
    private ulong number;

    private WitnessFile(SafeFileHandle file, ulong number) => (this.file, this.number) = (file, number);

    /// <summary>Opens or makes the file, and reads what it remembers.</summary>
    /// <param name="remembered">Null when there was no file, or neither slot is whole: the witness has lost its memory.</param>
    /// <exception cref="IOException">The file cannot be opened, or another witness has it open.</exception>
    public static WitnessFile Open(string path, out ValueList<WitnessRecord>? remembered)
    {
        _ = Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, FileOptions.None);
        try
        {
            var newest = (Number: 0UL, Records: (WitnessRecord[]?)null);
            for (var which = 0; which < 2; which++)
            {
                var read = Read(handle, which);
                newest = read.Records is not null && read.Number >= newest.Number ? read : newest;
            }

            remembered = newest.Records is null ? null : ValueList.Create<WitnessRecord>(newest.Records);
            return new WitnessFile(handle, newest.Number);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Writes the records and waits until they are on the disk.</summary>
    /// <exception cref="IOException">Disk full or broken: then nothing may be granted.</exception>
    public void Save(WitnessState state)
    {
        var records = state.Claims.Select(c => c.Record).ToArray();
        var body = JsonSerializer.SerializeToUtf8Bytes(records, WitnessJson.Default.WitnessRecordArray);
        if (body.Length > SlotBytes - Magic.Length - HeadBytes)
        {
            throw new IOException($"the witness's memory of {records.Length} duties does not fit into {SlotBytes} bytes");
        }

        number++;
        var at = slot.AsSpan();
        Magic.CopyTo(at);
        at = at[Magic.Length..];
        BinaryPrimitives.WriteUInt64BigEndian(at, number);
        BinaryPrimitives.WriteInt32BigEndian(at[8..], body.Length);
        body.CopyTo(at[HeadBytes..]);
        Digest(at, body.Length).CopyTo(at[12..]);
        RandomAccess.Write(file, slot.AsSpan(0, Magic.Length + HeadBytes + body.Length), (long)(number % 2) * SlotBytes);
        RandomAccess.FlushToDisk(file);
    }

    public void Dispose() => file.Dispose();

    private static (ulong Number, WitnessRecord[]? Records) Read(SafeFileHandle file, int which)
    {
        var bytes = new byte[SlotBytes];
        var length = RandomAccess.Read(file, bytes, (long)which * SlotBytes);
        var at = bytes.AsSpan(0, length);
        if (!at.StartsWith(Magic) || at.Length < Magic.Length + HeadBytes)
        {
            return default;
        }

        at = at[Magic.Length..];
        var bodyBytes = BinaryPrimitives.ReadInt32BigEndian(at[8..]);
        if (bodyBytes < 0 || bodyBytes > at.Length - HeadBytes || !Digest(at, bodyBytes).AsSpan().SequenceEqual(at.Slice(12, 32)))
        {
            return default;
        }

        return (BinaryPrimitives.ReadUInt64BigEndian(at), JsonSerializer.Deserialize(at.Slice(HeadBytes, bodyBytes), WitnessJson.Default.WitnessRecordArray));
    }

    /// <summary>Over number, length and body.</summary>
    private static byte[] Digest(ReadOnlySpan<byte> at, int bodyBytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(at[..12]);
        hash.AppendData(at.Slice(HeadBytes, bodyBytes));
        return hash.GetHashAndReset();
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WitnessRecord[]))]
internal sealed partial class WitnessJson : JsonSerializerContext;
