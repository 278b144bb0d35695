using System.Globalization;
using System.Net;
using System.Text;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;

namespace Understudy.Bench.Collection;

/// <summary>Where a daemon listens.</summary>
/// <param name="Where">Null: the namespace of the bench.</param>
internal sealed record Seat(IPAddress Address, int Port, NetworkNamespace? Where);

/// <summary>
/// Processes of <c>understudy ldmsd</c> with settings and logs in a temporary folder. On loopback each listens at a port that was free a moment ago; with walls a10 and a11 each have a network namespace of their own, and all others share a
/// third. Nothing is left when it is gone.
/// </summary>
internal sealed class DaemonBed : IDisposable
{
    private const int Port = 411;      // what LDMS sites use; in a namespace of ours it is free

    private static readonly Lock s_gate = new();
    private static readonly List<DaemonBed> s_beds = [];
    private static volatile bool s_stopping;
    private static int s_count;

    private readonly Dictionary<string, ChildProgram> running = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Seat> seats = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> files = new(StringComparer.Ordinal);
    private readonly List<string> namespaces = [];
    private readonly string program = UnderstudyProduct.FindProgram()!;
    private bool gone;

    internal DaemonBed()
    {
        Folder = Directory.CreateTempSubdirectory("understudy-bench-").FullName;
        lock (s_gate)
        {
            s_beds.Add(this);
        }
    }

    /// <summary>A signal has asked for the end: what goes wrong from then on is no news.</summary>
    internal static bool Stopping => s_stopping;

    internal string Folder { get; }

    /// <summary>Clears all beds away, at once.</summary>
    internal static void DisposeAll()
    {
        s_stopping = true;
        foreach (var bed in s_beds.ToArray())
        {
            bed.Dispose();
        }
    }

    /// <summary>Makes three namespaces on one bridge: <see cref="Inner"/> for everybody, and one each for a10 and a11.</summary>
    internal void BuildWalls()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"usc{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}");
        string[] names = [$"{name}hub", $"{name}a10", $"{name}a11"];
        foreach (var one in names)
        {
            Shell.Run("ip", null, "netns", "add", one);
            namespaces.Add(one);
        }

        Inner = NetworkNamespace.Of(names[0]);
        Inner.Ip("link set lo up\nlink add br0 type bridge\nlink set br0 up\naddress add 10.77.0.1/24 dev br0\n");
        for (var i = 1; i < names.Length; i++)
        {
            Inner.Ip($"link add v{i} type veth peer name eth0 netns {names[i]}\nlink set v{i} master br0 up\n");
            NetworkNamespace.Of(names[i]).Ip($"link set lo up\nlink set eth0 up\naddress add 10.77.0.{i + 1}/24 dev eth0\n");
        }

        seats["a10"] = new Seat(IPAddress.Parse("10.77.0.2"), Port, NetworkNamespace.Of(names[1]));
        seats["a11"] = new Seat(IPAddress.Parse("10.77.0.3"), Port, NetworkNamespace.Of(names[2]));
    }

    /// <summary>Where all but a10 and a11 are; null: the namespace of the bench.</summary>
    internal NetworkNamespace? Inner { get; private set; }

    internal Seat this[string daemon]
    {
        get
        {
            lock (s_gate)
            {
                return seats.TryGetValue(daemon, out var seat) ? seat
                    : seats[daemon] = Inner is { } inner ? new Seat(IPAddress.Parse("10.77.0.1"), 20_000 + seats.Count, inner) : new Seat(IPAddress.Loopback, LoopbackPorts.Take(), null);
            }
        }
    }

    /// <summary>A daemon that has ended and was not started again; null: all run.</summary>
    internal string? Fallen => running.FirstOrDefault(r => r.Value.HasEnded).Key;

    internal int PidOf(string daemon) => running[daemon].Pid;

    /// <summary>The last words of all daemons, for a message about what went wrong; without the folder's name, which tells nobody anything.</summary>
    internal string LastWords => string.Join("; ", running.Select(r => $"{r.Key}: {r.Value.LastWords}")).Replace(Folder + "/", string.Empty, StringComparison.Ordinal);

    /// <summary>Writes the configuration of a daemon.</summary>
    internal void Configure(string daemon, params IEnumerable<string> lines)
    {
        var text = new StringBuilder().AppendJoin('\n', lines).Append('\n').ToString();
        File.WriteAllText(files[daemon] = Path.Combine(Folder, $"{daemon}.cfg"), text);
    }

    /// <summary>Starts a daemon, or starts it again.</summary>
    internal void Start(string daemon)
    {
        var seat = this[daemon];
        string[] command = [program, "ldmsd", "-c", files[daemon], "-x", $"sock:{seat.Port}:{seat.Address}", "-n", daemon];
        string[] all = seat.Where is { } where ? ["ip", "netns", "exec", where.Name, .. command] : command;
        lock (s_gate)
        {
            ObjectDisposedException.ThrowIf(gone, this);
            if (running.TryGetValue(daemon, out var former))
            {
                former.End(LabLibc.SIGKILL);
                former.Dispose();
            }

            running[daemon] = new ChildProgram(new Dictionary<string, string>(StringComparer.Ordinal), Path.Combine(Folder, $"{daemon}.log"), all[0], all[1..]);
        }
    }

    internal void Signal(string daemon, int signal) => running[daemon].Signal(signal);

    internal SampleEar Listen(string daemon, params IReadOnlyList<string> instances) => new(Inner, this[daemon].Address, this[daemon].Port, instances);

    /// <summary>A conversation with a daemon, from where it is; tries again until it listens.</summary>
    internal DaemonTalk Talk(string daemon)
    {
        for (var end = LabClock.Now + (10 * LabClock.Second); ;)
        {
            try
            {
                return new DaemonTalk(this[daemon].Where, this[daemon].Address, this[daemon].Port);
            }
            catch (IOException) when (LabClock.Now < end)
            {
                LabClock.Pause(TimeSpan.FromMilliseconds(50));
            }
        }
    }

    /// <summary>Drops packets at a10, to everybody or to a11 alone.</summary>
    internal void Cut(bool toEverybody)
    {
        var a11 = this["a11"].Address;
        string[] rules = toEverybody ? ["chain o {", "type filter hook output priority 0; policy drop;", "}"]
            : ["chain o {", "type filter hook output priority 0;", $"ip daddr {a11} drop", "}", "chain i {", "type filter hook input priority 0;", $"ip saddr {a11} drop", "}"];
        Shell.Run("ip", $"table inet wall {{\n{string.Join('\n', rules)}\n}}\n", "netns", "exec", this["a10"].Where!.Name, "nft", "-f", "-");
    }

    internal void Heal() => Shell.Run("ip", null, "netns", "exec", this["a10"].Where!.Name, "nft", "delete", "table", "inet", "wall");

    public void Dispose()
    {
        lock (s_gate)
        {
            if (gone)
            {
                return;
            }

            gone = true;
            _ = s_beds.Remove(this);
            foreach (var process in running.Values)
            {
                process.Signal(LabLibc.SIGCONT);
                process.Signal(LabLibc.SIGTERM);
            }

            foreach (var process in running.Values)
            {
                process.Dispose();
            }

            namespaces.ForEach(n => _ = Shell.Try("ip", null, "netns", "del", n));
            Directory.Delete(Folder, recursive: true);
        }
    }
}
