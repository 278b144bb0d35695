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
}
