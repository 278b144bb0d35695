namespace Understudy.Lab.Worlds.Products;

/// <summary>ucarp with its shortest interval, 1 s; the scripts are one <c>ip address</c> each.</summary>
public sealed class UcarpProduct : IVipProduct
{
    private readonly VipWorld world;
    private readonly ProductProcesses processes;

    public UcarpProduct(VipWorld world)
    {
        this.world = world;
        processes = new ProductProcesses(world);
        var address = $"{Place.ServiceAddress}/{Place.ServicePrefix} dev {Place.ServiceDevice}";
        WriteScript("ucarp-up.sh", $"exec ip address add {address}");
        WriteScript("ucarp-down.sh", $"exec ip address del {address}");
    }

    public string Name => "ucarp";

    public string ConfigSummary => "-b 1 -k 0 and 100 -r 3 -P -z";

    public bool HasWitness => false;

    public bool LooksAtHealth => false;

    public bool RestartsItsDaemon => false;

    public TimeSpan TimeToAct => TimeSpan.FromSeconds(7);

    public static string? Obstacle() => VipWorld.OnPath("ucarp") ? null : "needs the program 'ucarp'";

    public void Start(Host host)
    {
        if (host is not (Host.Alpha or Host.Beta) || Pids(host).Count > 0)
        {
            return;
        }

        processes.Start(
            host,
            $"ucarp-{Place.Name(host)}.log",
            "ucarp",
            "-i", Place.ServiceDevice, "-s", Place.ServiceNetAddress(host), "-v", "51", "-p", "secret", "-a", $"{Place.ServiceAddress}",
            "-b", "1", "-k", host == Host.Alpha ? "0" : "100", "-r", "3", "-P", "-z",
            "-u", Path.Combine(world.Folder, "ucarp-up.sh"), "-d", Path.Combine(world.Folder, "ucarp-down.sh"));
    }

    public IReadOnlyList<int> Pids(Host host) => processes.Pids(host);

    public IReadOnlyList<int> DaemonPids(Host host) => Pids(host);

    public void HandOver() => processes.Stop(Host.Alpha);

    public void HandBack() => Start(Host.Alpha);

    public void Dispose() => processes.KillAll();

    private void WriteScript(string name, string line)
    {
        var path = Path.Combine(world.Folder, name);
        File.WriteAllText(path, $"#!/bin/sh\n{line}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }
}
