using Xunit;

namespace Understudy.Tests.House;

/// <summary>What a person meets has a page, and the pages tell of what is there.</summary>
public sealed class PageRules
{
    private const string Messages = "docs/messages.md";
    private const string Commands = "docs/reference/cli.md";
    private const string Metrics = "docs/reference/metrics.md";
    private const string Routes = "docs/reference/api.md";
    private const string UpsGuide = "docs/guide/ups.md";
    private const string Dependencies = "docs/decisions/0002-dependencies.md";

    [Fact]
    public void Every_message_id_is_used_once() =>
        Offences.None(MessageIds().GroupBy(m => m.Id, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => $"{g.Key}: {string.Join(" and ", g.Select(m => m.At))}"));

    [Fact]
    public void Every_message_has_its_paragraph() =>
        Offences.None(MessageIds().Where(m => !HeadedMessages().ContainsKey(m.Id)).Select(m => $"{m.At}: {Messages} has no '## {m.Id}'"));

    [Fact]
    public void Every_paragraph_has_its_message_or_says_that_it_is_gone()
    {
        var used = MessageIds().Select(m => m.Id).ToHashSet(StringComparer.Ordinal);
        Offences.None(HeadedMessages().Where(h => !used.Contains(h.Key) && !h.Value.Contains("(gone)", StringComparison.Ordinal)).Select(h => h.Key));
    }

    [Fact]
    public void Every_verb_has_its_section_and_every_section_its_verb() =>
        AssertSame(
            Named(Repository.Sources("src/Understudy/Cli"), s => Patterns.Verb().Matches(s.Code).Select(m => m.Groups["name"].Value)),
            Patterns.VerbHeading().Matches(Repository.Read(Commands)).Select(m => m.Groups["name"].Value),
            Commands);

    [Fact]
    public void Every_setting_of_a_proxy_has_its_row_and_every_row_its_setting()
    {
        var rows = UpsSettingRows();
        Assert.Equal(Core.Ups.ProxyRulesReader.Keys.Order(StringComparer.Ordinal), rows.Select(r => r.Key).Order(StringComparer.Ordinal));
        Offences.None(
            from row in rows
            where Core.Ups.ProxyRulesReader.NumberOtherwise(row.Key) is { } number && row.Otherwise != number.ToString(System.Globalization.CultureInfo.InvariantCulture)
            select $"{UpsGuide}: {row.Key} has another default than {row.Otherwise}");
    }

    [Fact]
    public void Every_metric_has_its_row_and_every_row_its_metric() =>
        AssertSame(
            Named(Repository.Sources(), s => Patterns.Metric().Matches(s.Code).Select(m => m.Value)),
            Patterns.Metric().Matches(Repository.Read(Metrics)).Select(m => m.Value),
            Metrics);

    [Fact]
    public void Every_address_of_the_API_is_described()
    {
        var page = Repository.Read(Routes);
        Offences.None(
            from source in Repository.Sources("src/Understudy")
            from match in Patterns.Route().Matches(source.Code)
            where !page.Contains(match.Groups["path"].Value, StringComparison.Ordinal)
            select $"{source.Path}: {Routes} does not describe {match.Groups["path"].Value}");
    }

    [Fact]
    public void Every_relative_link_leads_somewhere() => Offences.None(Repository.Pages().SelectMany(p => BrokenLinks(p.Path, p.Text)));

    [Theory]
    [InlineData("[x](nowhere.md)", true)]
    [InlineData("[x](README.md#no-such-heading)", true)]
    [InlineData("[x](README.md)", false)]
    [InlineData("[x](docs/guide)", false)]
    [InlineData("`[x](nowhere.md)` and [y](https://example.org/z)", false)]
    public void A_link_that_leads_nowhere_is_found(string text, bool found) => Assert.Equal(found, BrokenLinks("ARCHITECTURE.md", text).Any());

