using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;
using Understudy.Tests.Ldms;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>
/// One recorded connection, played again with our server: the client's bytes as they were recorded, but for the cookies that our server gave it, each sent when its answer is due; our server has the sets, the samples and the
/// configuration that the recorded one had. What it says must be what the recorded one said, to the byte, but for <see cref="Masked"/>.
/// </summary>
internal sealed class RecordedTalk : IDisposable
{
    private readonly IReadOnlyList<CapturedMessage> talk;
    private readonly IReadOnlyDictionary<string, SetLayout> layouts;
    private readonly LdmsStage server = new();
    private readonly TcpClient client = new();
    private readonly Queue<CapturedMessage> unsent;
    private readonly Dictionary<ulong, (ZapMap Ours, OfferedSet Set)> maps = [];
    private readonly Queue<ConfigMessage> config;
    private ulong lastSet;

    /// <param name="talk">The messages of one connection, both sides'.</param>
    /// <param name="layouts">Of every set in the capture, by instance.</param>
    internal RecordedTalk(IReadOnlyList<CapturedMessage> talk, IReadOnlyDictionary<string, SetLayout> layouts)
    {
        (this.talk, this.layouts) = (talk, layouts);
        unsent = new(talk.Where(m => m.IsFromClient));
        config = new(talk.Where(m => !m.IsFromClient).Select(m => ConfigOf(m)).OfType<ConfigMessage>());

        // The stub of what is above the wire: a request's answer, and what the recorded server asked before it, as recorded.
        server.Answer = (connection, request) =>
        {
            while (config.TryDequeue(out var next))
            {
                connection.SendConfig(next);
                if (next.IsAnswer)
                {
                    Assert.Equal(request.Number, next.Number);
                    return;
                }
            }
        };
    }

    /// <summary>Plays it.</summary>
    /// <returns>How many messages of our server were compared.</returns>
    internal int Play()
    {
        client.NoDelay = true;
        client.Connect(IPAddress.Loopback, server.Listen(new LdmsEnd()));
        var compared = 0;
        foreach (var theirs in talk.Where(m => !m.IsFromClient))
        {
            Cause(theirs);
            Compare(theirs.Bytes, Receive());
            compared++;
        }

        // What the recorded server did not live to answer, or needed no answer: ours bears it.
        while (unsent.Count > 0)
        {
            SendNext();
        }

        var received = server.Sockets.Connections.Single().BytesReceived;
        LdmsStage.Until(() => server.Sockets.Connections.Single().BytesReceived == talk.Where(m => m.IsFromClient).Sum(m => m.Bytes.Length), server);
        Assert.True(received > 0);
        Assert.Equal("opened", server.Told[0]);
        Assert.DoesNotContain(server.Told, t => t.StartsWith("closed", StringComparison.Ordinal));
        return compared;
    }

    /// <summary>Brings our server to say what the recorded one said: by the client's request, or by what happened to the recorded one itself.</summary>
    private void Cause(CapturedMessage theirs)
    {
        _ = ZapFrame.TryRead(theirs.Bytes, out var frame, out _);
        switch (frame.Type)
        {
            case ZapType.Accepted:
                SendUntil(m => Capture.TypeOf(m) == ZapType.Connect);
                return;
            case ZapType.Rendezvous:
                Assert.True(LookupAnswer.TryRead(frame.Content, out var answer, out _));
                Set(answer.Instance).Info = answer.Words;
                SendUntil(m => CommandOf(m) == LdmsCommand.Lookup && XidOf(m) == answer.Xid);
                return;
            case ZapType.ReadReply:
                var (xid, data) = (frame.Xid, frame.Content.ToArray());
                SendUntil(m => Capture.TypeOf(m) == ZapType.ReadRequest && BinaryPrimitives.ReadUInt32LittleEndian(m.Bytes.AsSpan(8)) == xid, data);
                return;
            default:
                Assert.True(LdmsMessage.TryRead(frame.Content, out var message, out _));
                CauseMessage(theirs, message);
                return;
        }
    }

    private void CauseMessage(CapturedMessage theirs, in LdmsMessage message)
    {
        switch (message.Command)
        {
            case LdmsCommand.DirReply:
                Assert.True(DirectoryText.TryRead(message.Content, out var all, out _));
                server.Sets.Clear();
                all.ForEach(entry => _ = Recorded(entry));
                var xid = message.Xid;
                SendUntil(m => CommandOf(m) == LdmsCommand.Dir && XidOf(m) == xid);
                break;
            case LdmsCommand.DirUpdate:
                Assert.True(DirectoryText.TryRead(message.Content, out var one, out _));
                var set = Recorded(one.Single());
                var entry = DirectoryEntry.Of(set.Layout, set.Sample.Span, isOwn: false, set.Info);
                (message.Kind == DirKind.Added ? server.Sockets.TellAdded : (Action<DirectoryEntry>)server.Sockets.TellUpdated)(entry);
                break;
            case LdmsCommand.SetDelete:
                var gone = Set(message.Name);
                server.Sets.Remove(gone);
                server.Sockets.Withdraw(gone);
                break;
            default:
                Assert.Equal(LdmsCommand.SendMessage, message.Command);
                var number = talk.SkipWhile(m => m != theirs).Where(m => !m.IsFromClient).Select(ConfigOf).First(c => c is { IsAnswer: true })!.Number;
                if (unsent.Any(m => ConfigOf(m)?.Number == number))
                {
                    SendUntil(m => ConfigOf(m)?.Number == number);
                }

                break;
        }
    }

