using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Understudy.Cli;
using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Linux.Arbiters;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;
using Understudy.Linux.Ledger;

namespace Understudy.Daemon;

/// <summary><c>understudy witness</c>: the third party for two servers and a small box.</summary>
internal static class WitnessVerb
{
    public static int Execute(RunOptions options)
    {
        var loaded = SettingsFile.Load(options.File, options.Node, SettingsRole.Witness);
        if (!Loading.Told(loaded, Console.Error) || loaded.Settings is not { Arbiter: ArbiterSettings.Witness arbiter } settings)
        {
            return ExitCodes.Bad;
        }

        using var file = WitnessFile.Open(arbiter.State, out var remembered);
        var now = BootClock.Now;
        var boot = Loading.NewBoot();
        var witness = new Witness(settings, Loading.Keys(loaded), boot, WitnessState.AtStart(remembered, arbiter.Ttl, now) with { Skip = RandomNumberGenerator.GetInt32(1000, 10_000) }, now);
        using var journal = new LedgerJournal(settings.Ledger, TimeProvider.System);
        journal.Append(new LedgerLine.Started(now, settings.Node, "witness", ProgramVersion.Text, boot.ToString("x16", System.Globalization.CultureInfo.InvariantCulture)));
        if (remembered is null)
        {
            journal.Append(new LedgerLine.Noted(now, NoteLevel.Warning, DaemonMessages.WitnessForgot.Number, DaemonMessages.WitnessForgot.With(arbiter.State)));
        }

        var listen = arbiter.Addresses.All(a => a.AddressFamily == AddressFamily.InterNetworkV6) ? IPAddress.IPv6Any : IPAddress.Any;
        using var loop = new WitnessLoop(
            witness,
            file,
            listen,
            settings.Port,
            turn => journal.Append(LedgerLine.Witnessed.Of(turn)),
            trouble => journal.Append(new LedgerLine.Noted(BootClock.Now, NoteLevel.Error, DaemonMessages.WitnessDisk.Number, DaemonMessages.WitnessDisk.With($"{arbiter.State}: {trouble}"))));
        using var notify = new SdNotify();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Leave);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Leave);
        var petted = now;
        loop.Turned = at =>
        {
            if (notify.WatchdogEvery is { } every && at - petted >= every)
            {
                petted = at;
                notify.Say("WATCHDOG=1");
            }
        };
        var thread = new Thread(loop.Run, 512 * 1024) { Name = "witness", IsBackground = true };
        thread.Start();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _ = MemoryLock.LockAll();
        notify.Say("READY=1\nSTATUS=witnessing");
        thread.Join();
        journal.Append(new LedgerLine.Ended(BootClock.Now, 0, "asked to end"));
        return 0;

        void Leave(PosixSignalContext context)
        {
            context.Cancel = true;
            loop.End();
        }
    }
}
