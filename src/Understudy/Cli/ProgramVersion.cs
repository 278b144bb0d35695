using System.Reflection;

namespace Understudy.Cli;

/// <summary>Which program this is.</summary>
public static class ProgramVersion
{
    /// <summary>As <c>0.1.0</c>, with the commit behind a plus sign where the build knew it.</summary>
    public static string Text { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}

internal sealed record VersionAnswer(string Version, int PeerProtocol, string Runtime);
