using System.Globalization;

namespace Understudy.Lab.Worlds.Products;

/// <summary>keepalived as it comes: VRRP v2 at 1 s, or v3 at a shorter interval. The hosts' priorities are 150 and 100.</summary>
public sealed class KeepalivedProduct : IVipProduct
{
    private readonly VipWorld world;
    private readonly ProductProcesses processes;
    private readonly decimal interval;

    /// <param name="interval">Seconds from one advertisement to the next.</param>
    /// <param name="looksAtHealth">Adds a vrrp_script that asks the health page each second, 3 failures counting, as it has no probe of its own.</param>
    public KeepalivedProduct(VipWorld world, decimal interval, bool looksAtHealth = false)
    {
        this.world = world;
        this.interval = interval;
        LooksAtHealth = looksAtHealth;
        processes = new ProductProcesses(world);
    }

    public string Name => $"keepalived-{interval.ToString(CultureInfo.InvariantCulture)}s";

    public string ConfigSummary =>
        $"vrrp_version {Version}, advert_int {Interval}, priority 150 and 100, preempt"
        + (LooksAtHealth ? ", vrrp_script with curl each 1 s, fall 3" : string.Empty);

    public bool HasWitness => false;

    public bool LooksAtHealth { get; }

    public bool RestartsItsDaemon => true;

    public TimeSpan TimeToAct => TimeSpan.FromSeconds(interval >= 1 ? 6 : 2.5);

    private string Interval => interval.ToString(CultureInfo.InvariantCulture);

    private int Version => interval >= 1 ? 2 : 3;

    public static string? Obstacle() => VipWorld.OnPath("keepalived") ? null : "needs the program 'keepalived'";

    public void Start(Host host)
    {
        if (host is not (Host.Alpha or Host.Beta) || Pids(host).Count > 0)
        {
            return;
        }

        var name = Place.Name(host);
        var file = Path.Combine(world.Folder, $"keepalived-{name}.conf");
        var pid = Path.Combine(world.Folder, $"keepalived-{name}.pid");
        var childPid = Path.Combine(world.Folder, $"keepalived-{name}-vrrp.pid");
        File.WriteAllText(file, Configuration(host));

        // A pid file that a kill left behind makes it refuse to start when the number is in use again.
        File.Delete(pid);
        File.Delete(childPid);
        processes.Start(host, $"keepalived-{name}.log", "keepalived", "-n", "-D", "-P", "--no-syslog", "-l", "-f", file, "-p", pid, "-r", childPid);
    }

    public IReadOnlyList<int> Pids(Host host) => processes.Pids(host);

    /// <summary>The vrrp child; the parent only restarts it.</summary>
    public IReadOnlyList<int> DaemonPids(Host host) => [.. Pids(host).Skip(1).Take(1)];

    public void HandOver() => processes.Stop(Host.Alpha);

    public void HandBack() => Start(Host.Alpha);

    public void Dispose() => processes.KillAll();

    private string Configuration(Host host)
    {
        var state = host == Host.Alpha ? "MASTER" : "BACKUP";
        var priority = host == Host.Alpha ? 150 : 100;
        var script = LooksAtHealth
            ? $$"""
            vrrp_script health {
              script "/usr/bin/curl -sf -o /dev/null -m 0.3 http://127.0.0.1:{{Place.HealthPort}}/health"
              interval 1
              fall 3
              rise 1
            }

            """
            : string.Empty;
        var track = LooksAtHealth ? "track_script { health }" : string.Empty;
        return $$"""
            global_defs {
              router_id {{Place.Name(host)}}
              vrrp_version {{Version}}
              script_user root
            }
            {{script}}
            vrrp_instance V0 {
              state {{state}}
              interface {{Place.ServiceDevice}}
              virtual_router_id 51
              priority {{priority}}
              advert_int {{Interval}}
              virtual_ipaddress { {{Place.ServiceAddress}}/{{Place.ServicePrefix}} }
              {{track}}
            }

            """.Replace("virtual_ipaddress { ", "virtual_ipaddress {\n", StringComparison.Ordinal)
               .Replace($"/{Place.ServicePrefix} }}", $"/{Place.ServicePrefix}\n}}", StringComparison.Ordinal)
               .Replace("track_script { health }", "track_script {\nhealth\n}", StringComparison.Ordinal);
    }
}
