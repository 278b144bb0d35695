using System.Buffers.Binary;

namespace Understudy.Core.Ldms;

/// <summary>Where things are in a meta (struct ldms_set_hdr) and in a sample (struct ldms_data_hdr, struct ldms_heap): LDMS 4.5.1 wire, docs/protocol/ldms.md.</summary>
internal static class MetaPlaces
{
    internal const int ProducerBytes = 64, Generation = 64, Version = 72, Flags = 76, Card = 80, MetaSize = 84, DataSize = 88, Uid = 92, Gid = 96, Permissions = 100, ArrayCount = 104, HeapSize = 108,
        Dictionary = 140;

    /// <summary>The head's bytes as its sizes are reckoned: 140 and padding, since it has a 64-bit word.</summary>
    internal const int HeadBytes = 144;

    /// <summary>Numbers are little-endian (LDMS_SETH_F_LE); 1 would be big-endian.</summary>
    internal const byte LittleEndian = 2;

    /// <summary>LDMS's protocol: 4.2.0.0.</summary>
    internal const byte Major = 4, Minor = 2;

    /// <summary>Of a descriptor: user's word, offset, count, two spare words, type, flags, length of name and unit, name.</summary>
    internal const int DescUser = 0, DescOffset = 8, DescCount = 12, DescType = 24, DescFlags = 25, DescLength = 26, DescName = 27;

    /// <summary>What a descriptor is reckoned with besides its name: 27 and padding.</summary>
    internal const int DescBytes = 28;

    internal const byte InSample = 1, InMeta = 2, OfRecord = 4;

    /// <summary>What real daemons leave in the user's word of a record's member.</summary>
    internal const ulong MemberUser = 0x012345678abcdef;

    /// <summary>Of a sample: time, duration, flags, offset of the sample from the meta's begin, generation, size, the meta's generation, number in the array, heap.</summary>
    internal const int Seconds = 0, Micros = 4, DurationSeconds = 8, DurationMicros = 12, State = 16, SetOffset = 20, SampleGeneration = 24, Size = 32, SampleMetaGeneration = 40, Index = 48,
        HeapGrain = 56, HeapBytes = 64, HeapGeneration = 72, HeapSizeTree = 80, HeapAddressTree = 88;

    internal const uint Begun = 1, Ended = 2;

    /// <summary>Where the first piece of a heap may be: behind its signature.</summary>
    internal const int HeapFirst = 8;

    /// <summary>The unit of the heap, and the least piece: what the node of a free one takes.</summary>
    internal const int GrainBits = 5, Grain = 32, LeastPiece = 64;

    /// <summary>A heap's bytes are a multiple of this, and a list that says nothing wants so many.</summary>
    internal const int HeapStep = 512;

    /// <summary>LDMS_RECORD_F_TYPE, LDMS_RECORD_F_INST.</summary>
    internal const uint IsRecordType = 1, IsRecord = 2;

    internal static ReadOnlySpan<byte> HeapSignature => "BOHEAP0\0"u8;

    internal static int Align8(int value) => (value + 7) & ~7;

    internal static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    internal static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    internal static void Put32(Span<byte> bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], value);

    internal static void Put64(Span<byte> bytes, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(bytes[at..], value);
}
