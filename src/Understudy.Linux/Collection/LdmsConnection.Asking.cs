using System.Runtime.InteropServices;
using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Collection;

public sealed partial class LdmsConnection
{
    /// <summary>Requests that may wait for their answer; more is a fault of ours.</summary>
    private const int MaxAsked = 100_000;

    /// <summary>What a read is for. Reads are answered in the order in which they were asked.</summary>
    private enum ReadFor
    {
        Meta,
        Sample,

        /// <summary>The sample that the first one of several pointed to.</summary>
        CurrentSample,
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct AskedRead(RemoteSet Set, ReadFor For, int Bytes, uint Xid, Instant At);

    private readonly Queue<AskedRead> reads = new();
    private readonly Dictionary<ulong, (string? Instance, Instant At)> asked = [];
    private readonly Dictionary<string, RemoteSet> remotes = new(StringComparer.Ordinal);
    private readonly ConfigAssembly assembly = new();
    private ulong lastXid;
    private uint lastConfig;
    private ulong noticeXid;

    /// <summary>Requests without an answer so far.</summary>
    public int Unanswered => reads.Count + asked.Count;

    /// <summary>The sets of the peer that are looked up.</summary>
    public IReadOnlyCollection<RemoteSet> Remotes => remotes.Values;

    /// <summary>Asks for the directory: <see cref="ILdmsEars.Listed"/>.</summary>
    /// <param name="notify">And for word of each set that comes, changes or goes, from then on.</param>
    public void AskDirectory(bool notify)
    {
        var xid = Ask(null);
        noticeXid = notify ? xid : noticeXid;
        writer.Dir(xid, notify);
        sockets.Touch(this);
    }

    /// <summary>Asks for a set and reads its meta: <see cref="ILdmsEars.LookedUp"/>.</summary>
    public void LookUp(string instance)
    {
        writer.Lookup(Ask(instance), instance);
        sockets.Touch(this);
    }

    /// <summary>Asks for a set's newest sample: <see cref="ILdmsEars.Sampled"/>. Allocates nothing once the buffers are as large as they get.</summary>
    /// <returns>False when there is nothing to ask: the set is gone, or a pull of it is under way.</returns>
    public bool Pull(RemoteSet set)
    {
        if (!IsOpen || set.IsGone || set.IsPulling || set.Connection != this)
        {
            return false;
        }

        set.IsPulling = true;
        AskRead(set, ReadFor.Sample, 0);
        sockets.Touch(this);
        return true;
    }

    /// <summary>Drops a set that we looked up; the peer is not told, since LDMS has no word for it.</summary>
    public void LetGo(RemoteSet set)
    {
        set.IsGone = true;
        if (remotes.TryGetValue(set.Instance, out var known) && known == set)
        {
            _ = remotes.Remove(set.Instance);
        }
    }

    /// <summary>A number for a request of configuration.</summary>
    public uint NextConfigNumber() => ++lastConfig;

    /// <summary>Sends a request of configuration, or the answer to one.</summary>
    /// <exception cref="ArgumentException">It is one that makes a real daemon abort: CFGPRDCR, CFGUPDTR and CFGSTRGP carry copies, whose names begin with '#'.</exception>
    public void SendConfig(ConfigMessage message)
    {
        if (!message.IsAnswer && message.Code is >= 0x707 and <= 0x709 && message[ConfigWord.Name]?.StartsWith('#') != true)
        {
            throw new ArgumentException($"a copy of a peer's object has a name with '#', not {message[ConfigWord.Name]}", nameof(message));
        }

        foreach (var record in message.ToRecords())
        {
            writer.SendMessage(0, record);
        }

        sockets.Touch(this);
    }

    /// <summary>The oldest request without an answer is older than may be.</summary>
    internal bool IsLateToAnswer(Instant now)
    {
        var oldest = reads.TryPeek(out var read) ? read.At : Instant.Never;
        foreach (var (_, one) in asked)
        {
            oldest = Instant.Earlier(oldest, one.At);
        }

        return oldest != Instant.Never && now >= oldest + End.AnswerLimit;
    }

    private ulong Ask(string? instance)
    {
        if (!IsOpen || Unanswered >= MaxAsked)
        {
            throw new InvalidOperationException(IsOpen ? $"{Name} has {Unanswered} requests to answer" : $"{Name} does not stand");
        }

        asked[++lastXid] = (instance, sockets.Now);
        return lastXid;
    }

    private void AskRead(RemoteSet set, ReadFor what, int index)
    {
        var (offset, bytes) = what == ReadFor.Meta ? (0L, set.Answer.MetaSize) : (set.Answer.MetaSize + ((long)set.Answer.DataSize * index), set.Answer.DataSize);
        var xid = writer.NextXid();
        reads.Enqueue(new AskedRead(set, what, bytes, xid, sockets.Now));
        ZapWriter.ReadRequest(outbox, xid, 0, new ZapMap(set.Map.Key, set.Map.Address + (ulong)offset, bytes));
    }

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
        if (!SetLayout.TryRead(data.ToArray(), out var layout, out var fault))
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
            AskRead(set, ReadFor.Meta, 0);
        }
        else if (read.For == ReadFor.Sample && set.Answer.ArrayCount > 1 && head.ArrayIndex is > 0 and var index && index < set.Answer.ArrayCount)
        {
            AskRead(set, ReadFor.CurrentSample, index);
        }
        else
        {
            set.IsPulling = false;
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
                if (asked.Remove(message.Xid, out var request) && request.Instance is { } instance)
                {
                    ears.LookedUp(this, instance, null, message.Code == 0 ? $"has no set {instance}" : $"refused the look-up of {instance}: {Errno.Text(-(int)Math.Min(message.Code, 4095))}");
                }

                return true;
            default:
                return true;      // to SET_DELETE, and what we never ask for
        }
    }

    private bool HearDirectory(in LdmsMessage message, out string why)
    {
        var (kind, more) = (message.Kind, message.Flag);
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

    private void ForgetAsked()
    {
        foreach (var set in remotes.Values)
        {
            (set.IsGone, set.IsPulling) = (true, false);
        }

        remotes.Clear();
        reads.Clear();
        asked.Clear();
    }
}
