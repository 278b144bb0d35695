namespace Understudy.Core.Settings;

/// <summary>The command that serves a duty, called with a verb: start stop fail recover reclaim up down.</summary>
/// <param name="Path">Absolute path of an executable file.</param>
/// <param name="StartLimit">How long <c>start</c> may take, 10 ms..10 min.</param>
/// <param name="StopLimit">How long <c>stop</c> may take before its process group is killed, 10 ms..60 s. It is taken off the time that a
/// claim may be used, as a holder must have stopped when the claim ends.</param>
/// <param name="OtherLimit">How long each other verb may take, 10 ms..10 min.</param>
public sealed record RunSettings(string Path, TimeSpan StartLimit, TimeSpan StopLimit, TimeSpan OtherLimit)
{
    /// <summary>The command of this path with the limits that a file gets that gives a path alone.</summary>
    public static RunSettings Of(string path) =>
        new(path, TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));
}
