using System.Diagnostics;
using System.Globalization;
using System.Text;
using Understudy.Cli;
using Understudy.Core.Ups;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;
using Understudy.Linux.Ups;

namespace Understudy.Ups;

/// <summary>What a driver process works by: ups.conf, its section, and what we make of it.</summary>
internal sealed record UpsSettings(UpsConf Conf, UpsConfSection Section, ProxyRules Rules, UpsPlaces Places);

/// <summary>
/// The driver process <c>understudy-ups</c>, as upsdrvctl, nut-driver@ and people start it. It is this program under another file name, since upsdrvctl compares the name of the executable with the
/// driver's.
/// </summary>
internal static class UpsDriver
{
    private const int Failure = 1;

    /// <summary>Set for the process that stays, by the one that the caller waits for.</summary>
    private const string StaysVariable = "UNDERSTUDY_UPS_STAYS";

    /// <summary>What the one that stays says on its standard output when its socket listens.</summary>
    private const string Ready = "listening";

    /// <summary>upsdrvctl (before NUT 2.8.3) lets a driver take 45 s to start: maxstartdelay of ups.conf(5).</summary>
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(40);

    /// <summary>How long another instance may take to leave when it is asked, and when it is told (upsdrvctl(8): five seconds, then SIGKILL).</summary>
    private static readonly TimeSpan s_asked = TimeSpan.FromSeconds(15), s_told = TimeSpan.FromSeconds(5);

    /// <summary>This process was started as a driver.</summary>
    internal static bool IsOurName(string? program) => Path.GetFileName(program) is UpsPlaces.Program;

    internal static int Execute(string[] words)
    {
        var arguments = UpsArguments.Read(words);
        foreach (var error in arguments.Errors)
        {
            Console.Error.WriteLine($"{UpsPlaces.Program}: {error}");
        }

        if (arguments.Errors.Count > 0)
        {
            return Failure;
        }

        if (arguments.Help || arguments.Version || arguments.List)
        {
            Console.Out.Write(arguments.Help ? UpsHelp.Options : arguments.List ? UpsHelp.Settings : $"{UpsHelp.Banner}\n");
            return 0;
        }

        var stays = Environment.GetEnvironmentVariable(StaysVariable) is not null;
        if (!arguments.Quiet && !stays && Environment.GetEnvironmentVariable("NUT_QUIET_INIT_BANNER") is null && arguments.Dump is null)
        {
            Console.Out.WriteLine(UpsHelp.Banner);
        }

        try
        {
            if (arguments.Chroot is { } root && !stays)
            {
                Account.ChangeRoot(root);
            }

            if (Settings(arguments, out var errors) is not { } settings)
            {
                foreach (var error in errors)
                {
                    Console.Error.WriteLine($"{UpsPlaces.Program}: {error}");
                }

                return Failure;
            }

            return Act(arguments, settings, words, stays);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{UpsPlaces.Program}: {e.Message}");
            return Failure;
        }
    }

    /// <summary>Reads ups.conf and the command line into one; null with every error otherwise.</summary>
    internal static UpsSettings? Settings(UpsArguments arguments, out IReadOnlyList<string> errors)
    {
        var found = new List<string>();
        errors = found;
        var (file, conf) = ("-x", new UpsConf([], [], []));
        if (arguments.Adhoc is null)
        {
            (file, conf, var problem) = UpsConfFile.Read(new UpsFolders("/", Environment.GetEnvironmentVariable).Conf(null));
            if (problem is not null)
            {
                found.Add($"{file} {problem}");
                return null;
            }
        }

        var name = arguments.Section ?? arguments.Adhoc!;
        var section = arguments.Adhoc is not null ? new UpsConfSection(name, 0, []) : conf.Find(name);
        if (section is null)
        {
            found.Add($"{file} has no section [{name}]{(conf.Sections.Count == 0 ? "" : $"; it has {string.Join(", ", conf.Sections.Select(s => s.Name))}")}");
            return null;
        }

        section = section with { Entries = [.. section.Entries, .. arguments.Extra.Select(x => new UpsConfEntry(x.Key, x.Value, 0))] };
        if (section["driver"] is { Length: > 0 } driver && driver != UpsPlaces.Program)
        {
            found.Add($"{file}: [{name}]: driver: is {driver}, and this is {UpsPlaces.Program}");
        }

        var rules = ProxyRulesReader.Read(section, found);
        return found.Count > 0 || rules is null ? null : new UpsSettings(conf, section, rules, UpsPlaces.Of(conf, Environment.GetEnvironmentVariable));
    }

