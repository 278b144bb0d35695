using Understudy.Lab.Worlds.Products;

namespace Understudy.Lab.Worlds.Faults;

/// <summary>Does harm to one world, and undoes it.</summary>
public sealed class FaultPerformer
{
    private readonly VipWorld world;
    private readonly IVipProduct product;
    private readonly List<int> frozen = [];

    public FaultPerformer(VipWorld world, IVipProduct product)
    {
        this.world = world;
        this.product = product;
        Nft("add table bridge lab\nadd chain bridge lab cut { type filter hook forward priority 0; policy accept; }\n");
    }

    /// <summary>Loses frames in the switches from now on, all losses beginning in one transaction. Carrier stays, and no host can see why.</summary>
    public void Lose(params IEnumerable<Loss> losses) => Nft(string.Join('\n', losses.Select(l => l.Rule)) + "\n");

    /// <summary>Ends all losses at once.</summary>
    public void Mend() => Nft("flush chain bridge lab cut\n");

    /// <summary>Takes the carrier of a host's service link away, by putting the switch's port down.</summary>
    public void Unplug(Host host) => world.Wires.Ip($"link set {Place.Port(host)} down\n");

    public void Plug(Host host) => world.Wires.Ip($"link set {Place.Port(host)} up\n");

    /// <summary>All is silent, then nothing runs, then the addresses are gone as they are on a host without power.</summary>
    /// <remarks>The silence comes first: a guardian that outlives its daemon by microseconds could still say so, which a host without power
    /// cannot. The links stay up at the switch, as a cable to a switch does not tell the other host either.</remarks>
    public void PowerOff(Host host)
    {
        var pids = product.Pids(host);
        Lose(Loss.All(host));
        KillAtOnce(pids);
        world[host].Ip($"""
            link set {Place.ServiceDevice} down
            link set {Place.PrivateDevice} down
            address flush to {Place.ServiceAddress} dev {Place.ServiceDevice}

            """);
        Flush6(host);
        AwaitGone(pids);
    }

    public void PowerOn(Host host)
    {
        var n = Place.Number(host);

        // The kernel took the IPv6 addresses away with the link.
        world[host].Ip($"""
            link set {Place.ServiceDevice} up
            link set {Place.PrivateDevice} up
            address replace fd00:99::{n}/64 dev {Place.ServiceDevice} nodad

            """);
        Mend();
        product.Start(host);
    }

    /// <summary>SIGKILL to all given processes.</summary>
    public void Kill(IReadOnlyList<int> pids)
    {
        KillAtOnce(pids);
        AwaitGone(pids);
    }

    public void KillDaemon(Host host) => Kill(product.DaemonPids(host));

    public void KillEverything(Host host) => Kill(product.Pids(host));

    public void FreezeDaemon(Host host) => Freeze(product.DaemonPids(host));

    public void FreezeEverything(Host host) => Freeze(product.Pids(host));

    /// <summary>Lets all frozen processes run again; those that were killed meanwhile are none of them any more.</summary>
    public void Thaw()
    {
        ProductProcesses.Signal(frozen, LabLibc.SIGCONT);
        frozen.Clear();
    }

    /// <summary>Starts a product again where nothing else does.</summary>
    public void Restart(Host host) => product.Start(host);

    public void HandOver() => product.HandOver();

    public void HandBack() => product.HandBack();

    /// <summary>The service of alpha no longer answers anybody, and its page says so.</summary>
    public void MakeIll() => world.SetWell(Host.Alpha, well: false);

    public void MakeWell() => world.SetWell(Host.Alpha, well: true);

    /// <summary>All stand still before the first one dies. Killed one after the other, the second may have time to say farewell: keepalived's
    /// child does when it gets the signal that its parent's death sends it, and our guardian is made for it.</summary>
    private static void KillAtOnce(IReadOnlyList<int> pids)
    {
        if (pids.Count > 1)
        {
            ProductProcesses.Signal(pids, LabLibc.SIGSTOP);
        }

        ProductProcesses.Signal(pids, LabLibc.SIGKILL);
    }

    private static void AwaitGone(IReadOnlyList<int> pids) =>
        LabClock.WaitUntil(() => !pids.Any(IsRunning), TimeSpan.FromSeconds(2));

    /// <summary>Whether any thread is more than a zombie. Each is asked: the first may be a zombie while another still holds the files.</summary>
    /// <remarks>Not by its namespaces: the kernel takes those away before it closes a dying process's files (do_exit: exit_task_namespaces, then
    /// exit_task_work, which runs the delayed closing), so locks and room on a disk would still be held by one that looks gone.</remarks>
    private static bool IsRunning(int pid)
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{pid}/task").Any(IsAlive);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool IsAlive(string thread)
    {
        try
        {
            // proc_pid_stat(5): "tid (name) state ..."; the name may hold anything, so count from its last bracket.
            var stat = File.ReadAllText($"{thread}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Freeze(IReadOnlyList<int> pids)
    {
        ProductProcesses.Signal(pids, LabLibc.SIGSTOP);
        frozen.AddRange(pids);
    }

    private void Flush6(Host host) =>
        _ = Shell.Try("ip", null, "-n", world[host].Name, "-6", "address", "flush", "to", $"{Place.ServiceAddress6}", "dev", Place.ServiceDevice);

    private void Nft(string lines) => Shell.Run("ip", lines, "netns", "exec", world.Wires.Name, "nft", "-f", "-");
}
