using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Understudy.Cli;
using Understudy.Core;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Core.Ups;
using Understudy.Daemon;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;
using Understudy.Linux.Ledger;
using Understudy.Linux.Ups;

namespace Understudy.Ups;

/// <summary>A proxy that runs: its loop, and what it needs of its process (signals, ledger, memory, settings, shutdowns).</summary>
internal sealed partial class UpsProcess : IUpsErrands, IDisposable
{
    /// <summary>128 and the signal, as the stock drivers end where reload-or-exit meets what cannot be reloaded (main.c).</summary>
    private const int CannotReload = 128 + UpsSignal.User1;

    /// <summary>The ledger lies on a tmpfs: it is kept small.</summary>
    private const long LedgerBytes = 256 << 10;

    private readonly UpsArguments arguments;
    private readonly UpsPlaces places;
    private readonly UpsLog log;
    private readonly UpsProxy proxy;
    private readonly Mailbox mail = new();
    private LedgerJournal ledger = null!;      // from the moment on at which the UPS is ours
    private readonly UpsLoop loop;
    private readonly SdNotify systemd = new();
    private readonly List<PosixSignalRegistration> signals = [];
    private readonly Lock remembering = new();
    private string? toRemember;
    private UpsConfSection section;
    private Instant watchdogAt;
    private int code;

    internal UpsProcess(UpsArguments arguments, UpsPlaces places, UpsConfSection section, ProxyRules rules, UpsLog log)
    {
        (this.arguments, this.places, this.section, this.log) = (arguments, places, section, log);
        var now = BootClock.Now;
        var identity = UpsDriver.Identity(section);
        UpsRehearsal.Run(rules, identity);
        proxy = new UpsProxy(rules, identity, now);
        Recall(rules, now);
        On(PosixSignal.SIGTERM, static p => p.Terminate());
        On(PosixSignal.SIGINT, static p => p.loop.End());
        On(PosixSignal.SIGQUIT, static p => p.loop.End());
        On(PosixSignal.SIGHUP, static p => p.Reload(null, orExit: false));
        On((PosixSignal)UpsSignal.User1, static p => p.Reload(null, orExit: true));
        On((PosixSignal)UpsSignal.User2, static _ => { });
        On((PosixSignal)UpsSignal.Urgent, static p => p.Print());
        On((PosixSignal)UpsSignal.Window, static p => p.Print());

        // Whoever can connect may send a signal too: those are heard before.
        loop = new UpsLoop(proxy, places.State, mail, this);
    }

    /// <summary>Clients can connect from here on.</summary>
    internal int Run()
    {
        systemd.Say($"READY=1\nMAINPID={Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}\nSTATUS={section.Name} of {string.Join(", ", proxy.Rules.Sources)}");
        _ = RealTime.TryMakeThisThread(RealTime.LowPriority);      // a driver hangs up on who is late for its dump, however busy the machine is
        loop.Run();
        if (!HandedOver)
        {
            systemd.Say("STOPPING=1");      // of the unit, which goes on in the other
        }

        ledger.Append(new LedgerLine.Ended(BootClock.Now, code, HandedOver ? "another process goes on with the UPS" : "it was told to"));
        return code;
    }

    public void Decided(ProxyDecision decision)
    {
        var message = UpsMessages.Of(decision.What);
        var level = decision.What is "no_primary" or "contradiction" ? NoteLevel.Warning : NoteLevel.Information;
        ledger.Append(new LedgerLine.Noted(decision.At, level, message.Number, decision.Why));
        if (level == NoteLevel.Warning)
        {
            log.Warn(message.With(decision.Why));
        }
        else if (decision.What != "command" || arguments.Debug > 0)
        {
            log.Say(decision.Why);
        }

        if (decision.What is "primary" or "no_primary")
        {
            systemd.Say($"STATUS={section.Name}: {decision.Why}");
        }
    }

    public void Remember()
    {
        if (door is null)
        {
            return;      // it is still another's to write
        }

        var words = new List<(string, SourceOverride)>();
        foreach (var source in proxy.Sources)
        {
            if (source.Override is { } word)
            {
                words.Add((source.Name, word));
            }
        }

        var primary = proxy.Primary < 0 ? null : proxy.Sources[proxy.Primary].Name;
        Interlocked.Exchange(ref toRemember, new ProxyMemory(primary, words.ToValueList()).Text(BootId.Current));
        _ = ThreadPool.UnsafeQueueUserWorkItem(static p => p.WriteMemory(), this, preferLocal: false);
    }

