using System.Diagnostics;
using System.Globalization;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>
/// <c>understudy careful</c> on three paths, by the witness's own view of when it was asked. Seed 002's rule: wait NORMAL from the end of a ping, ping three times with a second between; lost: wait WAIT from its end,
/// ping again, and power off when that is lost. <c>ping -c 3</c> ends 2.05 s after its begin where it is answered, and 12.05 s where it is not (measured). Lateness is this machine's; early is a mistake.
/// </summary>
public sealed class CarefulLab
{
    private const double Normal = 2;
    private const double Wait = 6;
    private const double Answered = 2;
    private const double Lost = 12;

    /// <summary>A noisy machine, twice.</summary>
    private const double Late = 2;

    [Fact]
    public void Its_looks_and_its_power_off_come_when_the_seeds_do()
    {
        HarnessTests.SkipWhere(VipWorld.Obstacle() ?? UnderstudyProduct.Obstacle());
        using var calm = new CarefulPath();
        using var blip = new CarefulPath();
        using var outage = new CarefulPath();
        CarefulPath[] all = [calm, blip, outage];
        foreach (var path in all)
        {
            path.Start(Span(Normal), Span(Wait));
        }

        // After the first answered ping two of the witnesses fall silent; one answers again before the second look.
        foreach (var path in all)
        {
            path.AwaitLooks(1);
        }

        LabClock.Pause(TimeSpan.FromSeconds(2.5));
        blip.Answers(false);
        outage.Answers(false);
        blip.AwaitLooks(2);
        outage.AwaitLooks(2);
        LabClock.Pause(TimeSpan.FromSeconds(4));
        blip.Answers(true);
        outage.AwaitOff();
        blip.AwaitLooks(4);
        calm.AwaitLooks(6);

        var looks = outage.Looks();
        Between(Answered + Normal, looks[1] - looks[0], "from an answered ping to the next");
        Between(Lost + Wait, looks[2] - looks[1], "from the lost ping to the one that decides");
        Between(Lost, outage.OffAt - looks[2], "from the ping that decides to the power-off");
        Assert.Equal(3, looks.Count);

        looks = blip.Looks();
        Between(Lost + Wait, looks[2] - looks[1], "from the lost ping to the one that decides");
        Between(Answered + Normal, looks[3] - looks[2], "from the answered ping to the next");
        Assert.False(blip.IsOff, "a short outage powered the host off");

        looks = calm.Looks();
        Assert.All(looks.Zip(looks.Skip(1)), pair => Between(Answered + Normal, pair.Second - pair.First, "from an answered ping to the next"));
        Assert.False(calm.IsOff, "no outage powered the host off");
    }

    private static void Between(double least, double seconds, string what) =>
        Assert.True(seconds >= least - 0.05 && seconds <= least + Late, string.Create(CultureInfo.InvariantCulture, $"{what}: {seconds:0.00} s, expected {least} s"));

    private static string Span(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds}s");
}

/// <summary>A host with the program, and a witness that counts how it is asked, whether it answers or not.</summary>
internal sealed class CarefulPath : IDisposable
{
    private const string Witness = "10.97.2.9";

    /// <summary>The echoes of one ping are a second apart, and two pings two seconds and more.</summary>
    private const double Apart = 1.6;

    private readonly string name = VipWorld.ReserveName();
    private readonly Recorders recorders = new();
    private readonly NetworkNamespace host;
    private readonly NetworkNamespace witness;
    private readonly EchoEar ear;
    private Process? process;

    internal CarefulPath()
    {
        Shell.Run("ip", $"netns add {name}-host\nnetns add {name}-power\n", "-batch", "-");
        host = NetworkNamespace.Of($"{name}-host");
        witness = NetworkNamespace.Of($"{name}-power");
        host.Ip($"link add eth0 type veth peer name eth0 netns {witness.Name}\naddress add 10.97.2.1/24 dev eth0\nlink set lo up\nlink set eth0 up\n");
        witness.Ip($"address add {Witness}/24 dev eth0\nlink set eth0 up\n");
        _ = recorders.Answer("systemctl", $"case $1 in poweroff) read -r up rest </proc/uptime; echo $up >>{recorders.Folder}/off ;; esac");
        ear = new EchoEar(witness);
    }

    internal bool IsOff => File.Exists($"{recorders.Folder}/off");

    internal double OffAt => double.Parse(File.ReadLines($"{recorders.Folder}/off").First(), CultureInfo.InvariantCulture);

    internal void Start(string normal, string wait)
    {
        var start = new ProcessStartInfo("ip", ["netns", "exec", host.Name, UnderstudyProduct.FindProgram()!, "careful", Witness, normal, wait])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["UNDERSTUDY_POWER_COMMANDS"] = recorders.Folder;
        process = Process.Start(start) ?? throw new InvalidOperationException("ip did not start");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>icmp_echo_ignore_all (Documentation/networking/ip-sysctl.rst): the kernel is silent, and a raw socket still hears.</summary>
    internal void Answers(bool answers) => witness.Write("/proc/sys/net/ipv4/icmp_echo_ignore_all", answers ? "0" : "1");

    /// <summary>When each ping began, in seconds of the boot clock.</summary>
    internal List<double> Looks()
    {
        var echoes = ear.Heard();
        return [.. echoes.Where((e, i) => i == 0 || e.At - echoes[i - 1].At > Apart).Select(e => e.At)];
    }

    internal void AwaitLooks(int count) => Assert.True(LabClock.WaitUntil(() => Looks().Count >= count, TimeSpan.FromSeconds(60)), $"{count} pings: not in time");

    internal void AwaitOff() => Assert.True(LabClock.WaitUntil(() => IsOff, TimeSpan.FromSeconds(90)), "it was not powered off");

    public void Dispose()
    {
        ear.Dispose();
        process?.Kill(entireProcessTree: true);
        process?.WaitForExit();
        process?.Dispose();
        NetworkNamespace.Remove(host.Name);
        NetworkNamespace.Remove(witness.Name);
        recorders.Dispose();
    }
}
