using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Linux.Addresses;
using Understudy.Linux.Clocks;
using Understudy.Linux.Commands;
using Understudy.Linux.Ledger;

namespace Understudy.Daemon;

/// <summary>Everything that the loop drives, made once at start: sockets first, so that the first heartbeat leaves before anything else is built.</summary>
internal sealed class HostParts : IDisposable
{
    private const int MaxAddresses = 64;

    public HostParts(UnderstudySettings settings, Candidate candidate, HostSockets sockets, Mailbox mail, LedgerJournal journal, LetGoWill guard, ValueList<DutyEpochs> epochs, Instant now)
    {
        (Settings, Candidate, Sockets, Mail, Journal, Guard, Epochs) = (settings, candidate, sockets, mail, journal, guard, epochs);
        Network = new AddressWatch();
        var duties = settings.Duties.Where(d => d.RankOf(settings.Node) is not null).ToArray();
        Fence = new FenceThread(duties.Length, MaxAddresses, _ => mail.Ring());
        var commands = new CommandPerformer(new BootTime());
        Hands = new DutyHands[duties.Length];
        Services = new ServiceDesk[duties.Length];
        for (var i = 0; i < duties.Length; i++)
        {
            var addresses = AddressPerformer.Open([.. duties[i].Addresses.Select(a => (a.Address, a.PrefixLength, a.Device))]);
            Hands[i] = new DutyHands(i, duties[i], settings.Node, addresses, Fence, commands, Ended, Ran, guard.Commanded);
            Services[i] = new ServiceDesk(duties[i], now);
        }
    }

    public UnderstudySettings Settings { get; set; }

    public Candidate Candidate { get; }

    public HostSockets Sockets { get; }

    public Mailbox Mail { get; }

    public LedgerJournal Journal { get; }

    public LetGoWill Guard { get; }

    public AddressWatch Network { get; }

    public FenceThread Fence { get; }

    public DutyHands[] Hands { get; }

    public ServiceDesk[] Services { get; set; }

    /// <summary>By duty: what the ledger knew at the start.</summary>
    public ValueList<DutyEpochs> Epochs { get; }

    public required HostBoard Board { get; init; }

    public int IndexOf(string duty)
    {
        for (var i = 0; i < Hands.Length; i++)
        {
            if (Hands[i].Duty.Name == duty)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>A command's end comes back on another thread and becomes an observation like any other.</summary>
    private void Ended(int duty, DutyEvent outcome) => Mail.Post(now => Candidate.Tell(duty, outcome, now));

    private void Ran(CommandEnded e) => Journal.Append(new LedgerLine.Ran(
        e.At, e.Order.Duty, e.Order.Verb, e.Order.Epoch, e.Outcome.ToString() ?? "", e.Output, e.Took.TotalMilliseconds));

    public void Dispose()
    {
        Fence.Dispose();
        foreach (var hands in Hands)
        {
            hands?.Dispose();
        }

        Network.Dispose();
        Sockets.Dispose();
    }
}
