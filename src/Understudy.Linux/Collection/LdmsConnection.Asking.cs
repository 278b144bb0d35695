using System.Runtime.InteropServices;
using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Collection;

public sealed partial class LdmsConnection
{
    /// <summary>Requests that may wait for their answer: our own bound, and more is a fault of ours.</summary>
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
    private bool wantsNotice;

    /// <summary>Requests without an answer so far.</summary>
    public int Unanswered => reads.Count + asked.Count;

    /// <summary>The sets of the peer that are looked up.</summary>
    public IReadOnlyCollection<RemoteSet> Remotes => remotes.Values;

    /// <summary>Asks for the directory: <see cref="ILdmsEars.Listed"/>.</summary>
    /// <param name="notify">And for word of each set that comes, changes or goes, from then on.</param>
    public void AskDirectory(bool notify)
    {
        var xid = Ask(null);
        wantsNotice |= notify;
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
    /// <exception cref="InvalidOperationException">It is one that makes a real daemon abort: CFGPRDCR, CFGUPDTR and CFGSTRGP carry copies, whose names begin with '#'.</exception>
    public void SendConfig(ConfigMessage message)
    {
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
