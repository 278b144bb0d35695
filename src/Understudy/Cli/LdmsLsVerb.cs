using System.Globalization;
using System.Text.RegularExpressions;
using Understudy.Core;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;

namespace Understudy.Cli;

/// <summary>What <c>understudy ldms ls</c> is asked for.</summary>
/// <param name="Names">Instances; none for all.</param>
/// <param name="ByRegex">The names are expressions.</param>
/// <param name="BySchema">The names are schemas.</param>
/// <param name="Format">json, tab, or empty for people.</param>
internal sealed record LdmsLsOptions(IReadOnlyList<string> Names, bool Long, bool Table, bool UserWords, bool ByRegex, bool BySchema, string Format, TimeSpan Limit);

/// <summary><c>understudy ldms ls</c>: what <c>ldms_ls</c> prints (LDMS 4.5.1, docs/protocol/ldms.md).</summary>
internal static class LdmsLsVerb
{
    internal static int Execute(Terminal terminal, LdmsPeer peer, LdmsLsOptions options)
    {
        using var call = new LdmsCall(peer.Address, peer.Port, peer.End, options.Limit);
        if (!call.Open() || call.Directory() is not { } all)
        {
            terminal.Error.Write(LdmsLsText.Refused + "\n");
            terminal.Error.Write($"understudy: {peer.Name} {call.Why}\n");
            return ExitCodes.Unreachable;
        }

        if (Matching(all, options, out var problem) is not { } matched)
        {
            return terminal.Fail(ExitCodes.Bad, problem, "");
        }

        if (options.Names.Count > 0 && matched.Count == 0)
        {
            terminal.Error.Write("ldms_ls: No metric sets matched the given criteria\n");
            return ExitCodes.Bad;
        }

        var (sets, code) = (new List<LsSet>(), ExitCodes.Ok);
        foreach (var entry in matched)
        {
            if (!options.Long)
            {
                sets.Add(Listed(entry));
            }
            else if (call.Read(entry.Name) is var (layout, sample))
            {
                sets.Add(LsRows.Of(layout, sample, entry.Flags, Hints(entry)));
            }
            else
            {
                terminal.Error.Write($"understudy: {peer.Name} {call.Why}\n");
                code = ExitCodes.Bad;
            }
        }

        terminal.Output.Write(Told(sets, options));
        return code;
    }

    private static List<DirectoryEntry>? Matching(IReadOnlyList<DirectoryEntry> all, LdmsLsOptions options, out string problem)
    {
        problem = "";
        if (options.Names.Count == 0)
        {
            return [.. all];
        }

        try
        {
            var patterns = options.ByRegex ? options.Names.Select(n => new Regex(n, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)).ToList() : [];
            return [.. all.Where(e => (options.BySchema ? e.Schema : e.Name) is var word && (options.ByRegex ? patterns.Exists(p => p.IsMatch(word)) : options.Names.Contains(word, StringComparer.Ordinal)))];
        }
        catch (ArgumentException e)
        {
            problem = e.Message;
        }
        catch (NotSupportedException e)
        {
            problem = e.Message;
        }

        return null;
    }

    private static string Told(List<LsSet> sets, LdmsLsOptions options) => options.Format switch
    {
        "json" => LdmsLsText.Json(sets),
        "tab" => LdmsLsText.Tabs(sets),
        _ when !options.Long && !options.Table => LdmsLsText.Names(sets.Select(s => s.Instance)),
        _ => (options.Table ? LdmsLsText.Table(sets) : "") + (options.Long ? string.Concat(sets.Select(s => LdmsLsText.Values(s, Offset(s.TimestampMicros), options.UserWords))) : ""),
    };

    private static LsSet Listed(DirectoryEntry e) => new(
        e.Schema, e.Name, e.Flags, e.Flags.StartsWith('C'), e.MetaSize, e.DataSize, e.HeapSize, e.Uid, e.Gid, LdmsLsText.ModeBits(e.Permissions), e.TimeMicros, e.DurationMicros, Hints(e), null);

    private static ValueList<(string Key, string Value)> Hints(DirectoryEntry e) => e.Info.Chunk(2).Where(p => p.Length == 2).Select(p => (p[0], p[1])).ToValueList();

    /// <summary>Of the person's time zone at that moment.</summary>
    private static TimeSpan Offset(long micros) => TimeZoneInfo.Local.GetUtcOffset(DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(micros, 0, 250_000_000_000_000_000) * TimeSpan.TicksPerMicrosecond));
}
