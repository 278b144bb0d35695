using System.Text.RegularExpressions;

// They are matched against our own files, which do not attack us.
#pragma warning disable MA0009

namespace Understudy.Tests.House;

/// <summary>What the House tests look for. Each has a test that plants what it must find.</summary>
internal static partial class Patterns
{
    [GeneratedRegex(@"/\*.*?\*/|(?<=^|[\s;{}(),])//[^\n]*", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    internal static partial Regex Comment();

    /// <summary>A folder of Core that another names, with or without the whole name: <c>Understudy.Core.Duties</c>, <c>Duties.Stance</c>.</summary>
    [GeneratedRegex(@"(?<![\w.])(?:(?:Understudy\.)?Core\.(?<folder>[A-Z]\w+)(?=[.;])|(?<folder>Wire|Ldms|Settings|Evidence|Peers|Plans|Duties|Power|Ups|Collection|Ledger)(?=\.[A-Z]\w*\b(?!\()))")]
    internal static partial Regex CoreFolder();

    [GeneratedRegex(@"DateTime(?:Offset)?\.(?:Utc)?Now|Thread\.Sleep|\basync\s+void\b|\bTODO\b|\bFIXME\b|\bNotImplementedException\b")]
    internal static partial Regex BannedWord();

    [GeneratedRegex(@"(?<!\bLedgerJournal\([^;\n]*)\bTimeProvider\.System\b")]
    internal static partial Regex SystemClock();

    [GeneratedRegex(@"Thread\.Sleep|\bTask\.Delay\([^,()]*\)|\bSkip\s*=\s*""|Assert\.True\(true\)")]
    internal static partial Regex BannedInTests();

    /// <summary>A switch over a stance, a verdict or a plan's state: on the value, by its cases, or by its arms.</summary>
    [GeneratedRegex(
        @"\b\w*(?:Stance|Health|Verdict|PlanState)(?:Code)?\s+switch\b|switch\s*\([^)\n]*(?:Stance|Health|Verdict|PlanState)(?:Code)?\s*\)|\bcase\s+(?:Stance|StanceCode|Health|Verdict|PlanState)\.|(?<=^\s*)(?:Stance|StanceCode|Health|Verdict|PlanState)\.\w+[^;\n]*=>",
        RegexOptions.Multiline)]
    internal static partial Regex SwitchOverStance();

    /// <summary>A catch of everything that neither names what it catches (<c>when (e is ...)</c>) nor only cleans up and throws on.</summary>
    [GeneratedRegex(@"\bcatch\b(?:\s*\(\s*(?:System\.)?Exception\b[^)]*\)(?!\s*when\s*\(\s*\w+\s+is\s)|(?=\s*(?:\{|when\b)))(?!\s*\{[^{}]*\bthrow;\s*\})")]
    internal static partial Regex CatchAll();

    [GeneratedRegex(@"(?:\bLoggerMessage\(\s*(?:EventId\s*=\s*|eventId\s*:\s*)?|\bMessage\(\s*)(?<id>\d{4})\b")]
    internal static partial Regex MessageId();

    [GeneratedRegex(@"^## (?<id>\d{4})\b(?<rest>[^\n]*)", RegexOptions.Multiline)]
    internal static partial Regex MessageHeading();

    /// <summary>A verb, and with its group before it one of a group.</summary>
    [GeneratedRegex(@"\bnew\s+(?:\w+)?Command\(\s*""(?<name>[a-z][a-z-]*(?: [a-z][a-z-]*)?)""")]
    internal static partial Regex Verb();

    [GeneratedRegex(@"^## (?<name>[a-z][a-z-]*(?: [a-z][a-z-]*)?)$", RegexOptions.Multiline)]
    internal static partial Regex VerbHeading();

    [GeneratedRegex(@"\bunderstudy_[a-z0-9_]*[a-z0-9]\b")]
    internal static partial Regex Metric();

    [GeneratedRegex(@"\.Map(?:Get|Post|Put|Delete)\(\s*""(?<path>/[^""]*)""")]
    internal static partial Regex Route();

    /// <summary>A Markdown link; its target without the title.</summary>
    [GeneratedRegex(@"(?<!!)\[[^\]\n]*\]\((?<target>[^)\s]+)(?:\s+""[^""]*"")?\)|(?<=!)\[[^\]\n]*\]\((?<target>[^)\s]+)\)")]
    internal static partial Regex Link();

    [GeneratedRegex(@"^#{1,6} +(?<text>[^\n]+)", RegexOptions.Multiline)]
    internal static partial Regex Heading();

    [GeneratedRegex(@"^```.*?^```|`[^`\n]*`", RegexOptions.Multiline | RegexOptions.Singleline)]
    internal static partial Regex QuotedCode();

    [GeneratedRegex(@"<PackageVersion\s+Include=""(?<name>[^""]+)""\s+Version=""(?<version>[^""]+)""")]
    internal static partial Regex Package();

    [GeneratedRegex(@"^\|\s*(?<name>[A-Za-z][\w.]+)\s*\|\s*(?<version>[0-9][\w.]*)\s*\|", RegexOptions.Multiline)]
    internal static partial Regex PackageRow();

    [GeneratedRegex("(?:^|[\"'`( =])(?:/wo" + @"rk/\w|/tmp/u" + @"s(?:-\w+)?/)", RegexOptions.Multiline)]
    internal static partial Regex MachinePath();
}
