using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>Commands on the pair.</summary>
internal sealed class PairCommands
{
    /// <summary>Null before failover_config.</summary>
    internal PairDesk? Pair { get; private set; }

    internal PairRules? Rules { get; private set; }

    internal CommandAnswer Configure(LdmsdRequest.FailoverConfigure configure, string? daemon, bool listens)
    {
        if (!listens)
        {
            return CommandAnswer.Of(LdmsdRefusal.FailoverNeedsListener);
        }

        if (Pair is { Service: not PairService.Stop })
        {
            return CommandAnswer.Of(LdmsdRefusal.FailoverRuns);
        }

        if (daemon is null)
        {
            return CommandAnswer.Of(LdmsdRefusal.FailoverNeedsName);
        }

        if ((configure.Host ?? Rules?.Host) is not { } host || (configure.Port ?? Rules?.Port) is not { } port || (configure.Transport ?? Rules?.Transport) is not { } transport)
        {
            return CommandAnswer.Of(LdmsdRefusal.FailoverNeedsPeer);
        }

        Rules = new PairRules(host, port, transport, configure.PeerName ?? Rules?.PeerName, configure.Interval, configure.TimeoutFactor, configure.AutoSwitch);
        if (Pair is null)
        {
            Pair = new PairDesk(daemon, Rules);
        }
        else
        {
            _ = Pair.Configure(Rules);
        }

        return CommandAnswer.Done;
    }

    internal CommandAnswer Start(Moment at)
    {
        if (Pair is null)
        {
            return CommandAnswer.Of(LdmsdRefusal.FailoverNotConfigured);
        }

        if (Pair.Service != PairService.Stop)
        {
            return CommandAnswer.Of(LdmsdRefusal.FailoverBusy);
        }

        Pair.Start(at.Now);
        return CommandAnswer.Done;
    }

    internal CommandAnswer Stop(Moment at)
    {
        if (Pair is not { Service: PairService.Start })
        {
            return CommandAnswer.Of(LdmsdRefusal.FailoverBusy);
        }

        Pair.Stop(at.Now);
        return new CommandAnswer(0, "failover_stop_ok", IsJson: false);
    }

    internal CommandAnswer Switch(bool on, string by, Moment at)
    {
        if (Pair is null)
        {
            return CommandAnswer.Of(LdmsdRefusal.FailoverNotConfigured);
        }

        Pair.Switch(on, by, at.Now);
        return CommandAnswer.Done;
    }
}
