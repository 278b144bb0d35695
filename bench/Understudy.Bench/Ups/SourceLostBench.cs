using Understudy.Lab.Worlds;

namespace Understudy.Bench.Ups;

/// <summary>How long until the spare's data is shown after the first source's driver was killed, ended, or stopped: on our socket, and in stock upsd.</summary>
internal static class SourceLostBench
{
    private const int Pairs = 5;

    /// <summary>ProxyRules: a silent source is pinged after 2 s, and `silence` is 4 s unless set.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(2 + 4);
    private static readonly TimeSpan Beyond = TimeSpan.FromMilliseconds(100);
    private static readonly UpsLimit AtOnce = new(50);

    internal static IEnumerable<UpsRow> Run(NutBed bed, int runs)
    {
        List<SourcePair> pairs = [];
        try
        {
            pairs.AddRange(Enumerable.Range(0, Pairs).Select(i => new SourcePair(bed, i)));
            using var upsd = bed.StartUpsd(out var port);
            using var clerk = new UpsdEar(port);
            clerk.Watch(pairs.Select(p => p.Ups));
            pairs.ForEach(p => p.AwaitMain(clerk));
            clerk.BeStrict();

            var killed = Lose(pairs, clerk, runs, LabLibc.SIGKILL, TimeSpan.FromSeconds(10));
            yield return UpsRow.OfSpans("killed", "primary's driver killed (SIGKILL), to the backup's data on our socket", killed.Socket, AtOnce, NutFigures.Killed, "Two real dummy-ups; from before kill(2) to the read that brought the backup's load.");
            yield return UpsRow.OfSpans("killed-upsd", "the same, to the backup's data in stock upsd", killed.Upsd, null, NutFigures.KilledByUpsd, "Asked over TCP each millisecond: upsd's own loop is in it.");
            var ended = Lose(pairs, clerk, runs, LabLibc.SIGTERM, TimeSpan.FromSeconds(10));
            yield return UpsRow.OfSpans("ended", "primary's driver ended (SIGTERM), to the backup's data on our socket", ended.Socket, AtOnce, NutFigures.Ended, "dummy-ups' own clean-up is in it: it closes its socket when it is done.");
            yield return UpsRow.OfSpans("ended-upsd", "the same, to the backup's data in stock upsd", ended.Upsd, null, NutFigures.EndedByUpsd, null);
            var hung = Lose(pairs, clerk, runs, LabLibc.SIGSTOP, SilenceLimit + TimeSpan.FromSeconds(30));
            yield return UpsRow.OfSpans("hung", "primary's driver stopped (SIGSTOP), to the backup's data on our socket", hung.Socket, new UpsLimit((SilenceLimit + Beyond).TotalMilliseconds), NutFigures.Hung,
                "Defaults: pinged after 2 s without a word, given up when that is not answered for `silence` = 4 s; so at most 6 s after the signal, and less where its last word was earlier or a ping under way.");
            yield return UpsRow.OfSpans("hung-upsd", "the same, to the backup's data in stock upsd", hung.Upsd, null, NutFigures.HungByUpsd,
                $"Through all the switches of these six rows, there and back, upsd gave {clerk.Answers} answers for ups.status and ups.load: {clerk.Errors} errors, {clerk.Empty} empty.");
        }
        finally
        {
            pairs.ForEach(p => p.Dispose());
        }
    }

    /// <summary>Takes the first source away so often, one pair after the other, and brings it back. A stopped one takes seconds to be missed: then all pairs wait beside each other.</summary>
    private static (List<long?> Socket, List<long?> Upsd) Lose(List<SourcePair> pairs, UpsdEar upsd, int runs, int signal, TimeSpan limit)
    {
        var (socket, clerk) = (new List<long?>(), new List<long?>());
        while (socket.Count < runs)
        {
            var round = pairs.Take(runs - socket.Count).ToList();
            if (signal == LabLibc.SIGSTOP)
            {
                foreach (var (pair, begun) in round.Select(p => (p, At: SignalAfterPause(p, signal))).ToList())
                {
                    socket.Add(pair.AwaitSpare(limit) - begun);
                    clerk.Add(pair.AwaitSpare(upsd, limit) - begun);
                }
            }
            else
            {
                foreach (var pair in round)
                {
                    upsd.Watch(pair.Ups);
                    var begun = SignalAfterPause(pair, signal);
                    socket.Add(pair.AwaitSpare(limit) - begun);
                    clerk.Add(pair.AwaitSpare(upsd, limit) - begun);
                }
            }

            upsd.Watch(pairs.Select(p => p.Ups));
            round.ForEach(p => p.StartMain());
            round.ForEach(p => p.AwaitMain(upsd));
        }

        return (socket, clerk);
    }

    /// <summary>At no particular moment of anybody's rhythm.</summary>
    private static long SignalAfterPause(SourcePair pair, int signal)
    {
        LabClock.Pause(TimeSpan.FromMilliseconds(Random.Shared.Next(50, 250)));
        return pair.Signal(signal);
    }
}
