using System.Diagnostics;
using System.Globalization;
using System.Text;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;
using Xunit;

namespace Understudy.Lab.Ups;

/// <summary>How a program ended, and what it printed to either stream.</summary>
internal sealed record Finished(int Exit, string Output);

/// <summary>
/// Debian's NUT in folders of its own: configuration, sockets, drivers, and upsd on a free port of the loopback. The programs are the installed ones; ours stands beside the real drivers under its driver's
/// name. Everything that was started with these folders ends with the stage, whoever started it.
/// </summary>
internal sealed class NutStage : IDisposable
{
    /// <summary>The proxy's section of ups.conf.</summary>
    internal const string Ups = "ups";

    internal const string ProxyDriver = "understudy-ups";

    /// <summary>NUT itself takes seconds for many things: dummy-ups is deaf for a second of every two, and upsd looks for new sockets each two.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Not /sbin/upsd and /sbin/upsmon: Debian has scripts there that look into /etc/nut first.</summary>
    internal const string Server = "/lib/nut/upsd", Monitor = "/lib/nut/upsmon";

    private const string StockDrivers = "/lib/nut";
    private static readonly TimeSpan s_runLimit = TimeSpan.FromSeconds(90);

    private static readonly string[] s_programs =
        [$"{StockDrivers}/dummy-ups", $"{StockDrivers}/blazer_ser", Server, "/sbin/upsdrvctl", Monitor, "/bin/upsc", "/bin/upsrw", "/bin/upscmd", "/bin/bash"];

    private readonly string folder = Directory.CreateTempSubdirectory("understudy-nut-").FullName;
    private readonly SortedDictionary<string, string> sections = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> drivers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, string>> devices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTime> written = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Process> running = new(StringComparer.Ordinal);
    private readonly List<Process> started = [];
    private readonly Lock locked = new();
    private UpsdClient? client;
    private int runs;

    internal NutStage()
    {
        HarnessTests.SkipWhere(Obstacle());
        foreach (var each in new[] { Conf, State, Drivers, Logs })
        {
            Directory.CreateDirectory(each);
        }

        foreach (var driver in new[] { "dummy-ups", "blazer_ser" })
        {
            File.CreateSymbolicLink(Path.Combine(Drivers, driver), Path.Combine(StockDrivers, driver));
        }

        PutProgram();
    }

    internal string Conf => Path.Combine(folder, "conf");

    internal string State => Path.Combine(folder, "state");

    internal string Drivers => Path.Combine(folder, "drivers");

    /// <summary>Where upsd listens, once it does.</summary>
    internal int Port { get; private set; }

    internal string ProxyPath => Path.Combine(Drivers, ProxyDriver);

    internal string ProxySocket => Path.Combine(State, $"{ProxyDriver}-{Ups}");

    internal string ProxyPidFile => ProxySocket + ".pid";

    private string Logs => Path.Combine(folder, "logs");

    /// <summary>Why no stage can be set here, or null.</summary>
    internal static string? Obstacle() =>
        s_programs.FirstOrDefault(p => !File.Exists(p)) is { } missing ? $"needs {missing} (Debian: nut-server, nut-client)" :
        UnderstudyProduct.Obstacle() ??
        (Environment.UserName != "root" ? "needs root: NUT's drivers and upsd change their user" :
        File.ReadAllText("/proc/self/setgroups").Trim() != "allow" ? "needs a real root: NUT's drivers and upsd set their groups, which a user namespace forbids" : null);

    /// <summary>Two real drivers of one device or of two, both running, and a proxy over them.</summary>
    /// <param name="settings">Lines of the proxy's section. Without a flip.back of their own it is 0: who answers first is shown first, and dummy-ups is deaf by turns.</param>
    internal static NutStage Pair(params ReadOnlySpan<string> settings)
    {
        var stage = new NutStage();
        try
        {
            stage.Dummy("usb", Usb);
            stage.Dummy("net", Net);
            string[] flip = settings.ToArray().Any(l => l.StartsWith("flip.back ", StringComparison.Ordinal)) ? [] : ["flip.back = 0"];
            stage.Proxy("dummy-ups-usb,dummy-ups-net", [.. settings, .. flip]);
            stage.StartSources("usb", "net");
            stage.StartProxy();
            stage.StartServer();
            stage.AwaitShown("ups.load", "20");
            return stage;
        }
        catch
        {
            stage.Dispose();
            throw;
        }
    }

    /// <summary>What the first source of a pair says. Each value is another than the second's, but for the status and what tells one device from another.</summary>
    internal static (string Name, string Value)[] Usb =>
    [
        ("ups.status", "OL"), ("ups.load", "20"), ("battery.charge", "100"), ("battery.runtime", "1200"), ("input.voltage", "230.1"), ("ups.id", "rack"),
        ("ups.serial", "S1"), ("device.serial", "S1"),
    ];

