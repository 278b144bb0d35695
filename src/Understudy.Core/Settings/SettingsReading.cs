namespace Understudy.Core.Settings;

/// <summary>Which process asks: the one that performs duties, or the third that only grants claims.</summary>
public enum SettingsRole
{
    /// <summary><c>understudy run</c>: our node must be one of the file's.</summary>
    Candidate,

    /// <summary><c>understudy witness</c>: our node need not be in the file, but the arbiter must be a witness.</summary>
    Witness,
}

/// <summary>What the reader cannot know from the text.</summary>
/// <param name="DefaultNode">The host name.</param>
/// <param name="NodeOverride">The value of <c>--node</c>, or null. It wins over the file's <c>node</c>, and that over the host name.</param>
/// <param name="Role">Which process asks.</param>
public sealed record SettingsRequest(string DefaultNode, string? NodeOverride = null, SettingsRole Role = SettingsRole.Candidate);

/// <summary>The settings, or every reason why there are none.</summary>
/// <param name="Settings">Null exactly when there are errors.</param>
/// <param name="Errors">In the order of the file.</param>
/// <param name="Warnings">What may be meant so, but is rarely wise; in the order of the file.</param>
public sealed record SettingsReading(UnderstudySettings? Settings, ValueList<SettingsError> Errors, ValueList<SettingsError> Warnings);

/// <summary>One thing that is wrong, or unwise, with its place. Lines and columns count from 1.</summary>
/// <param name="File">As the person named it.</param>
/// <param name="Line">1 or more.</param>
/// <param name="Column">1 or more.</param>
/// <param name="Key">The whole way to the key, as <c>duties.web.addresses[0].dev</c>; empty where the text is no YAML.</param>
/// <param name="Problem">What is wrong, and what would be right.</param>
public sealed record SettingsError(string File, int Line, int Column, string Key, string Problem)
{
    public override string ToString() => Key.Length == 0 ? $"{File}:{Line}:{Column}: {Problem}" : $"{File}:{Line}:{Column}: {Key}: {Problem}";
}
