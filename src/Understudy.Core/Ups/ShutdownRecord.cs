using System.Globalization;

namespace Understudy.Core.Ups;

/// <summary>How far a shutdown had come when a line of its journal was written.</summary>
public enum ShutdownWord
{
    /// <summary>A source is about to be asked: until a later line settles it, it may have acted.</summary>
    Begun = 0,

    /// <summary>A driver has confirmed.</summary>
    Commanded,

    /// <summary>No driver has acted, and that is known.</summary>
    Refused,

    /// <summary>A source may have acted.</summary>
    Unknown,
}

/// <summary>One line of a shutdown's journal, which lies on a tmpfs: what a second caller has to know.</summary>
/// <param name="Boot">The kernel's boot id: a line of an earlier boot says nothing.</param>
/// <param name="Source">Whom it is about; <c>-</c> for all of them.</param>
public sealed record ShutdownRecord(string Boot, Instant At, ShutdownWord Word, string Source, string Why)
{
    public const string All = "-";

    /// <summary>A power cut that was commanded so long ago and has not come will not come: then it may be commanded again. Devices wait 20 to 180 s (ups.delay.shutdown), some as long as 10 minutes.</summary>
    public static TimeSpan Holds => TimeSpan.FromMinutes(15);

    public string Text() => string.Create(CultureInfo.InvariantCulture, $"{Boot} {At.Ticks} {Name(Word)} {Source} {Why.ReplaceLineEndings(" ")}");

    /// <summary>Null for what is no such line.</summary>
    public static ShutdownRecord? Parse(string line)
    {
        var parts = line.Split(' ', 5);
        if (parts.Length < 5 || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks))
        {
            return null;
        }

        foreach (var word in Enum.GetValues<ShutdownWord>())
        {
            if (parts[2] == Name(word))
            {
                return new ShutdownRecord(parts[0], new Instant(ticks), word, parts[3], parts[4]);
            }
        }

        return null;
    }

    /// <summary>Why nothing is to be done now, or null: the last that was commanded in this boot still holds.</summary>
    public static string? Objection(IEnumerable<ShutdownRecord> journal, string boot, Instant now) =>
        journal.LastOrDefault(r => r.Boot == boot && r.Word == ShutdownWord.Commanded && now < r.At + Holds) is { } done
            ? string.Create(CultureInfo.InvariantCulture, $"it was commanded {(now - done.At).TotalSeconds:0} s ago: {done.Why}")
            : null;

    /// <summary>The source of which it is not known whether it acted: whoever asked it was killed, or got no answer. Null where all is settled.</summary>
    public static string? Unsettled(IEnumerable<ShutdownRecord> journal, string boot, Instant now) =>
        journal.LastOrDefault(r => r.Boot == boot && now < r.At + Holds) is { Word: ShutdownWord.Begun or ShutdownWord.Unknown } last ? last.Source : null;

    private static string Name(ShutdownWord word) => word switch
    {
        ShutdownWord.Begun => "begun",
        ShutdownWord.Commanded => "commanded",
        ShutdownWord.Refused => "refused",
        _ => "unknown",
    };
}
