using Understudy.Core.Ldms;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Collection;

/// <remarks>What the peer answers to what we asked, and what it tells of its sets.</remarks>
public sealed partial class LdmsConnection
{
    /// <summary>How often a pull may find that the meta is another one before the set counts as broken: our own bound.</summary>
    private const int MaxRereads = 3;

    private bool HearRendezvous(in ZapFrame frame, out string why)
    {
        var map = frame.Map;
        if (!LookupAnswer.TryRead(frame.Content, out var answer, out why))
        {
            return false;
        }

        if (!asked.Remove(answer.Xid, out var request) || request.Instance != answer.Instance)
        {
            why = $"offered {answer.Instance}, which we did not ask for";
            return false;
        }

        if (answer.MetaSize < 1 || answer.DataSize < SetLayout.SampleHeadBytes || answer.ArrayCount < 1 || answer.MetaSize + ((long)answer.DataSize * answer.ArrayCount) > map.Bytes)
        {
            ears.LookedUp(this, answer.Instance, null, $"offers {answer.Instance} with {answer.MetaSize} and {answer.ArrayCount} times {answer.DataSize} bytes in {map.Bytes}");
            return true;
        }

        AskRead(new RemoteSet(this, map, answer), ReadFor.Meta, 0);
        return true;
    }

    private bool HearRead(in ZapFrame frame, out string why)
    {
        why = "answered a read that we did not ask for";
        if (!reads.TryDequeue(out var read) || read.Xid != frame.Xid)
        {
            return false;
        }

        var data = frame.Content;
        if (frame.Status != 0 || data.Length != read.Bytes)
        {
            Failed(read, $"answered a read of {read.Bytes} bytes with {data.Length} and zap's status {frame.Status}");
        }
        else if (read.For == ReadFor.Meta)
        {
            HearMeta(read, data);
        }
        else if (!read.Set.IsGone)
        {
            HearSample(read, data);
        }

        return true;
    }

    private void HearMeta(in AskedRead read, ReadOnlySpan<byte> data)
    {
        var set = read.Set;
        if (!SetLayout.TryRead(data.ToArray(), out var layout, out var fault, sockets.Forms))
        {
            Failed(read, $"has a set {set.Instance} whose meta {fault}");
        }
        else if (layout.Instance != set.Instance || layout.DataSize != set.Answer.DataSize || layout.ArrayCount != set.Answer.ArrayCount)
        {
            Failed(read, $"has a set {set.Instance} whose meta is of {layout.Instance} with {layout.ArrayCount} times {layout.DataSize} bytes");
        }
        else if (set.Layout is null)
        {
            set.Layout = layout;
            if (remotes.Remove(set.Instance, out var before))
            {
                before.IsGone = true;
            }

            remotes[set.Instance] = set;
            ears.LookedUp(this, set.Instance, set, "");
        }
        else if (!set.IsGone)
        {
            set.Layout = layout;
            ears.LayoutChanged(this, set);
            AskRead(set, ReadFor.Sample, 0);
            sockets.Touch(this);
        }
    }

    private void HearSample(in AskedRead read, ReadOnlySpan<byte> data)
    {
        var set = read.Set;
        var head = new SampleReader(set.Layout, data);
        if (head.MetaGeneration != set.Layout.MetaGeneration)
        {
            if (++set.Rereads > MaxRereads)
            {
                Failed(read, $"has a set {set.Instance} whose samples are never of its meta");
                return;
            }

            AskRead(set, ReadFor.Meta, 0);
        }
        else if (read.For == ReadFor.Sample && set.Answer.ArrayCount > 1 && head.ArrayIndex is > 0 and var index && index < set.Answer.ArrayCount)
        {
            AskRead(set, ReadFor.CurrentSample, index);
        }
        else
        {
            (set.IsPulling, set.Rereads) = (false, 0);
            ears.Sampled(this, set, data);
        }
    }

    private void Failed(in AskedRead read, string why)
    {
        var wasKnown = read.Set.Layout is not null;
        read.Set.IsPulling = false;
        LetGo(read.Set);
        if (wasKnown)
        {
            ears.PullFailed(this, read.Set, why);
        }
        else
        {
            ears.LookedUp(this, read.Set.Instance, null, why);
        }
    }

    private bool HearAnswer(in LdmsMessage message, out string why)
    {
        why = "";
        switch (message.Command)
        {
            case LdmsCommand.DirReply or LdmsCommand.DirUpdate:
                return HearDirectory(message, out why);
            case LdmsCommand.LookupReply:
                if (!asked.Remove(message.Xid, out var request) || request.Instance is not { } instance)
                {
                    why = "answered a look-up that we did not ask for";
                    return false;
                }

                ears.LookedUp(this, instance, null, message.Code == 0 ? $"has no set {instance}" : $"refused the look-up of {instance}: {Errno.Text(-(int)Math.Min(message.Code, 4095))}");
                return true;
            default:
                return true;      // to SET_DELETE, and what we never ask for
        }
    }

    private bool HearDirectory(in LdmsMessage message, out string why)
    {
        var (kind, more) = (message.Kind, message.Flag);
        var isList = kind == DirKind.List || message.Code != 0;
        if (isList ? !asked.TryGetValue(message.Xid, out var request) || request.Instance is not null : !wantsNotice)
        {
            why = "sent a directory that we did not ask for";
            return false;
        }

        if (message.Code != 0)
        {
            _ = asked.Remove(message.Xid);
            ears.Listed(this, [], isLast: true);
            why = "";
            return true;
        }

        if (!DirectoryText.TryRead(message.Content, out var entries, out why))
        {
            return false;
        }

        if (kind == DirKind.List)
        {
            if (!more)
            {
                _ = asked.Remove(message.Xid);
            }

            ears.Listed(this, entries, !more);
            return true;
        }

        foreach (var entry in entries)
        {
            switch (kind)
            {
                case DirKind.Added:
                    ears.Added(this, entry);
                    break;
                case DirKind.Updated:
                    ears.Updated(this, entry);
                    break;
                default:
                    Removed(entry.Name);
                    break;
            }
        }

        return true;
    }

    private void Removed(string instance)
    {
        if (remotes.Remove(instance, out var set))
        {
            (set.IsGone, set.IsPulling) = (true, false);
        }

        ears.Removed(this, instance);
    }
}
