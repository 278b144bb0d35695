using System.Buffers.Binary;
using System.IO.Compression;
using Understudy.Core.Ldms;

namespace Understudy.Tests.Ldms;

/// <summary>One message of zap in the capture, whole.</summary>
internal sealed record CapturedMessage(int From, int To, byte[] Bytes)
{
    /// <summary>Real daemons of the capture listen at ports below this; who connects has one above.</summary>
    private const int Ephemeral = 32768;

    internal bool IsFromClient => From >= Ephemeral;

    /// <summary>The connection, whoever speaks.</summary>
    internal (int Client, int Server) Connection => IsFromClient ? (From, To) : (To, From);
}

/// <summary>What four samplers, a pair of ldmsd 4.5.1 and the one above said to each other (pair.pcap.gz: classic pcap, Ethernet, IPv4, loopback), as messages in the order of their last bytes.</summary>
internal static class Capture
{
    internal static IReadOnlyList<CapturedMessage> Messages { get; } = Read();

    /// <summary>The bytes of every meta that was read: of meminfo and of vmstat.</summary>
    internal static IEnumerable<byte[]> Metas => Messages.Where(m => TypeOf(m) == ZapType.ReadReply && m.Bytes.Length is 36 + 2960 or 36 + 10680).Select(m => m.Bytes[36..]);

    internal static ZapType TypeOf(CapturedMessage message) => (ZapType)message.Bytes[1];

    private static List<CapturedMessage> Read()
    {
        using var packed = typeof(Capture).Assembly.GetManifestResourceStream("pair.pcap.gz")!;
        using var open = new GZipStream(packed, CompressionMode.Decompress);
        using var all = new MemoryStream();
        open.CopyTo(all);
        ReadOnlySpan<byte> file = all.ToArray();
        var found = new List<CapturedMessage>();
        var flows = new Dictionary<(int From, int To), (uint Next, List<byte> Held)>();
        for (var at = 24; at + 16 <= file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file[(at + 8)..]);
            Packet(file.Slice(at + 16, length), flows, found);
            at += 16 + length;
        }

        return found;
    }

    private static void Packet(ReadOnlySpan<byte> frame, Dictionary<(int From, int To), (uint Next, List<byte> Held)> flows, List<CapturedMessage> found)
    {
        var ip = frame[14..];
        var tcp = ip[((ip[0] & 15) * 4)..BinaryPrimitives.ReadUInt16BigEndian(ip[2..])];
        var key = ((int)BinaryPrimitives.ReadUInt16BigEndian(tcp), (int)BinaryPrimitives.ReadUInt16BigEndian(tcp[2..]));
        var sequence = BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]);
        if ((tcp[13] & 2) != 0)
        {
            flows[key] = (sequence + 1, []);
            return;
        }

        var bytes = tcp[((tcp[12] >> 4) * 4)..];
        if (bytes.IsEmpty || !flows.TryGetValue(key, out var flow) || flow.Next != sequence)
        {
            return;      // retransmitted, or a keepalive
        }

        flow.Held.AddRange(bytes);
        flows[key] = (sequence + (uint)bytes.Length, flow.Held);
        while (flow.Held.Count >= 20)
        {
            Span<byte> size = [flow.Held[4], flow.Held[5], flow.Held[6], flow.Held[7]];
            var length = BinaryPrimitives.ReadInt32BigEndian(size);
            if (length < 20 || flow.Held.Count < length)
            {
                return;
            }

            found.Add(new CapturedMessage(key.Item1, key.Item2, [.. flow.Held.Take(length)]));
            flow.Held.RemoveRange(0, length);
        }
    }
}
