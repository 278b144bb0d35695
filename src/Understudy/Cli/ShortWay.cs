namespace Understudy.Cli;

/// <summary>
/// The plainest command lines of the two long-lived roles, read without the command tree: the guardian, the daemon and the witness then never load the library
/// behind it. Whatever is not exactly of these forms goes to the tree, which means the same by it.
/// </summary>
public static class ShortWay
{
    /// <summary><c>run FILE</c> or <c>witness FILE</c>, with or without <c>--node NAME</c> behind; else a null verb.</summary>
    public static (string? Verb, RunOptions? Options) Of(IReadOnlyList<string> arguments)
    {
        var plain = arguments.Count is 2 or 4
            && arguments[0] is ("run" or "witness")
            && IsWord(arguments[1])
            && (arguments.Count == 2 || (arguments[2] == "--node" && IsWord(arguments[3])));
        return plain ? (arguments[0], new RunOptions(arguments[1], arguments.Count == 4 ? arguments[3] : null, Guardian: arguments[0] == "run", Json: false)) : default;
    }

    /// <summary>Neither an option nor anything else that the tree reads in a way of its own (a response file begins with @).</summary>
    private static bool IsWord(string argument) => argument.Length > 0 && argument[0] is not ('-' or '@');
}
