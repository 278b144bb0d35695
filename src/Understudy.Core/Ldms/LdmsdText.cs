using System.Text;

namespace Understudy.Core.Ldms;

/// <summary>What the text of a configuration cannot know: the environment, and other files.</summary>
/// <param name="Variable">The value of an environment variable; null where it is not set. What <c>env</c> sets in the files wins over it.</param>
/// <param name="File">The text of an included file, given the path as written and the file that includes it; or why it cannot be read.</param>
public sealed record LdmsdWorld(Func<string, string?> Variable, Func<string, string, LdmsdFileText> File)
{
    /// <summary>No variables and no other files.</summary>
    public static LdmsdWorld Empty { get; } = new(_ => null, (_, _) => new LdmsdFileText("", null, "other files are not read here"));
}

/// <summary>An included file.</summary>
/// <param name="Name">As errors shall name it.</param>
/// <param name="Text">Null where it could not be read.</param>
/// <param name="Why">Then, why.</param>
public sealed record LdmsdFileText(string Name, string? Text, string Why);

/// <summary>The commands of a configuration in the order in which they take effect, or what is wrong with it.</summary>
/// <param name="Commands">First those that are promoted, then the others, then those that start something; <c>include</c> is gone, its file's commands stand there.</param>
/// <param name="Problems">What is wrong with the text, in the order of the files.</param>
/// <param name="Notes">What was read otherwise than a stock ldmsd would, or is out of date.</param>
public sealed record LdmsdTextReading(ValueList<LdmsdCommand> Commands, ValueList<LdmsdProblem> Problems, ValueList<LdmsdProblem> Notes);

/// <summary>The text of an ldmsd configuration file: lines, comments, continuations, variables, includes (ldmsd(8), "CONFIGURATION FILE").</summary>
/// <remarks>Backticks run a shell in the original. Here a file of settings runs nothing: they are refused.</remarks>
public static class LdmsdText
{
    /// <summary>Longest text of one file, in characters.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>Most commands of all files together.</summary>
    public const int MaxCommands = 50_000;

    /// <summary>How deep files may include files.</summary>
    public const int MaxDepth = 8;

    private const int MaxProblems = 1000;

    /// <summary>Reads a file and those that it includes. Never throws, whatever the text.</summary>
    /// <param name="file">Its name, as errors shall name it.</param>
    public static LdmsdTextReading Read(string file, string text, LdmsdWorld world)
    {
        var reader = new Reader(world);
        reader.Take(new LdmsdFileText(file, text, ""), depth: 0);
        return reader.Finish();
    }

    /// <summary>Reads one command as somebody types it: no continuation, no include, no variables but those given.</summary>
    /// <returns>Null for an empty line or a comment.</returns>
    public static LdmsdCommand? ReadLine(string line, LdmsdPlace place)
    {
        var words = WordsOf(line, place.File, place.Line, out _);
        return words.Count == 0 ? null : CommandOf(words);
    }

    private static LdmsdCommand CommandOf(List<(string Text, LdmsdPlace Place)> words)
    {
        var (verb, place) = words[0];
        var raw = LdmsdVerbs.Find(verb) is { Rest: LdmsdRest.Words };
        return new(verb, words.Skip(1).Select(w => LdmsdWire.Word(w.Text, raw, w.Place)).ToValueList(), place);
    }

    /// <summary>The words of one line without its comment; a comment begins at a word that begins with '#'.</summary>
    private static List<(string Text, LdmsdPlace Place)> WordsOf(string line, string file, int number, out bool goesOn)
    {
        var words = new List<(string, LdmsdPlace)>();
        goesOn = false;
        for (var at = 0; at < line.Length;)
        {
            if (IsBlank(line[at]))
            {
                at++;
                continue;
            }

            if (line[at] == '#')
            {
                break;
            }

            var end = at;
            while (end < line.Length && !IsBlank(line[end]))
            {
                end++;
            }

            var last = line.AsSpan(end).Trim(" \t\r\f\v").IsEmpty;
            goesOn = last && line[end - 1] == '\\';
            var word = goesOn ? line[at..(end - 1)] : line[at..end];
            if (word.Length > 0)
            {
                words.Add((word, new(file, number, at + 1)));
            }

            at = end;
        }

        return words;
    }

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\r' or '\f' or '\v';

    private sealed class Reader(LdmsdWorld world)
    {
        private readonly List<LdmsdCommand> commands = [];
        private readonly List<LdmsdProblem> problems = [];
        private readonly List<LdmsdProblem> notes = [];
        private readonly Dictionary<string, string> variables = new(StringComparer.Ordinal);

        internal void Take(LdmsdFileText file, int depth)
        {
            var text = file.Text!;
            if (text.Length > MaxLength)
            {
                Fail(new(file.Name, 1, 1), $"the file has {text.Length} characters, must have {MaxLength} at most");
                return;
            }

            var words = new List<(string, LdmsdPlace)>();
            var goesOn = false;
            var lines = text.Split('\n');
            for (var i = 0; i < lines.Length && commands.Count < MaxCommands; i++)
            {
                var whole = lines[i].TrimStart();
                if (whole.StartsWith('#') && goesOn)
                {
                    continue;                                          // a comment in the middle of a command
                }

                words.AddRange(WordsOf(lines[i], file.Name, i + 1, out goesOn));
                if (!goesOn && words.Count > 0)
                {
                    Command(words, file, depth);
                    words = [];
                }
            }

            if (words.Count > 0 && goesOn)
            {
                notes.Add(new(words[^1].Item2, "the last line goes on with a '\\', and the file ends there"));
                Command(words, file, depth);
            }

            if (commands.Count >= MaxCommands)
            {
                Fail(new(file.Name, 1, 1), $"more than {MaxCommands} commands");
            }
        }

