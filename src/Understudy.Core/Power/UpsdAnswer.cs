using System.Text;

namespace Understudy.Core.Power;

/// <summary>What came of asking an upsd for one variable of one UPS (RFC 9271).</summary>
public abstract record UpsdAnswer
{
    /// <summary>A longer answer is none of upsd's: its own buffer for a line is 1024 bytes (LARGEBUF, include/common.h of NUT).</summary>
    public const int MaxLineBytes = 1024;

    private UpsdAnswer()
    {
    }

    /// <summary>The variable's value, without quotes and escapes.</summary>
    public sealed record Value(string Text) : UpsdAnswer;

    /// <summary>upsd said why not: <c>DATA-STALE</c>, <c>UNKNOWN-UPS</c>, <c>DRIVER-NOT-CONNECTED</c> and so on.</summary>
    public sealed record Refused(string Error) : UpsdAnswer;

    /// <summary>No answer that could be read: no connection, no line in time, or another language.</summary>
    public sealed record None(string Why) : UpsdAnswer;

    /// <summary>The one line that asks. Names are words of the protocol: letters, digits and a few signs; others are null.</summary>
    public static string? Question(string ups, string variable) => IsName(ups) && IsName(variable) ? $"GET VAR {ups} {variable}\n" : null;

    /// <summary>Reads the answer to <see cref="Question"/>: <c>VAR ups variable "value"</c> or <c>ERR why</c> (RFC 9271 sections 4.2.4 and 4.1). An answer about another
    /// UPS or variable is none.</summary>
    /// <param name="line">Without its line feed.</param>
    public static UpsdAnswer Read(string line, string ups, string variable)
    {
        if (line.Length > MaxLineBytes)
        {
            return new None("the answer is longer than any of upsd's");
        }

        line = line.TrimEnd('\r', ' ');
        if (line.StartsWith("ERR ", StringComparison.Ordinal))
        {
            return new Refused(Shown(line[4..]));
        }

        var head = $"VAR {ups} {variable} ";
        if (!line.StartsWith(head, StringComparison.OrdinalIgnoreCase))      // upsd compares names without regard to case
        {
            return new None($"this is no answer of upsd: {Shown(line)}");
        }

        return Unquoted(line.AsSpan(head.Length)) is { } text ? new Value(text) : new None($"the answer's quotes do not fit: {Shown(line)}");
    }

    private static bool IsName(string text) => text.Length is > 0 and <= 240 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@' or ':');

    /// <summary>Between the quotes; a backslash there makes the next sign an ordinary one.</summary>
    private static string? Unquoted(ReadOnlySpan<char> text)
    {
        if (text is not ['"', .. var rest])
        {
            return null;
        }

        var value = new StringBuilder();
        for (var i = 0; i < rest.Length; i++)
        {
            if (rest[i] == '"')
            {
                return i == rest.Length - 1 ? value.ToString() : null;
            }

            if (rest[i] == '\\' && ++i == rest.Length)
            {
                return null;
            }

            _ = value.Append(rest[i]);
        }

        return null;
    }

    /// <summary>A stranger's words, short and without control signs: they go into logs.</summary>
    private static string Shown(string text) => string.Concat(text.Take(80).Select(c => char.IsControl(c) ? ' ' : c));
}
