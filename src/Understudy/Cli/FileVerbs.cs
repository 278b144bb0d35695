using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Understudy.Api;
using Understudy.Core.Ledger;
using Understudy.Core.Peers;
using Understudy.Core.Settings;
using Understudy.Linux.Ledger;

#pragma warning disable CA1416 // file modes exist wherever this program runs: on Linux

namespace Understudy.Cli;

internal sealed record CheckAnswer(bool Ok, IReadOnlyList<CheckedProblem> Errors, IReadOnlyList<CheckedProblem> Warnings);

internal sealed record CheckedProblem(string File, int Line, int Column, string Key, string Problem)
{
    internal static CheckedProblem Of(SettingsError e) => new(e.File, e.Line, e.Column, e.Key, e.Problem);
}

internal sealed record KeygenAnswer(string Path);

/// <summary>Verbs that need files and no daemon.</summary>
internal static class FileVerbs
{
    /// <summary>256 bits: as much as HMAC-SHA256 takes in.</summary>
    private const int KeyBytes = 32;

    internal static int Check(Terminal terminal, string file, string? node)
    {
        var loaded = SettingsFile.Load(file, node, SettingsRole.Candidate);
        var text = new StringBuilder();
        foreach (var error in loaded.Errors)
        {
            text.Append(error).Append('\n');
        }

        foreach (var warning in loaded.Warnings)
        {
            text.Append("warning: ").Append(warning).Append('\n');
        }

        text.Append(loaded.Settings is { } s
            ? string.Create(CultureInfo.InvariantCulture, $"{file} is good: {s.Node}, {What(s)}, {Counted(loaded.Warnings.Count, "warning", "warnings")}")
            : string.Create(CultureInfo.InvariantCulture, $"{file} has {loaded.Errors.Count} {(loaded.Errors.Count == 1 ? "mistake" : "mistakes")}"));
        return terminal.Say(
            loaded.Good ? ExitCodes.Ok : ExitCodes.Bad,
            new CheckAnswer(loaded.Good, [.. loaded.Errors.Select(CheckedProblem.Of)], [.. loaded.Warnings.Select(CheckedProblem.Of)]),
            FacesJson.Default.CheckAnswer,
            text.ToString());
    }

    /// <summary>What the file has of which this host does something; duties are named where there is nothing else, too.</summary>
    private static string What(UnderstudySettings settings)
    {
        var (duties, guards) = (settings.Duties.Count, settings.Guards.Count);
        return guards == 0 ? Counted(duties, "duty", "duties") : $"{(duties == 0 ? "" : $"{Counted(duties, "duty", "duties")}, ")}{Counted(guards, "guard", "guards")}";
    }

    private static string Counted(int count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    internal static int Keygen(Terminal terminal, string path)
    {
        try
        {
            using (var stream = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                stream.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)) + "\n"));
                stream.Flush(flushToDisk: true);
            }

            return terminal.Say(ExitCodes.Ok, new KeygenAnswer(path), FacesJson.Default.KeygenAnswer, $"{path} is made; copy it to every host and to the witness, by a way that you trust");
        }
        catch (IOException e) when (File.Exists(path))
        {
            _ = e;
            return terminal.Fail(ExitCodes.Bad, $"{path} is there already", "a secret is never overwritten; name another file, or remove it first");
        }
        catch (IOException e)
        {
            return terminal.Fail(ExitCodes.Bad, e.Message, $"make its folder first: install -d -m 0700 {Path.GetDirectoryName(path)}");
        }
        catch (UnauthorizedAccessException e)
        {
            return terminal.Fail(ExitCodes.Bad, e.Message, "run it as root");
        }
    }

    internal static int Replay(Terminal terminal, string path)
    {
        try
        {
            var report = Core.Ledger.Replay.Run(LedgerFiles.Read(path));
            var text = new StringBuilder();
            foreach (var note in report.Notes)
            {
                text.Append("note: ").Append(note).Append('\n');
            }

            text.Append(report.Agrees
                ? string.Create(CultureInfo.InvariantCulture, $"{path}: {report.Decisions} decisions in {report.Lines} lines, made again, are the same")
                : string.Create(CultureInfo.InvariantCulture, $"{path}:{report.DifferenceAt}: {report.Difference}"));
            return terminal.Say(report.Agrees ? ExitCodes.Ok : ExitCodes.Bad, report, FacesJson.Default.ReplayReport, text.ToString());
        }
        catch (IOException e)
        {
            return terminal.Fail(ExitCodes.Bad, e.Message, "name a ledger file, by default /var/lib/understudy/NODE.ledger");
        }
        catch (UnauthorizedAccessException e)
        {
            return terminal.Fail(ExitCodes.Bad, e.Message, "run it as root, or as one of the ledger's group");
        }
    }

    internal static int Version(Terminal terminal) => terminal.Say(
        ExitCodes.Ok,
        new VersionAnswer(ProgramVersion.Text, Datagram.Version, RuntimeInformation.FrameworkDescription),
        FacesJson.Default.VersionAnswer,
        $"understudy {ProgramVersion.Text}, peer protocol {Datagram.Version}, {RuntimeInformation.FrameworkDescription}");
}
