namespace Understudy.Linux.Collection;

/// <summary>When a file is closed and the next one begun: the rolltypes of LDMS's store_csv (ldms-store_csv(7)). Times are those of the samples, in UTC; a file without a row is never rolled.</summary>
public enum CsvRoll : byte
{
    Never = 0,

    /// <summary>Every so many seconds.</summary>
    Seconds = 1,

    /// <summary>Daily, so many seconds after midnight.</summary>
    Daily = 2,

    /// <summary>After so many rows.</summary>
    Rows = 3,

    /// <summary>After so many bytes.</summary>
    Bytes = 4,

    /// <summary>So many seconds after midnight, and again every <see cref="CsvSettings.RollAgain"/> seconds of the day.</summary>
    DayTimes = 5,
}

/// <summary>Where rows go: <c>path/container/schema</c>, and with a roll-over <c>path/container/schema.SECONDS</c>, the time of its first sample.</summary>
/// <param name="SeparateHeader">The first line goes to <c>schema.HEADER</c> instead (altheader).</param>
/// <param name="Permissions">Of new folders, and without the bits for execution of new files (create_perm); 0: 0700 and 0600.</param>
public sealed record CsvSettings(string Path, string Container, bool SeparateHeader = false, CsvRoll Roll = CsvRoll.Never, long RollOver = 0, long RollAgain = 0, int Permissions = 0)
{
    public string Folder => System.IO.Path.Combine(Path, Container);

    /// <summary>Which stretch of time a moment is in: another one is another file.</summary>
    public long Stretch(long micros)
    {
        const long Day = 86_400;
        var seconds = micros / 1_000_000;
        return Roll switch
        {
            CsvRoll.Seconds => seconds / Math.Max(1, RollOver),
            CsvRoll.Daily => (seconds - RollOver) / Day,
            CsvRoll.DayTimes => ((seconds - RollOver) / Day * Day) + ((((seconds - RollOver) % Day) + Day) % Day / Math.Max(1, RollAgain)),
            CsvRoll.Never or CsvRoll.Rows or CsvRoll.Bytes => 0,
            _ => throw new ArgumentOutOfRangeException(nameof(micros)),
        };
    }
}
