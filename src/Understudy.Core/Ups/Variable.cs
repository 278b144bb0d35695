namespace Understudy.Core.Ups;

/// <summary>What upsd lets its clients do with a variable (SETFLAGS).</summary>
[Flags]
public enum VariableTraits
{
    None = 0,

    /// <summary>RW: clients may set it.</summary>
    Writable = 1,

    /// <summary>STRING: the length is checked against <see cref="Variable.Length"/>.</summary>
    Text = 2,

    /// <summary>NUMBER, which is also what a variable without a kind counts as since NUT 2.8.</summary>
    Number = 4,
}

/// <summary>A range of whole numbers that a writable variable takes, both ends included.</summary>
public readonly record struct VariableRange(int Low, int High);

/// <summary>One variable as its driver describes it: an immutable value, so that a proxy can show it as it is.</summary>
/// <param name="Length">For Text, the most characters that may be set (SETAUX); 0 where none was said.</param>
public sealed record Variable(string Value, VariableTraits Flags, int Length, ValueList<string> Choices, ValueList<VariableRange> Ranges)
{
    public static Variable Of(string value) => new(value, VariableTraits.None, 0, [], []);

    /// <summary>The same but for the value.</summary>
    public bool DescribedAs(Variable other) =>
        Flags == other.Flags && Length == other.Length && Choices.Equals(other.Choices) && Ranges.Equals(other.Ranges);
}

/// <summary>The variables and commands of one driver. Names are compared without regard to case, as upsd does.</summary>
public sealed class VariableTree
{
    /// <summary>Variables, commands, choices and ranges of one driver, together; what comes beyond is left out. The largest devices known have some thousand lines.</summary>
    public const int MaxItems = 16_384;

    /// <summary>Choices, and ranges, of one variable.</summary>
    public const int MaxChoices = 256;

    private readonly Dictionary<string, Variable> variables = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Variable>.AlternateLookup<ReadOnlySpan<char>> byText;
    private readonly HashSet<string> commands = new(StringComparer.OrdinalIgnoreCase);
    private int described;

    public VariableTree() => byText = variables.GetAlternateLookup<ReadOnlySpan<char>>();

    public IReadOnlyDictionary<string, Variable> Variables => variables;

    public IReadOnlySet<string> Commands => commands;

    public Variable? Find(string name) => variables.GetValueOrDefault(name);

    public string? ValueOf(string name) => variables.GetValueOrDefault(name)?.Value;

    /// <summary>The version of the NUT that the driver is of; null where it does not say one.</summary>
    public Version? DriverVersion => Version.TryParse((ValueOf("driver.version") ?? "").Split('-', ' ')[0], out var version) ? version : null;

    public void Put(string name, Variable variable) => variables[name] = variable;

    public bool Remove(string name) => variables.Remove(name);

    public bool AddCommand(string name) => commands.Add(name);

    private bool Full => variables.Count + commands.Count + described >= MaxItems;

    public bool RemoveCommand(string name) => commands.Remove(name);

    public void Clear()
    {
        variables.Clear();
        commands.Clear();
        described = 0;
    }

    /// <summary>Takes in one line of a driver. Null where it changed nothing, else the name of the variable or command that it changed.</summary>
    /// <remarks>A value that is sent again as it is allocates nothing. What describes a variable that is not there is left out, as upsd does.</remarks>
    public string? Apply(in DriverLine line)
    {
        switch (line.Word)
        {
            case DriverWord.SetInfo:
                var value = line.Value.Length <= DriverLineWriter.MaxValueChars ? line.Value : line.Value[..DriverLineWriter.MaxValueChars];      // nobody is told more
                if (!byText.TryGetValue(line.Name, out var name, out var was))
                {
                    if (Full)
                    {
                        return null;
                    }

                    name = line.Name.ToString();
                    variables[name] = Variable.Of(value.ToString());
                    return name;
                }

                if (value.SequenceEqual(was.Value))
                {
                    return null;
                }

                variables[name] = was with { Value = value.ToString() };
                return name;
            case DriverWord.DelInfo:
                if (!byText.Remove(line.Name, out var gone, out var former))
                {
                    return null;
                }

                described -= former.Choices.Count + former.Ranges.Count;
                return gone;
            case DriverWord.AddCommand when Full:
                return null;
            case DriverWord.AddCommand:
                var command = line.Name.ToString();
                return commands.Add(command) ? command : null;
            case DriverWord.DelCommand:
                var dropped = line.Name.ToString();
                return commands.Remove(dropped) ? dropped : null;
            case DriverWord.AddEnum or DriverWord.DelEnum or DriverWord.AddRange or DriverWord.DelRange or DriverWord.SetAux or DriverWord.SetFlags:
                return Describe(line);
            default:
                return null;
        }
    }

    /// <summary>A whole tree as one dump, in the order of names: variables, each with what describes it, then commands.</summary>
    public void Dump(DriverLineWriter into)
    {
        foreach (var (name, variable) in variables.OrderBy(v => v.Key, StringComparer.OrdinalIgnoreCase))
        {
            into.SetInfo(name, variable.Value);
            Describe(into, name, variable);
        }

        foreach (var command in commands.Order(StringComparer.OrdinalIgnoreCase))
        {
            into.AddCommand(command);
        }
    }

    /// <summary>What describes a variable, as a dump has it behind the value.</summary>
    public static void Describe(DriverLineWriter into, string name, Variable variable)
    {
        foreach (var choice in variable.Choices)
        {
            into.AddEnum(name, choice);
        }

        foreach (var range in variable.Ranges)
        {
            into.AddRange(name, range.Low, range.High);
        }

        if (variable.Length > 0)
        {
            into.SetAux(name, variable.Length);
        }

        into.SetFlags(name, variable.Flags);
    }

    private string? Describe(in DriverLine line)
    {
        if (!byText.TryGetValue(line.Name, out var name, out var was))
        {
            return null;
        }

        var value = line.Word is DriverWord.AddEnum or DriverWord.DelEnum ? line.Value.ToString() : "";
        var range = new VariableRange(line.First, line.Second);
        var now = line.Word switch
        {
            DriverWord.AddEnum when !Full && was.Choices.Count < MaxChoices && !was.Choices.Contains(value, StringComparer.Ordinal) => was with { Choices = was.Choices.Append(value).ToValueList() },
            DriverWord.DelEnum => was with { Choices = was.Choices.Where(c => c != value).ToValueList() },
            DriverWord.AddRange when !Full && was.Ranges.Count < MaxChoices && !was.Ranges.Contains(range) => was with { Ranges = was.Ranges.Append(range).ToValueList() },
            DriverWord.DelRange => was with { Ranges = was.Ranges.Where(r => r != range).ToValueList() },
            DriverWord.SetAux => was with { Length = line.First },
            DriverWord.SetFlags => was with { Flags = FlagsOf(line.Value) },
            _ => was,
        };
        if (now == was)
        {
            return null;
        }

        described += now.Choices.Count + now.Ranges.Count - was.Choices.Count - was.Ranges.Count;
        variables[name] = now;
        return name;
    }

    private static VariableTraits FlagsOf(ReadOnlySpan<char> words)
    {
        var flags = VariableTraits.None;
        foreach (var part in words.Split(' '))
        {
            var word = words[part];
            flags |= word.Equals("RW", StringComparison.OrdinalIgnoreCase) ? VariableTraits.Writable :
                word.Equals("STRING", StringComparison.OrdinalIgnoreCase) ? VariableTraits.Text :
                word.Equals("NUMBER", StringComparison.OrdinalIgnoreCase) ? VariableTraits.Number : VariableTraits.None;
        }

        return flags;
    }
}
