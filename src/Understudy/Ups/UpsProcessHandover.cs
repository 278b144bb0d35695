using Understudy.Cli;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;
using Understudy.Linux.Ledger;

namespace Understudy.Ups;

/// <content>How the UPS becomes this process's, and how it leaves it to the next.</content>
internal sealed partial class UpsProcess
{
    /// <summary>How long sources that are there may take to tell all before we go on without them, where another process serves meanwhile, or nobody: upsd calls a driver stale after 15 s (MAXAGE of upsd.conf(5)).</summary>
    private static readonly TimeSpan s_approach = TimeSpan.FromSeconds(4);

    private const int MostAsks = 5;

    /// <summary>After so long it is not asked again: what did not answer for this time hangs.</summary>
    private static readonly TimeSpan s_askAgain = TimeSpan.FromSeconds(2);

    private readonly UpsStore store = new(Environment.GetEnvironmentVariable);
    private HandoverDoor? door;

    /// <summary>The UPS is somebody else's now, who was not told to go: nothing of it may be taken away.</summary>
    internal bool HandedOver { get; private set; }

    /// <summary>
    /// Makes the UPS ours. What another process has for it, or systemd keeps of one, we go on with: its clients see what is different by now and nothing else. Where that cannot be, another process is ended
    /// first, and clients come anew.
    /// </summary>
    /// <exception cref="IOException">Our socket cannot be made.</exception>
    internal void TakeOver()
    {
        var from = store.Take(section.Name);
        var why = "";
        if (HandoverCall.IsThere(places.HandoverOf(section.Name)))
        {
            loop.Approach(s_approach);
            if (AskAgain(places.HandoverOf(section.Name), section.Name, out why) is { } given)
            {
                from?.Close();
                from = given;
            }
        }
        else if (from is not null)
        {
            loop.Approach(s_approach);
        }

        if (from is null)
        {
            UpsDriver.ReplaceTheOther(places, section.Name);
            loop.Open(SocketName);
        }
        else
        {
            loop.Adopt(SocketName, from);
        }

        door = new HandoverDoor(places.HandoverOf(section.Name));
        loop.Admit(door);
        store.Forget();
        ledger = new LedgerJournal(new LedgerSettings(places.LedgerOf(section.Name), LedgerBytes, 1), TimeProvider.System);
        ledger.Append(new LedgerLine.Started(BootClock.Now, section.Name, UpsPlaces.Program, ProgramVersion.Text, BootId.Current));
        if (why.Length > 0)
        {
            Kept($"the process before did not hand over: {why}");
        }
    }

    /// <summary>The one that has it waits for each word of ours no longer than its clients can bear, and on a busy machine that may be too short for us: then it goes on, and may be asked again. One that hangs is not.</summary>
    private static Inheritance? AskAgain(string path, string ups, out string why)
    {
        var until = BootClock.Now + s_askAgain;
        for (var tries = 1; ; tries++)
        {
            if (HandoverCall.Ask(path, ups, out why) is { } given)
            {
                return given;
            }

            if (tries == MostAsks || BootClock.Now >= until || !HandoverCall.IsThere(path))
            {
                return null;
            }
        }
    }

    public bool HandOver(HandoverDoor at)
    {
        if (proxy.Busy)
        {
            _ = at.TellBusy("commands are under way");
            return false;
        }

        WriteMemory();
        var why = "the clients cannot be named";
        var file = loop.Leave(section.Name, BootId.Current, out var descriptors) is { } record ? Inheritance.Write(record) : -1;
        HandedOver = file >= 0 && at.Give(file, descriptors, out why);
        UnixSocket.Close(file);
        at.Dismiss();
        if (HandedOver)
        {
            loop.Left();
        }
        else
        {
            Kept(why);
        }

        return HandedOver;
    }

    /// <summary>SIGTERM: where systemd keeps what we have, the next process goes on with it; else it all ends here.</summary>
    private void Terminate()
    {
        if (store.HasRoom(2))
        {
            loop.SettleLast();
            if (loop.Leave(section.Name, BootId.Current, out var descriptors) is { } record && store.Put(record, descriptors.ToArray()))
            {
                loop.Left();
                return;
            }

            Kept("systemd does not keep the descriptors");
        }

        loop.End();
    }

    private void Kept(string why)
    {
        ledger.Append(new LedgerLine.Noted(BootClock.Now, NoteLevel.Warning, UpsMessages.NotHandedOver.Number, why));
        log.Warn(UpsMessages.NotHandedOver.With(why));
    }

    private string SocketName => $"{UpsPlaces.Program}-{section.Name}";
}
