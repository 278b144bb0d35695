using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Ldms;

/// <summary>Whatever comes from the wire is read or refused with a sentence; it never throws, and nothing that is refused is used.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void Any_changed_byte_of_any_kind_of_message_is_read_or_refused()
    {
        var seen = new HashSet<(ZapType, int)>();
        foreach (var message in Capture.Messages.Where(m => seen.Add((Capture.TypeOf(m), m.Bytes.Length))))
        {
            var bytes = message.Bytes.ToArray();
            for (var at = 0; at < Math.Min(bytes.Length, 600); at++)
            {
                var was = bytes[at];
                foreach (var other in (byte[])[0, 1, 0x7f, 0x80, 0xff, (byte)(was ^ 1), (byte)(was + 1)])
                {
                    bytes[at] = other;
                    Take(bytes);
                }

                bytes[at] = was;
            }
        }
    }

    [Fact]
    public void Every_truncation_of_a_message_is_partial_and_of_its_content_refused()
    {
        var seen = new HashSet<(ZapType, int)>();
        foreach (var message in Capture.Messages.Where(m => m.Bytes.Length < 1000 && seen.Add((Capture.TypeOf(m), m.Bytes.Length))))
        {
            for (var length = 0; length < message.Bytes.Length; length++)
            {
                Assert.Equal(ZapArrival.Partial, ZapFrame.TryRead(message.Bytes.AsSpan(0, length), out _, out _));
                var content = message.Bytes.AsSpan(0, length).ToArray();
                if (length > 24 && Capture.TypeOf(message) == ZapType.SendReceive)
                {
                    Assert.False(LdmsMessage.TryRead(content.AsSpan(24), out _, out var why));
                    Assert.NotEmpty(why);
                }

                if (length > 40 && Capture.TypeOf(message) == ZapType.Rendezvous)
                {
                    Assert.False(LookupAnswer.TryRead(content.AsSpan(40), out _, out _));
                }
            }
        }
    }

    [Fact]
    public void Any_changed_word_of_a_meta_is_read_or_refused_and_what_is_read_reads_any_sample()
    {
        foreach (var layout in (SetLayout[])[CaptureTests.Layout("s00/a"), SetsWithLists.Layout])
        {
            var meta = layout.Meta.ToArray();
            for (var at = 0; at < meta.Length; at++)
            {
                foreach (var word in (uint[])[0, 1, 7, 0x7fffffff, 0x80000000, 0xffffffff, (uint)meta.Length, (uint)layout.DataSize])
                {
                    var changed = meta.ToArray();
                    if (at + 4 <= changed.Length)
                    {
                        BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(at), word);
                    }
                    else
                    {
                        changed[at] = (byte)word;
                    }

                    if (SetLayout.TryRead(changed, out var other, out var why))
                    {
                        ReadAll(other, new byte[Math.Min(other.DataSize, 4096)]);
                        if (other.DataSize <= 4096)
                        {
                            ReadAll(other, SetsWithLists.Sample(layout, other.DataSize));
                        }
                    }
                    else
                    {
                        Assert.NotEmpty(why);
                    }
                }
            }

            for (var length = 0; length < meta.Length; length++)
            {
                Assert.False(SetLayout.TryRead(meta.AsMemory(0, length), out _, out _));
            }
        }
    }

    [Fact]
    public void Any_changed_word_of_a_sample_with_lists_is_read_without_end_or_fault()
    {
        var layout = SetsWithLists.Layout;
        var sample = SetsWithLists.Sample(layout, layout.DataSize);
        for (var at = 0; at + 4 <= sample.Length; at++)
        {
            foreach (var word in (uint[])[0, 8, 12, 44, 76, 0x7fffffff, 0x80000000, 0xffffffff, (uint)layout.HeapSize])
            {
                var changed = sample.ToArray();
                BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(at), word);
                ReadAll(layout, changed);
            }
        }
    }

    [Fact]
    public void Any_bytes_are_no_fault() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll<byte[]>(bytes =>
        {
            Take(bytes);
            TakeMessage(bytes);
            _ = LookupAnswer.TryRead(bytes, out _, out _);
            _ = ConnectBytes.TryRead(bytes, out _, out _);
            _ = SetLayout.TryRead(bytes, out _, out _);
            _ = DirectoryText.TryRead(bytes, out _, out _);
            _ = new ConfigAssembly().TryTake(bytes, out _, out _);
            _ = OvisAuth.TryReadChallenge(bytes, out _);
            Assert.False(OvisAuth.Proves(bytes, 1, "a secret"));
        }));

    [Fact]
    public void A_directory_with_a_changed_byte_is_read_or_refused()
    {
        var json = DirectoryText.List([DirectoryEntry.Of(SetsWithLists.Layout, SetsWithLists.Layout.NewSample(), isOwn: true, ["updt_hint_us", "1000000:0"])])[0];
        for (var at = 0; at < json.Length; at++)
        {
            foreach (var other in "\"{}[],:\\0-9.etn\0"u8)
            {
                var changed = json.ToArray();
                changed[at] = other;
                Assert.True(DirectoryText.TryRead(changed, out var entries, out var why) ? entries.Count <= 2 : why.Length > 0);
            }
        }
    }

    /// <summary>Reads everything that a layout says there is.</summary>
    internal static int ReadAll(SetLayout layout, ReadOnlySpan<byte> bytes)
    {
        var sample = new SampleReader(layout, bytes);
        var (read, text) = (sample.Id.Micros == 0 ? 0 : 1, sample.Duration.ToString());
        for (var i = 0; i < layout.Fields.Length; i++)
        {
            read += Read(sample.Value(i), 0) + sample.Text(i).Length + text.Length;
        }

        return read;
    }

    private static int Read(MetricValue value, int depth)
    {
        var read = 1;
        _ = value.Unsigned() + (ulong)value.Signed(value.Count - 1) + (ulong)Math.Abs(Math.Min(1, value.Number(value.Count / 2)));
        var entries = value.Entries();
        while (entries.Next(out var entry))
        {
            Assert.True(depth < 10);
            read += Read(entry, depth + 1);
        }

        for (var k = 0; k < (value.Type is MetricType.Record ? 1 : value.Type is MetricType.RecordArray ? value.Count : 0); k++)
        {
            var record = value.Record(k);
            for (var member = 0; member < (record.Type?.Members.Count ?? 0); member++)
            {
                read += Read(record.Value(member), depth + 1);
            }
        }

        return read;
    }

    private static void Take(byte[] bytes)
    {
        if (ZapFrame.TryRead(bytes, out var frame, out var why) != ZapArrival.Whole)
        {
            return;
        }

        Assert.Empty(why);
        _ = (frame.Type is ZapType.Rendezvous or ZapType.ReadRequest ? frame.Map.Bytes : 0) + frame.Content.Length + frame.Xid + (long)frame.Context;
        switch (frame.Type)
        {
            case ZapType.Connect or ZapType.Accepted:
                _ = ConnectBytes.TryRead(frame.Content, out _, out _);
                break;
            case ZapType.Rendezvous:
                _ = LookupAnswer.TryRead(frame.Content, out _, out _);
                break;
            case ZapType.SendReceive:
                TakeMessage(frame.Content);
                break;
        }
    }

    private static void TakeMessage(ReadOnlySpan<byte> bytes)
    {
        if (!LdmsMessage.TryRead(bytes, out var message, out _))
        {
            return;
        }

        _ = message.Code + message.Content.Length;
        switch (message.Command)
        {
            case LdmsCommand.Dir:
                _ = message.Flag;
                break;
            case LdmsCommand.Lookup:
                _ = message.LookupFlags + message.Name.Length;
                break;
            case LdmsCommand.SendMessage:
                _ = new ConfigAssembly().TryTake(message.Content, out _, out _);
                break;
            case LdmsCommand.DirReply or LdmsCommand.DirUpdate:
                _ = message.Kind;
                _ = message.Flag && DirectoryText.TryRead(message.Content, out _, out _);
                break;
        }
    }
}
