namespace Understudy.Ups;

/// <summary>Which boot of the kernel this is: random(4), /proc/sys/kernel/random/boot_id.</summary>
internal static class UpsBoot
{
    internal static string Id { get; } = Read();

    private static string Read()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        }
        catch (IOException)
        {
            return "unknown";
        }
    }
}
