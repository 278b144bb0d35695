using System.Text.RegularExpressions;
using Xunit;

namespace Understudy.Tests.House;

/// <summary>What holds for the source, and that each look for an offence finds a planted one.</summary>
public sealed class CodeRules
{
    /// <summary>Folders of Core from the bottom up (ARCHITECTURE.md): a folder may name those of the rows above it, and itself.</summary>
    private static readonly string[][] s_order =
    [
        ["Wire", "Ldms"], ["Settings"], ["Evidence"], ["Peers"], ["Plans"], ["Duties"], ["Power", "Ups", "Collection"], ["Ledger"],
    ];

    /// <summary>Files that may catch every exception, how often, and why. The performer's edge and the supervisor are the only good reasons.</summary>
    private static readonly Dictionary<string, (int Times, string Why)> s_catchAll = new(StringComparer.Ordinal)
    {
        ["src/Understudy.Linux/Interop/Namespaces.cs"] = (1, "carries what was thrown on a throw-away thread to the caller, whole"),
        ["src/Understudy.Linux/Probing/ProbeRunner.cs"] = (1, "the performer's edge: a probe that breaks is Unread, and tells nothing of its subject"),
        ["src/Understudy/Guards/GuardLoop.cs"] = (1, "the supervisor: a broken invariant ends the daemon, and is told"),
        ["src/Understudy/Collection/CollectionLoop.cs"] = (1, "the supervisor: a broken invariant ends the daemon, and is told"),
        ["src/Understudy/Daemon/RunVerb.cs"] = (1, "the supervisor: a broken invariant ends the loop, lets go of everything, and is told"),
    };

    [Fact]
    public void A_folder_of_Core_imports_only_folders_above_it() =>
        Offences.None(Repository.Sources("src/Understudy.Core").SelectMany(Strays));

    [Fact]
    public void Every_folder_of_Core_has_its_place_in_the_order() =>
        Offences.None(Repository.Sources("src/Understudy.Core").Select(s => FolderOf(s.Path)).OfType<string>().Distinct(StringComparer.Ordinal).Where(f => TierOf(f) < 0));

    [Theory]
    [InlineData("Evidence/X.cs", "using Understudy.Core.Duties;", true)]
    [InlineData("Evidence/X.cs", "Duties.Stance s", true)]
    [InlineData("Power/X.cs", "using Understudy.Core.Ups;", true)]
    [InlineData("X.cs", "using Understudy.Core.Wire;", true)]
    [InlineData("Duties/X.cs", "using Understudy.Core.Evidence;\nusing Understudy.Core;", false)]
    [InlineData("Evidence/X.cs", "// Duties.Stance is the reason\nreading.Duties.Count", false)]
    public void An_import_upwards_is_found(string path, string text, bool found) =>
        Assert.Equal(found, Strays(new SourceText("src/Understudy.Core/" + path, text)).Any());

    [Fact]
    public void The_source_has_no_banned_word() => Offences.None(Repository.Sources().SelectMany(s => s.FindAnywhere(Patterns.BannedWord())));

    [Fact]
    public void Tests_do_not_sleep_or_skip_themselves_in_writing() =>
        Offences.None(Repository.Sources("tests/Understudy.Tests").Where(s => !s.Path.Contains("/House/", StringComparison.Ordinal)).SelectMany(s => s.Find(Patterns.BannedInTests())));

    [Fact]
    public void Only_Core_tells_stances_and_verdicts_apart() =>
        Offences.None(Repository.Sources().Where(s => !s.Path.StartsWith("src/Understudy.Core/", StringComparison.Ordinal)).SelectMany(s => s.Find(Patterns.SwitchOverStance())));

    [Fact]
    public void Only_listed_places_catch_every_exception()
    {
        var found = Repository.Sources().ToDictionary(s => s.Path, s => s.Find(Patterns.CatchAll()).ToList(), StringComparer.Ordinal);
        Offences.None(found.Where(f => f.Value.Count > s_catchAll.GetValueOrDefault(f.Key).Times).SelectMany(f => f.Value));
        Offences.None(s_catchAll.Where(a => found.TryGetValue(a.Key, out var at) && at.Count < a.Value.Times).Select(a => $"{a.Key} is listed, but no longer needs it: {a.Value.Why}"));
    }

    /// <summary>Instants are of the boot clock, and .NET's own stands still in suspend: it may only tell the time to people, in the ledger.</summary>
    [Fact]
    public void The_systems_own_clock_is_for_wall_time_only() => Offences.None(Repository.Sources("src").SelectMany(s => s.Find(Patterns.SystemClock())));

    [Theory]
    [InlineData("new CommandPerformer(TimeProvider.System)", true)]
    [InlineData("var time = TimeProvider.System;", true)]
    [InlineData("new LedgerJournal(settings.Ledger, TimeProvider.System, feed.Publish)", false)]
    public void The_systems_own_clock_in_another_place_is_found(string text, bool found) => Assert.Equal(found, Patterns.SystemClock().IsMatch(text));

    [Fact]
    public void Every_domain_with_a_machine_tells_its_design() =>
        Offences.None(
            Repository.Files("src/Understudy.Core", "Machine.cs")
                .Select(s => Path.GetDirectoryName(s.Path)!)
                .Distinct(StringComparer.Ordinal)
                .Where(folder => !Repository.Has(Path.Combine(folder, "DESIGN.md")))
                .Select(folder => $"{folder} has a machine and no DESIGN.md"));

