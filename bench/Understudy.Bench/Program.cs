using System.Runtime;
using System.Runtime.Versioning;
using Understudy.Bench;
using Understudy.Bench.Codecs;
using Understudy.Bench.Collection;
using Understudy.Bench.Footprint;
using Understudy.Bench.Ups;
using Understudy.Bench.Vip;
using Understudy.Lab.Worlds;

[assembly: SupportedOSPlatform("linux")]

GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
try
{
    return args switch
    {
        ["vip", .. var rest] => VipBench.Run(new Options(rest)),
        ["merge", .. var rest] => VipBench.Merge(new Options(rest)),
        ["footprint", .. var rest] => FootprintBench.Run(new Options(rest)),
        ["codecs"] => CodecBench.Run(),
        ["ups", .. var rest] => UpsBench.Run(new Options(rest)),
        ["collection", "merge", .. var rest] => CollectionBench.Merge(new Options(rest)),
        ["collection", .. var rest] => CollectionBench.Run(new Options(rest)),
        ["collector", .. var rest] => PageCollector.Run(new Options(rest)),
        ["demo", .. var rest] => Demo.Run(new Options(rest)),
        _ => Usage(),
    };
}
catch (ArgumentException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (Exception) when (VipWorld.Stopping || NutBed.Stopping || DaemonBed.Stopping)
{
    // The world vanished because we were asked to end; the thread that does so ends the process.
    Thread.Sleep(Timeout.Infinite);
    return 130;
}
catch (Exception e) when (e is TimeoutException or InvalidOperationException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static int Usage()
{
    Console.Error.WriteLine("""
        vip        [--runs 7] [--products understudy,keepalived-1s,keepalived-0.1s,ucarp] [--faults a,b] [--parallel 3] [--seed N]
                   [--out bench/results/vip.json] [--keep FOLDER for ledgers and logs of runs that missed a promise]
        merge      --from A.json,B.json [--out bench/results/vip.json]    parts of `vip` that ran beside each other, in one table
        footprint  [--seconds 30] [--products ...] [--moves 1000] [--starts 9] [--out bench/results/footprint.json]
        ups        [--runs 20] [--seconds 60 at rest] [--rows lost,hung,change,load,relay,command,many] [--out bench/results/ups.json]
        collection [--runs 7] [--seconds 20 a window] [--parallel 4] [--rows slow,fast,walls,writers,change,load,pages]
                   [--quick yes: one run each] [--out bench/results/collection.json]
        collection merge  --from A.json,B.json [--out bench/results/collection.json]    parts of `collection` in one table
        codecs     time and allocation of datagrams, the stance machine and the ledger
        demo       [--product understudy]
        """);
    return 2;
}
