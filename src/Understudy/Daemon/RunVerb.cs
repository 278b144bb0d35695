using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Understudy.Api;
using Understudy.Cli;
using Understudy.Collection;
using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Guards;
using Understudy.Linux.Clocks;
using Understudy.Linux.Guarding;
using Understudy.Linux.Interop;
using Understudy.Linux.Ledger;
using Understudy.Ups;

namespace Understudy.Daemon;

/// <summary><c>understudy run</c>: the guardian, which starts the daemon; or the daemon itself.</summary>
internal static class RunVerb
{
    /// <summary>The guardian's patience: a loop that did not turn for so long is frozen. At least the peers' own patience, so that it is not the rashest of all.</summary>
    private static readonly TimeSpan s_leastFreeze = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan s_apiPatience = TimeSpan.FromSeconds(1);

    /// <summary>EX_SOFTWARE of sysexits.h: an invariant of ours is broken.</summary>
    private const int Broken = 70;

    public static int Execute(RunOptions options) =>
        options.Guardian && Environment.GetEnvironmentVariable(WillWriter.EnvironmentVariable) is null ? Guard(options) : Serve(options);

    private static int Guard(RunOptions options)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("this process has no file");
        var arguments = new List<string>();
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            arguments.Add(Environment.GetCommandLineArgs()[0]);
        }

        arguments.AddRange(["run", options.File]);
        if (options.Node is { } node)
        {
            arguments.AddRange(["--node", node]);
        }

        using var guardian = new Guardian(new GuardianSettings { Program = program, Arguments = arguments, Say = Console.Error.WriteLine });
        return guardian.Run();
    }

    private static int Serve(RunOptions options)
    {
        var loaded = SettingsFile.Load(options.File, options.Node, SettingsRole.Candidate);
        if (!Loading.Told(loaded, Console.Error) || loaded.Settings is not { } settings)
        {
            return ExitCodes.Bad;
        }

        using var will = WillWriter.OpenAsChild();
        var now = BootClock.Now;
        var rules = CandidateRules.From(settings, Loading.NewBoot());
        var duties = rules.Duties.Select(d => d.Duty).ToValueList();
        var book = LedgerFiles.Epochs(settings.Ledger, duties, out var trouble);
        var feed = new LedgerFeed();
        using var journal = new LedgerJournal(settings.Ledger, TimeProvider.System, feed.Publish, punctual: true);
        var epochs = duties.Select(d => book.Of(d)).ToArray();
        var candidate = new Candidate(rules, Loading.Keys(loaded), epochs.Select(e => e.Seen).ToArray(), now);
        var freeze = settings.Heartbeat.DeadAfter > s_leastFreeze ? settings.Heartbeat.DeadAfter : s_leastFreeze;
        using var guard = new LetGoWill(will, rules.Duties.Count, freeze);
        using var sockets = new HostSockets(settings, rules.Talk.Peers);
        guard.Reach(sockets);
        using var mail = new Mailbox();
        using var parts = new HostParts(settings, candidate, sockets, mail, journal, guard, epochs.ToValueList(), now)
        {
            Board = new HostBoard(new SnapshotBook(candidate, ProgramVersion.Text, SnapshotNames.From(settings), now)),
        };
        WarmUp.Hands(parts);
        journal.Append(new LedgerLine.Started(now, settings.Node, "run", ProgramVersion.Text, rules.Talk.Boot.ToString("x16", CultureInfo.InvariantCulture)));
        for (var i = 0; i < duties.Count; i++)
        {
            journal.Append(new LedgerLine.Ruled(now, rules.Duties[i], epochs[i].Seen, epochs[i].Held, epochs[i].KeptOutBy));
        }

        if (trouble is not null)
        {
            journal.Append(new LedgerLine.Noted(now, NoteLevel.Warning, DaemonMessages.LedgerUnread.Number, DaemonMessages.LedgerUnread.With(trouble)));
        }

        using var loop = new HostLoop(parts);
        return Faces(loaded, parts, loop, feed, options);
    }

    /// <summary>The loop runs on its own thread; this one starts what may take its time, and waits.</summary>
    private static int Faces(LoadedSettings loaded, HostParts parts, HostLoop loop, LedgerFeed feed, RunOptions options)
    {
        var settings = loaded.Settings!;
        var code = 0;
        using var ended = new ManualResetEventSlim();
        var thread = new Thread(() => code = RunLoop(loop, parts, ended), 512 * 1024) { Name = "loop", IsBackground = true };
        thread.Start();
        _ = WarmUp.Rehearse();      // beside the loop, whose first heartbeat is out: for one grace, which is longer, it can take nothing over
        using var notify = new SdNotify();
        using var probes = new ProbeDesk(parts, loop);
        using var reload = new Reload(parts, loop, probes, options);
        var door = new HostDoor(parts, loop, reload, feed);
        using var guards = settings.Guards.Count == 0 ? null : new GuardCrew(parts, loop, door, () => loop.End("the guards' loop is broken", Broken));
        reload.Guards = guards;
        using var collection = settings.Collection is null ? null : new CollectionCrew(parts, loop, () => loop.End("the collection's loop is broken", Broken));
        reload.Collection = collection;
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => Leave(c, "SIGTERM"));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c => Leave(c, "SIGINT"));
        using var hup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, c =>
        {
            c.Cancel = true;
            _ = door.ReloadAsync(CancellationToken.None);
        });

        probes.Replace(settings);
        _ = parts.Mail.Post(_ =>
        {
            loop.Notify(notify);
            loop.Probe(probes.ReadNow);
        });
        guards?.Start();
        collection?.Start();
        var api = OpenApi(loaded, parts, door, guards?.Door ?? NoGuards.Here, collection?.Door ?? NoProducers.Here);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);      // what the start left behind goes back before pages are locked
        _ = MemoryLock.LockAll();
        notify.Say("READY=1");      // what the duties do is the loop's to say
        ended.Wait();
        notify.Say("STOPPING=1");
        collection?.Dispose();
        guards?.Dispose();      // what must be remembered is on the disk before anything that may take its time
        if (code != Broken)
        {
            parts.Guard.EndOrderly();
        }

        _ = api?.DisposeAsync().AsTask().Wait(s_apiPatience);
        parts.Journal.Append(new LedgerLine.Ended(BootClock.Now, code, "asked to end"));
        _ = parts.Journal.Flush(s_apiPatience);
        return code;

        void Leave(PosixSignalContext context, string signal)
        {
            context.Cancel = true;
            loop.End($"the daemon was told to end by {signal}", 0);
        }
    }

    /// <summary>A daemon without its API still does its duty: the trouble is told, and the loop goes on.</summary>
    private static ApiHost? OpenApi(LoadedSettings loaded, HostParts parts, HostDoor door, IGuards guards, ICollectionFace collection)
    {
        try
        {
            var settings = loaded.Settings!;
            return ApiHost.StartAsync(
                settings.Api,
                loaded.Token,
                door,
                guards,
                (count, duty) => LedgerFiles.Last(settings.Ledger, count, duty),
                new HostProxiesSource(Environment.GetEnvironmentVariable).LookAsync,
                CancellationToken.None,
                collection).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            parts.Journal.Append(new LedgerLine.Noted(BootClock.Now, NoteLevel.Error, DaemonMessages.ApiClosed.Number, DaemonMessages.ApiClosed.With(e.Message)));
            Console.Error.WriteLine(DaemonMessages.ApiClosed.With(e.Message));
            return null;
        }
    }

    private static int RunLoop(HostLoop loop, HostParts parts, ManualResetEventSlim ended)
    {
        try
        {
            return loop.Run();
        }
        catch (Exception e)      // a broken invariant: record it, let go of everything, and be gone
        {
            foreach (var hands in parts.Hands)
            {
                _ = hands.Addresses.Remove();
            }

            Console.Error.WriteLine(e);
            parts.Journal.Append(new LedgerLine.Noted(BootClock.Now, NoteLevel.Error, DaemonMessages.LoopBroken.Number, DaemonMessages.LoopBroken.With(e.ToString())));
            return Broken;
        }
        finally
        {
            ended.Set();
        }
    }
}
