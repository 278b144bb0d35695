using System.Globalization;
using System.Security.Cryptography;

namespace Understudy.Lab.Worlds.Products;

/// <summary>Understudy: a guardian and a daemon on each host of the pair, and a witness on the third.</summary>
public sealed class UnderstudyProduct : IVipProduct
{
    private readonly VipWorld world;
    private readonly ProductProcesses processes;
    private readonly string program;
    private readonly string secret;
    private readonly TimeSpan failbackAfter;

    /// <param name="ttl">How long a claim lives at the witness. 600 ms for speed; at 1500 ms the kernel's address lifetime covers a freeze of all.</param>
    /// <param name="failbackAfter">How soon the duty goes back; 3 s unless said, as a bench would wait with it for longer.</param>
    /// <exception cref="FileNotFoundException">No built program was found; <see cref="Obstacle"/> says where it is looked for.</exception>
    public UnderstudyProduct(VipWorld world, TimeSpan ttl, TimeSpan? failbackAfter = null)
    {
        this.world = world;
        Ttl = ttl;
        this.failbackAfter = failbackAfter ?? TimeSpan.FromSeconds(3);
        processes = new ProductProcesses(world);
        program = FindProgram() ?? throw new FileNotFoundException(Obstacle());
        secret = Path.Combine(world.Folder, "secret");

        // The form that `understudy keygen` writes: 32 random bytes as hexadecimal digits.
        File.WriteAllText(secret, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)) + "\n");
        File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public string Name => "understudy";

    public TimeSpan Ttl { get; }

    public string ConfigSummary =>
        string.Create(CultureInfo.InvariantCulture, $"heartbeat 100 ms, dead_after 350 ms, witness TTL {Ttl.TotalMilliseconds:0} ms, http probe each 1 s, 3 fails, failback after {failbackAfter.TotalSeconds:0} s");

    public bool HasWitness => true;

    public bool LooksAtHealth => true;

    public bool RestartsItsDaemon => true;

    public TimeSpan TimeToAct => Ttl + TimeSpan.FromSeconds(2);

    /// <summary>Why Understudy cannot be run here, or null.</summary>
    public static string? Obstacle() =>
        FindProgram() is null ? "needs the understudy program: UNDERSTUDY_BIN, artifacts/publish/understudy, or a build of src/Understudy" : null;

    /// <summary>What UNDERSTUDY_BIN names, else the published program, else the newest build of this tree.</summary>
    public static string? FindProgram()
    {
        if (Environment.GetEnvironmentVariable("UNDERSTUDY_BIN") is { Length: > 0 } named)
        {
            return File.Exists(named) ? Path.GetFullPath(named) : null;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var artifacts = Path.Combine(folder.FullName, "artifacts");
            if (File.Exists(Path.Combine(folder.FullName, "Understudy.slnx")) && Directory.Exists(artifacts))
            {
                var published = Path.Combine(artifacts, "publish", "understudy");
                return File.Exists(published)
                    ? published
                    : new[] { "release", "debug" }
                        .Select(kind => Path.Combine(artifacts, "bin", "Understudy", kind, "understudy"))
                        .Where(File.Exists)
                        .OrderByDescending(File.GetLastWriteTimeUtc)
                        .FirstOrDefault();
            }
        }

        return null;
    }

    public string SocketOf(Host host) => Path.Combine(world.Folder, $"{Place.Name(host)}.sock");

    public string LedgerOf(Host host) => Path.Combine(world.Folder, $"{Place.Name(host)}.ledger");

    public void Start(Host host)
    {
        if (host == Host.Client || Pids(host).Count > 0)
        {
            return;
        }

        var name = Place.Name(host);
        var file = Path.Combine(world.Folder, $"{name}.yaml");
        File.WriteAllText(file, Settings(host));
        string[] arguments = host == Host.Witness ? ["witness", file] : ["run", file, "--node", name];
        processes.Start(host, $"understudy-{name}.log", program, arguments);
    }

    public IReadOnlyList<int> Pids(Host host) => processes.Pids(host);

    /// <summary>The guardian's child, which is the same program.</summary>
    public IReadOnlyList<int> DaemonPids(Host host) => DaemonOf(Pids(host));

    /// <summary>Of a host's processes, the guardian first, the guardian's child; none where there is none.</summary>
    internal static IReadOnlyList<int> DaemonOf(IReadOnlyList<int> all) =>
        all is [var guardian, ..] ? [.. all.Skip(1).Where(pid => ParentOf(pid) == guardian).Take(1)] : [];

    /// <summary>Beta may still be listening after its start; an operator would ask again, and so do we, for at most five seconds.</summary>
    public void HandOver()
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                _ = Ask(Host.Alpha, "handover", "web", "--to", "beta");
                return;
            }
            catch (InvalidOperationException e) when (tries < 25 && e.Message.Contains("is not fit to take it", StringComparison.Ordinal))
            {
                Thread.Sleep(200);
            }
        }
    }

    /// <summary>The failback may have been faster: then beta has nothing to hand over, and says so.</summary>
    public void HandBack()
    {
        try
        {
            _ = Ask(Host.Beta, "handover", "web", "--to", "alpha");
        }
        catch (InvalidOperationException e) when (e.Message.Contains("exit 4: web is standby here", StringComparison.Ordinal))
        {
        }
    }

    /// <summary>Runs a verb of the command line against the daemon of a host, and gives what it printed.</summary>
    /// <exception cref="InvalidOperationException">It exited with other than 0.</exception>
    public string Ask(Host host, params IEnumerable<string> words) =>
        Shell.Run("ip", null, ["netns", "exec", world[host].Name, program, .. words, "--socket", SocketOf(host)]);

    public void Dispose() => processes.KillAll();

    private static int ParentOf(int pid)
    {
        try
        {
            // proc_pid_stat(5): "pid (name) state parent ..."; the name may hold anything, so count from its last bracket.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    internal static string Links(Host host) =>
        $"{{ lan: {Place.ServiceNetAddress(host)}, private: {Place.PrivateNetAddress(host)} }}";

    private string Settings(Host host)
    {
        var ttl = Ttl.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
        return $$"""
            secret: {{secret}}
            nodes:
              alpha: {{Links(Host.Alpha)}}
              beta: {{Links(Host.Beta)}}
            heartbeat: { every: 100ms, dead_after: 350ms }
            arbiter: { witness: [{{Place.ServiceNetAddress(Host.Witness)}}], ttl: {{ttl}}ms, state: {{Path.Combine(world.Folder, "witness.json")}} }
            api: { socket: {{SocketOf(host)}} }
            ledger: { path: {{LedgerOf(host)}} }
            duties:
              web:
                candidates: [alpha, beta]
                addresses:
                  - { address: {{Place.ServiceAddress}}/{{Place.ServicePrefix}}, dev: {{Place.ServiceDevice}} }
                  - { address: "{{Place.ServiceAddress6}}/{{Place.ServicePrefix6}}", dev: {{Place.ServiceDevice}} }
                healthy_when: [{ http: "http://127.0.0.1:{{Place.HealthPort}}/health", every: 1s, timeout: 300ms, fails: 3 }]
                # More faults in ten minutes than a host should bear by itself; here they are made on purpose.
                restart: { limit: 100, max_backoff: 1s }
                failback: { after: {{failbackAfter.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)}}s }

            """;
    }
}
