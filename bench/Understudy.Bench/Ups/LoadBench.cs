using System.Globalization;
using System.Text;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Ups;

/// <summary>How long a big device takes to be shown whole: after our start, and after its own.</summary>
internal static class LoadBench
{
    private const int Variables = 600;
    private const string Prefix = "outlet.group.";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly UpsLimit Second = new(1000);

    internal static IEnumerable<UpsRow> Run(NutBed bed, int runs)
    {
        bed.AddDevice("big", [("ups.status", "OL"), ("ups.mfr", "Example"), .. Enumerable.Range(1, Variables).Select(i => ($"{Prefix}{i}", $"value number {i}"))]);
        bed.AddSection("load", NutBed.ProxyDriver, $"{NutBed.DummyDriver}-big");
        using (var dummy = bed.StartDummy("big"))
        {
            var (lines, bytes) = Dump(bed);
            var begun = Enumerable.Range(0, runs).Select(_ => Start(bed)).ToList();
            yield return UpsRow.OfSpans("load", $"a real device of {Variables} variables, from our start until all are shown", begun, Second, NutFigures.Loaded,
                string.Create(CultureInfo.InvariantCulture, $"A real dummy-ups with {Variables} writable variables, whose dump has {lines} lines and {bytes / 1024.0:0.0} kB, each line a write of its own; the start of the program is in it."));
        }

        var late = Enumerable.Range(0, Math.Max(1, runs / 2)).Select(_ => StartLate(bed)).ToList();
        yield return UpsRow.OfSpans("load-late", "the same device, from when its driver listens until all are shown by a proxy that waited for it", late, Second, null, null);
    }

    private static (int Lines, long Bytes) Dump(NutBed bed)
    {
        var (lines, bytes) = (0, 0L);
        using var done = new ManualResetEventSlim();
        using var ear = new DriverEar(bed.SocketOf(NutBed.DummyDriver, "big"), Patience, (line, _) =>
        {
            (lines, bytes) = (lines + 1, bytes + line.Length + 1);
            if (line.SequenceEqual("DUMPDONE"u8))
            {
                done.Set();
            }
        });
        return done.Wait(Patience, CancellationToken.None) ? (lines, bytes) : throw new TimeoutException("dummy-ups does not dump its 600 variables");
    }

    private static long? Start(NutBed bed)
    {
        var begun = LabClock.Now;
        using var proxy = bed.StartProxy("load");
        return AllShown(bed) - begun;
    }

    private static long? StartLate(NutBed bed)
    {
        using var proxy = bed.StartProxy("load");
        using var ready = DriverEar.Connect(bed.SocketOf(NutBed.ProxyDriver, "load"), Patience);
        LabClock.Pause(TimeSpan.FromMilliseconds(Random.Shared.Next(200, 700)));
        using var dummy = bed.StartDummy("big");
        using var first = DriverEar.Connect(bed.SocketOf(NutBed.DummyDriver, "big"), Patience);
        var begun = LabClock.Now;
        var all = AllShown(bed);
        dummy.End(LabLibc.SIGKILL);
        return all - begun;
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
