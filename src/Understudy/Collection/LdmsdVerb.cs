using System.Globalization;
using System.Runtime.InteropServices;
using Understudy.Cli;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Clocks;

namespace Understudy.Collection;

/// <summary><c>understudy ldmsd</c>: seed 001's daemon with its command line and its configuration, and a pair that hands back without a hole.</summary>
internal static class LdmsdVerb
{
    private const string CommandLine = "(command line)";

    /// <summary>Where systemd made a folder for <c>StateDirectory=</c> (systemd.exec(5)); several are parted by colons.</summary>
    private const string StateDirectory = "STATE_DIRECTORY";

    /// <summary>Of ldmsd(8)'s <c>-v</c>, from the least grave on.</summary>
    private static readonly string[] s_levels = ["DEBUG", "INFO", "WARN", "ERROR", "CRITICAL", "QUIET"];

    /// <summary>Runs until a signal ends it.</summary>
    /// <param name="files">Of <c>-c</c>, in order.</param>
    /// <param name="options">The other options, each with its words.</param>
    /// <param name="state">The folder where it is kept what a failover peer collects; null: systemd's, or nowhere.</param>
    internal static int Execute(Terminal terminal, IReadOnlyList<string> files, IReadOnlyList<(string Option, string[] Words)> options, string? state)
    {
        var orders = new List<(LdmsdRequest Request, string Place)>();
        var problems = new List<string>();
        foreach (var (option, words) in options)
        {
            if (LdmsdOptions.One(option, [.. words], out var request) is { } problem)
            {
                problems.Add($"{CommandLine}: {option} {problem}");
            }
            else
            {
                orders.Add((request, CommandLine));
            }
        }

        foreach (var file in files)
        {
            Read(file, orders, problems, terminal);
        }

        if (problems.Count > 0)
        {
            problems.ForEach(p => terminal.Error.WriteLine(p));
            return ExitCodes.Bad;
        }

        return Run(terminal, Sorted(orders), state ?? Environment.GetEnvironmentVariable(StateDirectory)?.Split(':')[0]);
    }

    private static void Read(string file, List<(LdmsdRequest Request, string Place)> orders, List<string> problems, Terminal terminal)
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{file}: {e.Message}");
            return;
        }

        var reading = LdmsdConfiguration.Read(file, text, new LdmsdWorld(Environment.GetEnvironmentVariable, Include));
        problems.AddRange(reading.Problems.Select(p => p.ToString()));
        orders.AddRange(reading.Orders.Select(o => (o.Request, o.Place.ToString())));
        foreach (var note in reading.Notes)
        {
            terminal.Error.WriteLine(note);
        }
    }

    private static LdmsdFileText Include(string path, string from)
    {
        var full = Path.IsPathRooted(path) ? path : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(from)) ?? ".", path);
        try
        {
            return new LdmsdFileText(full, File.ReadAllText(full), "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new LdmsdFileText(full, null, e.Message);
        }
    }

    /// <summary>What starts something comes after all that is configured, over all files, as the original defers it; the pair comes last, since it tells the peer what runs.</summary>
    private static IEnumerable<(LdmsdRequest Request, string Place)> Sorted(List<(LdmsdRequest Request, string Place)> orders) => orders.OrderBy(o => o.Request switch
    {
        LdmsdRequest.SetDaemonName or LdmsdRequest.AddAuth or LdmsdRequest.SetDefaultAuth => 0,
        LdmsdRequest.Listen => 1,
        LdmsdRequest.ProducerStart or LdmsdRequest.ProducerStartMatching or LdmsdRequest.UpdaterStart or LdmsdRequest.StorageStart => 3,
        LdmsdRequest.FailoverStart => 4,
        _ => 2,
    });

    private static int Run(Terminal terminal, IEnumerable<(LdmsdRequest Request, string Place)> orders, string? state)
    {
        using var ended = new ManualResetEventSlim();
        Exception? broken = null;
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Leave);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Leave);
        CollectionLoop? speaker = null;
        using var loop = new CollectionLoop(new CollectionParts(
            note => Say(note.Loud ? "WARN" : "INFO", $"{note.About}: {note.Text}"),
            e =>
            {
                broken = e;
                ended.Set();
            },
            ".",
            state))
        { TakesOrders = true };
        speaker = loop;
        var refused = 0;
        foreach (var (request, place) in orders)
        {
            var answer = loop.Apply(request, "the configuration", CollectionLoop.Now);
            if (answer.Code != 0)
            {
                terminal.Error.WriteLine($"{place}: {answer.Text}");
                refused++;
            }
        }

        if (refused > 0)
        {
            return ExitCodes.Bad;
        }

        loop.Start();
        Say("INFO", $"{loop.Commands.Name ?? "ldmsd"}: ready");
        ended.Wait();
        if (broken is not null)
        {
            Say("CRITICAL", broken.ToString());
            return ExitCodes.Bad;
        }

        return 0;

        void Leave(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ended.Set();
        }

        void Say(string level, string text)
        {
            if (Array.IndexOf(s_levels, level) >= Array.IndexOf(s_levels, speaker?.Least ?? "INFO"))
            {
                terminal.Error.WriteLine($"{Clock()} {(level == "WARN" ? "WARNING" : level)} {text}");
            }
        }

        static string Clock() => WallClock.Local.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
    }
}
