using System.Text;

namespace Understudy.Tests.Simulation;

/// <summary>What a byte did to a line.</summary>
internal enum Lexed
{
    More = 0,
    Line,

    /// <summary>A bare hash in quotes: the words so far count, and upsd throws away the rest of what it just read.</summary>
    Broken,
}

/// <summary>
/// NUT's word grammar a second time, byte by byte as a state machine, for the models of upsd and of the drivers: what we write must be what they read. Written from the table of
/// the protocol and not from our own reader, so that the two check each other.
/// </summary>
internal sealed class NutLexer
{
    private readonly StringBuilder word = new();
    private List<string> words = [];
    private bool escaped;
    private At at;

    /// <summary>The words of the line that just ended.</summary>
    internal List<string> Line { get; private set; } = [];

    internal Lexed Take(byte b)
    {
        var c = (char)b;
        if (escaped)
        {
            escaped = false;
            if (c != '\n' && Keep(c))
            {
                at = at == At.Between ? At.Word : at;
            }

            return Lexed.More;
        }

        if (c == '\\' && at != At.Comment)
        {
            escaped = true;
            return Lexed.More;
        }

        switch (at)
        {
            case At.Quoted:
                if (c == '#')
                {
                    word.Clear();
                    return End(Lexed.Broken);
                }

                if (c == '"')
                {
                    EndWord();
                }
                else
                {
                    Keep(c);
                }

                return Lexed.More;
            case At.Comment:
                return c == '\n' ? End(Lexed.Line) : Lexed.More;
            case At.Between or At.Word:
                return Plain(c);
            default:
                throw new InvalidOperationException(at.ToString());
        }
    }

    private Lexed Plain(char c)
    {
        switch (c)
        {
            case '\n':
                EndWord();
                return End(Lexed.Line);
            case '#':
                EndWord();
                at = At.Comment;
                return Lexed.More;
            case '=':
                EndWord();
                word.Append(c);
                at = At.Word;
                EndWord();
                return Lexed.More;
            case ' ' or '\t' or '\r' or '\v' or '\f':
                EndWord();
                return Lexed.More;
            case '"' when at == At.Between:
                at = At.Quoted;
                return Lexed.More;
            default:
                at = Keep(c) ? At.Word : at;
                return Lexed.More;
        }
    }

    private bool Keep(char c)
    {
        if (c is < ' ' or > '\x7f')
        {
            return false;
        }

        if (word.Length < 512)
        {
            word.Append(c);
        }

        return true;
    }

    private void EndWord()
    {
        if (at is At.Word or At.Quoted && words.Count < 32)
        {
            words.Add(word.ToString());
        }

        word.Clear();
        at = At.Between;
    }

    private Lexed End(Lexed how)
    {
        (Line, words, at) = (words, [], At.Between);
        return how;
    }

    private enum At
    {
        Between = 0,
        Word,
        Quoted,
        Comment,
    }
}
