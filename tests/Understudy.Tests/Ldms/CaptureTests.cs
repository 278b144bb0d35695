using Understudy.Core;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Ldms;

/// <summary>The capture of a real pair is the judge of our codec.</summary>
public sealed class CaptureTests
{
    [Fact]
    public void The_capture_is_read_whole()
    {
        Assert.Equal(25, Capture.Messages.Count(m => Capture.TypeOf(m) == ZapType.Connect));
        Assert.Equal(306, Capture.Messages.Count(m => Capture.TypeOf(m) == ZapType.ReadRequest));
        Assert.Equal(306, Capture.Messages.Count(m => Capture.TypeOf(m) == ZapType.ReadReply));
        Assert.Equal(33, Capture.Messages.Count(m => Capture.TypeOf(m) == ZapType.Rendezvous));
    }

    [Fact]
    public void Every_message_of_a_real_pair_is_written_back_to_the_same_bytes()
    {
        var kinds = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var message in Capture.Messages)
        {
            var to = new WireBuffer();
            var kind = Rewrite(message.Bytes, to);
            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
            Assert.True(to.Filled.SequenceEqual(message.Bytes), $"{kind}: {Convert.ToHexString(message.Bytes)} became {Convert.ToHexString(to.Filled)}");
        }

        Assert.Equal(
            ["Accepted", "AckAccepted", "Connect", "Dir", "DirReply", "DirUpdate", "Lookup", "ReadReply", "ReadRequest", "Rendezvous", "SendMessage", "SetDelete", "SetDeleteReply"],
            kinds.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_meta_of_the_capture_is_built_again_from_its_fields()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var meta in Capture.Metas)
        {
            Assert.True(SetLayout.TryRead(meta, out var layout, out var why), why);
            names.Add($"{layout.Instance} {layout.Schema} {layout.Fields.Length} {layout.MetaSize} {layout.DataSize}");
            var draft = new SetDraft(layout.Instance, layout.Schema, layout.Producer, layout.Fields.ToValueList())
            {
                Uid = layout.Uid,
                Gid = layout.Gid,
                Permissions = layout.Permissions,
                MetaGeneration = layout.MetaGeneration,
            };
            Assert.Equal(Convert.ToHexString(meta), Convert.ToHexString(SetLayout.Create(draft).Meta.Span));
        }

