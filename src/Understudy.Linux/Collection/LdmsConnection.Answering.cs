using Understudy.Core.Ldms;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Collection;

public sealed partial class LdmsConnection
{
    /// <summary>What we allow with a set that is looked up: to read and write, as the recorded daemons do, though nobody writes (docs/protocol/ldms.md).</summary>
    private const uint Access = 3;

    /// <summary>ZAP_ERR_PARAMETER of LDMS's zap.h. Which of zap's errors it is, is our own choice: no read fails in the capture.</summary>
    private const ushort NoSuchMemory = 1;

    /// <summary>Our own choice of a key, for every set; the address says which.</summary>
    private const uint Key = 0x5355;

    /// <summary>Bits of an address within a set: more than the meta and the samples of any.</summary>
    private const int SetBits = 24;

    private const uint ENOENT = Errno.ENOENT, EINVAL = Errno.EINVAL;

    private readonly Dictionary<ulong, OfferedSet> offered = [];
    private ulong? notices;
    private ulong lastDelete;

    /// <summary>It has asked for word of sets that come, change and go.</summary>
    public bool WantsNotices => notices is not null;

    /// <summary>Sets of ours that it has looked up.</summary>
    public int Offered => offered.Count;

    /// <summary>Tells of a set that came or changed, if the peer asked for that.</summary>
    internal void Notice(DirKind kind, byte[] json)
    {
        if (IsOpen && notices is { } xid)
        {
            writer.Directory(xid, LdmsCommand.DirUpdate, kind, more: false, json);
            sockets.Touch(this);
        }
    }

    /// <summary>A set is no more: who has looked it up must let go of it.</summary>
    internal void Withdraw(OfferedSet set)
    {
        if (IsOpen && offered.Remove(set.Id))
        {
            writer.SetDelete(++lastDelete, set.Layout.Instance);
            sockets.Touch(this);
        }
    }

    private bool HearRequest(in LdmsMessage message, out string why)
    {
        why = "";
        switch (message.Command)
        {
            case LdmsCommand.Dir:
                notices = message.Flag ? message.Xid : notices;
                var parts = DirectoryText.List(sockets.Sets.Directory());
                for (var i = 0; i < parts.Count; i++)
                {
                    writer.Directory(message.Xid, LdmsCommand.DirReply, DirKind.List, i + 1 < parts.Count, parts[i]);
                }

                return true;
            case LdmsCommand.DirCancel:
                notices = null;
                return true;
            case LdmsCommand.Lookup:
                AnswerLookup(message);
                return true;
            case LdmsCommand.SendMessage:
                if (!assembly.TryTake(message.Content, out var config, out why))
                {
                    return false;
                }

                if (config is not null)
                {
                    ears.ConfigHeard(this, config);
                }

                return true;
            case LdmsCommand.SetDelete:
                var name = message.Name;
                writer.SetDeleteReply(message.Xid, 0, Time.Ticks(Time.CLOCK_REALTIME) * 100);
                Removed(name);
                return true;
            default:
                return true;      // what we do not serve is passed over: our own choice, since an answer that nobody waits for is what real daemons abort on
        }
    }

    private void AnswerLookup(in LdmsMessage message)
    {
        if (message.LookupFlags != 0)
        {
            writer.Refuse(message.Xid, LdmsCommand.LookupReply, EINVAL);
            return;
        }

        if (sockets.Sets.Find(message.Name) is not { } set)
        {
            writer.Refuse(message.Xid, LdmsCommand.LookupReply, ENOENT);
            return;
        }

        offered[set.Id] = set;
        var layout = set.Layout;
        var now = Time.Ticks(Time.CLOCK_REALTIME) * 100;
        var answer = new LookupAnswer(
            message.Xid, set.Id, HasMore: false, layout.MetaSize, layout.DataSize, layout.Fields.Length, layout.ArrayCount, layout.Schema, layout.Instance, set.Info, now, now);
        ZapWriter.Rendezvous(outbox, writer.NextXid(), 0, new ZapMap(Key, set.Id << SetBits, (int)Math.Min(int.MaxValue, layout.MetaSize + ((long)layout.DataSize * layout.ArrayCount))), Access, answer.ToBytes());
    }

    /// <summary>Answers at once, so that answers leave in the order of the requests: the real daemon aborts on any other.</summary>
    private void AnswerRead(in ZapFrame frame)
    {
        var map = frame.Map;
        var offset = (int)(map.Address & ((1UL << SetBits) - 1));
        if (map.Key != Key || map.Bytes > ZapFrame.MaxBytes - 64 || !offered.TryGetValue(map.Address >> SetBits, out var set) || !Fits(set.Layout, offset, map.Bytes))
        {
            ZapWriter.ReadReply(outbox, frame.Xid, frame.Context, NoSuchMemory, default);
            return;
        }

        Copy(set, offset, ZapWriter.ReadReply(outbox, frame.Xid, frame.Context, map.Bytes));
    }

    private static bool Fits(SetLayout layout, int offset, int bytes) => offset + (long)bytes <= layout.MetaSize + ((long)layout.DataSize * layout.ArrayCount);

    /// <summary>The meta, and behind it the sample, as often as the meta says that there are samples: whichever a reader takes for the current one is.</summary>
    private static void Copy(OfferedSet set, int offset, Span<byte> into)
    {
        var meta = set.Layout.Meta.Span;
        var sample = set.Sample.Span;
        while (into.Length > 0)
        {
            var at = offset - meta.Length;
            var from = at < 0 ? meta[offset..] : at % set.Layout.DataSize < sample.Length ? sample[(at % set.Layout.DataSize)..] : default;
            var part = Math.Min(into.Length, at < 0 ? from.Length : set.Layout.DataSize - (at % set.Layout.DataSize));
            from[..Math.Min(part, from.Length)].CopyTo(into);
            into = into[part..];
            offset += part;
        }
    }
}
