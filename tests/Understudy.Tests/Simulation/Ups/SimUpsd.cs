using System.Globalization;

namespace Understudy.Tests.Simulation;

/// <summary>
/// What upsd makes of a driver's bytes: it reads at most 512 of them at once, shows each line as it comes, begins with the status WAIT, and throws away the rest of a read in which a
/// line was broken. A line that it cannot use is an error of whoever wrote it.
/// </summary>
internal sealed class SimUpsd(Action<string> wrong)
{
    private const int ReadBytes = 512;
    private readonly NutLexer lexer = new();
    private readonly Dictionary<string, bool> taken = new(StringComparer.OrdinalIgnoreCase);
    private bool statusShown;

    internal SeenTree Tree { get; private set; } = new();

    internal bool Dumped { get; private set; }

    internal bool DataOk { get; private set; } = true;

    internal bool Fresh => Dumped && DataOk;

    /// <summary>It did not hear everything, by its own wish.</summary>
    internal bool Gaps { get; set; }

    internal int Pongs { get; private set; }

    internal int Goodbyes { get; private set; }

    internal long Lines { get; private set; }

    /// <summary>What upsd answers when it is asked for the status; WAIT until somebody said one.</summary>
    internal string? Status => Tree["ups.status"] ?? (statusShown ? null : "WAIT");

    internal Action<string, int>? Tracked { get; set; }

    internal void Feed(ReadOnlySpan<byte> bytes)
    {
        taken.Clear();
        for (var at = 0; at < bytes.Length; at += ReadBytes)
        {
            var slice = bytes[at..Math.Min(bytes.Length, at + ReadBytes)];
            foreach (var b in slice)
            {
                var lexed = lexer.Take(b);
                if (lexed == Lexed.Broken)
                {
                    wrong($"upsd throws away the rest of its read behind '{string.Join(' ', lexer.Line)}'");
                    break;
                }

                if (lexed == Lexed.Line && lexer.Line.Count > 0)
                {
                    Read(lexer.Line);
                }
            }
        }

        foreach (var (name, writable) in taken)
        {
            if (Tree.Variables.TryGetValue(name, out var back) && (!writable || back.Flags.Count > 0))
            {
                wrong($"{name} was taken away and put back in one burst");
            }
        }
    }

    private void Read(List<string> words)
    {
        Lines++;
        switch (words[0].ToUpperInvariant(), words.Count)
        {
            case ("SETINFO", 3):
                Tree.Set(words[1], words[2]);
                break;
            case ("DELINFO", 2):
                if (Dumped && !Gaps)
                {
                    taken[words[1]] = Tree.Variables.TryGetValue(words[1], out var gone) && gone.Flags.Count > 0;
                }

                if (!Tree.Variables.Remove(words[1]) && Dumped && !Gaps)
                {
                    wrong($"{words[1]} is taken away, and was not there");
                }

                break;
            case ("ADDENUM", 3):
                Tree.Describe(words[1], v => v.Choices.Add(words[2]));
                break;
            case ("DELENUM", 3):
                Tree.Describe(words[1], v => v.Choices.Remove(words[2]));
                break;
            case ("ADDRANGE", 4):
                Tree.Describe(words[1], v => v.Ranges.Add((Number(words[2]), Number(words[3]))));
                break;
            case ("DELRANGE", 4):
                Tree.Describe(words[1], v => v.Ranges.Remove((Number(words[2]), Number(words[3]))));
                break;
            case ("SETAUX", 3):
                Tree.Describe(words[1], v => v.Aux = Number(words[2]));
                break;
            case ("SETFLAGS", > 2):
                Tree.Describe(words[1], v =>
                {
                    v.Flags.Clear();
                    v.Flags.UnionWith(words.Skip(2));
                });
                break;
            case ("ADDCMD", 2):
                Tree.Commands.Add(words[1]);
                break;
            case ("DELCMD", 2):
                Tree.Commands.Remove(words[1]);
                break;
            case ("DUMPDONE", 1):
                Dumped = true;
                break;
            case ("DATAOK", 1):
                DataOk = true;
                break;
            case ("DATASTALE", 1):
                DataOk = false;
                break;
            case ("PONG", 1):
                Pongs++;
                break;
            case ("PID", 2):
                break;
            case ("OK", 2):
                Goodbyes++;
                break;
            case ("TRACKING", 3):
                Tracked?.Invoke(words[1], Number(words[2]));
                break;
            default:
                wrong($"upsd cannot use the line '{string.Join(' ', words)}'");
                break;
        }

        // Between any two lines upsd may be asked.
        statusShown |= Tree["ups.status"] is not null;
        if (string.IsNullOrWhiteSpace(Status))
        {
            wrong($"upsd shows {(Status is null ? "no status" : "an empty status")} behind '{string.Join(' ', words)}'");
        }
    }

    private int Number(string text)
    {
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            wrong($"upsd reads '{text}' where a number stands");
        }

        return number;
    }
}
