namespace Understudy.Tests.Simulation;

/// <summary>What a line of a driver is to whoever hears it.</summary>
internal enum SaidWord
{
    /// <summary>Nothing: no data, no sign of life.</summary>
    Nonsense = 0,

    /// <summary>A sign of life alone.</summary>
    Life,
    Change,
    DumpDone,
    Ok,
    Stale,
    Answer,
}

/// <summary>A line of a driver with what it means, so that the oracle needs no reader.</summary>
internal sealed record Said(SaidWord Word, string Line, Action<SeenTree>? Change = null, string Id = "", int Result = 0)
{
    internal static Said Pong { get; } = new(SaidWord.Life, "PONG");

    internal static Said DumpDone { get; } = new(SaidWord.DumpDone, "DUMPDONE");

    internal static Said Ok { get; } = new(SaidWord.Ok, "DATAOK");

    internal static Said Stale { get; } = new(SaidWord.Stale, "DATASTALE");

    /// <param name="bare">Not escaped, as stock drivers broadcast a change; what they dump is escaped.</param>
    internal static Said Set(string name, string value, bool bare) =>
        new(SaidWord.Change, $"SETINFO {name} \"{(bare ? value : Escaped(value))}\"", t => t.Set(name, value));

    internal static Said Del(string name) => new(SaidWord.Change, $"DELINFO {name}", t => t.Variables.Remove(name));

    internal static Said AddChoice(string name, string choice) => new(SaidWord.Change, $"ADDENUM {name} \"{Escaped(choice)}\"", t => t.Describe(name, v => v.Choices.Add(choice)));

    internal static Said DelChoice(string name, string choice) => new(SaidWord.Change, $"DELENUM {name} \"{Escaped(choice)}\"", t => t.Describe(name, v => v.Choices.Remove(choice)));

    internal static Said AddRange(string name, int low, int high) => new(SaidWord.Change, $"ADDRANGE {name} {low} {high}", t => t.Describe(name, v => v.Ranges.Add((low, high))));

    internal static Said DelRange(string name, int low, int high) => new(SaidWord.Change, $"DELRANGE {name} {low} {high}", t => t.Describe(name, v => v.Ranges.Remove((low, high))));

    internal static Said Aux(string name, int length) => new(SaidWord.Change, $"SETAUX {name} {length}", t => t.Describe(name, v => v.Aux = length));

    internal static Said Flags(string name, params string[] flags) => new(SaidWord.Change, $"SETFLAGS {name} {string.Join(' ', flags)}", t => t.Describe(name, v =>
    {
        v.Flags.Clear();
        v.Flags.UnionWith(flags.Where(f => f is "RW" or "STRING" or "NUMBER"));
    }));

    internal static Said AddCommand(string name) => new(SaidWord.Change, $"ADDCMD {name}", t => t.Commands.Add(name));

    internal static Said DelCommand(string name) => new(SaidWord.Change, $"DELCMD {name}", t => t.Commands.Remove(name));

    internal static Said Answer(string id, int result) => new(SaidWord.Answer, $"TRACKING {id} {result}", Id: id, Result: result);

    internal static Said Nonsense(string line) => new(SaidWord.Nonsense, line);

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("#", "\\#", StringComparison.Ordinal);
}
