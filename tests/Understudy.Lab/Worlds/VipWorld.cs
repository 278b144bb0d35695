using System.Runtime.InteropServices;

namespace Understudy.Lab.Worlds;

/// <summary>Two hosts, a witness and a client as network namespaces, on a shared net and a private one, with the echo service, the client's
/// questions and the watch of addresses running. Several worlds can exist at once. Needs root.</summary>
/// <remarks>Both switches live in a namespace of their own ("wires"), so that a fault of a link is made outside of the hosts, in one
/// transaction for all links, and none of the hosts can see how.</remarks>
public sealed class VipWorld : IDisposable
{
    private const string Prefix = "us";
    private const string FolderPrefix = "understudy-lab-";

    /// <summary>file-hierarchy(7): on a disk, where /tmp may be memory. What a product syncs before it answers must cost here what it costs.</summary>
    private const string Disk = "/var/tmp";

    /// <summary>In the folder; a pid says who is dead only within one pid namespace.</summary>
    private const string PidNamespaceFile = "pid-namespace";

    private static readonly Lock Gate = new();
    private static readonly List<VipWorld> Alive = [];
    private static readonly List<PosixSignalRegistration> Registrations = [];
    private static volatile bool stopping;
    private static int built;

    private readonly Dictionary<Host, NetworkNamespace> hosts = [];
    private readonly List<IDisposable> parts = [];
    private readonly Dictionary<Host, (HealthPage Page, EchoResponder Echo)> services = [];
    private bool gone;

