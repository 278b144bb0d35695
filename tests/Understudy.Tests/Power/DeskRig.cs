using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Plans;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Power;

/// <summary>One guard's desk in a world of whole seconds: witnesses that are up, dark or unread, steps that are answered at once unless a test keeps them. Times are seconds since the rig began, which is long after the boot.</summary>
internal sealed class DeskRig
{
    internal const string Room = """
        mains: [{ icmp: 10.0.0.8, every: 2s, timeout: 1s, fails: 2 }, { icmp: 10.0.0.9, every: 2s, timeout: 1s, fails: 2 }]
        controls: [{ icmp: 10.0.0.1, every: 2s, timeout: 1s, fails: 2 }]
        grace: 2m
        settle: 10s
        countdown: 30s
        spread: 0ms
        """;

    private static readonly Instant s_began = new Instant(0) + TimeSpan.FromHours(1);
    private readonly bool[] dark = new bool[8];

    internal DeskRig(string guard = Room, string host = "alpha", string[]? nodes = null, GuardMemory? memory = null, double at = 0, string boot = "one", Func<GuardSettings, GuardSettings>? with = null)
    {
        Now = s_began + TimeSpan.FromSeconds(at);
        Settings = with is null ? Read(guard, host) : with(Read(guard, host));
        Desk = new GuardDesk(Settings, host, [.. nodes ?? []], boot, memory ?? GuardMemory.None, Now);
        Carry();
    }

    internal GuardSettings Settings { get; }

    internal GuardDesk Desk { get; }

    internal Instant Now { get; private set; }

    internal double Seconds => (Now - s_began).TotalSeconds;

    /// <summary>Every order so far but those to remember, with the second in which it was given.</summary>
    internal List<(double At, GuardOrder Order)> Given { get; } = [];

    /// <summary>Begins that are not answered, by the names of their steps.</summary>
    internal HashSet<string> Kept { get; } = [];

    internal bool Remembered { get; private set; }

    internal IEnumerable<string> Begun => Given.Select(g => g.Order).OfType<GuardOrder.Plan>().Select(p => p.Effect).OfType<PlanEffect.Begin>().Select(b => b.Name);

    internal double? BegunAt(string step) => Given.Where(g => g.Order is GuardOrder.Plan { Effect: PlanEffect.Begin b } && b.Name.EndsWith(step, StringComparison.Ordinal)).Select(g => (double?)g.At).FirstOrDefault();

    internal static GuardSettings Read(string guard, string host)
    {
        var text = $"node: {host}\nguards:\n  room:\n    {guard.Replace("\n", "\n    ", StringComparison.Ordinal)}\n";
        var read = SettingsReader.Read("room.yaml", text, new SettingsRequest(host, null, SettingsRole.Candidate));
        Assert.Empty(read.Errors);
        return read.Settings!.Guards.Single();
    }

    /// <summary>These witnesses are dark from now on; the controls come after the mains.</summary>
    internal DeskRig Dark(params ReadOnlySpan<int> witnesses)
    {
        Array.Clear(dark);
        foreach (var one in witnesses)
        {
            dark[one] = true;
        }

        return this;
    }

    /// <summary>Seconds pass.</summary>
    internal DeskRig Run(double seconds, Action? each = null)
    {
        for (var i = 0; i < seconds; i++)
        {
            Now += TimeSpan.FromSeconds(1);
            each?.Invoke();
            if ((long)Seconds % 2 == 0)
            {
                Look();
            }

            Wake();
        }

        return this;
    }

    /// <summary>Seconds pass in which nothing runs here, and nobody comes to know of it.</summary>
    internal DeskRig Skip(double seconds)
    {
        Now += TimeSpan.FromSeconds(seconds);
        return this;
    }

    internal DeskRig Wake()
    {
        for (var i = 0; i < 16 && Desk.Deadline(Now) <= Now; i++)
        {
            Desk.Wake(Now);
            Carry();
        }

        Desk.Wake(Now);
        Carry();
        return this;
    }

    private void Look()
    {
        for (var i = 0; i < Settings.Mains.Count; i++)
        {
            Desk.Read(control: false, i, Reading(i), Now, Now);
        }

        for (var i = 0; i < Settings.Controls.Count; i++)
        {
            Desk.Read(control: true, i, Reading(Settings.Mains.Count + i), Now, Now);
        }

        Carry();
    }

    private ProbeReading Reading(int witness) => dark[witness] ? new ProbeReading.Bad("no answer") : new ProbeReading.Good("it answered");

    private void Carry()
    {
        Desk.Notes.Clear();
        while (Desk.Orders.TryDequeue(out var order))
        {
            switch (order)
            {
                case GuardOrder.Remember:
                    Remembered = true;
                    continue;
                case GuardOrder.LookNow:
                    Look();
                    break;
                case GuardOrder.Plan { Effect: PlanEffect.Begin b } when !Kept.Contains(b.Name):
                    Given.Add((Seconds, order));
                    Desk.StepEnded(new PlanEvent.StepEnded(b.Run, b.Step, b.Attempt, new StepOutcome.Done()), Now);
                    continue;
                case GuardOrder.Plan { Effect: PlanEffect.Rehearse { Deed: Deed.Begin } r }:
                    Given.Add((Seconds, order));
                    Desk.StepEnded(new PlanEvent.StepEnded(r.Run, r.Step, r.Attempt, new StepOutcome.Done()), Now);
                    continue;
            }

            Given.Add((Seconds, order));
        }
    }
}