    private void SendUntil(Predicate<CapturedMessage> isCause, byte[]? answer = null)
    {
        while (!isCause(unsent.Peek()))
        {
            SendNext();
        }

        SendNext(answer);
    }

    /// <param name="answer">To a read: what the recorded server had there.</param>
    private void SendNext(byte[]? answer = null)
    {
        var bytes = unsent.Dequeue().Bytes.ToArray();
        if (bytes[1] == (byte)ZapType.ReadRequest)
        {
            // The address is a cookie of the server's: ours for the same place.
            var address = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(24));
            var start = maps.Keys.Where(k => k <= address).Max();
            var (ours, set) = maps[start];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), ours.Key);
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(24), ours.Address + address - start);
            var past = (int)(address - start) + (answer?.Length ?? 0) - set.Layout.MetaSize;
            set.Sample = past >= set.Layout.DataSize ? answer.AsMemory()[^set.Layout.DataSize..] : set.Sample;
        }

        client.GetStream().Write(bytes);
    }

    /// <summary>A set of ours that is as the recorded directory says it was.</summary>
    private OfferedSet Recorded(DirectoryEntry entry)
    {
        var set = server.Sets.FirstOrDefault(s => s.Layout.Instance == entry.Name) ?? new OfferedSet(++lastSet, layouts[entry.Name]);
        var sample = set.Layout.NewSample();
        if (entry.Flags[0] == 'C')
        {
            new SampleWriter(set.Layout, sample).End(entry.TimeMicros, TimeSpan.FromMicroseconds(entry.DurationMicros), entry.DataGeneration);
        }

        const int Generation = 24;      // of a sample that was never taken, too: docs/protocol/ldms.md
        BinaryPrimitives.WriteUInt64LittleEndian(sample.AsSpan(Generation), entry.DataGeneration);
        (set.Sample, set.Info) = (sample, entry.Info);
        server.IsAggregator = entry.Flags[1] == 'R';
        if (!server.Sets.Contains(set))
        {
            server.Sets.Add(set);
        }

        return set;
    }

    private OfferedSet Set(string instance) => server.Find(instance) ?? throw new InvalidOperationException($"the recorded server never listed {instance}");

    private void Compare(byte[] theirs, byte[] ours)
    {
        if (theirs[1] == (byte)ZapType.Rendezvous)
        {
            _ = ZapFrame.TryRead(theirs, out var real, out _);
            Assert.Equal(ZapArrival.Whole, ZapFrame.TryRead(ours, out var mine, out var why));
            Assert.True(LookupAnswer.TryRead(mine.Content, out var answer, out why), why);
            maps[real.Map.Address] = (mine.Map, Set(answer.Instance));
        }

        Assert.Equal(Convert.ToHexString(Masked(theirs)), Convert.ToHexString(Masked(ours)));
    }

    /// <summary>
    /// Without what each server chooses for itself: the number that zap gives what is no reply to a read; process and start in Accepted; key, address, number of the set and times in a rendezvous; LDMS's number of what is no
    /// answer.
    /// </summary>
    private static byte[] Masked(byte[] frame)
    {
        var masked = frame.ToArray();
        if (frame[1] != (byte)ZapType.ReadReply)
        {
            masked.AsSpan(8, 4).Clear();
        }

        switch ((ZapType)frame[1])
        {
            case ZapType.Accepted:
                masked.AsSpan(24 + 48, 12).Clear();
                break;
            case ZapType.Rendezvous:
                masked.AsSpan(20, 4).Clear();
                masked.AsSpan(28, 8).Clear();
                masked.AsSpan(40 + 16, 8).Clear();
                masked.AsSpan(masked.Length - 32).Clear();
                break;
            case ZapType.SendReceive when BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(32)) == (uint)LdmsCommand.SetDelete:
                masked.AsSpan(24, 8).Clear();
                break;
        }

        return masked;
    }

    private byte[] Receive()
    {
        var have = new byte[ZapFrame.MaxBytes];
        var count = 0;
        LdmsStage.Until(
            () =>
            {
                // The head, then the rest of this message and nothing of the next one.
                for (var want = Wanted(have, count); count < want && client.Available > 0; want = Wanted(have, count))
                {
                    count += client.GetStream().Read(have.AsSpan(count, Math.Min(want - count, client.Available)));
                }

                return count >= ZapFrame.HeadBytes && count == Wanted(have, count);
            },
            server);
        return have[..count];
    }

    private static int Wanted(ReadOnlySpan<byte> have, int count) => count < ZapFrame.HeadBytes ? ZapFrame.HeadBytes : BinaryPrimitives.ReadInt32BigEndian(have[4..]);

    private static LdmsCommand? CommandOf(CapturedMessage message) =>
        Capture.TypeOf(message) == ZapType.SendReceive ? (LdmsCommand)BinaryPrimitives.ReadUInt32BigEndian(message.Bytes.AsSpan(32)) : null;

    private static ulong XidOf(CapturedMessage message) => BinaryPrimitives.ReadUInt64LittleEndian(message.Bytes.AsSpan(24));

    private static ConfigMessage? ConfigOf(CapturedMessage message)
    {
        if (CommandOf(message) != LdmsCommand.SendMessage)
        {
            return null;
        }

        _ = ZapFrame.TryRead(message.Bytes, out var frame, out _);
        Assert.True(LdmsMessage.TryRead(frame.Content, out var sent, out var why), why);
        Assert.True(new ConfigAssembly().TryTake(sent.Content, out var config, out why), why);
        return config;
    }

    public void Dispose()
    {
        client.Dispose();
        server.Dispose();
    }
}
