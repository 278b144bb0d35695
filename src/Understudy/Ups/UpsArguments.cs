using System.Globalization;

namespace Understudy.Ups;

/// <summary>How a driver process stays (main.c of NUT).</summary>
internal enum UpsGround
{
    /// <summary>Goes to the background when its socket listens.</summary>
    Background = 0,

    /// <summary><c>-F</c>, or <c>-D</c>: stays, without a pid file.</summary>
    Foreground,

    /// <summary><c>-FF</c>: stays, with a pid file.</summary>
    ForegroundWithPidFile,
}

/// <summary>The command line of a NUT driver: what upsdrvctl, nut-driver@ and people pass (nutupsdrv(8)).</summary>
internal sealed record UpsArguments
{
    /// <summary><c>-a</c>: the section of ups.conf.</summary>
    internal string? Section { get; init; }

    /// <summary><c>-s</c>: a name instead, with all settings by <c>-x</c>.</summary>
    internal string? Adhoc { get; init; }

    /// <summary><c>-k</c>.</summary>
    internal bool KillPower { get; init; }

    internal int Debug { get; init; }

    internal UpsGround Ground { get; init; }

    /// <summary><c>-d</c>: so many updates, then the data to the standard output.</summary>
    internal int? Dump { get; init; }

    /// <summary><c>-c</c>: reload, reload-or-error, reload-or-exit or exit, for the one that runs.</summary>
    internal string? Command { get; init; }

    /// <summary><c>-P</c>: whom <c>-c</c> is for, instead of the pid file's.</summary>
    internal int? Pid { get; init; }

    internal bool Quiet { get; init; }

    internal string? Chroot { get; init; }

    internal string? User { get; init; }

    internal string? Group { get; init; }

    /// <summary><c>-x key[=value]</c>, in order.</summary>
    internal IReadOnlyList<(string Key, string? Value)> Extra { get; init; } = [];

    internal bool List { get; init; }

    internal bool Version { get; init; }

    internal bool Help { get; init; }

    /// <summary>Every mistake of the line, in its order.</summary>
    internal IReadOnlyList<string> Errors { get; init; } = [];

    internal static IReadOnlyList<string> Commands { get; } = ["reload", "reload-or-error", "reload-or-exit", "exit"];

    /// <summary>Reads a line as getopt(3) does: letters may be joined, a value may follow its letter at once or as the next word, <c>--</c> ends the options.</summary>
    internal static UpsArguments Read(IReadOnlyList<string> words)
    {
        var read = new UpsArguments();
        var errors = new List<string>();
        var extra = new List<(string, string?)>();
        var foreground = 0;
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (word == "--")
            {
                errors.AddRange(words.Skip(i + 1).Select(w => $"'{w}' is no option; the name of the UPS goes behind -a"));
                break;
            }

            if (word.Length < 2 || word[0] != '-')
            {
                errors.Add($"'{word}' is no option; the name of the UPS goes behind -a");
                continue;
            }

            for (var at = 1; at < word.Length; at++)
            {
                var letter = word[at];
                string? value = null;
                if ("asdciPrugx".Contains(letter, StringComparison.Ordinal))
                {
                    value = at + 1 < word.Length ? word[(at + 1)..] : i + 1 < words.Count ? words[++i] : null;
                    at = word.Length;
                    if (value is null)
                    {
                        errors.Add($"-{letter} needs a value");
                        continue;
                    }
                }

                read = Apply(read, letter, value, errors, extra, ref foreground);
            }
        }

        if (read is { Section: null, Adhoc: null, List: false, Version: false, Help: false } && errors.Count == 0)
        {
            errors.Add("which UPS? -a NAME takes a section of ups.conf");
        }

        var ground = foreground >= 2 ? UpsGround.ForegroundWithPidFile : foreground == 1 || read.Debug > 0 ? UpsGround.Foreground : UpsGround.Background;
        return read with { Errors = errors, Extra = extra, Ground = foreground < 0 ? UpsGround.Background : ground };
    }

    private static UpsArguments Apply(UpsArguments read, char letter, string? value, List<string> errors, List<(string, string?)> extra, ref int foreground)
    {
        switch (letter)
        {
            case 'a' or 's' when read.Section is not null || read.Adhoc is not null:
                errors.Add($"-{letter} {value}: one UPS for one process, and {read.Section ?? read.Adhoc} was named before");
                return read;
            case 'a':
                return read with { Section = value };
            case 's':
                return read with { Adhoc = value };
            case 'k':
                return read with { KillPower = true };
            case 'D':
                return read with { Debug = read.Debug + 1 };
            case 'F':
                foreground = Math.Max(foreground, 0) + 1;
                return read;
            case 'B':
                foreground = -1;
                return read;
            case 'd':
                return read with { Dump = Whole(letter, value!, 1, errors) };
            case 'c' when !Commands.Contains(value, StringComparer.Ordinal):
                errors.Add($"-c {value}: {string.Join(", ", Commands)} are the commands");
                return read;
            case 'c':
                return read with { Command = value };
            case 'P':
                return read with { Pid = Whole(letter, value!, 1, errors) };
            case 'i':
                _ = Whole(letter, value!, 1, errors);      // sources are heard when they speak: there is nothing to poll
                return read;
            case 'q':
                return read with { Quiet = true };
            case 'r':
                return read with { Chroot = value };
            case 'u':
                return read with { User = value };
            case 'g':
                return read with { Group = value };
            case 'x':
                var cut = value!.IndexOf('=', StringComparison.Ordinal);
                extra.Add(cut < 0 ? (value, null) : (value[..cut], value[(cut + 1)..]));
                return read;
            case 'L':
                return read with { List = true };
            case 'V':
                return read with { Version = true };
            case 'h':
                return read with { Help = true };
            default:
                errors.Add($"-{letter} is no option of a driver; -h lists them");
                return read;
        }
    }

    private static int? Whole(char letter, string value, int least, List<string> errors)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least)
        {
            return number;
        }

        errors.Add($"-{letter} {value}: is no whole number from {least}");
        return null;
    }
}
