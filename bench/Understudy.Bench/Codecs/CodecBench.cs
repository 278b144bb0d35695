using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Ledger;
using Understudy.Core.Peers;
using Understudy.Core.Settings;

namespace Understudy.Bench.Codecs;

/// <summary>
/// Time and allocation of what every beat and every decision cost: the datagram's frame and its check, a beat's body, a step of the stance machine, a line of the ledger.
/// What must allocate nothing is asserted by unit tests; here it is seen beside its time.
/// </summary>
public class CodecBench
{
    private const int Body = BeatHeadBytes + HeardBytes + DutyBytes;
    private const int BeatHeadBytes = 8, HeardBytes = 16, DutyBytes = 48;
    private readonly byte[] datagram = new byte[Datagram.MaxBytes];
    private readonly byte[] wrong = new byte[Datagram.MinBytes + Body];
    private readonly HeardEntry[] heard = [new(0, Health.Healthy, 0, 1, 20), new(1, Health.Healthy, 0, 1, 20)];
    private readonly DutyEntry[] duties = [new(Datagram.Id("web"), 6, 0, 4, 3, 0, 0)];
    private readonly DatagramHeader header = new(DatagramKind.Beat, 0, 1, 2, 3, 4, 5, 6, 7, 0, 0);
    private HmacSeal seal = null!;
    private KeyRing keys = null!;
    private DutyRules rules = null!;
    private DutyState standby = null!;
    private DutyEvent beat = null!;
    private LedgerLine line = null!;
    private int length;

    /// <summary>Runs the benchmarks in this process and prints one table.</summary>
    public static int Run()
    {
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(ConsoleLogger.Default);
        return BenchmarkRunner.Run<CodecBench>(config).HasCriticalValidationErrors ? 1 : 0;
    }

    [GlobalSetup]
    public void Prepare()
    {
        seal = HmacSeal.From("thirty-two bytes of a bench's secret"u8);
        keys = new KeyRing(seal);
        length = WriteAndSealABeat();
        datagram.AsSpan(0, length).CopyTo(wrong);
        wrong[Datagram.HeaderBytes] ^= 1;
        const string text = """
            secret: /bench
            nodes: { alpha: { lan: 127.0.0.1 }, beta: { lan: 127.0.0.2 } }
            heartbeat: { every: 100ms, dead_after: 350ms }
            arbiter: { witness: [127.0.0.3], ttl: 600ms }
            duties: { web: { candidates: [alpha, beta], addresses: [{ address: 127.0.0.4/32, dev: lo }], failback: never } }
            """;
        var settings = SettingsReader.Read("bench", text, new SettingsRequest("alpha")).Settings ?? throw new InvalidOperationException("the bench's settings do not read");
        rules = CandidateRules.From(settings, boot: 1).Duties[0];
        var now = new Instant(TimeSpan.TicksPerHour);
        standby = DutyState.AtStart(rules, epochSeen: 4, ticket: 7, now) with { Stance = new Stance.Standby(now), Vacant = null };
        beat = new DutyEvent.PeerReported(1, new PeerView(StanceCode.Active, 4, Fit: false, now, 3));
        line = LedgerLine.Decided.Of(new Turn("web", now, standby, beat, DutyMachine.Next(rules, standby, beat, now)));
    }

    [GlobalCleanup]
    public void End() => seal.Dispose();

    [Benchmark(Description = "write and seal a beat")]
    public int WriteAndSealABeat()
    {
        var body = BeatBody.Write(datagram.AsSpan(Datagram.HeaderBytes), new BeatHead(2, 1, Health.Healthy, true, 0), heard, duties);
        return Datagram.Frame(datagram, header, body, seal);
    }

    [Benchmark(Description = "check a beat")]
    public Refusal CheckABeat() => Datagram.Open(datagram.AsSpan(0, length), keys, out _, out _);

    [Benchmark(Description = "refuse a beat with one wrong bit")]
    public Refusal RefuseABeat() => Datagram.Open(wrong, keys, out _, out _);

    [Benchmark(Description = "read a beat's body")]
    public bool ReadABody()
    {
        var body = datagram.AsSpan(Datagram.HeaderBytes, Body);
        return BeatBody.TryReadHead(body, out _) && BeatBody.TryReadHeard(body, 0, out _) && BeatBody.TryReadDuty(body, 0, out _);
    }

    [Benchmark(Description = "a step of the stance machine")]
    public DutyStep Step() => DutyMachine.Next(rules, standby, beat, new Instant(TimeSpan.TicksPerHour));

    [Benchmark(Description = "a line of the ledger")]
    public string Line() => LedgerText.Of(line);
}
