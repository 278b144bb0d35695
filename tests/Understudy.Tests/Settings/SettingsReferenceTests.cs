using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Settings;

public sealed class SettingsReferenceTests
{
    /// <summary>With UNDERSTUDY_REWRITE=1 the page is written anew, for its change to be reviewed.</summary>
    [Fact]
    public void The_reference_page_is_what_the_reader_reads()
    {
        var page = Path.Combine(Root(), "docs", "reference", "settings.md");
        var generated = SettingsReference.Markdown();
        if (Environment.GetEnvironmentVariable("UNDERSTUDY_REWRITE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(page)!);
            File.WriteAllText(page, generated);
        }

        Assert.True(File.ReadAllText(page) == generated, "docs/reference/settings.md is older than the reader; run this test with UNDERSTUDY_REWRITE=1 and review the page");
    }

    [Fact]
    public void Every_key_of_the_fullest_file_is_on_the_page_and_every_key_of_the_page_is_in_that_file()
    {
        var keys = SettingsReference.Keys();
        Assert.Equal(keys.Count, keys.Distinct(StringComparer.Ordinal).Count());
        var leaves = keys.Select(k => k[(k.LastIndexOf('.') + 1)..]).Where(k => k is not ("LINK" or "NODE" or "HEADER")).ToHashSet(StringComparer.Ordinal);
        // 'after' and 'on_split: take' exclude what the full file has instead; the short pair has the former.
        Assert.DoesNotContain(leaves, k => !Files.Full.Contains(k + ":", StringComparison.Ordinal) && !Files.Pair.Contains(k + ":", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_key_says_what_it_is_and_what_it_means()
    {
        var rows = SettingsReference.Markdown().Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).ToArray();
        Assert.Equal(SettingsReference.Keys().Count, rows.Length);
        Assert.All(rows, row =>
        {
            var cells = row.Split(" | ");
            Assert.Equal(5, cells.Length);
            Assert.All([cells[0], cells[1], cells[2], cells[4]], cell => Assert.NotEmpty(cell.Trim('|', ' ')));
        });
    }

    private static string Root()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Understudy.slnx")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException("the tests run outside of the repository");
    }
}