        internal LdmsdTextReading Finish()
        {
            var expanded = commands.Select(Expanded).ToList();
            var order = expanded.OrderBy(TurnOf).ToValueList();        // stable: within a turn, the order of the files
            return new(order, problems.ToValueList(), notes.ToValueList());
        }

        /// <summary>Failover is the first of those that start: the others may have to wait for it.</summary>
        private static int TurnOf(LdmsdCommand command) => LdmsdVerbs.Find(command.Verb) switch
        {
            { Turn: LdmsdTurn.First } => 0,
            { Turn: LdmsdTurn.Last, Name: "failover_start" } => 2,
            { Turn: LdmsdTurn.Last } => 3,
            _ => 1,
        };

        private void Command(List<(string Text, LdmsdPlace Place)> words, LdmsdFileText file, int depth)
        {
            var (verb, place) = words[0];
            if (verb is "$" or "%")
            {
                Fail(place, "this is a line for a shell, not for a configuration; remove it, or begin it with '#'");
            }
            else if (verb == "include")
            {
                Include(words, file, depth);
            }
            else
            {
                var command = CommandOf(words);
                if (verb == "env")
                {
                    command = Environment(command);
                }

                commands.Add(command);
            }
        }

        /// <summary>Variables count from here on in later <c>env</c> and <c>include</c> lines, and everywhere in all others, as the original promotes them.</summary>
        private LdmsdCommand Environment(LdmsdCommand command)
        {
            var now = Expanded(command);
            foreach (var attribute in now.Attributes)
            {
                if (attribute.Value is null || attribute.Name.Length == 0)
                {
                    Fail(attribute.Place, $"{LdmsdProblem.Quote(attribute.ToString())} sets no variable; write NAME=VALUE");
                }
                else
                {
                    variables[attribute.Name] = attribute.Value;
                }
            }

            return now;
        }

        private void Include(List<(string Text, LdmsdPlace Place)> words, LdmsdFileText file, int depth)
        {
            var place = words[0].Place;
            if (words.Count != 2)
            {
                Fail(place, "include takes one path; write for instance include /etc/understudy/a10-more.cfg");
                return;
            }

            var written = words[1].Text.StartsWith("path=", StringComparison.Ordinal) ? words[1].Text["path=".Length..] : words[1].Text;
            if (depth + 1 > MaxDepth)
            {
                Fail(place, $"files include files deeper than {MaxDepth}; perhaps one includes itself");
                return;
            }

            var path = Expand(written, words[1].Place);
            var included = world.File(path, file.Name);
            if (included.Text is null)
            {
                Fail(words[1].Place, $"{LdmsdProblem.Quote(path)} cannot be read: {included.Why}");
            }
            else
            {
                Take(included, depth + 1);
            }
        }

        private LdmsdCommand Expanded(LdmsdCommand command) =>
            command.Attributes.All(a => !NeedsExpansion(a.Name) && !NeedsExpansion(a.Value))
                ? command
                : command with
                {
                    Attributes = command.Attributes.Select(a => a with { Name = Expand(a.Name, a.Place), Value = a.Value is null ? null : Expand(a.Value, a.Place) }).ToValueList(),
                };

        private static bool NeedsExpansion(string? text) => text is not null && text.AsSpan().IndexOfAny('$', '`') >= 0;

        private string Expand(string text, LdmsdPlace place)
        {
            if (text.Contains('`', StringComparison.Ordinal))
            {
                Fail(place, $"{LdmsdProblem.Quote(text)} would run a command, and a settings file runs none here; write its result, or set a variable before the start and write ${{NAME}}");
                return text;
            }

            var result = new StringBuilder();
            var at = 0;
            for (var open = text.IndexOf("${", StringComparison.Ordinal); open >= 0; open = text.IndexOf("${", at, StringComparison.Ordinal))
            {
                var close = text.IndexOf('}', open);
                if (close < 0)
                {
                    Fail(place, $"{LdmsdProblem.Quote(text)} has a '${{' without its '}}'");
                    return text;
                }

                var name = text[(open + 2)..close];
                result.Append(text, at, open - at);
                if (variables.TryGetValue(name, out var value) || (value = world.Variable(name)) is not null)
                {
                    result.Append(value);
                }
                else
                {
                    var meant = Nearest.To(name, variables.Keys) is { } near ? $"did you mean '{near}'?" : "set it with env, or before the start";
                    Fail(place, $"no variable {LdmsdProblem.Quote(name)} is set; {meant}");
                }

                at = close + 1;
            }

            return result.Append(text, at, text.Length - at).ToString();
        }

        private void Fail(LdmsdPlace place, string problem)
        {
            if (problems.Count < MaxProblems && !problems.Any(p => p.Place == place && p.Text == problem))
            {
                problems.Add(new(place, problem));
            }
        }
    }
}
