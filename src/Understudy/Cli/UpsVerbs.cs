using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Understudy.Api;
using Understudy.Core.Ups;
using Understudy.Ups;

#pragma warning disable CA1416 // file modes exist wherever this program runs: on Linux

namespace Understudy.Cli;

internal sealed record UpsCheckAnswer(bool Ok, string File, IReadOnlyList<UpsCheckedFinding> Findings);

/// <param name="Level">error, warning or note.</param>
/// <param name="Line">0: about the whole file.</param>
internal sealed record UpsCheckedFinding(string Level, int Line, string? Section, string? Key, string Problem);

/// <param name="Done">False with --dry-run: it is what would be done.</param>
/// <param name="Steps">What was done, in order.</param>
/// <param name="Next">What is left for a person to do, in order.</param>
internal sealed record UpsInstallAnswer(bool Done, IReadOnlyList<string> Steps, IReadOnlyList<string> Next);

/// <summary>What the verbs take from the process that they run in.</summary>
/// <param name="Program">Our own executable; null where the kernel does not say.</param>
/// <param name="OneFile">It needs no other file beside it, so that a copy of it runs.</param>
/// <param name="Systemd">systemd runs this host (sd_booted(3)), and has to be told of new files.</param>
internal sealed record UpsCaller(string? Program, bool OneFile, bool Systemd, Func<string, string?> Environment)
{
    internal static UpsCaller This => new(
        System.Environment.ProcessPath,
        !File.Exists(Path.Combine(AppContext.BaseDirectory, "understudy.dll")),
        Directory.Exists("/run/systemd/system"),
        System.Environment.GetEnvironmentVariable);
}

/// <summary>The verbs of `understudy ups` that work on files: what is wrong with an ups.conf, and our driver in NUT's folder.</summary>
internal sealed class UpsVerbs(Terminal terminal, UpsCaller caller)
{
    private const string DropInFile = "understudy.conf";

    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    internal int Check(string? confFolder, string? state)
    {
        var folders = new UpsFolders("/", caller.Environment);
        var folder = folders.Conf(confFolder);
        var file = UpsConfFile.Read(folder);
        if (file.Problem is not null)
        {
            return terminal.Fail(ExitCodes.Bad, $"{file.Path} {file.Problem}", "name its folder with --conf");
        }

        var conf = file.Conf;
        var findings = UpsConfCheck.Look(conf, UpsHostSource.Look(conf, folder, folders.State(state, conf), folders.Drivers(null, conf)));
        var text = new StringBuilder();
        foreach (var finding in findings)
        {
            var place = finding.Line > 0 ? $"{file.Path}:{finding}" : $"{file.Path}: {finding.Problem}";
            text.Append(finding.Level == UpsFindingLevel.Error ? "" : $"{WordOf(finding.Level)}: ").Append(place).Append('\n');
        }

        var (errors, warnings) = (findings.Count(f => f.Level == UpsFindingLevel.Error), findings.Count(f => f.Level == UpsFindingLevel.Warning));
        text.Append(errors == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{file.Path} is good: {Counted(UpsConfCheck.Proxies(conf).Count(), "proxy", "proxies")}, {Counted(warnings, "warning", "warnings")}")
            : $"{file.Path} has {Counted(errors, "mistake", "mistakes")}, {Counted(warnings, "warning", "warnings")}");
        return terminal.Say(
            errors == 0 ? ExitCodes.Ok : ExitCodes.Bad,
            new UpsCheckAnswer(errors == 0, file.Path, [.. findings.Select(f => new UpsCheckedFinding(WordOf(f.Level), f.Line, f.Section, f.Key, f.Problem))]),
            FacesJson.Default.UpsCheckAnswer,
            text.ToString());
    }

    internal int Install(string? driverFolder, string? confFolder, string root, bool dryRun) => Guarded(() =>
    {
        var folders = new UpsFolders(root, caller.Environment);
        var file = UpsConfFile.Read(folders.Conf(confFolder));
        var drivers = folders.Drivers(driverFolder, file.Conf);
        if (caller.Program is not { } program || !caller.OneFile)
        {
            return terminal.Fail(ExitCodes.Bad, $"{caller.Program ?? "this program"} is not one file but needs others beside it, so that a copy of it would not run",
                "make one with './dev publish', and say artifacts/publish/understudy ups install");
        }

        if (!Directory.Exists(drivers))
        {
            return terminal.Fail(ExitCodes.Bad, $"there is no folder {drivers}", "install NUT's server first (Debian: nut-server), or name the folder of its drivers with --driverpath");
        }

        var deeds = new Deeds(dryRun);
        var target = Path.Combine(drivers, UpsConfCheck.OurDriver);
        if (!SameFile(program, target))
        {
            deeds.Do($"{(File.Exists(target) ? "replace" : "make")} {target}, a copy of {program}", () => Copy(program, target));
        }
        else
        {
            deeds.Leave($"{target} is this program already");
        }

        var units = file.Conf.Sections.Where(s => s["driver"] == UpsConfCheck.OurDriver).Aggregate(false, (changed, section) => DropIn(folders, file.Conf, section, deeds) || changed);
        if (units)
        {
            Reload(root, deeds);
        }

        return Told(deeds, Next(file, dryRun));
    });

