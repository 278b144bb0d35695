namespace Understudy.Core.Settings;

/// <summary>What a bare pair does when it is cut in two. With an arbiter nobody needs to choose.</summary>
public enum SplitPolicy
{
    /// <summary>Keep what one has and take nothing: perhaps no holder, never two.</summary>
    Hold,

    /// <summary>Take over: never without a holder, perhaps two.</summary>
    Take,
}

/// <summary>What must be done, and on which hosts.</summary>
/// <param name="Name">[a-z0-9-_], at most 63.</param>
/// <param name="Candidates">1..16 nodes in the order of rank; the first is home.</param>
/// <param name="Addresses">0..64 addresses that the holder has; none of them twice in a file.</param>
/// <param name="Run">The command that serves, or null where the addresses are all.</param>
/// <param name="HealthyWhen">All of these must be well; none means that the service is not watched.</param>
/// <param name="Failback">When the duty goes back to its home.</param>
/// <param name="OnSplit">Only where there is no arbiter.</param>
/// <param name="Restart">How many failures of the service are borne before the duty waits for an operator.</param>
public sealed record DutySettings(
    string Name,
    ValueList<string> Candidates,
    ValueList<AddressSettings> Addresses,
    RunSettings? Run,
    ValueList<ProbeSettings> HealthyWhen,
    FailbackSettings Failback,
    SplitPolicy OnSplit,
    RestartSettings Restart)
{
    /// <summary>The time that letting go may take, apart from the addresses: zero without a command.</summary>
    public TimeSpan StopLimit => Run?.StopLimit ?? TimeSpan.Zero;

    /// <summary>The rank of a node, 0 for home; null when it is no candidate.</summary>
    public int? RankOf(string node)
    {
        for (var i = 0; i < Candidates.Count; i++)
        {
            if (Candidates[i] == node)
            {
                return i;
            }
        }

        return null;
    }


    internal static DutySettings Read(string name, Section at, FileSoFar file)
    {
        var candidates = at.Values("candidates", file.OneNodeEach(), 1, 16, new("list of nodes", "required", "1..16",
            "The nodes that may perform the duty, in the order of rank; the first is its home.", "the nodes that may perform it, home first"));
        var addresses = at.Sections("addresses", 64, new("list of mappings", "none", "0..64", "Addresses that the holder has. None may be twice in the file."),
            s => AddressSettings.Read(s, name, file));
        var run = RunSettings.Read(at, file);
        var probes = at.Sections("healthy_when", 32, new("list of mappings", "none", "0..32",
            "Probes of the service, which must all be well. Each has exactly one of the keys `http`, `tcp`, `icmp`, `arp`, `command` and `carrier`. "
            + "Without any, the service is not watched."), ProbeSettings.Read);
        var duty = new DutySettings(name, candidates, addresses, run, probes,
            FailbackSettings.Read(at),
            OnSplit: at.Choice("on_split", SplitPolicy.Hold, "Only with `arbiter: none`, when the hosts are cut from each other: `hold` keeps what one has and takes nothing "
                + "(perhaps no holder), `take` takes over (perhaps two).", ("hold", SplitPolicy.Hold), ("take", SplitPolicy.Take)),
            at.Sub("restart", "How many failures of a start or of the service a host bears before its part of the duty waits for an operator.", RestartSettings.Read));
        if (!at.Has("addresses") && !at.Has("run"))
        {
            at.Fault("has neither addresses nor a command to run, so there is nothing to do");
        }

        at.Require("on_split", duty.OnSplit == SplitPolicy.Hold || file.Arbiter is null or ArbiterSettings.None,
            "take is only for 'arbiter: none'; remove it: the arbiter decides who may take over");
        at.WarnWhen("candidates", candidates.Count == 1, "there is only one, so that nobody can take over");
        return duty;
    }
}