    internal static (string Name, string Value)[] Net =>
    [
        ("ups.status", "OL"), ("ups.load", "42"), ("battery.charge", "40"), ("battery.temperature", "25.5"), ("input.voltage", "231.9"), ("ups.id", "card"),
        ("ups.serial", "S1"), ("device.serial", "S1"),
    ];

    /// <summary>Writes a section of ups.conf; a later one of the same name takes its place. sdorder must not stand first: upsdrvctl loses the first key.</summary>
    internal void Section(string ups, string driver, string port, params ReadOnlySpan<string> lines)
    {
        drivers[ups] = driver;
        sections[ups] = $"[{ups}]\n  driver = {driver}\n  port = {port}\n{string.Concat(lines.ToArray().Select(l => $"  {l}\n"))}";
        WriteConf();
    }

    internal void Proxy(string port, params ReadOnlySpan<string> settings) => Section(Ups, ProxyDriver, port, settings);

    /// <summary>A section of dummy-ups with a device of these variables.</summary>
    internal void Dummy(string ups, params (string Name, string Value)[] variables) => Dummy(ups, "dummy-ups", 2, variables);

    internal void Dummy(string ups, string driver, int pollInterval, params (string Name, string Value)[] variables)
    {
        devices[ups] = new Dictionary<string, string>(StringComparer.Ordinal);
        Change(ups, variables);
        Section(ups, driver, DeviceFile(ups), "mode = dummy-once", $"pollinterval = {pollInterval.ToString(CultureInfo.InvariantCulture)}", "sdorder = -1");
    }

    /// <summary>Changes what a dummy's device says; an empty value takes a variable away. dummy-ups sees it at its next poll.</summary>
    internal void Change(string ups, params (string Name, string Value)[] variables)
    {
        var device = devices[ups];
        foreach (var (name, value) in variables)
        {
            device[name] = value;
        }

        var file = DeviceFile(ups);
        File.WriteAllText(file + ".new", string.Concat(device.Select(v => $"{v.Key}: {v.Value}\n")));

        // dummy-ups reads a file again when its time of change, in whole seconds, is another.
        var at = DateTime.UnixEpoch.AddSeconds(Math.Floor((LabClock.Now / (double)LabClock.Second) + 1_000_000_000));
        at = written.TryGetValue(ups, out var last) && at <= last ? last.AddSeconds(1) : at;
        written[ups] = at;
        File.SetLastWriteTimeUtc(file + ".new", at);
        File.Move(file + ".new", file, overwrite: true);
    }

    /// <summary>A driver that is dummy-ups but for <c>-k</c>, which it writes down and answers as <see cref="AnswerKill"/> says: dummy-ups itself refuses it.</summary>
    internal void FakeDriver(string driver)
    {
        var path = Path.Combine(Drivers, driver);
        File.WriteAllText(path, $"""
            #!/bin/bash
            case " $* " in
            *" -k "*)
                echo "{driver} $*" >>'{KillRecord}'
                answer=$(cat '{path}.answer')
                [ "$answer" != hang ] || exec sleep 600
                exit "$answer" ;;
            esac
            exec -a "$0" {StockDrivers}/dummy-ups "$@"

            """);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        AnswerKill(driver, "0");
    }

    /// <summary>The exit code of a fake driver's <c>-k</c>, or <c>hang</c>.</summary>
    internal void AnswerKill(string driver, string answer) => File.WriteAllText(Path.Combine(Drivers, driver) + ".answer", answer);

    /// <summary>Every <c>-k</c> that a fake driver was started with, in order: driver and options.</summary>
    internal string[] Kills() => File.Exists(KillRecord) ? File.ReadAllLines(KillRecord) : [];

    internal string SocketOf(string ups) => Path.Combine(State, $"{drivers[ups]}-{ups}");

    /// <summary>Starts real drivers in the foreground, and waits until each answers on its socket.</summary>
    internal void StartSources(params string[] upses)
    {
        foreach (var ups in upses)
        {
            running[ups] = Launch(ups, Path.Combine(Drivers, drivers[ups]), "-a", ups, "-F");
        }

        foreach (var ups in upses)
        {
            Await($"{ups} listens", () => Listens(SocketOf(ups)));
        }
    }

    internal int PidOf(string ups) => running[ups].Id;

    /// <summary>A driver was started by the test, and not by <see cref="StartSources"/>.</summary>
    internal void Has(string ups, Process process) => running[ups] = process;

    internal Process ProcessOf(string ups) => running[ups];

    internal void Signal(string ups, int signal) => _ = LabLibc.kill(running[ups].Id, signal);

