namespace Understudy.Core.Ups;

/// <summary>How much a finding in ups.conf matters.</summary>
public enum UpsFindingLevel
{
    /// <summary>Good to know; nothing is wrong.</summary>
    Note = 0,

    /// <summary>It works, though perhaps not as its writer meant.</summary>
    Warning,

    /// <summary>It does not work, or does harm.</summary>
    Error,
}

/// <summary>One thing that a person should know about ups.conf.</summary>
/// <param name="Line">Counted from 1; 0 where it is about the whole file.</param>
/// <param name="Section">Null where it is about no section.</param>
/// <param name="Problem">What is wrong, and what would be right.</param>
public sealed record UpsFinding(UpsFindingLevel Level, int Line, string? Section, string? Key, string Problem)
{
    /// <summary>As it stands behind the file's name: <c>12: [ups]: port: ...</c>.</summary>
    public override string ToString() => $"{Line}: {(Section is null ? "" : $"[{Section}]: ")}{(Key is null ? "" : $"{Key}: ")}{Problem}";
}

/// <summary>A source's socket that is there.</summary>
/// <param name="Said">What its driver says; null where it said nothing.</param>
/// <param name="Why">Then, why; as the end of a sentence that begins with the socket.</param>
public sealed record UpsSocketFact(string Name, VariableTree? Said, string? Why);

/// <summary>What is true of a host beside its ups.conf. Null stands for what could not be looked at, and is held against nobody.</summary>
/// <param name="StateFolder">Where the drivers' sockets are.</param>
/// <param name="Sockets">Those of the sources that are there.</param>
/// <param name="DriverFolder">Where upsdrvctl takes drivers from.</param>
/// <param name="Drivers">The executables in it.</param>
/// <param name="Nut">Which NUT this is.</param>
/// <param name="MaxAge">How long upsd believes a silent driver (upsd.conf(5), MAXAGE).</param>
/// <param name="Supplies">Sections of this host that upsmon counts as power supplies: those of its MONITOR lines with a power value above 0 (upsmon.conf(5)).</param>
public sealed record UpsHostFacts(
    string StateFolder, ValueList<UpsSocketFact>? Sockets, string DriverFolder, ValueList<string>? Drivers, Version? Nut, TimeSpan MaxAge, ValueList<string>? Supplies = null)
{
    /// <summary>What upsd takes where its file does not say (upsd.conf(5)).</summary>
    public static TimeSpan UsualMaxAge => TimeSpan.FromSeconds(15);

    /// <summary>A host of which nothing is known but where Debian puts things.</summary>
    public static UpsHostFacts Unknown { get; } = new("/run/nut", null, "/lib/nut", null, null, UsualMaxAge);

    internal UpsSocketFact? Socket(string name) => Sockets?.FirstOrDefault(s => s.Name == name);
}