    internal int Remove(string? driverFolder, string? confFolder, string root, bool dryRun) => Guarded(() =>
    {
        var folders = new UpsFolders(root, caller.Environment);
        var file = UpsConfFile.Read(folders.Conf(confFolder));
        var ours = file.Conf.Sections.Where(s => s["driver"] == UpsConfCheck.OurDriver).ToList();
        if (ours.Count > 0)
        {
            // Without its program such a section does not start, and real drivers with sdorder = -1 would leave nobody to command the device.
            return terminal.Fail(ExitCodes.Bad, $"{file.Path} still has {string.Join(" and ", ours.Select(s => $"[{s.Name}]"))} with driver = {UpsConfCheck.OurDriver}",
                $"stop it (upsdrvctl stop {ours[0].Name}), take the section out or give it another driver, and say this again");
        }

        var deeds = new Deeds(dryRun);
        var target = Path.Combine(folders.Drivers(driverFolder, file.Conf), UpsConfCheck.OurDriver);
        if (File.Exists(target))
        {
            deeds.Do($"remove {target}", () => File.Delete(target));
        }
        else
        {
            deeds.Leave($"{target} is not there");
        }

        var found = (Directory.Exists(folders.Units) ? Directory.EnumerateDirectories(folders.Units, "nut-driver@*.service.d") : [])
            .Select(d => Path.Combine(d, DropInFile)).Where(IsOurs).Order(StringComparer.Ordinal).ToList();
        foreach (var path in found)
        {
            deeds.Do($"remove {path}", () => RemoveDropIn(path));
        }

        if (found.Count > 0)
        {
            Reload(root, deeds);
        }

        var left = file.Conf.Sections.Where(s => UpsConfCheck.ShutdownOrder(s) < 0).Select(s => string.Create(CultureInfo.InvariantCulture, $"[{s.Name}] (line {s.LineOf("sdorder")})")).ToList();
        return Told(deeds, left.Count == 0 ? [] : [$"'upsdrvctl shutdown' leaves out {string.Join(", ", left)}: take sdorder = -1 out of {file.Path} there, or their devices are not told to cut the power"]);
    });

