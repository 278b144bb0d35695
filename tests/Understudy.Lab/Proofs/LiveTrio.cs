using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Understudy.Api;
using Understudy.Core.Ledger;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Measures;
using Understudy.Lab.Worlds.Products;
using Xunit;

namespace Understudy.Lab.Proofs;

/// <summary>A world with a third candidate, gamma, on the same two nets, and watches for each two of the three.</summary>
/// <remarks>A watch compares two hosts, so there is one for each two, each in a namespace of its own that calls those two hosts 1 and 2.</remarks>
internal sealed class LiveTrio : IDisposable
{
    private static readonly string[] Nodes = ["alpha", "beta", "gamma"];

    private readonly VipWorld world = null!;
    private readonly Dictionary<string, NetworkNamespace> places = new(StringComparer.Ordinal);
    private readonly List<(string One, string Other, AddressWatch Watch)> watches = [];
    private readonly List<Process> started = [];
    private readonly string program;
    private readonly string secret;

    internal LiveTrio()
    {
        HarnessTests.SkipWhere(VipWorld.Obstacle() ?? UnderstudyProduct.Obstacle());
        program = UnderstudyProduct.FindProgram()!;
        world = VipWorld.Build();
        secret = Path.Combine(world.Folder, "secret");
        File.WriteAllText(secret, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)) + "\n");
        File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        try
        {
            MakeGamma();
            Watch("alpha", "beta");
            Watch("alpha", "gamma");
            Watch("beta", "gamma");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal void StartAll()
    {
        Start("witness");
        foreach (var node in Nodes)
        {
            Start(node);
        }
    }

    internal void Start(string node)
    {
        var file = Path.Combine(world.Folder, $"{node}.yaml");
        File.WriteAllText(file, Settings(node));
        string[] words = node == "witness" ? ["witness", file] : ["run", file, "--node", node];
        string[] wrapped =
        [
            "sh", "-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", Path.Combine(world.Folder, $"understudy-{node}.log"),
            "ip", "netns", "exec", places[node].Name, program, .. words,
        ];
        started.Add(Process.Start(new ProcessStartInfo("setsid", wrapped) { UseShellExecute = false }) ?? throw new InvalidOperationException($"{program} did not start"));
    }

    /// <summary>Nothing runs any more, and the addresses are gone, as on a host without power.</summary>
    internal void Kill(string node)
    {
        var pids = places[node].Pids();
        places[node].Ip($"link set {Place.ServiceDevice} down\nlink set {Place.PrivateDevice} down\n");
        foreach (var signal in new[] { LabLibc.SIGSTOP, LabLibc.SIGKILL })
        {
            foreach (var pid in pids)
            {
                _ = LabLibc.kill(pid, signal);
            }
        }

        Assert.True(LabClock.WaitUntil(() => places[node].Pids().Count == 0, LivePair.Patience));
        _ = Shell.Try("ip", null, "-n", places[node].Name, "address", "flush", "to", $"{Place.ServiceAddress}", "dev", Place.ServiceDevice);
        places[node].Ip($"link set {Place.ServiceDevice} up\nlink set {Place.PrivateDevice} up\n");
    }

    internal Said Ask(string node, params IEnumerable<string> words)
    {
        var (exit, output, errors) = Shell.Try(program, null, [.. words, "--socket", SocketOf(node)]);
        return new Said(exit, output, errors);
    }

    /// <summary>Waits until one node alone has the address, and all that run agree on it.</summary>
    internal void AwaitHolder(string node) => Assert.True(
        LabClock.WaitUntil(
            () => Nodes.All(n => places[n].Pids().Count == 0 || (Snapshot(n) is { } web && web.Holder == node && (web.Stance == "active") == (n == node)))
                && Nodes.All(n => HasAddress(n) == (n == node)),
            LivePair.Patience),
        $"{node} does not come to serve: {string.Join("; ", Nodes.Select(n => $"{n} {Snapshot(n)?.ToString() ?? "silent"}, address: {HasAddress(n)}"))}{world.LastWords()}");

    internal void AssertTruth()
    {
        foreach (var (one, other, watch) in watches)
        {
            Assert.True(Holding.Of(watch.Changes).Both(0, long.MaxValue).Times == 0, $"{one} and {other} both had the address");
            Assert.Null(watch.Disagreement());
            Assert.NotEmpty(watch.Changes);
        }

        foreach (var node in Nodes)
        {
            var (exit, output, errors) = Shell.Try(program, null, "replay", Path.Combine(world.Folder, $"{node}.ledger"));
            Assert.True(exit == 0, output + errors);
        }
    }

    public void Dispose()
    {
        foreach (var (_, _, watch) in watches)
        {
            watch.Dispose();
        }

        // The namespaces that were added here have the world's name, and go with it and with all that runs in them.
        world.Dispose();
        foreach (var process in started)
        {
            process.Dispose();
        }
    }

    private static string Address(string node, string net) => string.Create(CultureInfo.InvariantCulture, $"{net}.{Array.IndexOf(Nodes, node) + 1}");

    private void MakeGamma()
    {
        Shell.Run("ip", null, "netns", "add", $"{world.Name}-gamma");
        places["alpha"] = world[Host.Alpha];
        places["beta"] = world[Host.Beta];
        places["witness"] = world[Host.Witness];
        var gamma = places["gamma"] = NetworkNamespace.Of($"{world.Name}-gamma");
        gamma.Write("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
        world.Wires.Ip($"""
            link add p-gamma type veth peer name {Place.ServiceDevice} netns {gamma.Name}
            link set p-gamma master lan up
            link add q-gamma type veth peer name {Place.PrivateDevice} netns {gamma.Name}
            link set q-gamma master priv up

            """);
        gamma.Ip($"""
            link set lo up
            address add {Address("gamma", "10.99.0")}/24 dev {Place.ServiceDevice}
            link set {Place.ServiceDevice} up
            address add {Address("gamma", "10.98.0")}/24 dev {Place.PrivateDevice}
            link set {Place.PrivateDevice} up

            """);
    }

    private void Watch(string one, string other)
    {
        var name = $"{world.Name}-watch-{one[0]}{other[0]}";
        Shell.Run("ip", null, "netns", "add", name);
        var place = NetworkNamespace.Of(name);
        place.Ip($"netns set {places[one].Name} {AddressWatch.AlphaId}\nnetns set {places[other].Name} {AddressWatch.BetaId}\n");
        watches.Add((one, other, new AddressWatch(place, places[one], places[other])));
    }

    private string SocketOf(string node) => Path.Combine(world.Folder, $"{node}.sock");

    private bool HasAddress(string node)
    {
        var (_, _, watch) = watches.First(w => w.One == node || w.Other == node);
        return watch.Has(watches.First(w => w.One == node || w.Other == node).One == node ? Host.Alpha : Host.Beta);
    }

    private DutySnapshot? Snapshot(string node)
    {
        var said = LivePair.Http(SocketOf(node), "GET /v1/status HTTP/1.0\r\nHost: understudy\r\n\r\n");
        return said.Code == 200 ? JsonSerializer.Deserialize(said.Body, FacesJson.Default.HostSnapshot)?.Find("web") : null;
    }

    private string Settings(string node) => $$"""
        secret: {{secret}}
        nodes:
        {{string.Join('\n', Nodes.Select(n => $"  {n}: {{ lan: {Address(n, "10.99.0")}, private: {Address(n, "10.98.0")} }}"))}}
        heartbeat: { every: 100ms, dead_after: 350ms }
        arbiter: { witness: [{{Place.ServiceNetAddress(Host.Witness)}}], ttl: 600ms, state: {{Path.Combine(world.Folder, "witness.json")}} }
        api: { socket: {{SocketOf(node)}} }
        ledger: { path: {{Path.Combine(world.Folder, $"{node}.ledger")}} }
        duties:
          web:
            candidates: [{{string.Join(", ", Nodes)}}]
            addresses: [{ address: {{Place.ServiceAddress}}/{{Place.ServicePrefix}}, dev: {{Place.ServiceDevice}} }]
            failback: { after: 300ms }

        """;
}