        Assert.Equal(8, names.Count);
        Assert.Contains("s00/a meminfo 57 2960 544", names);
        Assert.Contains("s03/b vmstat 195 10680 1648", names);
    }

    [Fact]
    public void Samples_of_the_capture_tell_what_the_tools_show()
    {
        var layout = Layout("s00/a");
        Assert.Equal(["component_id", "job_id", "app_id", "MemTotal"], layout.Fields.Take(4).Select(f => f.Name));
        Assert.True(layout.Fields[0].IsMeta);
        var samples = Capture.Messages.Where(m => Capture.TypeOf(m) == ZapType.ReadReply && m.Bytes.Length == 36 + layout.DataSize).Select(m => m.Bytes[36..]).ToList();
        Assert.Equal(120, samples.Count);
        var last = default(SampleId);
        foreach (var bytes in samples)
        {
            var sample = new SampleReader(layout, bytes);
            Assert.True(sample.Fits && sample.IsConsistent);
            Assert.Equal(1UL, sample.Unsigned(0));
            Assert.Equal(24684092UL, sample.Unsigned(3));
            Assert.Equal(34359738367d, sample.Number(layout.IndexOf("VmallocTotal")));
            Assert.Equal(2UL, sample.MetaGeneration);
            Assert.InRange(sample.Duration.TotalMicroseconds, 1, 10_000);
            last = sample.Id > last ? sample.Id : last;
        }

        Assert.Equal(1795306500, last.Micros / 1_000_000, 60d);
    }

    [Fact]
    public void An_empty_sample_of_ours_has_the_head_of_a_real_one()
    {
        var layout = Layout("s00/a");
        var real = Capture.Messages.First(m => Capture.TypeOf(m) == ZapType.ReadReply && m.Bytes.Length == 36 + layout.DataSize).Bytes.AsSpan(36);
        var reader = new SampleReader(layout, real);
        var ours = layout.NewSample();
        var writer = new SampleWriter(layout, ours);
        writer.Begin();
        for (var i = 1; i < layout.Fields.Length; i++)
        {
            writer.Set(i, reader.Unsigned(i));
        }

        writer.End(reader.Id.Micros, reader.Duration, reader.Id.Generation);
        Assert.Equal(Convert.ToHexString(real), Convert.ToHexString(ours));
    }

    /// <summary>Everything of a message through our types and out again.</summary>
    internal static string Rewrite(byte[] bytes, WireBuffer to)
    {
        Assert.Equal(ZapArrival.Whole, ZapFrame.TryRead(bytes, out var frame, out var why));
        Assert.Equal(bytes.Length, frame.Length);
        switch (frame.Type)
        {
            case ZapType.Connect or ZapType.Accepted:
                Assert.True(ConnectBytes.TryRead(frame.Content, out var connect, out why), why);
                var introduction = new byte[connect.Length];
                _ = connect.Write(introduction);
                if (frame.Type == ZapType.Connect)
                {
                    Assert.True(ZapWriter.Speaks(frame.Version));
                    ZapWriter.Connect(to, frame.Xid, frame.Context, introduction);
                }
                else
                {
                    ZapWriter.Content(to, frame.Type, frame.Xid, frame.Context, introduction);
                }

                return frame.Type.ToString();
            case ZapType.Rendezvous:
                Assert.True(LookupAnswer.TryRead(frame.Content, out var answer, out why), why);
                ZapWriter.Rendezvous(to, frame.Xid, frame.Context, frame.Map, frame.Access, answer.ToBytes());
                return nameof(ZapType.Rendezvous);
            case ZapType.ReadRequest:
                ZapWriter.ReadRequest(to, frame.Xid, frame.Context, frame.Map);
                return nameof(ZapType.ReadRequest);
            case ZapType.ReadReply:
                ZapWriter.ReadReply(to, frame.Xid, frame.Context, frame.Status, frame.Content);
                return nameof(ZapType.ReadReply);
            case ZapType.SendReceive:
                return RewriteMessage(frame, to);
            default:
                ZapWriter.Content(to, frame.Type, frame.Xid, frame.Context, frame.Content);
                return frame.Type.ToString();
        }
    }

    internal static SetLayout Layout(string instance) =>
        Capture.Metas.Select(m => SetLayout.TryRead(m, out var layout, out _) ? layout : null).OfType<SetLayout>().First(l => l.Instance == instance);

    private static string RewriteMessage(in ZapFrame frame, WireBuffer to)
    {
        Assert.True(LdmsMessage.TryRead(frame.Content, out var message, out var why), why);
        var inner = new WireBuffer();
        var writer = new LdmsWriter(inner);
        switch (message.Command)
        {
            case LdmsCommand.Dir:
                writer.Dir(message.Xid, message.Flag);
                break;
            case LdmsCommand.Lookup:
                writer.Lookup(message.Xid, message.Name);
                break;
            case LdmsCommand.SetDelete:
                writer.SetDelete(message.Xid, message.Name);
                break;
            case LdmsCommand.SetDeleteReply:
                var seconds = System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(message.Payload);
                writer.SetDeleteReply(message.Xid, message.Code, (seconds * 1_000_000_000) + System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(message.Payload[8..]));
                break;
            case LdmsCommand.SendMessage:
                Assert.True(new ConfigAssembly().TryTake(message.Content, out var config, out why), why);
                writer.SendMessage(message.Xid, Assert.Single(config!.ToRecords()));
                break;
            case LdmsCommand.DirReply or LdmsCommand.DirUpdate:
                Assert.True(DirectoryText.TryRead(message.Content, out var entries, out why), why);
                var json = message.Kind == DirKind.List ? Assert.Single(DirectoryText.List(entries)) : DirectoryText.Notice(Assert.Single(entries));
                writer.Directory(message.Xid, message.Command, message.Kind, message.Flag, json);
                break;
            default:
                Assert.Fail($"there is no {message.Command} in the capture");
                break;
        }

        // The frame's own number, and the message as we wrote it.
        Assert.Equal(ZapArrival.Whole, ZapFrame.TryRead(inner.Filled, out var written, out why));
        ZapWriter.Content(to, ZapType.SendReceive, frame.Xid, frame.Context, written.Content);
        return message.Command.ToString();
    }
}
