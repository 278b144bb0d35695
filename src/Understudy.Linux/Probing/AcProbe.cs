using Understudy.Core.Evidence;
using Understudy.Core.Settings;

namespace Understudy.Linux.Probing;

/// <summary>Reads whether an adapter gets power: <c>/sys/class/power_supply/NAME/online</c> (Documentation/ABI/testing/sysfs-class-power: 0 offline, 1 and 2 online).</summary>
/// <param name="settings">Which adapter.</param>
/// <param name="tree">Where the adapters are.</param>
internal sealed class AcProbe(ProbeSettings.Ac settings, string tree = "/sys/class/power_supply") : IProbe
{
    public void Dispose()
    {
    }

    public ValueTask<ProbeReading> ReadAsync(CancellationToken stop) => ValueTask.FromResult(Read());

    private ProbeReading Read()
    {
        var (name, subject) = (settings.Name, settings.Subject);
        if (name.Length == 0 || name.Contains('/') || name is "." or "..")
        {
            return new ProbeReading.Unread($"{subject}: '{name}' is no name of a power supply");
        }

        try
        {
            var type = Path.Combine(tree, name, "type");
            if (File.Exists(type) && File.ReadAllText(type).Trim() is "Battery")      // its "online" is about itself; what charges it has a name of its own
            {
                return new ProbeReading.Unread($"{subject} is a battery and tells nothing of the mains");
            }

            return File.ReadAllText(Path.Combine(tree, name, "online")).Trim() switch
            {
                "1" or "2" => new ProbeReading.Good($"{subject} is online"),
                "0" => new ProbeReading.Bad($"{subject} is offline"),
                var other => new ProbeReading.Unread($"{subject}: online is '{other[..Math.Min(other.Length, 40)]}'"),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ProbeReading.Unread($"{subject} was not read: {e.Message}");
        }
    }
}
