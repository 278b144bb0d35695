using Understudy.Core;
using Understudy.Core.Peers;

namespace Understudy.Tests.Power;

/// <summary>One playing of a script on a clock of its own: hours take milliseconds.</summary>
internal sealed class RoomTableRun
{
    /// <summary>The kernel's clock at the incident: what a boot does is long over.</summary>
    private static readonly Instant s_incident = new Instant(0) + TimeSpan.FromHours(2);

    private readonly PriorityQueue<Action, (long Ticks, long Order)> due = new();
    private long orders;

    /// <param name="phase">When in its turn each host looks; hosts after the first look a little later each.</param>
    internal RoomTableRun(RoomTableScript script, double phase)
    {
        Script = script;
        Now = s_incident - TimeSpan.FromSeconds(script.Up);
        Hosts = [.. script.Hosts.Select((h, i) => new RoomTableHost(this, h.Name, (phase + (i * 1.7)) % 10))];
        foreach (var host in Hosts)
        {
            host.Start();
        }

        if (script.Restart is var (died, rose))
        {
            AtSecond(died, Hosts[0].Die);
            AtSecond(rose, () => If(Hosts[0].IsUp, Hosts[0].Rise));
        }

        if (script.Frozen is var (froze, thawed))
        {
            AtSecond(thawed, () => If(Hosts[0].IsUp, () => Hosts[0].Thaw(thawed - froze)));
        }

        var end = Moment(script.Until);
        while (due.TryDequeue(out var deed, out var at) && at.Ticks <= end.Ticks)
        {
            Now = new Instant(at.Ticks);
            deed();
        }
    }

    internal RoomTableScript Script { get; }

    internal Instant Now { get; private set; }

    /// <summary>From the incident.</summary>
    internal double Seconds => (Now - s_incident).TotalSeconds;

    internal RoomTableHost[] Hosts { get; }

    internal RoomTableHost this[string name] => Hosts.Single(h => h.Name == name);

    internal void At(double secondsFromNow, Action deed) => due.Enqueue(deed, ((Now + TimeSpan.FromSeconds(secondsFromNow)).Ticks, orders++));

    /// <summary>A host that stands still does nothing, and what comes to it is lost.</summary>
    internal bool IsHeld(RoomTableHost host) => host == Hosts[0] && Script.Frozen is { } frozen && RoomTableScript.In([frozen], Seconds);

    internal void Tell(RoomTableHost from, GuardEntry entry)
    {
        if (RoomTableScript.In(Script.AllSwitchesOff, Seconds))
        {
            return;
        }

        foreach (var host in Hosts.Where(h => h != from && !IsHeld(h)))
        {
            host.Hear(from.Name, entry);
        }
    }

    private void AtSecond(double seconds, Action deed) => due.Enqueue(deed, (Moment(seconds).Ticks, orders++));

    private static Instant Moment(double seconds) => s_incident + TimeSpan.FromSeconds(seconds);

    private static void If(bool holds, Action deed)
    {
        if (holds)
        {
            deed();
        }
    }
}
