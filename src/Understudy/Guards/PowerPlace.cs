using Understudy.Linux.Power;

namespace Understudy.Guards;

/// <summary>Which programs tell, stop and power off. A lab replaces all of them by recorders, and a host on which that is so says it loudly: it cannot be powered off by us.</summary>
internal static class PowerPlace
{
    /// <summary>Names the folder of the programs that are run instead: systemctl, shutdown, poweroff, busctl, wall, logger, ipmitool. With a systemctl in it the host counts as one of systemd.</summary>
    internal const string EnvironmentVariable = "UNDERSTUDY_POWER_COMMANDS";

    /// <param name="warning">What is to be said about it, or null.</param>
    internal static PowerCommands Commands(out string? warning)
    {
        var folder = Environment.GetEnvironmentVariable(EnvironmentVariable);
        if (string.IsNullOrEmpty(folder))
        {
            warning = null;
            return PowerCommands.Find();
        }

        warning = $"{EnvironmentVariable} is {folder}; unset it everywhere but in a lab";
        return PowerCommands.In(folder, systemd: File.Exists(Path.Combine(folder, "systemctl")));
    }
}
