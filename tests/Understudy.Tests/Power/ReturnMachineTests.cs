using Understudy.Core;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Power;

public sealed class ReturnMachineTests
{
    private static readonly ReturnSettings Usual = new(TimeSpan.FromMinutes(10), 50, new("ups", "10.0.0.5", 3493),
        [Host("web1", 0), Host("store", 2), Host("web2", 0), Host("db", 1)], TimeSpan.FromSeconds(10));

    [Fact]
    public void Tiers_are_woken_in_reverse_one_host_after_the_other_when_the_mains_are_stable_and_the_UPS_is_charged()
    {
        var rig = new Rig(Usual) { Answers = _ => 60 };
        rig.Tell(new ReturnEvent.Wanted("they went down")).Tell(new ReturnEvent.Charged(80)).Tell(new ReturnEvent.Judged(MainsVerdict.Present)).Run(3600);
        Assert.Equal(["store 600", "db 660", "web1 720", "web2 730"], rig.Woken);
        Assert.Equal(ReturnStage.Idle, rig.State.Stage);
    }

    [Fact]
    public void Nobody_is_woken_before_somebody_wants_it()
    {
        var rig = new Rig(Usual);
        rig.Tell(new ReturnEvent.Charged(100)).Tell(new ReturnEvent.Judged(MainsVerdict.Present)).Run(86_400);
        Assert.Empty(rig.Woken);
    }

    [Theory]
    [InlineData(49)]
    [InlineData(null)]
    public void A_charge_that_is_too_low_or_unread_is_waited_for(int? charge)
    {
        var rig = new Rig(Usual) { Answers = _ => 1 };
        rig.Tell(new ReturnEvent.Wanted("")).Tell(new ReturnEvent.Judged(MainsVerdict.Present)).Tell(new ReturnEvent.Charged(charge)).Run(7200);
        Assert.Empty(rig.Woken);
        rig.Tell(new ReturnEvent.Charged(50)).Run(60);
        Assert.Equal("store 7200", rig.Woken[0]);
    }

    [Fact]
    public void Without_a_UPS_only_the_mains_are_waited_for() =>
        Assert.Equal("store 600", new Rig(Usual with { Ups = null }).Tell(new ReturnEvent.Wanted("")).Tell(new ReturnEvent.Judged(MainsVerdict.Present)).Run(700).Woken[0]);

    [Fact]
    public void Mains_that_go_again_stop_the_waking_and_the_wait_begins_anew()
    {
        var rig = new Rig(Usual) { Answers = _ => 60 };
        rig.Tell(new ReturnEvent.Wanted("")).Tell(new ReturnEvent.Charged(80)).Tell(new ReturnEvent.Judged(MainsVerdict.Present)).Run(610);
        rig.Tell(new ReturnEvent.Judged(MainsVerdict.Unknown)).Run(1000);
        Assert.Equal(["store 600"], rig.Woken);
        rig.Tell(new ReturnEvent.Judged(MainsVerdict.Present)).Run(601);
        Assert.Equal("db 2210", rig.Woken[1]);
    }

    [Fact]
    public void A_host_that_is_not_heard_is_woken_three_times_and_then_passed()
    {
        var rig = new Rig(Usual) { Answers = n => n == "store" ? null : 60 };
        rig.Tell(new ReturnEvent.Wanted("")).Tell(new ReturnEvent.Charged(80)).Tell(new ReturnEvent.Judged(MainsVerdict.Present)).Run(7200);
        Assert.Equal(["store 600", "store 900", "store 1200", "db 1210"], rig.Woken.Take(4));
        Assert.Contains("not heard: store", rig.Last, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_is_up_already_is_not_woken_and_an_operator_can_call_it_off()
    {
        var rig = new Rig(Usual);
        rig.Tell(new ReturnEvent.Heard("store", IsUp: true)).Tell(new ReturnEvent.Wanted("")).Tell(new ReturnEvent.Charged(80)).Tell(new ReturnEvent.Judged(MainsVerdict.Present)).Run(601);
        Assert.Equal(["db 600"], rig.Woken);
        rig.Tell(new ReturnEvent.Unwanted("root")).Run(7200);
        Assert.Single(rig.Woken);
    }

    private static WakeSettings Host(string node, int tier) => new(node, [0x52, 0x54, 0, 0, 0, 1], Device: null, Command: null, tier);

    private sealed class Rig(ReturnSettings settings)
    {
        private readonly List<(double At, string Node)> waking = [];
        private Instant now = new(0);

        internal ReturnState State { get; private set; } = ReturnState.AtStart(settings, new(0));

        internal List<string> Woken { get; } = [];

        internal string Last { get; private set; } = "";

        /// <summary>So many seconds after it was woken the host is heard; null: never.</summary>
        internal Func<string, double?> Answers { get; init; } = _ => null;

        internal Rig Tell(ReturnEvent seen)
        {
            var turn = ReturnMachine.Next(settings, State, seen, now);
            (State, Last) = (turn.State, turn.Reason);
            if (turn.Wake is { } wake)
            {
                Woken.Add($"{wake.Host.Node} {now.Ticks / TimeSpan.TicksPerSecond}");
                if (Answers(wake.Host.Node) is { } after)
                {
                    waking.Add((now.Ticks + (after * TimeSpan.TicksPerSecond), wake.Host.Node));
                }
            }

            return this;
        }

        internal Rig Run(double seconds)
        {
            var until = now + TimeSpan.FromSeconds(seconds);
            for (var i = 0; i < 10_000; i++)
            {
                var heard = waking.Count > 0 ? new Instant((long)waking.Min(w => w.At)) : Instant.Never;
                var due = ReturnMachine.Deadline(settings, State) is { } d ? Instant.Later(d, now) : Instant.Never;
                var next = Instant.Earlier(heard, due);
                if (next > until)
                {
                    now = until;
                    return this;
                }

                now = next;
                if (heard <= due)
                {
                    var up = waking.MinBy(w => w.At);
                    waking.Remove(up);
                    Tell(new ReturnEvent.Heard(up.Node, IsUp: true));
                }
                else
                {
                    Tell(new ReturnEvent.Looked());
                }
            }

            throw new InvalidOperationException("the machine spins");
        }
    }
}
