using System.Text.RegularExpressions;

namespace Understudy.Tests.House;

/// <summary>One text file of the repository.</summary>
/// <param name="Path">From the root, with '/'.</param>
internal sealed record SourceText(string Path, string Text)
{
    /// <summary>The text with comments blanked, line breaks kept. Strings that look like comments go too: good enough to search in.</summary>
    public string Code => Patterns.Comment().Replace(Text, m => new string('\n', m.Value.Count(c => c == '\n')));

    public int LineAt(int index) => Text.AsSpan(0, Math.Min(index, Text.Length)).Count('\n') + 1;

    /// <summary>Where the pattern stands in code, as <c>path:line: what stands there</c>.</summary>
    public IEnumerable<string> Find(Regex pattern) => Find(pattern, Code);

    /// <summary>Where the pattern stands, comments included.</summary>
    public IEnumerable<string> FindAnywhere(Regex pattern) => Find(pattern, Text);

    private IEnumerable<string> Find(Regex pattern, string text) =>
        from match in pattern.Matches(text) select $"{Path}:{LineOf(text, match.Index)}: {match.Value.Trim()}";

    private static int LineOf(string text, int index) => text.AsSpan(0, index).Count('\n') + 1;
}

/// <summary>The files of this repository as they lie on disk, found by walking up to the solution.</summary>
internal static class Repository
{
    private static readonly HashSet<string> s_left = new(StringComparer.Ordinal) { "artifacts", "bin", "obj", ".git", ".vs", ".idea", "BenchmarkDotNet.Artifacts" };

    public static string Root { get; } = FindRoot();

    public static bool Has(string path) => File.Exists(System.IO.Path.Combine(Root, path)) || Directory.Exists(System.IO.Path.Combine(Root, path));

    public static string Read(string path) => File.ReadAllText(System.IO.Path.Combine(Root, path));

    /// <summary>All files below a folder whose name ends so; none where the folder is not there yet.</summary>
    public static IEnumerable<SourceText> Files(string under, params string[] endings) =>
        from path in Walk(System.IO.Path.Combine(Root, under))
        where endings.Length == 0 || endings.Any(e => path.EndsWith(e, StringComparison.Ordinal))
        select new SourceText(System.IO.Path.GetRelativePath(Root, path), File.ReadAllText(path));

    public static IEnumerable<SourceText> Sources(string under = "src") => Files(under, ".cs");

    public static IEnumerable<SourceText> Pages() => Files(".", ".md");

    private static IEnumerable<string> Walk(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        var below = Directory.EnumerateDirectories(folder).Where(d => !s_left.Contains(System.IO.Path.GetFileName(d))).SelectMany(Walk);
        return Directory.EnumerateFiles(folder).Concat(below);
    }

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(at.FullName, "Understudy.slnx")))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no Understudy.slnx above {AppContext.BaseDirectory}");
    }
}

/// <summary>A list of offences that must be empty; every one is in the message, not the first five.</summary>
internal static class Offences
{
    public static void None(IEnumerable<string> offences)
    {
        var found = offences.Order(StringComparer.Ordinal).ToList();
        if (found.Count > 0)
        {
            Xunit.Assert.Fail($"{found.Count} found:\n  {string.Join("\n  ", found)}");
        }
    }
}
