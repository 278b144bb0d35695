using System.Text;
using System.Text.RegularExpressions;

namespace Understudy.Core.Ldms;

/// <summary>A regular expression on names, as ldmsd has them: POSIX extended (regex(7)), found anywhere in the name unless it is anchored.</summary>
/// <remarks>Matched without backtracking, so that no expression of a person takes longer than its length times the name's.
/// Back references are refused; so are more repetitions than RE_DUP_MAX, 255 (POSIX limits.h).</remarks>
public sealed class LdmsdPattern : IEquatable<LdmsdPattern>
{
    private const int MaxLength = 512;
    private const int MaxRepeat = 255;

    /// <summary>All counted repetitions of an expression multiplied: what it may unfold to.</summary>
    private const int MaxUnfolded = 10_000;

    private readonly Regex regex;

    private LdmsdPattern(string text, Regex regex) => (Text, this.regex) = (text, regex);

    /// <summary>Every name.</summary>
    public static LdmsdPattern Any { get; } = Parse(".*", out _)!;

    /// <summary>As it was written.</summary>
    public string Text { get; }

    public bool Matches(string name) => regex.IsMatch(name);

    /// <summary>Reads an expression.</summary>
    /// <param name="problem">What is wrong, where null is returned; else null.</param>
    public static LdmsdPattern? Parse(string text, out string? problem)
    {
        problem = Refusal(text);
        if (problem is not null)
        {
            return null;
        }

        try
        {
            return new(text, new Regex(Translated(text), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
        }
        catch (RegexParseException)
        {
            problem = $"{LdmsdProblem.Quote(text)} is no regular expression (regex(7)); write for instance .* or ^prdcr_s0";
        }
        catch (NotSupportedException)
        {
            problem = $"{LdmsdProblem.Quote(text)} uses what POSIX's extended expressions (regex(7)) do not have";
        }

        return null;
    }

    /// <summary>One of these names and no other, whatever signs they have.</summary>
    /// <returns>Every name where together they are too long for an expression.</returns>
    public static LdmsdPattern Exactly(params IReadOnlyCollection<string> names)
    {
        var either = string.Join('|', names.Select(Regex.Escape));
        return Parse(names.Count == 1 ? $"^{either}$" : $"^({either})$", out _) ?? Any;
    }

    public bool Equals(LdmsdPattern? other) => other is not null && other.Text == Text;

    public override bool Equals(object? obj) => Equals(obj as LdmsdPattern);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;

    private static string? Refusal(string text)
    {
        if (text.Length is 0 or > MaxLength || text.Any(char.IsControl))
        {
            return text.Length == 0 ? "is empty, must be a regular expression; write .* for all" : $"has {text.Length} signs, must have {MaxLength} at most and no control characters";
        }

        if (text.Contains("(?", StringComparison.Ordinal))
        {
            return $"{LdmsdProblem.Quote(text)} has '(?', which POSIX's extended expressions (regex(7)) do not have";
        }

        var unfolded = 1L;
        for (var open = text.IndexOf('{', StringComparison.Ordinal); open >= 0; open = text.IndexOf('{', open + 1))
        {
            var close = text.IndexOf('}', open);
            foreach (var bound in close < 0 ? [] : text[(open + 1)..close].Split(','))
            {
                if (!bound.All(char.IsAsciiDigit))
                {
                    continue;                                          // not a repetition; the engine takes it as it is
                }

                var times = bound.Length == 0 ? 0 : bound.Length > 5 ? int.MaxValue : int.Parse(bound, System.Globalization.CultureInfo.InvariantCulture);
                unfolded *= Math.Max(1L, times);
                if (times > MaxRepeat || unfolded > MaxUnfolded)
                {
                    return $"{LdmsdProblem.Quote(text)} repeats more often than {MaxRepeat} times in one place, or {MaxUnfolded} in all";
                }
            }
        }

        return null;
    }

    /// <summary>POSIX's classes within brackets, in .NET's words; a backslash within brackets stands for itself in POSIX, and '$' only for the end.</summary>
    private static string Translated(string text)
    {
        var result = new StringBuilder();
        var inBrackets = false;
        for (var at = 0; at < text.Length; at++)
        {
            var c = text[at];
            if (inBrackets && c == '[' && Class(text, at) is { } posix)
            {
                result.Append(posix.Net);
                at += posix.Length - 1;
            }
            else if (inBrackets)
            {
                result.Append(c is '\\' or '[' ? "\\" : "").Append(c);
                inBrackets = c != ']';
            }
            else if (c == '[')
            {
                inBrackets = true;
                result.Append(c);
                for (var next = at + 1; next < text.Length && next <= at + 2 && text[next] is '^' or ']'; next++)
                {
                    result.Append(text[next] == ']' ? "\\]" : "^");
                    at = next;
                    if (text[next] == ']')
                    {
                        break;
                    }
                }
            }
            else if (c == '\\' && at + 1 < text.Length)
            {
                at++;
                result.Append(char.IsAsciiLetterOrDigit(text[at]) && !char.IsAsciiDigit(text[at]) ? Regex.Escape(text[at].ToString()) : $"\\{text[at]}");
            }
            else
            {
                result.Append(c == '$' ? "\\z" : c.ToString());
            }
        }

        return result.ToString();
    }

    private static (int Length, string Net)? Class(string text, int at)
    {
        foreach (var (posix, net) in s_classes)
        {
            if (string.CompareOrdinal(text, at, posix, 0, posix.Length) == 0)
            {
                return (posix.Length, net);
            }
        }

        return null;
    }

    private static readonly (string Posix, string Net)[] s_classes =
    [
        ("[:alpha:]", "a-zA-Z"), ("[:digit:]", "0-9"), ("[:alnum:]", "a-zA-Z0-9"), ("[:upper:]", "A-Z"), ("[:lower:]", "a-z"), ("[:xdigit:]", "0-9a-fA-F"),
        ("[:space:]", "\\s"), ("[:blank:]", " \\t"), ("[:punct:]", "!-/:-@\\[-`{-~"),
    ];
}
