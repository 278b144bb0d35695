using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Understudy.Api;
using Understudy.Collection;
using Understudy.Core.Ledger;
using Understudy.Lab.Proofs;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;
using Understudy.Linux.Ledger;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>
/// Hosts that share a collection, each a network namespace on one switch, and one more, "racks", where the producers are. Every host runs <c>understudy run</c> with the same file, but for its name, and stores what it collects in a
/// folder of its own. All of it is gone when disposed. Needs root.
/// </summary>
internal sealed class SharedWorld : IDisposable
{
    internal const int PagePort = 9411;

    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const string Wires = "wires", Racks = "racks";

    private readonly string name;
    private readonly string program;
    private readonly string folder = Directory.CreateTempSubdirectory("understudy-shared-").FullName;
    private readonly Dictionary<string, NetworkNamespace> places = new(StringComparer.Ordinal);
    private readonly List<Process> started = [];

    internal SharedWorld(params string[] nodes)
    {
        HarnessTests.SkipWhere(VipWorld.Obstacle() ?? UnderstudyProduct.Obstacle());
        (Nodes, program, name) = (nodes, UnderstudyProduct.FindProgram()!, VipWorld.ReserveName());
        File.WriteAllText(In("secret"), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)) + "\n");
        File.SetUnixFileMode(In("secret"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        try
        {
            Make();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal string[] Nodes { get; }

    internal NetworkNamespace this[string node] => places[node];

    internal NetworkNamespace Place => places[Racks];

    internal static IPAddress PlaceAddress { get; } = IPAddress.Parse("10.66.0.200");

    /// <summary>Of <c>collection:</c> in the file that all have, indented by two: producers, updaters, share.</summary>
    internal string Collection { get; set; } = "";

    internal string In(string file) => Path.Combine(folder, file);

    /// <summary>Writes a node's file.</summary>
    /// <param name="more">Lines of its <c>collection:</c> beside those that all have.</param>
    internal void Put(string node, string more = "") => File.WriteAllText(In($"{node}/settings.yaml"), $$"""
        node: {{node}}
        secret: {{In("secret")}}
        nodes: { {{string.Join(", ", Nodes.Select(n => $"{n}: {{ lan: {AddressOf(n)} }}"))}} }
        heartbeat: { every: 500ms, dead_after: 1750ms }
        api: { socket: {{SocketOf(node)}} }
        ledger: { path: {{LedgerOf(node)}} }
        collection:
          metrics: { listen: "0.0.0.0:{{PagePort.ToString(CultureInfo.InvariantCulture)}}" }
          stores: { own: { csv: {{In($"{node}/csv")}}, writer: everyone } }
        {{Collection}}
        {{more}}

        """);

    internal void Start(string node) => Spawn(node, $"{node}/log", "run", In($"{node}/settings.yaml"));

    /// <summary>Starts a sampler daemon of ours among the producers.</summary>
    internal void StartSampler(string sampler, int port, string settings)
    {
        File.WriteAllText(In($"{sampler}.cfg"), settings);
        Spawn(Racks, $"{sampler}.log", "ldmsd", "-c", In($"{sampler}.cfg"), "-x", string.Create(CultureInfo.InvariantCulture, $"sock:{port}:{PlaceAddress}"), "-n", sampler);
    }

    /// <summary>Nothing of these runs any more, all in the same moment, and their guardians say no farewell.</summary>
    internal void Kill(params string[] nodes)
    {
        var pids = nodes.SelectMany(n => places[n].Pids()).ToList();
        foreach (var signal in new[] { LabLibc.SIGSTOP, LabLibc.SIGKILL })
        {
            pids.ForEach(p => _ = LabLibc.kill(p, signal));
        }

        Assert.True(LabClock.WaitUntil(() => nodes.All(n => places[n].Pids().Count == 0), Patience));
    }

    internal Said Ask(string node, params IEnumerable<string> words)
    {
        var (exit, output, errors) = Shell.Try(program, null, [.. words, "--socket", SocketOf(node)]);
        return new Said(exit, output, errors);
    }

    /// <summary>Runs a verb of ours among the producers, to its end.</summary>
    internal Said Run(params IEnumerable<string> words)
    {
        var (exit, output, errors) = Shell.Try("ip", null, ["netns", "exec", Place.Name, program, .. words]);
        return new Said(exit, output, errors);
    }

    /// <summary>What a node says of its collection; null where it does not answer.</summary>
    internal CollectionView? Look(string node) =>
        LivePair.Http(SocketOf(node), "GET /v1/collection HTTP/1.0\r\nHost: understudy\r\n\r\n") is { Code: 200, Body: var body } ? JsonSerializer.Deserialize(body, FacesJson.Default.CollectionView) : null;

    /// <summary>The page of the daemon's own metrics.</summary>
    internal string Metrics(string node) => LivePair.Http(SocketOf(node), "GET /metrics HTTP/1.0\r\nHost: understudy\r\nAccept: application/openmetrics-text\r\n\r\n").Body;

    /// <summary>The page of what it collects, as Prometheus would have it; empty where it does not answer.</summary>
    internal string Page(string node, string accept = "application/openmetrics-text")
    {
        try
        {
            using var socket = Place.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 15_000, SendTimeout = 5_000 });
            socket.Connect(IPAddress.Parse(AddressOf(node)), PagePort);
            _ = socket.Send(Encoding.ASCII.GetBytes($"GET /metrics HTTP/1.0\r\nHost: understudy\r\nAccept: {accept}\r\n\r\n"));
            using var all = new MemoryStream();
            var buffer = new byte[64 << 10];
            for (int count; (count = socket.Receive(buffer)) > 0;)
            {
                all.Write(buffer, 0, count);
            }

            var text = Encoding.UTF8.GetString(all.ToArray());
            Assert.StartsWith("HTTP/1.1 200", text, StringComparison.Ordinal);
            return text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        }
        catch (SocketException)
        {
            return "";
        }
    }

    internal List<string> Notes(string node) => File.Exists(LedgerOf(node)) ? [.. LedgerFiles.Read(LedgerOf(node)).Select(e => e.Line).OfType<LedgerLine.Noted>().Select(n => n.Text)] : [];

    internal StoredRows Stored() => StoredRows.Read(Nodes.Select(n => (n, In($"{n}/csv"))));

    internal void Await(string what, Func<string?> problem)
    {
        string? last = null;
        Assert.True(LabClock.WaitUntil(() => (last = problem()) is null, Patience), $"{what}: {last}\n{Scene()}");
    }

    /// <summary>Asserts, with everything that the hosts have said.</summary>
    internal void Check(bool isSo, string what)
    {
        if (!isSo)
        {
            Assert.Fail($"{what}\n{Scene()}");
        }
    }

    public void Dispose()
    {
        foreach (var each in NetworkNamespace.AllNames().Where(n => n.StartsWith($"{name}-", StringComparison.Ordinal)).ToList())
        {
            NetworkNamespace.Remove(each);
        }

        started.ForEach(p => p.Dispose());
        Directory.Delete(folder, recursive: true);
    }

    internal string AddressOf(string node) => string.Create(CultureInfo.InvariantCulture, $"10.66.0.{Array.IndexOf(Nodes, node) + 1}");

    private string SocketOf(string node) => In($"{node}/api.sock");

    private string LedgerOf(string node) => In($"{node}/ledger");

    private void Spawn(string place, string log, params string[] words)
    {
        var start = new ProcessStartInfo("setsid", ["sh", "-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", In(log), "ip", "netns", "exec", places[place].Name, program, .. words]) { UseShellExecute = false, WorkingDirectory = folder };
        start.Environment["DOTNET_TieredPGO"] = "0";
        started.Add(Process.Start(start) ?? throw new InvalidOperationException("setsid did not start"));
    }

    private void Make()
    {
        string[] all = [Wires, Racks, .. Nodes];
        Shell.Run("ip", string.Concat(all.Select(p => $"netns add {name}-{p}\n")), "-batch", "-");
        foreach (var place in all)
        {
            places[place] = NetworkNamespace.Of($"{name}-{place}");
            places[place].Write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
        }

        places[Wires].Ip("link add sw type bridge stp_state 0 mcast_snooping 0 forward_delay 0\nlink set sw up\n");
        Plug(Racks, PlaceAddress.ToString());
        foreach (var node in Nodes)
        {
            Plug(node, AddressOf(node));
            Directory.CreateDirectory(In($"{node}/csv"));
        }
    }

    private void Plug(string place, string address)
    {
        places[Wires].Ip($"link add p-{place} type veth peer name eth0 netns {places[place].Name}\nlink set p-{place} master sw up\n");
        places[place].Ip($"link set lo up\naddress add {address}/24 broadcast 10.66.0.255 dev eth0\nlink set eth0 up\n");
    }

    private string Scene()
    {
        var text = new StringBuilder();
        foreach (var node in Nodes)
        {
            text.Append(CultureInfo.InvariantCulture, $"--- {node}: {string.Join(' ', Look(node)?.Producers.Select(p => $"{p.Name}:{p.Part}") ?? ["silent"])}\n{string.Join('\n', Notes(node).TakeLast(15))}\n");
        }

        foreach (var log in Directory.GetFiles(folder, "log", SearchOption.AllDirectories).Concat(Directory.GetFiles(folder, "*.log")))
        {
            text.Append(CultureInfo.InvariantCulture, $"--- {log}\n{string.Join('\n', File.ReadLines(log).TakeLast(12))}\n");
        }

        return text.ToString();
    }

    internal sealed record Said(int Exit, string Output, string Errors);
}
