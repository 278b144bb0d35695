using Understudy.Core.Evidence;

namespace Understudy.Linux.Probing;

/// <summary>Reads whether an adapter gets power: <c>/sys/class/power_supply/NAME/online</c> (Documentation/ABI/testing/sysfs-class-power: 0 offline, 1 and 2 online).</summary>
internal static class MainsAdapter
{
    internal const string Tree = "/sys/class/power_supply";

    /// <param name="tree">Where the adapters are.</param>
    /// <param name="name">Of one of them: one part of a path.</param>
    /// <param name="subject">For the words.</param>
    internal static ProbeReading Read(string tree, string name, string subject)
    {
        if (name.Length == 0 || name.Contains('/') || name is "." or "..")
        {
            return new ProbeReading.Unread($"{subject}: '{name}' is no name of a power supply");
        }

        var folder = Path.Combine(tree, name);
        try
        {
            // A battery's "online" tells of the battery; what charges it has a name of its own.
            if (File.Exists(Path.Combine(folder, "type")) && File.ReadAllText(Path.Combine(folder, "type")).Trim() is "Battery")
            {
                return new ProbeReading.Unread($"{subject} is a battery and tells nothing of the mains");
            }

            return File.ReadAllText(Path.Combine(folder, "online")).Trim() switch
            {
                "1" or "2" => new ProbeReading.Good($"{subject} is online"),
                "0" => new ProbeReading.Bad($"{subject} is offline"),
                var other => new ProbeReading.Unread($"{subject}: online is '{other[..Math.Min(other.Length, 40)]}'"),
            };
        }
        catch (IOException e)
        {
            return new ProbeReading.Unread($"{subject} was not read: {e.Message}");
        }
        catch (UnauthorizedAccessException e)
        {
            return new ProbeReading.Unread($"{subject} was not read: {e.Message}");
        }
    }
}
