using Understudy.Tests.House;

namespace Understudy.Tests.Ldms;

/// <summary>What real tools and a real daemon of LDMS 4.5.1 said of a real pair, as it was recorded.</summary>
internal static class LdmsdRecorded
{
    private const string Folder = "tests/Understudy.Tests/Ldms/";

    /// <summary>What a tool printed, behind its command line.</summary>
    /// <param name="command">The end of the line that begins with '$'.</param>
    internal static string Tool(string command)
    {
        var all = Repository.Read(Folder + "tools-recorded.txt");
        var line = all.Split('\n').First(l => l.StartsWith("$ ", StringComparison.Ordinal) && l.TrimEnd().EndsWith(command, StringComparison.Ordinal));
        var from = all.IndexOf(line, StringComparison.Ordinal) + line.Length + 1;
        var to = all.IndexOf("\n$ ", from, StringComparison.Ordinal);
        return to < 0 ? all[from..^1] : all[from..to];                 // an empty line is between two commands
    }

    /// <summary>The JSON of an answer.</summary>
    internal static string Answer(string verb)
    {
        var all = Repository.Read(Folder + "answers-recorded.txt");
        var from = all.IndexOf($"== {verb}\n", StringComparison.Ordinal) + verb.Length + 4;
        var to = all.IndexOf("\n== ", from, StringComparison.Ordinal);
        return to < 0 ? all[from..].TrimEnd('\n') : all[from..to];
    }
}