    /// <summary>Ends a driver by a signal and waits until it is gone.</summary>
    /// <returns>Its exit code.</returns>
    internal int End(string ups, int signal)
    {
        Signal(ups, signal);
        Check(running[ups].WaitForExit(Patience), $"{ups} did not end after signal {signal}");
        return running[ups].ExitCode;
    }

    /// <summary>Starts the proxy in the foreground, and waits until its socket answers.</summary>
    internal void StartProxy()
    {
        running[Ups] = Launch(Ups, ProxyPath, "-a", Ups, "-F");
        Await("the proxy listens", () => DriverEar.Answers(ProxySocket));
    }

    internal void StartServer()
    {
        WriteServerConf();
        for (var tries = 1; client is null; tries++)
        {
            Port = LoopbackPorts.Take();
            File.WriteAllText(Path.Combine(Conf, "upsd.conf"), string.Create(CultureInfo.InvariantCulture, $"LISTEN 127.0.0.1 {Port}\nSTATEPATH {State}\n"));
            var upsd = Launch("upsd", Server, "-F", "-u", "root");
            Check(LabClock.WaitUntil(() => upsd.HasExited || (client = UpsdClient.TryConnect(Port)) is not null, Patience), "upsd listens");
            Check(client is not null || tries < 3, "upsd found no port");      // somebody else may have taken it meanwhile
        }
    }

    /// <summary>What upsd answers to a line.</summary>
    internal string Ask(string line) => client!.Ask(line);

    /// <summary>What upsd's clients see of the proxy's variable; the whole line where it is an error.</summary>
    internal string Shown(string name) => client!.Value(Ups, name);

    internal void AwaitShown(string name, string value, TimeSpan? limit = null) => Await($"upsd shows {name} as '{value}'", () => Shown(name) == value, limit);

    /// <summary>Runs a program of NUT to its end.</summary>
    internal Finished Run(string program, params IEnumerable<string> arguments)
    {
        var log = string.Create(CultureInfo.InvariantCulture, $"run-{Interlocked.Increment(ref runs):000}-{Path.GetFileName(program)}");
        using var process = Start(log, program, arguments);
        if (!process.WaitForExit(s_runLimit))
        {
            process.Kill();
            Check(false, $"{program} {string.Join(' ', arguments)} took over {s_runLimit.TotalSeconds:0} s");
        }

        var printed = LogOf(log);
        File.AppendAllText(Path.Combine(Logs, log), $"-- {program} {string.Join(' ', arguments)}: exit {process.ExitCode}\n");
        return new Finished(process.ExitCode, printed);
    }

    /// <summary>Starts a program that stays, by a name for its log.</summary>
    internal Process Launch(string name, string program, params IEnumerable<string> arguments)
    {
        var process = Start(name, program, arguments);
        lock (locked)
        {
            started.Add(process);
        }

        return process;
    }

    /// <summary>What a program has printed so far.</summary>
    internal string LogOf(string name) => File.Exists(Path.Combine(Logs, name)) ? File.ReadAllText(Path.Combine(Logs, name)) : "";

    internal DriverEar HearProxy() => new(ProxySocket);

    internal DriverEar Hear(string ups) => new(SocketOf(ups));

    internal void Await(string what, Func<bool> isSo, TimeSpan? limit = null) =>
        Check(LabClock.WaitUntil(isSo, limit ?? Patience), $"{what}: not within {(limit ?? Patience).TotalSeconds:0} s");

    /// <summary>Waits until an ear has read all that was written to it so far: what upsd has shown, another reader may not have read yet, and PONG comes behind it.</summary>
    internal void CatchUp(DriverEar ear) => Check(ear.Ping() is not null, "PING is answered");

    /// <summary>Waits until an ear has heard a value.</summary>
    internal void AwaitHeard(DriverEar ear, string name, string value, string what, TimeSpan? limit = null) =>
        Await($"{what}: {name} is heard as '{value}'", () => ear.Value(name) == value, limit);

    /// <summary>Asserts with everything that the processes of the stage have said.</summary>
    internal void Check(bool isSo, string what)
    {
        if (!isSo)
        {
            Assert.Fail($"{what}\n{Told()}");
        }
    }

    internal void Same<T>(T expected, T actual, string what) =>
        Check(EqualityComparer<T>.Default.Equals(expected, actual), $"{what}: expected '{expected}', got '{actual}'");