    public void Reload(string? ticket, bool orExit) => ThreadPool.UnsafeQueueUserWorkItem(
        _ =>
        {
            var read = UpsDriver.Settings(arguments, out var errors);
            _ = mail.Post(now => Adopt(read, errors, ticket, orExit, now));
        },
        null);

    public void Shutdown(string ticket)
    {
        var (rules, primary) = (proxy.Rules, proxy.Primary);
        new Thread(() =>
        {
            var end = UpsDriver.Settings(arguments, out var errors) is { } read
                ? ShutdownRun.Alone(places, read.Conf, read.Section, rules, primary, Tell)
                : new ShutdownStep.End(false, string.Join("; ", errors));
            ledger.Append(new LedgerLine.Noted(BootClock.Now, end.Commanded ? NoteLevel.Information : NoteLevel.Error, UpsMessages.Shutdown.Number, end.Why));
            _ = mail.Post(now => proxy.Done(ticket, end.Commanded ? CommandResult.Handled : CommandResult.Failed, end.Why, now));
        })
        { IsBackground = true, Name = "shutdown" }.Start();
    }

    public void Turned(Instant now)
    {
        if (systemd.WatchdogEvery is { } every && now >= watchdogAt)
        {
            systemd.Say("WATCHDOG=1");
            watchdogAt = now + (every / 2);
        }
    }

    public void Dispose()
    {
        signals.ForEach(s => s.Dispose());
        door?.Dispose();      // first: who waits for our socket to close makes a door of its own at this path then
        loop.Dispose();
        lock (remembering)
        {
            // what is being written is written
        }

        ledger?.Dispose();
        systemd.Dispose();
        mail.Dispose();
    }

    private void Tell(string step)
    {
        ledger.Append(new LedgerLine.Noted(BootClock.Now, NoteLevel.Information, UpsMessages.Shutdown.Number, step));
        log.Say(step);
    }

    private void Adopt(UpsSettings? read, IReadOnlyList<string> errors, string? ticket, bool orExit, Instant now)
    {
        if (read is null)
        {
            var why = string.Join("; ", errors);
            Note(NoteLevel.Error, UpsMessages.ReloadRefused, why);
            Answer(ticket, CommandResult.Failed, why, now);
        }
        else if (proxy.Apply(read.Rules, now))
        {
            section = read.Section;
            Answer(ticket, CommandResult.Handled, "the settings were read again", now);
        }
        else
        {
            const string Restart = "other sources or another mode take a new process: restart the driver";
            Note(NoteLevel.Error, UpsMessages.ReloadRefused, Restart);
            Answer(ticket, CommandResult.Invalid, Restart, now);
            if (orExit)
            {
                code = CannotReload;
                loop.End();
            }
        }
    }

    private void Answer(string? ticket, CommandResult result, string why, Instant now)
    {
        if (ticket is not null)
        {
            proxy.Done(ticket, result, why, now);
        }
    }

    private void Note(NoteLevel level, Message message, string detail)
    {
        ledger.Append(new LedgerLine.Noted(BootClock.Now, level, message.Number, detail));
        log.Fail(message.With(detail));
    }

    private void Recall(ProxyRules rules, Instant now)
    {
        foreach (var (name, word) in UpsMemory.Read(places.MemoryOf(rules.Ups)).Words)
        {
            var source = rules.RankOf(name);
            if (source >= 0 && now < word.Until)
            {
                proxy.Override(source, word, now);
            }
        }
    }

    private void WriteMemory()
    {
        lock (remembering)
        {
            if (Interlocked.Exchange(ref toRemember, null) is not { } text)
            {
                return;
            }

            try
            {
                UpsMemory.Write(places.MemoryOf(section.Name), text);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                ledger.Append(new LedgerLine.Noted(BootClock.Now, NoteLevel.Warning, UpsMessages.Unremembered.Number, e.Message));
                log.Warn(UpsMessages.Unremembered.With(e.Message));
            }
        }
    }

    /// <summary>What a person who sends the signal wants to see: <c>name: value</c>, a line each.</summary>
    private void Print() => Console.Out.Write(UpsDump.Of(proxy.View.Tree));

    private void On(PosixSignal signal, Action<UpsProcess> act) => signals.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        _ = mail.Post(_ => act(this));
    }));
}

/// <summary>The data of a UPS as text.</summary>
internal static class UpsDump
{
    internal static string Of(VariableTree tree)
    {
        var text = new StringBuilder();
        foreach (var (name, variable) in tree.Variables.OrderBy(v => v.Key, StringComparer.OrdinalIgnoreCase))
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}: {variable.Value}\n");
        }

        return text.ToString();
    }
}
