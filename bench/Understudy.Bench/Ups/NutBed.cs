using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;

namespace Understudy.Bench.Ups;

/// <summary>
/// A NUT of its own in a temporary folder: its settings, its sockets, and a copy of our program under the name of a driver. Nothing of the machine's own NUT is read or written, and nothing is left when it is gone.
/// </summary>
internal sealed class NutBed : IDisposable
{
    /// <summary>The driver's name, which has to be the base name of the executable (upsdrvctl since 2.8.3 looks at it).</summary>
    internal const string ProxyDriver = "understudy-ups";
    internal const string DummyDriver = "dummy-ups";

    private const string DummyProgram = "/lib/nut/dummy-ups";      // Debian's driver folder
    private const string UpsdProgram = "/lib/nut/upsd";      // Debian's /sbin/upsd is a script that heeds nut.conf

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(15);
    private static volatile bool stopping;

    private readonly Lock gate = new();
    private readonly List<ChildProgram> processes = [];
    private readonly List<PosixSignalRegistration> signals = [];
    private readonly Dictionary<string, string> environment;
    private readonly string program;
    private readonly string folder;
    private readonly string conf;
    private readonly string state;
    private bool gone;

    internal NutBed()
    {
        folder = Directory.CreateTempSubdirectory("understudy-bench-").FullName;
        (conf, state) = (Path.Combine(folder, "conf"), Path.Combine(folder, "state"));
        Directory.CreateDirectory(conf);
        Directory.CreateDirectory(state);
        File.WriteAllText(Path.Combine(conf, "ups.conf"), "maxretry = 1\n");
        program = Path.Combine(folder, ProxyDriver);
        File.Copy(UnderstudyProduct.FindProgram()!, program);
        environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["NUT_CONFPATH"] = conf, ["NUT_STATEPATH"] = state, ["NUT_ALTPIDPATH"] = state, ["NUT_QUIET_INIT_UPSNOTIFY"] = "true" };
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
        {
            signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                stopping = true;
                Dispose();
                Environment.Exit(130);
            }));
        }
    }

    /// <summary>A signal has asked for the end: what goes wrong from then on is no news.</summary>
    internal static bool Stopping => stopping;

    /// <summary>Why the bench cannot run here, or null.</summary>
    internal static string? Obstacle() =>
        UnderstudyProduct.Obstacle() ?? new[] { DummyProgram, UpsdProgram }.Where(p => !File.Exists(p)).Select(p => $"needs {p} of Debian's nut-server: ./dev setup").FirstOrDefault();

    /// <summary>A text without the folder's own name, which tells nobody anything.</summary>
    internal string Plain(string text) => text.Replace(folder + "/", string.Empty, StringComparison.Ordinal).Replace(folder, string.Empty, StringComparison.Ordinal);

    internal string SocketOf(string driver, string ups) => Path.Combine(state, $"{driver}-{ups}");

    /// <summary>A path in the state folder: a socket may have any name there.</summary>
    internal string InState(string name) => Path.Combine(state, name);

    /// <summary>Adds a section to ups.conf. Who runs already has read it before.</summary>
    internal void AddSection(string name, string driver, string port, params IEnumerable<(string Key, string Value)> settings)
    {
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"[{name}]").AppendLine(CultureInfo.InvariantCulture, $"    driver = {driver}").AppendLine(CultureInfo.InvariantCulture, $"    port = {port}");
        foreach (var (key, value) in settings)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"    {key} = {value}");
        }

        File.AppendAllText(Path.Combine(conf, "ups.conf"), text.ToString());
    }

    /// <summary>Adds a device for Debian's dummy-ups: a section and its file of variables.</summary>
    internal void AddDevice(string name, IEnumerable<(string Name, string Value)> variables, params IEnumerable<(string Key, string Value)> settings)
    {
        var file = Path.Combine(conf, $"{name}.dev");
        File.WriteAllLines(file, variables.Select(v => $"{v.Name}: {v.Value}"));
        AddSection(name, DummyDriver, file, settings);
    }

    /// <summary>Debian's own dummy-ups, in the foreground.</summary>
    internal ChildProgram StartDummy(string ups) => Start(ups, DummyProgram, ["-a", ups, "-F", .. AsWhom()]);

    /// <summary>Our program, in the foreground; comes back when it listens.</summary>
    /// <exception cref="TimeoutException">It did not listen within 15 s.</exception>
    internal ChildProgram StartProxy(string ups)
    {
        var process = Start(ups, program, ["-a", ups, "-F", .. AsWhom()]);
        try
        {
            DriverEar.Connect(SocketOf(ProxyDriver, ups), StartLimit).Dispose();
            return process;
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; its last words: {process.LastWords}", e);
        }
    }

    /// <summary>Debian's own upsd, on a port of the loopback that was free a moment ago.</summary>
    internal ChildProgram StartUpsd(out int port)
    {
        port = LoopbackPorts.Take();
        Write("upsd.conf", string.Create(CultureInfo.InvariantCulture, $"LISTEN 127.0.0.1 {port}\nSTATEPATH {state}\n"));
        Write("upsd.users", "\n");
        return Start("upsd", UpsdProgram, ["-F", .. AsWhom()]);
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (gone)
            {
                return;
            }

            gone = true;
            processes.ForEach(p => p.Signal(LabLibc.SIGTERM));
            processes.ForEach(p => p.Dispose());
            Directory.Delete(folder, recursive: true);
        }

        if (!stopping)
        {
            signals.ForEach(s => s.Dispose());
        }
    }

    private ChildProgram Start(string name, string path, IEnumerable<string> arguments)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(gone, this);
            var process = new ChildProgram(environment, Path.Combine(folder, $"{name}.log"), path, arguments);
            processes.Add(process);
            return process;
        }
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(conf, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>A driver that root starts would become another user, whom the folder does not let in.</summary>
    private static string[] AsWhom() => Environment.IsPrivilegedProcess ? ["-u", "root"] : [];
}
