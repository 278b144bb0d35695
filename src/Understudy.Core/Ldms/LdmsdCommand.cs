namespace Understudy.Core.Ldms;

/// <summary>Where something was written; lines and columns count from 1.</summary>
/// <param name="File">As the person named it; the caller's own word for what came over a wire or a terminal.</param>
public sealed record LdmsdPlace(string File, int Line, int Column)
{
    public override string ToString() => $"{File}:{Line}:{Column}";
}

/// <summary>One thing that is wrong, or good to know, with its place.</summary>
/// <param name="Text">What it is and what would be right, on one line.</param>
public sealed record LdmsdProblem(LdmsdPlace Place, string Text)
{
    private const int LongestEcho = 60;

    public override string ToString() => $"{Place}: {Text}";

    /// <summary>What somebody wrote, in quotes, on one line, and not longer than a line can bear.</summary>
    internal static string Quote(string text)
    {
        var shown = string.Concat(text.Take(LongestEcho).Select(c => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '?' : c));
        return $"'{shown}{(text.Length > LongestEcho ? "..." : "")}'";
    }
}

/// <summary>One word of a command behind its verb: <c>name=value</c>, or a keyword alone.</summary>
/// <param name="Value">Null for a keyword.</param>
public sealed record LdmsdWord(string Name, string? Value, LdmsdPlace Place)
{
    public override string ToString() => Value is null ? Name : $"{Name}={Value}";
}

/// <summary>One command of the ldmsd configuration language, as words: what they mean is for <see cref="LdmsdRequests"/> to say.</summary>
/// <param name="Verb">As it was written; perhaps none that we know.</param>
/// <param name="Attributes">In the order in which they were written.</param>
/// <param name="Place">Of the verb.</param>
public sealed record LdmsdCommand(string Verb, ValueList<LdmsdWord> Attributes, LdmsdPlace Place)
{
    /// <summary>The line that begins the command.</summary>
    public int Line => Place.Line;

    /// <summary>The value of an attribute, the first where it is given twice; null where it is not given, or a keyword.</summary>
    public string? this[string name] => Attributes.FirstOrDefault(a => a.Name == name)?.Value;

    public bool Has(string name) => Attributes.Any(a => a.Name == name);

    /// <summary>The command on one line, as it could be written in a file.</summary>
    public override string ToString() => Attributes.Count == 0 ? Verb : $"{Verb} {string.Join(' ', Attributes)}";
}
