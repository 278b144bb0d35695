using Understudy.Lab.Worlds;

namespace Understudy.Bench.Ups;

/// <summary>A proxy over two real dummy-ups, which differ in their load; and a client of each kind. The first is shown whenever it can be.</summary>
internal sealed class SourcePair : IDisposable
{
    private const string MainLoad = "11";
    private const string SpareLoad = "42";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(15);

    private readonly NutBed bed;
    private readonly string main;
    private readonly ChildProgram spare;
    private readonly ChildProgram proxy;
    private readonly DriverEar ear;
    private ChildProgram source;

    /// <summary>Starts all; <see cref="AwaitMain"/> says when it runs.</summary>
    internal SourcePair(NutBed bed, int number)
    {
        (this.bed, main, Ups) = (bed, $"main{number}", $"pair{number}");
        bed.AddDevice(main, Device(MainLoad));
        bed.AddDevice($"spare{number}", Device(SpareLoad));

        // Back at once, so that the next run can begin: how long a source must be well before it is shown again is not what is measured here.
        bed.AddSection(Ups, NutBed.ProxyDriver, $"{NutBed.DummyDriver}-{main},{NutBed.DummyDriver}-spare{number}", [("flip.back", "0")]);
        source = bed.StartDummy(main);
        spare = bed.StartDummy($"spare{number}");
        proxy = bed.StartProxy(Ups);
        ear = new DriverEar(bed.SocketOf(NutBed.ProxyDriver, Ups), StartLimit);
    }

    internal string Ups { get; }

    /// <summary>Sends the first source a signal. Returns the moment before.</summary>
    internal long Signal(int signal)
    {
        var at = LabClock.Now;
        source.Signal(signal);
        return at;
    }

    /// <summary>When the spare's load was on our socket; null when the limit passed first.</summary>
    internal long? AwaitSpare(TimeSpan limit) => ear.Await("ups.load", SpareLoad, limit);

    /// <summary>When upsd showed it.</summary>
    internal long? AwaitSpare(UpsdEar upsd, TimeSpan limit) => upsd.Await(Ups, SpareLoad, limit);

    /// <summary>Ends what is left of the first source, and starts it anew.</summary>
    internal void StartMain()
    {
        source.End(LabLibc.SIGKILL);
        source.Dispose();
        source = bed.StartDummy(main);
    }

    /// <exception cref="TimeoutException">It was not shown within 15 s.</exception>
    internal void AwaitMain(UpsdEar? upsd)
    {
        if (ear.Await("ups.load", MainLoad, StartLimit) is null)
        {
            throw new TimeoutException($"{Ups} does not show its first source; the proxy's last words: {proxy.LastWords}; the source's: {source.LastWords}");
        }

        if (upsd is not null && upsd.Await(Ups, MainLoad, StartLimit) is null)
        {
            throw new TimeoutException($"upsd does not show the first source of {Ups}");
        }
    }

    public void Dispose()
    {
        ear.Dispose();
        proxy.Dispose();
        source.End(LabLibc.SIGKILL);
        spare.End(LabLibc.SIGKILL);
        source.Dispose();
        spare.Dispose();
    }

    /// <summary>What a small UPS says of itself.</summary>
    private static (string Name, string Value)[] Device(string load) =>
    [
        ("ups.mfr", "Example"), ("ups.model", "Small 1500"), ("ups.serial", $"S{load}"), ("ups.status", "OL"), ("ups.load", load), ("ups.temperature", "25.1"), ("ups.realpower.nominal", "900"),
        ("ups.beeper.status", "enabled"), ("ups.delay.shutdown", "20"), ("ups.delay.start", "30"), ("battery.charge", "100"), ("battery.charge.low", "20"), ("battery.runtime", "3600"),
        ("battery.runtime.low", "300"), ("battery.voltage", "27.1"), ("battery.type", "PbAc"), ("input.voltage", "230.4"), ("input.frequency", "50.0"), ("output.voltage", "230.1"), ("output.frequency", "50.0"),
    ];
}
