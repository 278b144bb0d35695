namespace Understudy.Linux.Power;

/// <summary>The programs by which a host is told, stopped and put to sleep: their paths, which a lab can replace by recorders. Empty: not installed.</summary>
/// <param name="Systemd">systemd runs this host.</param>
/// <param name="Systemctl">systemctl(1): units, poweroff, suspend, hibernate.</param>
/// <param name="Shutdown">shutdown(8), of systemd or of sysvinit.</param>
/// <param name="Poweroff">poweroff(8), for hosts without systemd.</param>
/// <param name="Busctl">busctl(1): the list of inhibitors.</param>
/// <param name="Wall">wall(1) of util-linux.</param>
/// <param name="Logger">logger(1).</param>
/// <param name="Ipmitool">ipmitool(1).</param>
public sealed record PowerCommands(bool Systemd, string Systemctl, string Shutdown, string Poweroff, string Busctl, string Wall, string Logger, string Ipmitool)
{
    private static readonly string[] s_folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];

    /// <summary>What is installed here.</summary>
    /// <param name="root">The tree that is looked at; paths are given without it.</param>
    public static PowerCommands Find(string root = "")
    {
        return new PowerCommands(
            Systemd: Directory.Exists($"{root}/run/systemd/system"),      // sd_booted(3)
            Path("systemctl"), Path("shutdown"), Path("poweroff"), Path("busctl"), Path("wall"), Path("logger"), Path("ipmitool"));

        string Path(string name) => s_folders.Select(f => $"{f}/{name}").FirstOrDefault(p => File.Exists(root + p), "");
    }

    /// <summary>The same, with every program of another folder: for recorders.</summary>
    /// <param name="systemd">Whether to behave as under systemd.</param>
    public static PowerCommands In(string folder, bool systemd)
    {
        return new PowerCommands(systemd, Path("systemctl"), Path("shutdown"), Path("poweroff"), Path("busctl"), Path("wall"), Path("logger"), Path("ipmitool"));

        string Path(string name) => File.Exists($"{folder}/{name}") ? $"{folder}/{name}" : "";
    }
}
