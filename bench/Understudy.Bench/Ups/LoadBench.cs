using System.Globalization;
using System.Text;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Ups;

/// <summary>How long a big device takes to be shown whole: after our start, and after its own.</summary>
internal static class LoadBench
{
    private const int Variables = 600;
    private const string Prefix = "outlet.group.";

    /// <summary>What dummy-ups prints when it hangs up on a client that does not read as fast as it writes.</summary>
    private const string Full = "Resource temporarily unavailable";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly UpsLimit Second = new(1000);

    internal static IEnumerable<UpsRow> Run(NutBed bed, int runs)
    {
        // dummy-ups is deaf for a second in each poll of its device: it is let poll only once.
        bed.AddDevice("big", [("ups.status", "OL"), ("ups.mfr", "Example"), .. Enumerable.Range(1, Variables).Select(i => ($"{Prefix}{i}", $"value number {i}"))], [("pollinterval", "3600")]);
        bed.AddSection("load", NutBed.ProxyDriver, $"{NutBed.DummyDriver}-big");
        var dummy = Begin(bed, out var lines, out var bytes);
        var (spans, deaths) = (new List<long?>(), 0);
        for (var i = 0; i < runs; i++)
        {
            spans.Add(Start(bed));
            if (dummy.HasEnded)
            {
                deaths++;
                dummy = Begin(bed, out _, out _);
            }
        }

        yield return UpsRow.OfSpans("load", $"a real device of {Variables} variables, from our start until all are shown", spans, Second, NutFigures.Loaded, string.Create(
            CultureInfo.InvariantCulture,
            $"A real dummy-ups with {Variables} writable variables, whose dump has {lines} lines and {bytes / 1024.0:0.0} kB, each line a write of its own; the start of the program is in it. {dummy.Said(Full)} times dummy-ups hung up since its buffer was full, and {deaths} times it crashed of that."));
        dummy.End(LabLibc.SIGKILL);
        var late = Enumerable.Range(0, Math.Max(1, runs / 2)).Select(_ => StartLate(bed)).ToList();
        var direct = UpsRow.OfSpans("load-direct", string.Empty, [.. late.Select(l => l.Direct)], null, null, null);
        yield return UpsRow.OfSpans("load-late", "the same device, from when its driver listens until all are shown by a proxy that waited for it", [.. late.Select(l => l.Ours)], null, null, string.Create(
            CultureInfo.InvariantCulture,
            $"dummy-ups is deaf for its first second: a client of the bench that asked it at that moment had all after {direct.Median:0} ms in the middle, {direct.Max:0} at most."));
    }

    /// <summary>Starts dummy-ups, until one lives that has told everything to the bench itself.</summary>
    private static ChildProgram Begin(NutBed bed, out int lines, out int bytes)
    {
        for (var tries = 1; ; tries++)
        {
            var dummy = bed.StartDummy("big");
            if (Dump(bed) is { } dump)
            {
                (lines, bytes, _) = dump;
                return dummy;
            }

            dummy.End(LabLibc.SIGKILL);
            if (tries == 5)
            {
                throw new TimeoutException("dummy-ups hung up on the bench itself, five times");
            }
        }
    }

    /// <summary>Asks dummy-ups itself; null when it hung up before the end. Nothing is looked at before all is read: it hangs up on who is slower than its writes.</summary>
    private static (int Lines, int Bytes, long At)? Dump(NutBed bed)
    {
        using var socket = DriverEar.Connect(bed.SocketOf(NutBed.DummyDriver, "big"), Patience);
        socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        socket.Send("DUMPALL\n"u8);
        var (buffer, count) = (new byte[1 << 20], 0);
        while (!buffer.AsSpan(0, count).EndsWith("DUMPDONE\n"u8))
        {
            var more = socket.Receive(buffer.AsSpan(count));
            if (more == 0)
            {
                return null;
            }

            count += more;
        }

        return (buffer.AsSpan(0, count).Count((byte)'\n'), count, LabClock.Now);
    }

    private static long? Start(NutBed bed)
    {
        var begun = LabClock.Now;
        using var proxy = bed.StartProxy("load");
        return AllShown(bed) - begun;
    }

    private static (long? Ours, long? Direct) StartLate(NutBed bed)
    {
        using var proxy = bed.StartProxy("load");
        LabClock.Pause(TimeSpan.FromMilliseconds(Random.Shared.Next(200, 700)));
        using var dummy = bed.StartDummy("big");
        DriverEar.Connect(bed.SocketOf(NutBed.DummyDriver, "big"), Patience).Dispose();
        var begun = LabClock.Now;
        var direct = Dump(bed)?.At;
        var all = AllShown(bed);
        dummy.End(LabLibc.SIGKILL);
        return (all - begun, direct - begun);
    }

    /// <summary>When all variables have been heard on our socket, and our word that they are fresh.</summary>
    private static long? AllShown(NutBed bed)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var (fresh, all) = (false, 0L);
        using var done = new ManualResetEventSlim();
        using var ear = new DriverEar(bed.SocketOf(NutBed.ProxyDriver, "load"), Patience, Hear);
        return done.Wait(Patience, CancellationToken.None) ? Volatile.Read(ref all) : null;

        void Hear(ReadOnlySpan<byte> line, long at)
        {
            if (line.SequenceEqual("DATAOK"u8) || line.SequenceEqual("DATASTALE"u8))
            {
                fresh = line.SequenceEqual("DATAOK"u8);
            }
            else if (Encoding.ASCII.GetString(line).Split(' ', 3) is ["SETINFO", var name, _] && name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                seen.Add(name);
            }

            if (fresh && seen.Count == Variables && all == 0)
            {
                Volatile.Write(ref all, at);
                done.Set();
            }
        }
    }
}