    /// <summary>Writes the drop-in of a section; false where it is there as it should be.</summary>
    private static bool DropIn(UpsFolders folders, UpsConf conf, UpsConfSection section, Deeds deeds)
    {
        var path = Path.Combine(folders.Units, $"{UpsRecipe.UnitOf(section.Name)}.d", DropInFile);
        var text = UpsRecipe.DropIn(conf, section);
        if (File.Exists(path) && File.ReadAllText(path) == text)
        {
            deeds.Leave($"{path} is as it should be");
            return false;
        }

        if (!UpsRecipe.IsPlain(section.Name))
        {
            deeds.Leave($"[{section.Name}] has a sign that systemd has not for units: the drop-in is for the name that nut-driver-enumerator makes of it, the MD5 sum");
        }

        deeds.Do($"write {path}", () =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var fresh = path + ".new";
            File.WriteAllText(fresh, text);
            File.Move(fresh, path, overwrite: true);
        });
        return true;
    }

    private static void RemoveDropIn(string path)
    {
        File.Delete(path);
        var folder = Path.GetDirectoryName(path)!;
        if (!Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }
    }

    private static bool IsOurs(string path) => File.Exists(path) && File.ReadLines(path).FirstOrDefault() == UpsRecipe.Mark;

    /// <summary>A driver that runs keeps the file that it was started from: the new one takes its name in one step.</summary>
    private static void Copy(string program, string target)
    {
        var fresh = target + ".new";
        using (var from = new FileStream(program, FileMode.Open, FileAccess.Read, FileShare.Read))
        using (var to = new FileStream(fresh, FileMode.Create, FileAccess.Write))
        {
            from.CopyTo(to);
            to.Flush(flushToDisk: true);
        }

        File.SetUnixFileMode(fresh, Executable);
        File.Move(fresh, target, overwrite: true);
    }

    private static bool SameFile(string a, string b)
    {
        if (!File.Exists(b) || new FileInfo(a).Length != new FileInfo(b).Length || File.GetUnixFileMode(b) != Executable)
        {
            return false;
        }

        using var first = new FileStream(a, FileMode.Open, FileAccess.Read, FileShare.Read);
        using var second = new FileStream(b, FileMode.Open, FileAccess.Read, FileShare.Read);
        var (one, two) = (new byte[1 << 16], new byte[1 << 16]);
        while (first.ReadAtLeast(one, one.Length, throwOnEndOfStream: false) is > 0 and var count)
        {
            if (second.ReadAtLeast(two.AsSpan(0, count), count, throwOnEndOfStream: false) < count || !one.AsSpan(0, count).SequenceEqual(two.AsSpan(0, count)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Tells systemd of new or removed files, where it is there to be told.</summary>
    private void Reload(string root, Deeds deeds)
    {
        if (!caller.Systemd || Path.GetFullPath(root) != "/")
        {
            deeds.Leave($"systemd is not told: it does not run {(caller.Systemd ? $"from {root}" : "here")}");
            return;
        }

        deeds.Do("systemctl daemon-reload", () =>
        {
            using var told = Process.Start(new ProcessStartInfo("systemctl", ["daemon-reload"])) ?? throw new IOException("systemctl did not start");
            if (!told.WaitForExit(TimeSpan.FromSeconds(30)) || told.ExitCode != 0)
            {
                throw new IOException("'systemctl daemon-reload' did not succeed; the files are in place: say it again yourself");
            }
        });
    }

    /// <summary>What is left to do after an installation: nothing of it is ours to do, since ups.conf is the administrator's.</summary>
    private static List<string> Next(UpsConfFile file, bool dryRun)
    {
        if (file.Problem is not null)
        {
            return [$"{file.Path} {file.Problem}: write the sections of your drivers, and say this again"];
        }

        var conf = file.Conf;
        var next = new List<string>();
        var theirs = conf.Sections.Where(s => s["driver"] == UpsConfCheck.TheirDriver).ToList();
        var name = conf.Sections.FirstOrDefault(s => s["driver"] == UpsConfCheck.OurDriver)?.Name;
        var fresh = name is null;
        var sources = conf.Sections.Where(s => s["driver"] == UpsConfCheck.OurDriver).SelectMany(ProxyRulesReader.SourcesOf).Select(s => UpsConfCheck.Real(conf, s)).OfType<UpsConfSection>();
        if (fresh && theirs.Count > 0)
        {
            name = theirs[0].Name;
            sources = theirs.SelectMany(ProxyRulesReader.SourcesOf).Select(s => UpsConfCheck.Real(conf, s)).OfType<UpsConfSection>();
            next.Add($"in {file.Path}, write driver = {UpsConfCheck.OurDriver} in {string.Join(" and ", theirs.Select(s => string.Create(CultureInfo.InvariantCulture, $"[{s.Name}] (line {s.LineOf("driver")})")))}; stop it first (upsdrvctl stop {name})");
        }
        else if (fresh)
        {
            (name, var lines) = UpsRecipe.Section(conf);
            sources = UpsRecipe.Reals(conf);
            next.Add($"put this into {file.Path}:\n\n{string.Join('\n', lines)}\n");
        }

        var direct = sources.Distinct().Where(s => UpsConfCheck.ShutdownOrder(s) >= 0).Select(s => string.Create(CultureInfo.InvariantCulture, $"[{s.Name}] (line {s.Line})")).ToList();
        if (direct.Count > 0)
        {
            next.Add($"so that 'upsdrvctl shutdown' commands one device over one driver, write this below driver and port in {string.Join(", ", direct)}:\n\n    sdorder = -1\n");
        }

        if (fresh || dryRun)
        {
            next.Add($"understudy ups install{(fresh && !dryRun ? ", once more: it has the driver of the new section start after its sources" : "")}");
        }

        next.Add("understudy ups check");
        next.Add($"systemctl restart {UpsRecipe.UnitOf(name!)}, or where systemd does not run it: upsdrvctl stop {name}; upsdrvctl start {name}");
        next.Add("upsd -c reload, where the section is new to upsd");
        return next;
    }

    private int Told(Deeds deeds, List<string> next)
    {
        var text = new StringBuilder();
        foreach (var step in deeds.Said)
        {
            text.Append(step).Append('\n');
        }

        for (var i = 0; i < next.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "\nNext:\n" : "")}{i + 1}. {next[i]}\n");
        }

        return terminal.Say(ExitCodes.Ok, new UpsInstallAnswer(!deeds.Dry, deeds.Said, next), FacesJson.Default.UpsInstallAnswer, text.ToString().TrimEnd('\n'));
    }

    private int Guarded(Func<int> act)
    {
        try
        {
            return act();
        }
        catch (IOException e)
        {
            return terminal.Fail(ExitCodes.Bad, e.Message, "");
        }
        catch (UnauthorizedAccessException e)
        {
            return terminal.Fail(ExitCodes.Bad, e.Message, "run it as root");
        }
        catch (Win32Exception e)
        {
            return terminal.Fail(ExitCodes.Bad, $"systemctl: {e.Message}", "");
        }
    }

    private static string WordOf(UpsFindingLevel level) => level switch { UpsFindingLevel.Error => "error", UpsFindingLevel.Warning => "warning", UpsFindingLevel.Note => "note" };

    private static string Counted(int count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    /// <summary>What is done, or with --dry-run would be, each told in a sentence.</summary>
    private sealed class Deeds(bool dry)
    {
        private readonly List<string> said = [];

        internal bool Dry => dry;

        internal IReadOnlyList<string> Said => said;

        internal void Do(string what, Action act)
        {
            if (!dry)
            {
                act();
            }

            said.Add(dry ? $"would {what}" : what);
        }

        internal void Leave(string why) => said.Add(why);
    }
}