    /// <summary>What a proxy of this process calls itself; the commit behind the version is nobody's to see in a variable.</summary>
    internal static ProxyIdentity Identity(UpsConfSection section) => new(UpsPlaces.Program, ProgramVersion.Text.Split('+')[0], Environment.ProcessId, section.Entries);

    private static int Act(UpsArguments arguments, UpsSettings settings, string[] words, bool stays)
    {
        var (section, places) = (settings.Section, settings.Places);
        if (arguments.Command is { } command)
        {
            return Signalled(arguments, places, section.Name, command);
        }

        if (arguments.KillPower)
        {
            return KillPower(settings);      // as root, where upsdrvctl is: the real drivers' own -k become whom they will
        }

        // The one that stays was started by one that has done this.
        var user = arguments.User ?? section["user"] ?? settings.Conf.GlobalValue("user") ?? "nut";
        if (!stays && Account.IsRoot && user != "root")
        {
            RealTime.Keep(RealTime.LowPriority);
            Account.Become(user);
        }

        Environment.CurrentDirectory = Directory.Exists(places.State) ? places.State
            : throw new IOException($"the state folder {places.State} is not there; NUT_STATEPATH, or 'statepath =' in ups.conf, says where it is");
        if (arguments.Dump is { } updates)
        {
            return Dump(settings, updates);
        }

        if (arguments.Ground == UpsGround.Background && !stays)
        {
            return StartTheOneThatStays(words);
        }

        return Stay(arguments, settings, stays);
    }

    private static int Stay(UpsArguments arguments, UpsSettings settings, bool stays)
    {
        var (section, places) = (settings.Section, settings.Places);
        using var log = new UpsLog($"{UpsPlaces.Program}-{section.Name}");
        using var process = new UpsProcess(arguments, places, section, settings.Rules, log);
        process.TakeOver();
        var group = arguments.Group ?? section["group"] ?? settings.Conf.GlobalValue("group");
        if (group is not null)
        {
            Account.GiveToGroup(places.SocketOf(section.Name), group);
        }

        var pidFile = arguments.Ground == UpsGround.Foreground ? null : places.PidFileOf(section.Name);
        if (pidFile is not null)
        {
            File.WriteAllText(pidFile, $"{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}\n");
        }
        else
        {
            File.Delete(places.PidFileOf(section.Name));      // of one that has handed over to us, or of none
        }

        if (stays)
        {
            Console.Out.WriteLine(Ready);
            Console.Out.Flush();
            log.Leave();
            Account.LeaveTerminal();
        }

        var code = process.Run();
        if (pidFile is not null && !process.HandedOver)
        {
            File.Delete(pidFile);
        }

        return code;
    }

    /// <summary>Starts ourselves again, and waits until that one listens: the caller may go on only then. A process that has threads cannot fork.</summary>
    private static int StartTheOneThatStays(string[] words)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment[StaysVariable] = "1";
        foreach (var word in words)
        {
            start.ArgumentList.Add(word);
        }

