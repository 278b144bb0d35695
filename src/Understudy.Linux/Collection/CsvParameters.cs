using System.Globalization;
using Understudy.Core;
using Understudy.Core.Ldms;

namespace Understudy.Linux.Collection;

/// <summary>
/// The parameters of <c>config name=store_csv</c>, as ldms-store_csv(7) of LDMS 4.5 has them. What would make other rows or other files than ours is refused by name: a store that silently writes something else is worse than none.
/// </summary>
public static class CsvParameters
{
    private const long Day = 86_400;

    /// <summary>What is the same here whatever it says: each batch is written at once, and names in the first line are always quoted as RFC 4180 says.</summary>
    private static readonly string[] s_always = ["buffer", "buffertype", "ietfcsv"];

    /// <summary>What can be said, as long as it says what is done anyway.</summary>
    private static readonly Dictionary<string, string> s_only = new(StringComparer.Ordinal)
    {
        ["typeheader"] = "0",
        ["time_format"] = "0",
        ["userdata"] = "0",
        ["rollempty"] = "0",
        ["expand_array"] = "false",
        ["array_expand"] = "false",
    };

    /// <summary>Reads the parameters over what was said before.</summary>
    /// <param name="problem">All that is wrong, in one sentence each; "" where nothing is.</param>
    /// <returns>What they say; what was there before, where something is wrong.</returns>
    public static CsvSettings Read(ValueList<LdmsdPair> given, CsvSettings before, out string problem)
    {
        var (next, wrong) = (before, new List<string>());
        foreach (var (name, value) in given.Select(p => (p.Name, p.Value)))
        {
            next = name switch
            {
                "path" when value.StartsWith('/') => next with { Path = value },
                "altheader" => next with { SeparateHeader = value != "0" },
                "rolltype" when Number(value) is >= 1 and <= 5 and var type => next with { Roll = (CsvRoll)type },
                "rollover" when Number(value) is >= 0 and var over => next with { RollOver = over },
                "rollagain" when Number(value) is >= 0 and var again => next with { RollAgain = again },
                "create_perm" when Octal(value) is { } mode => next with { Permissions = mode },
                _ => Other(name, value),
            };
        }

        if (Rolls(next) is { } roll)
        {
            wrong.Add(roll);
        }

        problem = string.Join("; ", wrong);
        return wrong.Count == 0 ? next : before;

        CsvSettings Other(string name, string value)
        {
            var why = name switch
            {
                "path" => $"path={value} is no absolute path",
                "rolltype" => $"rolltype={value} is none of 1 to 5",
                "rollover" or "rollagain" => $"{name}={value} is no number of seconds, rows or bytes",
                "create_perm" => $"create_perm={value} is no octal mode like 0644",
                "container" or "schema" or "opt_file" => $"{name}= is not done: what config says holds for all containers of store_csv",
                "create_uid" or "create_gid" => $"{name}= is not done: files belong to whoever runs this daemon",
                _ when Array.IndexOf(s_always, name) >= 0 => null,
                _ when s_only.TryGetValue(name, out var only) => value == only ? null : $"{name}={value} is not done, only {name}={only} is",
                _ => $"{name}= is not done by this store; it knows path, altheader, rolltype, rollover, rollagain and create_perm",
            };
            if (why is not null)
            {
                wrong.Add(why);
            }

            return next;
        }
    }

    private static string? Rolls(CsvSettings settings) => settings.Roll switch
    {
        CsvRoll.Never when settings.RollOver > 0 || settings.RollAgain > 0 => "rollover and rollagain are for a rolltype",
        CsvRoll.Seconds or CsvRoll.Rows or CsvRoll.Bytes when settings.RollOver < 1 => "this rolltype needs a rollover of 1 at least",
        CsvRoll.Daily or CsvRoll.DayTimes when settings.RollOver >= Day => $"rollover is seconds after midnight here, less than {Day}",
        CsvRoll.DayTimes when settings.RollAgain <= settings.RollOver || settings.RollAgain > Day => $"rolltype=5 needs a rollagain that is more than rollover, {Day} at most",
        _ => null,
    };

    private static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static int? Octal(string text)
    {
        var mode = 0;
        foreach (var digit in text)
        {
            mode = digit is >= '0' and <= '7' && mode <= 0x1FF ? (mode * 8) + (digit - '0') : int.MaxValue;
        }

        return text.Length > 0 && mode <= 0x1FF ? mode : null;
    }
}
