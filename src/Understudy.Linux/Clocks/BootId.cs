namespace Understudy.Linux.Clocks;

/// <summary>Which boot of the kernel this is (random(4), boot_id): what was counted on another boot's clock means nothing on this one.</summary>
public static class BootId
{
    /// <summary>Of the kernel that runs, read once.</summary>
    public static string Current { get; } = Read();

    /// <summary>Lower-case hexadecimal with hyphens; <c>unknown</c> where the kernel does not tell, which is then no boot's.</summary>
    public static string Read(string path = "/proc/sys/kernel/random/boot_id")
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (IOException)
        {
            return "unknown";
        }
        catch (UnauthorizedAccessException)
        {
            return "unknown";
        }
    }
}
