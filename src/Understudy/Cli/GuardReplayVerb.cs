using System.Globalization;
using System.Text;
using Understudy.Api;
using Understudy.Core;
using Understudy.Core.Power;

namespace Understudy.Cli;

/// <param name="AtMs">Since the first line of the evidence.</param>
internal sealed record GuardReplayNote(long AtMs, string? Wall, string What, string Text);

/// <param name="Strange">Lines of subjects that the settings do not have.</param>
/// <param name="DownAtMs">When the host would have gone down, since the first line; null: it would not.</param>
/// <param name="Careful">What seed 002's machine would have done; null where nobody asked.</param>
internal sealed record GuardReplayed(
    string Guard, int Lines, int Strange, IReadOnlyList<GuardReplayNote> Notes, long? DownAtMs, IReadOnlyList<GuardReplayNote>? Careful, long? CarefulDownAtMs, GuardStatus End);

internal sealed record GuardReplayAnswer(IReadOnlyList<GuardReplayed> Guards, IReadOnlyList<string> Torn);

/// <summary><c>understudy guard replay FILE EVIDENCE</c>: recorded evidence, judged again by the settings of a file. Nothing is done.</summary>
internal static class GuardReplayVerb
{
    /// <summary>A larger file is some other one: at a line a second it would be months.</summary>
    private const long MostBytes = 1L << 30;

    internal static int Execute(Terminal terminal, string file, string evidence, string? node, bool careful)
    {
        var loaded = SettingsFile.ReadOnly(file, node);
        if (loaded.Settings is not { } settings)
        {
            return terminal.Fail(ExitCodes.Bad, string.Join('\n', loaded.Errors), "");
        }

        var torn = new List<string>();
        List<EvidenceLine> lines;
        try
        {
            lines = Read(evidence, torn);
        }
        catch (IOException e)
        {
            return terminal.Fail(ExitCodes.Bad, e.Message, "name a file of evidence, as the daemon writes it");
        }
        catch (UnauthorizedAccessException e)
        {
            return terminal.Fail(ExitCodes.Bad, e.Message, "run it as root, or as one of the file's group");
        }

        var nodes = settings.Nodes.Select(n => n.Name).ToValueList();
        var replayed = new List<GuardReplayed>();
        var text = new StringBuilder();
        foreach (var bad in torn)
        {
            text.Append("note: ").Append(bad).Append('\n');
        }

        foreach (var guard in settings.Guards.Where(g => lines.Any(l => l.Guard == g.Name)))
        {
            var report = GuardReplay.Run(guard, settings.Node, nodes, lines, careful);
            Tell(text, report, careful);
            replayed.Add(new GuardReplayed(
                report.Guard, report.Lines, report.Strange, Notes(report, report.Notes), Since(report, report.DownAt), careful ? Notes(report, report.Careful) : null, Since(report, report.CarefulDownAt),
                GuardStatus.Of(report.End)));
        }

        return replayed.Count == 0
            ? terminal.Fail(ExitCodes.Bad, $"no line of {evidence} is of a guard of {file}", $"it has {lines.Count.ToString(CultureInfo.InvariantCulture)} lines of the guards {string.Join(", ", lines.Select(l => l.Guard).Distinct(StringComparer.Ordinal).Take(16))}")
            : terminal.Say(ExitCodes.Ok, new GuardReplayAnswer(replayed, torn), FacesJson.Default.GuardReplayAnswer, text.ToString().TrimEnd('\n'));
    }

    private static List<EvidenceLine> Read(string path, List<string> torn)
    {
        if (new FileInfo(path) is { Exists: true, Length: > MostBytes })
        {
            throw new IOException($"{path} is larger than 1 GiB");
        }

        var lines = new List<EvidenceLine>();
        var number = 0;
        foreach (var text in File.ReadLines(path))
        {
            number++;
            if (EvidenceLine.Read(Encoding.UTF8.GetBytes(text), out var problem) is { } line)
            {
                lines.Add(line);
            }
            else if (text.Length > 0 && torn.Count < 20)
            {
                torn.Add(string.Create(CultureInfo.InvariantCulture, $"{path}:{number}: it is no line of evidence: {problem}"));
            }
        }

        return lines;
    }

    private static void Tell(StringBuilder text, GuardReplayReport report, bool careful)
    {
        text.Append(CultureInfo.InvariantCulture, $"{report.Guard}: {report.Lines} lines of evidence over {Spans.Say(report.To - report.From)}");
        text.Append(report.Strange > 0 ? string.Create(CultureInfo.InvariantCulture, $", {report.Strange} of them of what the settings do not have\n") : "\n");
        foreach (var note in report.Notes.Concat(report.Careful).OrderBy(n => n.At))
        {
            text.Append(CultureInfo.InvariantCulture, $"{Wall(note) ?? $"+{Spans.Say(note.At - report.From)}"}  {note.What,-8} {note.Text}\n");
        }

        text.Append(report.DownAt is { } down
            ? $"{report.Guard}: the host would have gone down {Spans.Say(down - report.From)} after the first line\n"
            : $"{report.Guard}: the host would have stayed up; at the end the mains are {report.End.Mains} and the plan is {report.End.Plan.Phase}\n");
        if (careful)
        {
            text.Append(report.CarefulDownAt is { } off
                ? $"careful: it would have powered the host off {Spans.Say(off - report.From)} after the first line\n"
                : "careful: it would not have powered the host off\n");
        }
    }

    private static List<GuardReplayNote> Notes(GuardReplayReport report, ValueList<ReplayNote> notes) =>
        [.. notes.Select(n => new GuardReplayNote((long)(n.At - report.From).TotalMilliseconds, Wall(n), n.What, n.Text))];

    /// <summary>The moment for people; null where the evidence does not say.</summary>
    internal static string? Wall(ReplayNote note) =>
        DateTimeOffset.TryParse(note.Wall, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? (time + note.After).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : null;

    private static long? Since(GuardReplayReport report, Instant? at) => at is { } moment ? (long)(moment - report.From).TotalMilliseconds : null;
}