        using var other = Process.Start(start) ?? throw new IOException($"{Environment.ProcessPath} could not be started");
        var said = other.StandardOutput.ReadLineAsync();
        if (!said.Wait(s_startLimit))
        {
            other.Kill();
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"it did not listen within {s_startLimit.TotalSeconds} s"));
        }

        if (said.Result == Ready)
        {
            return 0;
        }

        other.WaitForExit();
        return other.ExitCode == 0 ? Failure : other.ExitCode;
    }

    /// <summary>One UPS is one process: another that has it is asked to leave, and told if it does not.</summary>
    internal static void ReplaceTheOther(UpsPlaces places, string section)
    {
        var fd = UnixSocket.IsServed(places.SocketOf(section)) ? UnixSocket.Connect(places.SocketOf(section)) : -1;
        if (fd >= 0)
        {
            using var stream = new LineSocket(fd);
            _ = stream.Send("INSTCMD driver.exit\n"u8.ToArray());
            for (var until = BootClock.Now + s_asked; BootClock.Now < until;)
            {
                if (UnixSocket.AwaitInput(fd, until - BootClock.Now) && !stream.Read(static _ => { }))
                {
                    break;
                }
            }
        }

        if (RunningPid(places, section) is not { } pid)
        {
            return;
        }

        using var other = ProcessOf(pid);
        if (other is not null && !other.WaitForExit(s_told))
        {
            _ = UpsSignal.Send(pid, UpsSignal.Terminate);
            if (!other.WaitForExit(s_told))
            {
                other.Kill();
                other.WaitForExit();
            }
        }
    }

    private static int Signalled(UpsArguments arguments, UpsPlaces places, string section, string command)
    {
        if (command is "reload-or-error" or "exit")
        {
            using var call = new DriverCall(places.SocketOf(section));
            return call.Command($"driver.{command}") is { } result ? (int)result : throw new IOException($"no {UpsPlaces.Program} answers for {section}");
        }

        var pid = arguments.Pid ?? RunningPid(places, section) ?? throw new IOException($"no {UpsPlaces.Program} runs for {section}, by {places.PidFileOf(section)}");
        return UpsSignal.Send(pid, command == "reload" ? UpsSignal.HangUp : UpsSignal.User1) ? 0 : Failure;
    }

    private static int KillPower(UpsSettings settings)
    {
        var (section, places) = (settings.Section, settings.Places);
        using var log = new UpsLog($"{UpsPlaces.Program}-{section.Name}");
        var end = ShutdownRun.ByTheRunning(places, section.Name, log.Say) ?? ShutdownRun.Alone(places, settings.Conf, section, settings.Rules, settings.Rules.RankOf(UpsMemory.Read(places.MemoryOf(section.Name)).Primary), log.Say);
        if (end.Commanded)
        {
            log.Say(end.Why);
            return 0;
        }

        log.Fail(end.Why);
        return Failure;
    }

    /// <summary>Looks at the sources until there is fresh data, or for so many updates of pollinterval (2 s), and prints what there is.</summary>
    private static int Dump(UpsSettings settings, int updates)
    {
        var now = BootClock.Now;
        var proxy = new UpsProxy(settings.Rules, Identity(settings.Section), now);
        using var mail = new Daemon.Mailbox();
        var look = new UpsLook(proxy, now + TimeSpan.FromSeconds(Math.Max(2, updates * 2)));
        using (var loop = new UpsLoop(proxy, settings.Places.State, mail, look))
        {
            loop.Open(string.Create(CultureInfo.InvariantCulture, $"{UpsPlaces.Program}-{settings.Section.Name}.{Environment.ProcessId}"));
            look.Loop = loop;
            loop.Run();
        }

        Console.Out.Write(UpsDump.Of(proxy.View.Tree));
        return proxy.View.Fresh ? 0 : Failure;
    }

    /// <summary>The process that the pid file names, if it is one of ours.</summary>
    private static int? RunningPid(UpsPlaces places, string section)
    {
        try
        {
            return int.TryParse(File.ReadAllText(places.PidFileOf(section)).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && pid != Environment.ProcessId
                && IsOurName(new FileInfo($"/proc/{pid}/exe").LinkTarget?.Replace(" (deleted)", "", StringComparison.Ordinal))
                ? pid
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Process? ProcessOf(int pid)
    {
        try
        {
            return Process.GetProcessById(pid);
        }
        catch (ArgumentException)
        {
            return null;      // it has gone
        }
    }

    /// <summary>A loop that ends when there is something to see.</summary>
    private sealed class UpsLook(UpsProxy proxy, Core.Instant until) : IUpsErrands
    {
        internal UpsLoop? Loop { get; set; }

        public void Decided(ProxyDecision decision)
        {
        }

        public void Remember()
        {
        }

        public void Reload(string? ticket, bool orExit)
        {
        }

        public void Shutdown(string ticket)
        {
        }

        public bool HandOver(HandoverDoor door) => false;

        public void Turned(Core.Instant now)
        {
            if ((proxy.Primary >= 0 && proxy.View.Fresh) || now >= until)      // fresh alone is also what nothing is, for all of inittime
            {
                Loop?.End();
            }
        }
    }
}
