using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Understudy.Api;
using Understudy.Core.Ledger;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Faults;
using Understudy.Lab.Worlds.Measures;
using Understudy.Lab.Worlds.Products;
using Xunit;

namespace Understudy.Lab.Proofs;

/// <summary>What a verb of the command line said.</summary>
internal sealed record Said(int Exit, string Output, string Errors);

/// <summary>Real daemons on the hosts of a world of their own, with settings that the test chooses, and what a test wants to know of them.</summary>
internal sealed class LivePair : IVipProduct
{
    /// <summary>How long anything may take that must happen at all: a bound for a busy machine, never a measure.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    private readonly ProductProcesses processes;
    private readonly string program;
    private readonly string secret;
    private readonly List<string> mounts = [];
    private readonly Dictionary<string, string> ledgers = new(StringComparer.Ordinal);

    internal LivePair()
    {
        HarnessTests.SkipWhere(VipWorld.Obstacle() ?? UnderstudyProduct.Obstacle());
        program = UnderstudyProduct.FindProgram()!;
        World = VipWorld.Build();
        processes = new ProductProcesses(World);
        secret = Path.Combine(World.Folder, "secret");
        File.WriteAllText(secret, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)) + "\n");
        File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Faults = new FaultPerformer(World, this);
    }

    internal VipWorld World { get; }

    internal FaultPerformer Faults { get; }

    /// <summary>Text behind <c>arbiter:</c>; null for the witness with <see cref="Ttl"/>.</summary>
    internal string? Arbiter { get; init; }

    internal TimeSpan Ttl { get; init; } = TimeSpan.FromMilliseconds(600);

    /// <summary>The file in which the witness keeps its epochs.</summary>
    internal string WitnessState { get; set; } = "";

    /// <summary>Lines of <c>duties:</c>; each is indented by two.</summary>
    internal string Duties { get; set; } = Duty("web");

    public string Name => "understudy";

    public string ConfigSummary => "as the test says";

    public bool HasWitness => Arbiter is null;

    public bool LooksAtHealth => false;

    public bool RestartsItsDaemon => true;

    public TimeSpan TimeToAct => Ttl + TimeSpan.FromSeconds(2);

    /// <summary>One duty, with the service addresses of the lab unless others are named.</summary>
    internal static string Duty(string name, string candidates = "alpha, beta", string failback = "never", string more = "", string? address = null) =>
        string.Create(CultureInfo.InvariantCulture, $"""
              {name}:
                candidates: [{candidates}]
                addresses:
            {(address is null
                ? $"      - {{ address: {Place.ServiceAddress}/{Place.ServicePrefix}, dev: {Place.ServiceDevice} }}\n      - {{ address: \"{Place.ServiceAddress6}/{Place.ServicePrefix6}\", dev: {Place.ServiceDevice} }}"
                : $"      - {{ address: {address}, dev: {Place.ServiceDevice} }}")}
                failback: {failback}
            {more}
            """);

    internal string FileOf(Host host) => Path.Combine(World.Folder, $"{Place.Name(host)}.yaml");

    internal string SocketOf(Host host) => Path.Combine(World.Folder, $"{Place.Name(host)}.sock");

    internal string LedgerOf(Host host) => ledgers.GetValueOrDefault(Place.Name(host)) ?? Path.Combine(World.Folder, $"{Place.Name(host)}.ledger");

    /// <summary>Puts a host's ledger elsewhere; before it is started.</summary>
    internal void KeepLedgerAt(Host host, string path) => ledgers[Place.Name(host)] = path;

    /// <summary>A small disk of its own, below the world's folder; it goes with the pair.</summary>
    internal string SmallDisk(string name, string size)
    {
        var path = Path.Combine(World.Folder, name);
        Directory.CreateDirectory(path);
        Shell.Run("mount", null, "-t", "tmpfs", "-o", $"size={size},mode=700", "understudy-lab", path);
        mounts.Add(path);
        return path;
    }

    /// <summary>The settings file of a host, as it would be started with now.</summary>
    internal string Settings(Host host)
    {
        var state = WitnessState.Length > 0 ? WitnessState : Path.Combine(World.Folder, "witness.json");
        var ttl = Ttl.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
        return $$"""
            secret: {{secret}}
            nodes:
              alpha: {{UnderstudyProduct.Links(Host.Alpha)}}
              beta: {{UnderstudyProduct.Links(Host.Beta)}}
            heartbeat: { every: 100ms, dead_after: 350ms }
            arbiter: {{Arbiter ?? $"{{ witness: [{Place.ServiceNetAddress(Host.Witness)}], ttl: {ttl}ms, state: {state} }}"}}
            api: { socket: {{SocketOf(host)}} }
            ledger: { path: {{LedgerOf(host)}} }
            duties:
            {{Duties}}
            """;
    }

    public void Start(Host host)
    {
        if (host == Host.Client || (host == Host.Witness && !HasWitness) || Pids(host).Count > 0)
        {
            return;
        }

        var name = Place.Name(host);
        File.WriteAllText(FileOf(host), Settings(host));
        string[] arguments = host == Host.Witness ? ["witness", FileOf(host)] : ["run", FileOf(host), "--node", name];
        processes.Start(host, $"understudy-{name}.log", program, arguments);
    }

    internal void StartAll()
    {
        Start(Host.Witness);
        Start(Host.Alpha);
        Start(Host.Beta);
    }

    public IReadOnlyList<int> Pids(Host host) => World[host].Pids();

    /// <summary>The guardian's child, which is the same program; not the commands that either runs.</summary>
    public IReadOnlyList<int> DaemonPids(Host host) => UnderstudyProduct.DaemonOf(Pids(host));

    public void HandOver() => Assert.Equal(0, Ask(Host.Alpha, "handover", "web", "--to", "beta").Exit);

    public void HandBack() => Assert.Equal(0, Ask(Host.Beta, "handover", "web", "--to", "alpha").Exit);

    /// <summary>Runs a verb against the daemon of a host.</summary>
    internal Said Ask(Host host, params IEnumerable<string> words) => Verb([.. words, "--socket", SocketOf(host)]);

    /// <summary>Runs a verb that needs no daemon, or names its socket itself.</summary>
    internal Said Verb(params IEnumerable<string> words)
    {
        var (exit, output, errors) = Shell.Try(program, null, words);
        return new Said(exit, output, errors);
    }

    /// <summary>Begins a verb that does not end by itself.</summary>
    internal Process Begin(params IEnumerable<string> words) =>
        Process.Start(new ProcessStartInfo(program, words) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })
        ?? throw new InvalidOperationException($"{program} did not start");

    /// <summary>What <c>status --json</c> prints, asked without a process; null where nobody answers.</summary>
    internal HostSnapshot? Status(Host host)
    {
        var (code, body) = Get(host, "/v1/status");
        return code == 200 ? JsonSerializer.Deserialize(body, FacesJson.Default.HostSnapshot) : null;
    }

    internal DutySnapshot? Web(Host host, string duty = "web") => Status(host)?.Find(duty);

    /// <summary>The value of a metric with all of its labels, or 0 where it is not on the page.</summary>
    internal double Metric(Host host, string sample)
    {
        var line = Get(host, "/metrics").Body.Split('\n').FirstOrDefault(l => l.StartsWith(sample + " ", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[(sample.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>Asks a daemon for one page; code 0 where nobody answers.</summary>
    internal (int Code, string Body) Get(Host host, string path) => Http(SocketOf(host), $"GET {path} HTTP/1.0\r\nHost: understudy\r\nAccept: */*\r\n\r\n");

    /// <summary>Gives an order and does not care for the answer: it may be cut off in the middle.</summary>
    internal (int Code, string Body) Post(Host host, string path, string json) =>
        Http(SocketOf(host), $"POST {path} HTTP/1.0\r\nHost: understudy\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");

    internal bool Has(Host host) => World.Addresses.Has(host);

    /// <summary>Who has the address: alpha, beta, both or nobody.</summary>
    internal string Holders() => (Has(Host.Alpha), Has(Host.Beta)) switch
    {
        (true, true) => "both",
        (true, false) => "alpha",
        (false, true) => "beta",
        (false, false) => "nobody",
    };

    internal Host Holder => Has(Host.Beta) ? Host.Beta : Host.Alpha;

    internal static Host Other(Host host) => host == Host.Alpha ? Host.Beta : Host.Alpha;

    /// <summary>How often both hosts had the address, since the world was built.</summary>
    internal int DualTimes => Holding.Of(World.Addresses.Changes).Both(0, long.MaxValue).Times;

    /// <summary>Waits until something is so; fails with what the daemons last said where it never is.</summary>
    internal void Await(string what, Func<bool> isSo) => Assert.True(LabClock.WaitUntil(isSo, Patience), $"{what}: not within {Patience.TotalSeconds:0} s.\n{Scene()}");

    /// <summary>Waits until one host alone has the address, both daemons agree with the kernel on who it is, and the other could take it.</summary>
    internal void AwaitCalm(Host? holder = null, bool otherFit = true) => Await(
        $"{(holder is { } h ? Place.Name(h) : "one host")} serves and both daemons say so",
        () => Calm(holder, otherFit));

    internal bool Calm(Host? wanted, bool otherFit)
    {
        if (Has(Host.Alpha) == Has(Host.Beta) || (wanted is { } w && Holder != w))
        {
            return false;
        }

        var (holder, other) = (Holder, Other(Holder));
        return Web(holder) is { Stance: "active" } here && here.Holder == Place.Name(holder)
            && (!otherFit || (Web(other) is { Stance: "standby" } there && there.Holder == Place.Name(holder) && here.Candidates.Any(c => !c.Self && c.FitForMs is not null)));
    }

    /// <summary>Makes a host the holder, whoever is it now.</summary>
    internal void Home(Host host)
    {
        AwaitCalm();
        if (Holder != host)
        {
            Assert.Equal(0, Ask(Other(host), "handover", "web", "--to", Place.Name(host)).Exit);
            AwaitCalm(host);
        }
    }

    /// <summary>What must be so at the end whatever was done: never two, no event missed, status equal to the kernel, and ledgers that replay.</summary>
    internal void AssertTruth(int dualTimes = 0)
    {
        Assert.True(dualTimes == DualTimes, $"two holders {DualTimes} times, expected {dualTimes}\n{Scene()}");
        Assert.Null(World.Addresses.Disagreement());
        foreach (var host in new[] { Host.Alpha, Host.Beta })
        {
            AssertStatusAgrees(host);
            AssertReplays(host);
        }

        if (HasWitness)
        {
            AssertReplays(Host.Witness);
        }
    }

    /// <summary>What <c>status --json</c> of a host says of its own addresses is what its kernel says; it may take a moment.</summary>
    internal void AssertStatusAgrees(Host host)
    {
        var last = "";
        Assert.True(
            LabClock.WaitUntil(
                () =>
                {
                    var said = Ask(host, "status", "--json");
                    if (said.Exit is not (0 or 4) || JsonSerializer.Deserialize(said.Output, FacesJson.Default.HostSnapshot)?.Find("web") is not { } web)
                    {
                        last = $"status ended with {said.Exit}: {said.Errors}";
                        return false;
                    }

                    var kernel = KernelHas(host);
                    last = $"the kernel of {host} has {kernel.Four} and {kernel.Six}, its daemon is {web.Stance}";
                    return kernel.Four == kernel.Six && kernel.Four == (web.Stance == "active");
                },
                Patience),
            $"{last}\n{Scene()}");
    }

    internal void AssertReplays(Host host)
    {
        var said = Verb("replay", LedgerOf(host));
        Assert.True(said.Exit == 0, $"the ledger of {host} does not replay: {said.Output}{said.Errors}");
    }

    /// <summary>Cuts everything between the hosts of the pair and, if asked, between each of them and the witness.</summary>
    internal void CutPair() => Faults.Lose(Loss.BetweenPair());

    /// <summary>What everybody last said, for a person who wonders why.</summary>
    internal string Scene()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"holders: {Holders()}");
        foreach (var host in new[] { Host.Alpha, Host.Beta })
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{host}: {Web(host)?.ToString() ?? "no status"}");
            text.Append(CultureInfo.InvariantCulture, $"\n{host} runs {string.Join(' ', Pids(host))}, ledger ends:\n{Tail(LedgerOf(host), 25)}");
        }

        return text.Append(CultureInfo.InvariantCulture, $"\nwitness ledger ends:\n{Tail(LedgerOf(Host.Witness), 15)}").Append(World.LastWords()).ToString();
    }

    public void Dispose()
    {
        processes.KillAll();
        foreach (var mount in mounts)
        {
            _ = Shell.Try("umount", null, "-l", mount);
        }

        World.Dispose();
    }

    private static string Tail(string file, int lines)
    {
        try
        {
            return string.Join('\n', File.ReadLines(file).TakeLast(lines).Select(l => l.Length > 400 ? l[..400] : l));
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    private (bool Four, bool Six) KernelHas(Host host)
    {
        var json = Shell.Run("ip", null, "-n", World[host].Name, "-j", "address", "show");
        return (json.Contains($"\"{Place.ServiceAddress}\"", StringComparison.Ordinal), json.Contains($"\"{Place.ServiceAddress6}\"", StringComparison.Ordinal));
    }

    /// <summary>One request over the daemon's socket, answered within 15 s or not at all.</summary>
    internal static (int Code, string Body) Http(string path, string request)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 15_000, SendTimeout = 5_000 };
            socket.Connect(new UnixDomainSocketEndPoint(path));
            _ = socket.Send(Encoding.UTF8.GetBytes(request));
            var answer = new MemoryStream();
            var buffer = new byte[16 * 1024];
            int count;
            while ((count = socket.Receive(buffer)) > 0)
            {
                answer.Write(buffer, 0, count);
            }

            var text = Encoding.UTF8.GetString(answer.ToArray());
            var split = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            return split > 12 ? (int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture), text[(split + 4)..]) : (0, "");
        }
        catch (SocketException)
        {
            return (0, "");
        }
    }
}