    [Fact]
    public void No_file_names_a_place_of_one_machine() =>
        Offences.None(Repository.Files(".", ".cs", ".md", ".csproj", ".props", ".slnx", ".json", ".yaml", ".yml", ".service", ".sh", "dev", "run").SelectMany(s => s.FindAnywhere(Patterns.MachinePath())));

    [Fact]
    public void Unsafe_code_and_imports_of_C_functions_are_in_Linux_only() =>
        Offences.None(
            Repository.Files("src", ".cs", ".csproj")
                .Where(s => !s.Path.StartsWith("src/Understudy.Linux/", StringComparison.Ordinal))
                .SelectMany(s => s.Find(s_native)));

    [Theory]
    [InlineData("BannedWord", "var x = DateTime.UtcNow;", true)]
    [InlineData("BannedWord", "Thread.Sleep(5);", true)]
    [InlineData("BannedWord", "async  void F()", true)]
    [InlineData("BannedWord", "// TODO: later", true)]
    [InlineData("BannedWord", "time.GetUtcNow()", false)]
    [InlineData("BannedInTests", "await Task.Delay(500);", true)]
    [InlineData("BannedInTests", "[Fact(Skip = \"flaky\")]", true)]
    [InlineData("BannedInTests", "await Task.Delay(span, time, stop);", false)]
    [InlineData("SwitchOverStance", "state.Stance switch", true)]
    [InlineData("SwitchOverStance", "switch (peer.Health)", true)]
    [InlineData("SwitchOverStance", "    case Stance.Active s:", true)]
    [InlineData("SwitchOverStance", "x switch {\n    Health.Failed => 1,", true)]
    [InlineData("SwitchOverStance", "verb switch { \"status\" => 1 }", false)]
    [InlineData("SwitchOverStance", "if (s.Stance is Active)", false)]
    [InlineData("CatchAll", "catch (Exception e) when (x)", true)]
    [InlineData("CatchAll", "catch\n{", true)]
    [InlineData("CatchAll", "catch {", true)]
    [InlineData("CatchAll", "catch (Exception)\n{ return false; }", true)]
    [InlineData("CatchAll", "catch (IOException e)", false)]
    [InlineData("CatchAll", "catch (Exception e) when (e is IOException)", false)]
    [InlineData("CatchAll", "catch\n{\n    fd.Close();\n    throw;\n}", false)]
    [InlineData("MessageId", "[LoggerMessage(2001, LogLevel.Warning,", true)]
    [InlineData("MessageId", "[LoggerMessage(EventId = 2001,", true)]
    [InlineData("MessageId", "Message(1203, \"...\")", true)]
    [InlineData("Verb", "new Command(\"status\", \"...\")", true)]
    [InlineData("Verb", "new Command(\n    \"hold\")", true)]
    [InlineData("Verb", "new SubCommand(\"ups check\", \"...\")", true)]
    [InlineData("Metric", "\"understudy_loop_late_seconds\"", true)]
    [InlineData("Route", "app.MapGet(\"/v1/status\", x)", true)]
    [InlineData("Link", "see [there](../x.md#y)", true)]
    public void An_offence_that_is_planted_is_found(string look, string text, bool found)
    {
        var pattern = look switch
        {
            "BannedWord" => Patterns.BannedWord(),
            "BannedInTests" => Patterns.BannedInTests(),
            "SwitchOverStance" => Patterns.SwitchOverStance(),
            "CatchAll" => Patterns.CatchAll(),
            "MessageId" => Patterns.MessageId(),
            "Verb" => Patterns.Verb(),
            "Metric" => Patterns.Metric(),
            "Route" => Patterns.Route(),
            "Link" => Patterns.Link(),
            _ => throw new ArgumentOutOfRangeException(nameof(look)),
        };
        Assert.Equal(found, pattern.IsMatch(text));
    }

    [Theory]
    [InlineData("rk/main", true)]
    [InlineData("rker", false)]
    public void A_path_of_one_machine_is_found(string rest, bool found) => Assert.Equal(found, Patterns.MachinePath().IsMatch("cd /wo" + rest));

    [Fact]
    public void A_comment_is_not_code_but_an_address_in_a_string_stays()
    {
        var source = new SourceText("a.cs", "// one\nvar u = \"http://x/\"; // two\n/* three\n */ int b;");
        Assert.Equal("\nvar u = \"http://x/\"; \n\n int b;", source.Code);
    }

    private static readonly Regex s_native = new(@"\bunsafe\b|AllowUnsafeBlocks>true|\[(?:DllImport|LibraryImport)\(", RegexOptions.None, TimeSpan.FromSeconds(1));

    private static IEnumerable<string> Strays(SourceText source)
    {
        var own = FolderOf(source.Path);
        var tier = own is null ? -1 : TierOf(own);
        return from match in Patterns.CoreFolder().Matches(source.Code)
               let named = match.Groups["folder"].Value
               where named != own && TierOf(named) >= 0 && TierOf(named) >= tier
               select $"{source.Path}:{source.LineAt(match.Index)}: {own ?? "a shared word"} names {named}";
    }

    private static string? FolderOf(string path) => path.Split('/') is [_, _, var folder, _, ..] ? folder : null;

    private static int TierOf(string folder) => Array.FindIndex(s_order, tier => tier.Contains(folder, StringComparer.Ordinal));
}
