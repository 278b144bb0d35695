using System.Text;

namespace Understudy.Core.Ups;

/// <summary>How a line of NUT's word grammar ended.</summary>
public enum WordsEnd
{
    /// <summary>At its line feed, or at the end of the text.</summary>
    Line = 0,

    /// <summary>A '#' stood in a quoted word without a backslash before it: the words before it count, and reading begins anew behind it.</summary>
    Unbalanced = 1,
}

/// <summary>
/// The grammar of NUT's configuration files and of its driver sockets (common/parseconf.c reads both; its behaviour, not its code, is what is written down here). Words stand apart by
/// white space. <c>"</c> at the beginning of a word quotes it up to the next <c>"</c>, which also ends the word; within an unquoted word it is a character like another. <c>\</c> makes the next
/// character an ordinary one, a line feed goes away behind it. <c>#</c> outside of quotes begins a comment, <c>=</c> there is a word by itself. A line feed in quotes is dropped, and
/// so is everything that is not 0x20..0x7F.
/// </summary>
public static class UpsWords
{
    /// <summary>Words of a line beyond these are dropped (PCONF's argument limit).</summary>
    public const int MaxWords = 32;

    /// <summary>Characters of a word beyond these are dropped (PCONF_DEFAULT_WORDLEN_LIMIT).</summary>
    public const int MaxWordChars = 512;

    /// <summary>Reads the words of the line that begins at <paramref name="at"/>, and moves it behind that line.</summary>
    /// <param name="words">Emptied, then given the words; empty for a blank line.</param>
    public static WordsEnd Read(ReadOnlySpan<char> text, ref int at, List<string> words)
    {
        words.Clear();
        var word = new StringBuilder();
        var (inWord, quoted) = (false, false);
        while (at < text.Length)
        {
            var c = text[at++];
            if (c == '\\')
            {
                if (at < text.Length && text[at++] is not '\n' and var literal && Printable(literal))
                {
                    inWord = true;
                    Put(word, literal);
                }
            }
            else if (quoted)
            {
                if (c == '#')
                {
                    return WordsEnd.Unbalanced;
                }

                if (c == '"')
                {
                    End(words, word, ref inWord);
                    quoted = false;
                }
                else if (Printable(c))
                {
                    Put(word, c);
                }
            }
            else if (c == '\n')
            {
                break;
            }
            else if (c == '#')
            {
                while (at < text.Length && text[at++] != '\n')
                {
                }

                break;
            }
            else if (c is ' ' or (>= '\t' and <= '\r'))      // isspace(3) of the C locale: other blanks are no characters at all to NUT
            {
                End(words, word, ref inWord);
            }
            else if (c == '=')
            {
                End(words, word, ref inWord);
                Put(word, c);
                inWord = true;
                End(words, word, ref inWord);
            }
            else if (c == '"' && !inWord)
            {
                (inWord, quoted) = (true, true);
            }
            else if (Printable(c))
            {
                inWord = true;
                Put(word, c);
            }
        }

        End(words, word, ref inWord);
        return WordsEnd.Line;
    }

    /// <summary>Whether a character is one that NUT keeps: 0x20..0x7F.</summary>
    internal static bool Printable(char c) => c is >= ' ' and <= '\x7F';

    private static void Put(StringBuilder word, char c)
    {
        if (word.Length < MaxWordChars)
        {
            word.Append(c);
        }
    }

    private static void End(List<string> words, StringBuilder word, ref bool inWord)
    {
        if (inWord && words.Count < MaxWords)
        {
            words.Add(word.ToString());
        }

        inWord = false;
        word.Clear();
    }
}