    private VipWorld(int number)
    {
        Name = $"{Prefix}{Environment.ProcessId}-{number}";
        Folder = Path.Combine(Disk, $"{FolderPrefix}{Name}-{Guid.NewGuid():N}"[..^20]);
        Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(Folder, PidNamespaceFile), PidNamespace);
    }

    /// <summary>Unlike any other world's on this machine; the namespaces are called by it, a dash, and the host.</summary>
    public string Name { get; }

    /// <summary>A folder of its own for settings, ledgers, sockets and what the products print.</summary>
    public string Folder { get; }

    /// <summary>A signal has asked for the end: worlds vanish under whoever uses them, and what goes wrong then is no news.</summary>
    public static bool Stopping => stopping;

    public ProbeClient Client { get; private set; } = null!;

    public AddressWatch Addresses { get; private set; } = null!;

    /// <summary>Where both switches are.</summary>
    public NetworkNamespace Wires { get; private set; } = null!;

    public NetworkNamespace this[Host host] => hosts[host];

    /// <summary>Why a world cannot be built here, or null.</summary>
    public static string? Obstacle()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "needs root, to make network namespaces";
        }

        foreach (var program in new[] { "ip", "nft" })
        {
            if (!OnPath(program))
            {
                return $"needs the program '{program}'";
            }
        }

        return null;
    }

    public static bool OnPath(string program) =>
        "/usr/sbin:/usr/bin:/sbin:/bin".Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Builds a world, after the remains of worlds whose process has died were removed.</summary>
    /// <exception cref="InvalidOperationException"><c>ip</c> or <c>nft</c> refused; nothing is left behind.</exception>
    public static VipWorld Build()
    {
        if (stopping)
        {
            // The process ends in a moment; a world built now would outlive it.
            Thread.Sleep(Timeout.Infinite);
        }

        VipWorld world;
        lock (Gate)
        {
            world = new VipWorld(Number());
            Alive.Add(world);
        }

        try
        {
            world.MakeHosts();
            world.MakeLinks();
            world.StartParts();
            return world;
        }
        catch
        {
            world.Dispose();
            throw;
        }
    }

    /// <summary>A name for a world of another kind: what of it is left behind is removed as a world of this kind is, by name.</summary>
    internal static string ReserveName()
    {
        lock (Gate)
        {
            return $"{Prefix}{Environment.ProcessId}-{Number()}";
        }
    }

    /// <summary>The last lines that each process printed, for a person who wonders why.</summary>
    public string LastWords() => string.Concat(
        Directory.EnumerateFiles(Folder, "*.log").Order(StringComparer.Ordinal)
            .Select(log => $"\n--- {Path.GetFileName(log)}\n{string.Join('\n', File.ReadLines(log).TakeLast(8))}"));

    /// <summary>Makes the service of alpha or beta ill, so that it answers no client and its page says 500, or well again.</summary>
    public void SetWell(Host host, bool well)
    {
        services[host].Page.Well = well;
        services[host].Echo.Ill = !well;
    }

    public void Dispose()
    {
        lock (Gate)
        {
            if (gone)
            {
                return;
            }

            gone = true;
            Alive.Remove(this);
        }

        for (var i = parts.Count - 1; i >= 0; i--)
        {
            parts[i].Dispose();
        }

        foreach (var name in NetworkNamespace.AllNames().Where(n => n.StartsWith($"{Name}-", StringComparison.Ordinal)).ToList())
        {
            NetworkNamespace.Remove(name);
        }

        RemoveFolder(Folder);
    }

    /// <summary>The number of the next world. The first one removes what others left behind.</summary>
    private static int Number()
    {
        if (built == 0)
        {
            SweepDead();
            RemoveAllWhenStopped();
        }

        return ++built;
    }

    private static void RemoveFolder(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // A file of a process that is still dying; the next sweep finds the folder by its name.
        }
    }

    private static void RemoveAllWhenStopped()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => RemoveAll();
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
        {
            Registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                stopping = true;
                RemoveAll();
                Environment.Exit(130);
            }));
        }
    }

    private static void RemoveAll()
    {
        VipWorld[] all;
        lock (Gate)
        {
            all = [.. Alive];
        }

        foreach (var world in all)
        {
            try
            {
                world.Dispose();
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or TimeoutException)
            {
                // Its owner is taking it down at this moment, or is still building it: what is left is found by name below.
            }
        }

        foreach (var name in NetworkNamespace.AllNames().Where(n => n.StartsWith($"{Prefix}{Environment.ProcessId}-", StringComparison.Ordinal)).ToList())
        {
            NetworkNamespace.Remove(name);
        }
    }

    /// <summary>A world's name holds the pid of its maker: where that process is gone, so is the need for the world.</summary>
    private static void SweepDead()
    {
        foreach (var name in NetworkNamespace.AllNames().Where(IsOfTheDead).ToList())
        {
            NetworkNamespace.Remove(name);
        }

        foreach (var folder in Directory.EnumerateDirectories(Disk, $"{FolderPrefix}*")
            .Where(f => IsOfTheDead(Path.GetFileName(f)[FolderPrefix.Length..]) && IsOfOurPidNamespace(f)).ToList())
        {
            RemoveFolder(folder);
        }
    }

    private static string PidNamespace => new FileInfo("/proc/self/ns/pid").LinkTarget ?? string.Empty;

    private static bool IsOfOurPidNamespace(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, PidNamespaceFile)) == PidNamespace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsOfTheDead(string name)
    {
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        return dash > Prefix.Length
            && name.StartsWith(Prefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(Prefix.Length, dash - Prefix.Length), out var pid)
            && !Directory.Exists($"/proc/{pid}");
    }

    private static string OwnHostLines(Host host)
    {
        var n = Place.Number(host);
        var lines = $"""
            link set lo up
            address add 10.99.0.{n}/24 dev eth0
            address add fd00:99::{n}/64 dev eth0 nodad
            link set eth0 up

            """;
        return Place.HasPrivateLink(host)
            ? lines + $"""
            address add 10.98.0.{n}/24 dev priv0
            link set priv0 up

            """
            : lines;
    }

    private void MakeHosts()
    {
        var all = Enum.GetValues<Host>();
        Shell.Run("ip", string.Join('\n', all.Select(Place.Name).Append("wires").Select(n => $"netns add {Name}-{n}")) + "\n", "-batch", "-");
        foreach (var host in all)
        {
            hosts[host] = NetworkNamespace.Of($"{Name}-{Place.Name(host)}");
            hosts[host].Write("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
        }

        Wires = NetworkNamespace.Of($"{Name}-wires");
        Wires.Write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
        Wires.Ip($"netns set {hosts[Host.Alpha].Name} {AddressWatch.AlphaId}\nnetns set {hosts[Host.Beta].Name} {AddressWatch.BetaId}\n");
    }

    private void MakeLinks()
    {
        var lines = new System.Text.StringBuilder();

        // Multicast reaches all ports, and a port forwards as soon as it has carrier: a plain switch, without the features that need waiting for.
        lines.AppendLine("link add lan type bridge stp_state 0 mcast_snooping 0 forward_delay 0");
        lines.AppendLine("link add priv type bridge stp_state 0 mcast_snooping 0 forward_delay 0");
        lines.AppendLine("link set lan up");
        lines.AppendLine("link set priv up");
        foreach (var (host, place) in hosts)
        {
            lines.AppendLine($"link add {Place.Port(host)} type veth peer name eth0 netns {place.Name}");
            lines.AppendLine($"link set {Place.Port(host)} master lan up");
            if (Place.HasPrivateLink(host))
            {
                lines.AppendLine($"link add {Place.PrivatePort(host)} type veth peer name priv0 netns {place.Name}");
                lines.AppendLine($"link set {Place.PrivatePort(host)} master priv up");
            }
        }

        Wires.Ip(lines.ToString());
        foreach (var (host, place) in hosts)
        {
            place.Ip(OwnHostLines(host));
        }
    }

    private void StartParts()
    {
        Addresses = Keep(new AddressWatch(Wires, hosts[Host.Alpha], hosts[Host.Beta]));
        services[Host.Alpha] = (Keep(new HealthPage(hosts[Host.Alpha])), Keep(new EchoResponder(hosts[Host.Alpha], 'a')));
        services[Host.Beta] = (Keep(new HealthPage(hosts[Host.Beta])), Keep(new EchoResponder(hosts[Host.Beta], 'b')));
        Client = Keep(new ProbeClient(hosts[Host.Client]));
    }

    private T Keep<T>(T part)
        where T : IDisposable
    {
        parts.Add(part);
        return part;
    }
}