    [Fact]
    public void Every_package_is_pinned_exactly_and_has_its_row_with_licence_and_reason()
    {
        var pinned = Patterns.Package().Matches(Repository.Read("Directory.Packages.props"))
            .Select(m => $"{m.Groups["name"].Value} {m.Groups["version"].Value}").ToList();
        var told = Patterns.PackageRow().Matches(Repository.Read(Dependencies))
            .Select(m => $"{m.Groups["name"].Value} {m.Groups["version"].Value}").ToList();
        Assert.NotEmpty(pinned);
        Offences.None(pinned.Except(told, StringComparer.Ordinal).Select(p => $"{Dependencies} has no row for {p}"));
        Offences.None(told.Except(pinned, StringComparer.Ordinal).Select(p => $"{Dependencies} tells of {p}, which nobody uses"));
        Offences.None(pinned.Where(p => p.Contains('*', StringComparison.Ordinal) || p.Contains('[', StringComparison.Ordinal)));
    }

    [Fact]
    public void The_house_has_its_front_pages() =>
        Offences.None(new[] { "README.md", "ARCHITECTURE.md", "CONVENTIONS.md", "CHANGELOG.md", "LICENSE", "dev", ".ci/run", "packaging/understudy.service" }.Where(p => !Repository.Has(p)));

    /// <summary>Both ways: nothing without its place in the page, and nothing in the page that is not there. The second only where there is code of that kind at all.</summary>
    private static void AssertSame(List<(string Name, string At)> inCode, IEnumerable<string> inPage, string page)
    {
        var told = inPage.ToHashSet(StringComparer.Ordinal);
        Offences.None(inCode.Where(c => !told.Contains(c.Name)).Select(c => $"{c.At}: {page} does not tell of {c.Name}"));
        if (inCode.Count > 0)
        {
            Offences.None(told.Except(inCode.Select(c => c.Name), StringComparer.Ordinal).Select(t => $"{page} tells of {t}, which is not in the code"));
        }
    }

    private static List<(string Name, string At)> Named(IEnumerable<SourceText> sources, Func<SourceText, IEnumerable<string>> names) =>
        [.. from source in sources from name in names(source) select (name, source.Path)];

    /// <summary>The rows under the heading "Settings": the key, and what stands there as its default.</summary>
    private static List<(string Key, string Otherwise)> UpsSettingRows()
    {
        var page = Repository.Read(UpsGuide);
        var from = page.IndexOf("\n## Settings\n", StringComparison.Ordinal);
        var section = page[from..page.IndexOf("\n## ", from + 4, StringComparison.Ordinal)];
        return [.. from row in section.Split('\n') where row.StartsWith("| `", StringComparison.Ordinal) let cells = row.Split('|', StringSplitOptions.TrimEntries) select (cells[1].Trim('`'), cells[2])];
    }

    private static List<(string Id, string At)> MessageIds() =>
        [.. from source in Repository.Sources()
            from match in Patterns.MessageId().Matches(source.Code)
            select (match.Groups["id"].Value, $"{source.Path}:{source.LineAt(match.Index)}")];

    private static Dictionary<string, string> HeadedMessages() =>
        Patterns.MessageHeading().Matches(Repository.Read(Messages)).ToDictionary(m => m.Groups["id"].Value, m => m.Groups["rest"].Value, StringComparer.Ordinal);

    private static IEnumerable<string> BrokenLinks(string page, string text)
    {
        foreach (var target in Patterns.Link().Matches(Patterns.QuotedCode().Replace(text, "")).Select(m => m.Groups["target"].Value))
        {
            if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal))
            {
                continue;
            }

            var parts = target.Split('#', 2);
            var path = parts[0].Length == 0 ? page : Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, parts[0])));
            if (!Repository.Has(path))
            {
                yield return $"{page}: {target} leads nowhere";
            }
            else if (parts.Length == 2 && path.EndsWith(".md", StringComparison.Ordinal) && !Anchors(Repository.Read(path)).Contains(parts[1]))
            {
                yield return $"{page}: {path} has no heading for #{parts[1]}";
            }
        }
    }

    /// <summary>Headings as GitHub turns them into anchors: small letters, blanks to '-', punctuation dropped.</summary>
    private static HashSet<string> Anchors(string text) =>
        Patterns.Heading().Matches(text)
            .Select(m => string.Concat(m.Groups["text"].Value.Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-'))
            .ToHashSet(StringComparer.Ordinal);
}
