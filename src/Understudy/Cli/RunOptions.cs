namespace Understudy.Cli;

/// <summary>What `run` and `witness` were told.</summary>
/// <param name="File">The settings file.</param>
/// <param name="Node">The name that wins over the file's; null to leave it.</param>
/// <param name="Guardian">Start a guardian as the parent; always false for `witness`.</param>
/// <param name="Json">Say errors, and what else goes to people, as JSON lines.</param>
public sealed record RunOptions(string File, string? Node, bool Guardian, bool Json)
{
    public const string DefaultFile = "/etc/understudy/understudy.yaml";
}

/// <summary>What `drill` was told: go through a take-over without effects, and print how long each part took.</summary>
public sealed record DrillOptions(string File, string? Node, bool Json);
