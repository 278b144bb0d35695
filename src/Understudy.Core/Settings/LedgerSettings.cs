namespace Understudy.Core.Settings;

/// <summary>Where the record is kept, and how much of it.</summary>
/// <param name="Path">The file that is written now; older ones are beside it.</param>
/// <param name="MaxBytes">Size at which a new file is begun, 64 KiB..1 GiB.</param>
/// <param name="Keep">How many older files are kept, 1..100.</param>
public sealed record LedgerSettings(string Path, long MaxBytes, int Keep)
{
    public const long DefaultMaxBytes = 10 * 1024 * 1024;

    public const int DefaultKeep = 4;

    public static string PathOf(string node) => $"/var/lib/understudy/{node}.ledger";


    internal static LedgerSettings Read(Section at, string node) => new(
        at.Value("path", Scalars.Path, new("path", "/var/lib/understudy/NODE.ledger", "", "The file that is written now; older ones stand beside it."), PathOf(node)),
        MaxBytes: at.Size("max_bytes", DefaultMaxBytes, 64 << 10, 1 << 30, "Size at which a new file is begun."),
        Keep: at.Whole("keep", DefaultKeep, 1, 100, "How many older files are kept."));
}
