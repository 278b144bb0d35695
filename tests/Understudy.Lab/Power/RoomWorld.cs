using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Understudy.Core.Ledger;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;
using Understudy.Linux.Ledger;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>
/// A room as network namespaces: hosts on two switches, on each switch a thing that is fed like the cooling (10.77.S.9) and one on UPS power (10.77.S.8). Power commands are recorders; a host that asks for its power-off
/// is without power a moment later. All of it is gone when disposed. Needs root.
/// </summary>
internal sealed class RoomWorld : IDisposable
{
    private const string Wires = "wires";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static readonly string[] s_verdicts = ["present", "lost", "blind", "disputed", "unknown"];

    private readonly string name;
    private readonly string folder = Directory.CreateTempSubdirectory("understudy-room-").FullName;
    private readonly Dictionary<string, NetworkNamespace> places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Recorders> recorders = new(StringComparer.Ordinal);
    private readonly List<Process> started = [];
    private readonly Thread undertaker;
    private volatile bool gone;

    internal RoomWorld(params string[] hosts)
    {
        HarnessTests.SkipWhere(VipWorld.Obstacle() ?? UnderstudyProduct.Obstacle());
        Hosts = hosts;
        name = VipWorld.ReserveName();
        Secret = In("secret");
        File.WriteAllText(Secret, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)) + "\n");
        File.SetUnixFileMode(Secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        undertaker = new Thread(Bury) { IsBackground = true, Name = "undertaker" };
        try
        {
            Make();
            undertaker.Start();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal string[] Hosts { get; }

    internal string Secret { get; }

    /// <summary>Witnesses and controls of all guards here, short enough for a test: a loss is seen within 2 s.</summary>
    internal static string Witnesses { get; } = """
            mains: [{ icmp: 10.77.1.9, every: 400ms, timeout: 300ms }, { icmp: 10.77.2.9, every: 400ms, timeout: 300ms }]
            controls: [{ icmp: 10.77.1.8, every: 400ms, timeout: 300ms }, { icmp: 10.77.2.8, every: 400ms, timeout: 300ms }]
        """;

    /// <summary>What the mains of the cooling feed.</summary>
    private static readonly string[] s_mains = ["10.77.1.9", "10.77.2.9"];

    /// <summary>Seconds of the boot clock, as recorders write them.</summary>
    internal static double Now => double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);

    internal NetworkNamespace this[string place] => places[place];

    internal string In(string file) => Path.Combine(folder, file);

    internal static string Address(int place, int net) => string.Create(CultureInfo.InvariantCulture, $"10.77.{net}.{place}");

    internal string AddressOf(string host, int net) => Address(Array.IndexOf(Hosts, host) + 101, net);

    /// <summary>The mains of the cooling are there, or not: both of the things that they feed answer, or not.</summary>
    internal void Mains(bool there) => Ports(there, "mains1", "mains2");

    /// <summary>A switch passes frames, or none.</summary>
    internal void Switch(int net, bool passes) => places[Wires].Ip(string.Create(CultureInfo.InvariantCulture, $"link set sw{net} {(passes ? "up" : "down")}\n"));

    /// <summary>A host gets answers of the mains witnesses, or none; all else goes on.</summary>
    internal void Sees(string host, bool witnesses) => Shell.Run("ip", null,
        ["netns", "exec", places[host].Name, "nft", .. witnesses
            ? (string[])["delete table inet deaf"]
            : ["add table inet deaf; add chain inet deaf in { type filter hook input priority 0; }; add rule inet deaf in ip saddr { 10.77.1.9, 10.77.2.9 } drop"]]);

    /// <summary>An executable file of a host.</summary>
    internal string Script(string file, string shell)
    {
        // Another process writes it: a descriptor of ours that a child inherits for a moment would make the file busy.
        _ = Shell.Run("tee", $"#!/bin/sh\n{shell}\n", In(file));
        File.SetUnixFileMode(In(file), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return In(file);
    }

    /// <summary>Starts a host's guardian and daemon.</summary>
    /// <param name="more">Lines of the file before the guard, none where the host has no peers.</param>
    /// <param name="guard">Lines of the guard named room.</param>
    internal void Start(string host, string more, string guard)
    {
        Put(host, more, guard);
        Start(host);
    }

    /// <summary>Writes a host's file, as for <see cref="Start(string, string, string)"/>.</summary>
    internal void Put(string host, string more, string guard)
    {
        File.WriteAllText(In($"{host}/settings.yaml"), $$"""
            node: {{host}}
            api: { socket: {{In($"{host}/api.sock")}} }
            ledger: { path: {{LedgerOf(host)}} }
            {{more}}
            guards:
              room:
            {{guard}}

            """);
    }

    /// <summary>Starts it anew with the file and the memory that it has, as its power button would: the kernel tells another boot's id.</summary>
    internal void Boot(string host)
    {
        File.WriteAllText(In($"{host}/boot_id"), $"{Guid.NewGuid()}\n");
        Restart(host);
    }

    /// <summary>Starts its daemon anew with the file and the memory that it has.</summary>
    internal void Restart(string host)
    {
        File.Delete(In($"{host}/off"));
        Start(host);
    }

    /// <summary>Starts a witness of claims on a host.</summary>
    internal void StartWitness(string host, string settings)
    {
        File.WriteAllText(In($"{host}/settings.yaml"), $"ledger: {{ path: {LedgerOf(host)} }}\n{settings}");
        Start(host, "witness");
    }

    internal Recorders RecordersOf(string host) => recorders[host];

    internal Said Ask(string host, params IEnumerable<string> words)
    {
        var (exit, output, errors) = Shell.Try(UnderstudyProduct.FindProgram()!, null, [.. words, "--socket", In($"{host}/api.sock")]);
        return new Said(exit, output + errors);
    }

    internal void Signal(string host, int signal)
    {
        foreach (var pid in places[host].Pids())
        {
            _ = LabLibc.kill(pid, signal);
        }
    }

    /// <summary>When it asked for its power-off, on the boot clock; null: it did not.</summary>
    internal double? OffAt(string host) => File.Exists(In($"{host}/off")) && File.ReadLines(In($"{host}/off")).FirstOrDefault() is { Length: > 0 } first ? double.Parse(first, CultureInfo.InvariantCulture) : null;

    internal string[] Calls(string host) => recorders[host].Calls();

    internal List<string> Notes(string host) => File.Exists(LedgerOf(host)) ? [.. LedgerFiles.Read(LedgerOf(host)).Select(e => e.Line).OfType<LedgerLine.Noted>().Select(n => n.Text)] : [];

    internal bool Noted(string host, string words) => Notes(host).Any(n => n.Contains(words, StringComparison.Ordinal));

    /// <summary>The last verdict that a host told; its alarms are told again, and later.</summary>
    internal string Mains(string host) =>
        Notes(host).Where(n => n.StartsWith("the mains of a guard", StringComparison.Ordinal))
            .Select(n => s_verdicts.FirstOrDefault(v => n.Contains($"mains {v}", StringComparison.Ordinal))).LastOrDefault(v => v is not null) ?? "";

    internal void Await(string what, Func<bool> isSo, TimeSpan? limit = null) => Check(LabClock.WaitUntil(isSo, limit ?? s_patience), $"{what}: not in time");

    /// <summary>Waits until the hosts say so. With one witness up the mains are present; an outage can be seen when each has been up once, so that is waited for, too.</summary>
    internal void AwaitMains(string verdict, params string[] hosts) =>
        Await($"{string.Join(", ", hosts)} say that the mains are {verdict}", () => hosts.All(h => Mains(h) == verdict && (verdict != "present" || HasSeenAll(h))));

    private bool HasSeenAll(string host)
    {
        var settings = File.ReadAllText(In($"{host}/settings.yaml"));
        return s_mains.All(m => !settings.Contains(m, StringComparison.Ordinal) || Noted(host, $"icmp {m} was seen up"));
    }

    /// <summary>Asserts with everything that the hosts have said.</summary>
    internal void Check(bool isSo, string what)
    {
        if (!isSo)
        {
            Assert.Fail($"{what}\nnow: {Now}\n{string.Concat(Hosts.Select(Told))}");
        }
    }

    public void Dispose()
    {
        gone = true;
        if (undertaker.IsAlive)
        {
            undertaker.Join();
        }

        foreach (var each in NetworkNamespace.AllNames().Where(n => n.StartsWith($"{name}-", StringComparison.Ordinal)).ToList())
        {
            NetworkNamespace.Remove(each);
        }

        foreach (var process in started)
        {
            process.Dispose();
        }

        foreach (var recorder in recorders.Values)
        {
            recorder.Dispose();
        }

        Directory.Delete(folder, recursive: true);
    }

    private string LedgerOf(string host) => In($"{host}/ledger");

    /// <summary>In the mounts of the namespace, which are its own, another boot's id lies over the kernel's where the host was booted anew.</summary>
    private void Start(string host, string verb = "run")
    {
        string[] words =
        [
            "sh", "-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", In($"{host}/log"),
            "ip", "netns", "exec", places[host].Name, "sh", "-c", "[ ! -e \"$0\" ] || mount --bind \"$0\" /proc/sys/kernel/random/boot_id; exec \"$@\"", In($"{host}/boot_id"),
            UnderstudyProduct.FindProgram()!, verb, In($"{host}/settings.yaml"),
        ];
        var start = new ProcessStartInfo("setsid", words) { UseShellExecute = false };
        start.Environment["UNDERSTUDY_POWER_COMMANDS"] = recorders[host].Folder;
        started.Add(Process.Start(start) ?? throw new InvalidOperationException("setsid did not start"));
    }

    private void Make()
    {
        string[] all = [Wires, "mains1", "mains2", "ups1", "ups2", .. Hosts];
        Shell.Run("ip", string.Concat(all.Select(p => $"netns add {name}-{p}\n")), "-batch", "-");
        foreach (var place in all)
        {
            places[place] = NetworkNamespace.Of($"{name}-{place}");
            places[place].Write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
        }

        foreach (var net in (int[])[1, 2])
        {
            places[Wires].Ip(string.Create(CultureInfo.InvariantCulture, $"link add sw{net} type bridge stp_state 0 mcast_snooping 0 forward_delay 0\nlink set sw{net} up\n"));
            Plug($"mains{net}", net, 9);
            Plug($"ups{net}", net, 8);
            for (var i = 0; i < Hosts.Length; i++)
            {
                Plug(Hosts[i], net, 101 + i);
            }
        }

        foreach (var host in Hosts)
        {
            Directory.CreateDirectory(In(host));
            recorders[host] = new Recorders();
            _ = recorders[host].Answer("systemctl", $"case $1 in poweroff) read -r up rest </proc/uptime; echo $up >>{In(host)}/off ;; esac");
        }
    }

    private void Plug(string place, int net, int number)
    {
        places[Wires].Ip(string.Create(CultureInfo.InvariantCulture,
            $"link add p{net}-{place} type veth peer name eth{net} netns {places[place].Name}\nlink set p{net}-{place} master sw{net} up\n"));
        places[place].Ip(string.Create(CultureInfo.InvariantCulture, $"link set lo up\naddress add {Address(number, net)}/24 broadcast 10.77.{net}.255 dev eth{net}\nlink set eth{net} up\n"));
    }

    private void Ports(bool up, params string[] things) =>
        places[Wires].Ip(string.Concat(things.Select(t => $"link set p{t[^1]}-{t} {(up ? "up" : "down")}\n")));

    /// <summary>Who asked for its power-off has none a moment later.</summary>
    private void Bury()
    {
        while (!gone)
        {
            foreach (var host in Hosts.Where(h => OffAt(h) is { } at && Now - at > 0.3))
            {
                Signal(host, LabLibc.SIGKILL);
            }

            LabClock.Pause(TimeSpan.FromMilliseconds(200));
        }
    }

    private string Told(string host) =>
        $"--- {host}: off at {OffAt(host)?.ToString(CultureInfo.InvariantCulture) ?? "never"}; {string.Join("; ", Calls(host).TakeLast(8))}\n{string.Join('\n', Notes(host).TakeLast(25))}\n{(File.Exists(In($"{host}/log")) ? string.Join('\n', File.ReadLines(In($"{host}/log")).TakeLast(5)) : "")}\n";

    internal sealed record Said(int Exit, string Text);
}
