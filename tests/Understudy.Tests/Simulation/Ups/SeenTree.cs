using System.Text;
using Understudy.Core.Ups;

namespace Understudy.Tests.Simulation;

/// <summary>A variable as the receiver of a driver's lines keeps it.</summary>
internal sealed class SeenVariable(string value)
{
    internal string Value { get; set; } = value;

    internal SortedSet<string> Flags { get; private init; } = new(StringComparer.Ordinal);

    internal int Aux { get; set; }

    internal SortedSet<string> Choices { get; private init; } = new(StringComparer.Ordinal);

    internal SortedSet<(int Low, int High)> Ranges { get; private init; } = [];

    internal bool Writable => Flags.Contains("RW");

    internal SeenVariable Copy() => new(Value)
    {
        Aux = Aux,
        Flags = new SortedSet<string>(Flags, StringComparer.Ordinal),
        Choices = new SortedSet<string>(Choices, StringComparer.Ordinal),
        Ranges = [.. Ranges],
    };

    internal bool Same(SeenVariable other) =>
        SeenTree.Cut(Value) == SeenTree.Cut(other.Value) && Aux == other.Aux && Flags.SetEquals(other.Flags) && Choices.SetEquals(other.Choices) && Ranges.SetEquals(other.Ranges);

    internal bool Same(Variable shown) =>
        SeenTree.Cut(shown.Value) == Value
        && Math.Max(0, shown.Length) == Math.Max(0, Aux)
        && Flags.Contains("RW") == shown.Flags.HasFlag(VariableTraits.Writable)
        && Flags.Contains("STRING") == shown.Flags.HasFlag(VariableTraits.Text)
        && Flags.Contains("NUMBER") == shown.Flags.HasFlag(VariableTraits.Number)
        && Choices.SetEquals(shown.Choices.Select(SeenTree.Cut))
        && Ranges.Count == shown.Ranges.Count && shown.Ranges.All(r => Ranges.Contains((r.Low, r.High)));

    public override string ToString() => $"'{Value}' [{string.Join(' ', Flags)}] {Aux} {{{string.Join(',', Choices)}}} {string.Join(' ', Ranges)}";
}

/// <summary>Variables and commands as they stand behind a driver's lines, by upsd's rules: what describes a variable that is not there is left out.</summary>
internal sealed class SeenTree
{
    internal Dictionary<string, SeenVariable> Variables { get; } = new(StringComparer.OrdinalIgnoreCase);

    internal HashSet<string> Commands { get; } = new(StringComparer.OrdinalIgnoreCase);

    internal string? this[string name] => Variables.GetValueOrDefault(name)?.Value;

    internal void Set(string name, string value)
    {
        if (Variables.TryGetValue(name, out var known))
        {
            known.Value = value;
        }
        else
        {
            Variables[name] = new SeenVariable(value);
        }
    }

    internal void Describe(string name, Action<SeenVariable> change)
    {
        if (Variables.TryGetValue(name, out var known))
        {
            change(known);
        }
    }

    internal SeenTree Copy()
    {
        var copy = new SeenTree();
        foreach (var (name, variable) in Variables)
        {
            copy.Variables[name] = variable.Copy();
        }

        copy.Commands.UnionWith(Commands);
        return copy;
    }

    /// <summary>Null where a proxy's own tree is this one, else the first difference.</summary>
    internal string? Differs(VariableTree shown)
    {
        foreach (var (name, variable) in shown.Variables)
        {
            if (!Variables.TryGetValue(name, out var mine))
            {
                return $"{name} is shown, and was never told";
            }

            if (!mine.Same(variable))
            {
                return $"{name} is shown as {variable}, and told as {mine}";
            }
        }

        return Variables.Count != shown.Variables.Count ? $"{Variables.Keys.First(n => shown.Find(n) is null)} was told, and is not shown" :
            Commands.SetEquals(shown.Commands) ? null : $"the commands {string.Join(' ', Commands.Except(shown.Commands, StringComparer.OrdinalIgnoreCase).Concat(shown.Commands.Except(Commands, StringComparer.OrdinalIgnoreCase)))} are told and not shown, or shown and not told";
    }

    /// <summary>NUT keeps 255 characters of an escaped value.</summary>
    internal static string Cut(string value)
    {
        if (value.Length <= 127)
        {
            return value;
        }

        var (cut, room) = (new StringBuilder(), 255);
        foreach (var c in value)
        {
            room -= c is '"' or '#' or '\\' ? 2 : 1;
            if (room < 0)
            {
                break;
            }

            cut.Append(c);
        }

        return cut.ToString();
    }
}
