using System.Runtime;
using System.Runtime.Versioning;
using Understudy.Bench;
using Understudy.Bench.Vip;

[assembly: SupportedOSPlatform("linux")]

GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
try
{
    return args switch
    {
        ["vip", .. var rest] => VipBench.Run(new Options(rest)),
        ["footprint", .. var rest] => FootprintBench.Run(new Options(rest)),
        ["demo", .. var rest] => Demo.Run(new Options(rest)),
        _ => Usage(),
    };
}
catch (ArgumentException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

static int Usage()
{
    Console.Error.WriteLine("""
        vip        [--runs 7] [--products understudy,keepalived-1s,keepalived-0.1s,ucarp] [--faults a,b] [--parallel 3] [--seed N]
                   [--out bench/results/vip.json]
        footprint  [--seconds 30] [--out bench/results/footprint.json]
        demo       [--product understudy]
        """);
    return 2;
}