    /// <summary>Lets an account that is not root have the sockets' folder, and reach it.</summary>
    internal void GiveStateTo(string user)
    {
        foreach (var each in new[] { folder, Conf, Drivers })
        {
            File.SetUnixFileMode(each, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }

        _ = Shell.Run("chown", null, user, State);
    }

    /// <summary>Writes a file beside the configuration.</summary>
    internal string Put(string name, string text)
    {
        var path = Path.Combine(Conf, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        client?.Dispose();
        _ = LabClock.WaitUntil(() => KillAll() == 0, TimeSpan.FromSeconds(10));
        foreach (var process in started)
        {
            process.Dispose();
        }

        Directory.Delete(folder, recursive: true);
    }

    private string KillRecord => Path.Combine(folder, "kills");

    private string DeviceFile(string ups) => Path.Combine(Conf, $"{ups}.dev");

    /// <summary>The real drivers stand first, as they start first; so upsdrvctl starts what the proxy needs before it.</summary>
    private void WriteConf() => File.WriteAllText(
        Path.Combine(Conf, "ups.conf"),
        $"driverpath = {Drivers}\nuser = root\nmaxretry = 1\nmaxstartdelay = 30\n"
        + string.Concat(sections.Where(s => s.Key != Ups).Concat(sections.Where(s => s.Key == Ups)).Select(s => s.Value)));

    private void WriteServerConf()
    {
        var users = Put("upsd.users", "[lab]\n  password = lab\n  actions = SET\n  instcmds = ALL\n  upsmon secondary\n");
        File.SetUnixFileMode(users, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>Our program under its driver's name: a hard link where the folders are on one file system, as the name of a link is the name of the process; else a copy. A build that is not one file needs
    /// its libraries beside it.</summary>
    private void PutProgram()
    {
        var program = UnderstudyProduct.FindProgram()!;
        var library = Path.ChangeExtension(program, ".dll");
        var files = File.Exists(library) ? Directory.GetFiles(Path.GetDirectoryName(program)!).Where(f => f != program) : [];
        foreach (var (from, to) in files.Select(f => (f, Path.Combine(Drivers, Path.GetFileName(f)))).Prepend((program, ProxyPath)))
        {
            if (Shell.Try("cp", null, "--link", from, to).Exit != 0)
            {
                _ = Shell.Run("cp", null, "--preserve=mode", from, to);
            }
        }
    }

    /// <summary>Starts a program in a session of its own, with its output in a file: a daemon that keeps its parent's streams must not keep us waiting.</summary>
    private Process Start(string log, string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("setsid", ["sh", "-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", Path.Combine(Logs, log), program, .. arguments])
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
        };
        start.Environment["NUT_CONFPATH"] = Conf;
        start.Environment["NUT_STATEPATH"] = State;
        start.Environment["NUT_ALTPIDPATH"] = State;
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
    }

    /// <summary>Kills what runs with our folders, children of children too: the environment tells.</summary>
    /// <returns>How many there were.</returns>
    private int KillAll()
    {
        var pids = Pids();
        pids.ForEach(pid => _ = LabLibc.kill(pid, LabLibc.SIGKILL));
        return pids.Count;
    }

    private List<int> Pids()
    {
        var ours = $"NUT_STATEPATH={State}";
        var found = new List<int>();
        foreach (var each in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(each), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && File.ReadAllText($"{each}/environ").Split('\0').Contains(ours, StringComparer.Ordinal))
                {
                    found.Add(pid);
                }
            }
            catch (IOException)
            {
                // it ended meanwhile
            }
            catch (UnauthorizedAccessException)
            {
                // it is in a place of its own, so it is none of ours
            }
        }

        return found;
    }

    /// <summary>Somebody listens at a path, by /proc/net/unix (proc_net(5); the flag is __SO_ACCEPTCON of include/linux/net.h). To try it by a connection is no choice with a stock driver of 2.8.0: it aborts when
    /// one client has gone and another is too slow in the same turn.</summary>
    private static bool Listens(string path) =>
        File.ReadLines("/proc/net/unix").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Any(w => w is [_, _, _, "00010000", .., var at] && at == path);

    private string Told()
    {
        var text = new StringBuilder();
        void Add(string title, IEnumerable<string> lines) => text.Append(CultureInfo.InvariantCulture, $"== {title}\n{string.Join('\n', lines.TakeLast(30))}\n");
        Add("ups.conf", File.ReadLines(Path.Combine(Conf, "ups.conf")));
        Add("state", Directory.EnumerateFileSystemEntries(State).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        foreach (var log in Directory.EnumerateFiles(Logs).Order(StringComparer.Ordinal))
        {
            Add(Path.GetFileName(log), File.ReadLines(log));
        }

        foreach (var ledger in Directory.EnumerateFiles(State, "*.ledger").Concat(Directory.EnumerateFiles(State, "*.shutdown")))
        {
            Add(Path.GetFileName(ledger), File.ReadLines(ledger));
        }

        Add("the proxy's view", DriverEar.Glance(ProxySocket));
        return text.ToString();
    }
}
