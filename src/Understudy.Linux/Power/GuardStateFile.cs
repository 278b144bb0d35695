namespace Understudy.Linux.Power;

/// <summary>What a guard file held.</summary>
/// <param name="Boot">The boot in which it was written.</param>
/// <param name="Text">As it was given to <see cref="GuardStateFile.Write"/>.</param>
public sealed record GuardRemembered(string Boot, string Text);

/// <summary>What the guards must not forget when the daemon or the machine is started anew: the outage clock and the plan, in a <see cref="StateFile"/>.</summary>
/// <remarks>Where it should be kept: on a disk (StateDirectory=), not on a tmpfs, as the first boot after a power-off says why the machine went down.</remarks>
public static class GuardStateFile
{
    /// <summary>A larger file is none of ours.</summary>
    public const int MaxBytes = StateFile.MaxBytes;

    private const string Kind = "guard";

    /// <summary>Returns when the text is on the disk.</summary>
    /// <exception cref="IOException">It cannot be written; the file that was there stays.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Write(string path, string boot, string text) => StateFile.Write(path, Kind, boot, text);

    /// <summary>Reads it back.</summary>
    /// <param name="why">Why there is nothing, where a file is there and cannot be believed; null where there is none, or where it was read.</param>
    public static GuardRemembered? Read(string path, out string? why) => StateFile.Read(path, Kind, out why) is var (boot, text) ? new GuardRemembered(boot, text) : null;
}
