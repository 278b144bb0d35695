using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Power;
using Xunit;

namespace Understudy.Tests.Power;

public sealed class CarefulMachineTests
{
    private static readonly ProbeReading Up = new ProbeReading.Good("up");
    private static readonly ProbeReading Silent = new ProbeReading.Bad("silent");
    private static readonly ProbeReading Unread = new ProbeReading.Unread("no route");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_seed_s_times_are_kept_to_the_second_on_all_three_paths(bool safe)
    {
        var rules = new CarefulRules(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), safe);
        Assert.Equal([62, 124, 186, 248], Looks(rules, _ => false, until: 300).Looks);                                              // no outage: a ping of 2 s each minute
        var shortOne = Looks(rules, t => t is >= 100 and < 400, until: 800);
        Assert.Equal([62, 134, 436, 498, 560, 622, 684, 746], shortOne.Looks);                                                      // lost at 122..134, decided at 434
        Assert.Null(shortOne.Off);
        Assert.Equal(446, Looks(rules, t => t >= 100, until: 3600).Off);                                                           // 5:46 after the loss
    }

    [Fact]
    public void The_seed_takes_what_could_not_be_looked_at_for_a_loss_and_the_safe_one_does_not()
    {
        Assert.Equal(CarefulStage.Shutdown, Run(Safe: false, Unread, Unread).Stage);
        Assert.Equal(CarefulStage.Normal, Run(Safe: true, Up, Unread, Unread, Unread).Stage);
        Assert.Equal(CarefulStage.PreFail, Run(Safe: true, Up, Silent, Unread, Unread).Stage);
        Assert.Equal(CarefulStage.Normal, Run(Safe: true, Up, Silent, Unread, Up).Stage);
        Assert.Equal(CarefulStage.Shutdown, Run(Safe: true, Up, Silent, Unread, Silent).Stage);
    }

    [Fact]
    public void The_seed_powers_off_for_a_witness_that_was_never_there_and_the_safe_one_does_not()
    {
        Assert.Equal(CarefulStage.Shutdown, Run(Safe: false, Silent, Silent).Stage);
        Assert.Equal(CarefulStage.Normal, Run(Safe: true, Silent, Silent, Silent).Stage);
        Assert.Equal(CarefulStage.Shutdown, Run(Safe: true, Silent, Up, Silent, Silent).Stage);
    }

    [Fact]
    public void What_could_not_be_looked_at_in_prefail_is_looked_at_again_after_the_shorter_time()
    {
        var rules = new CarefulRules(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), Safe: true);
        var state = new CarefulState(CarefulStage.PreFail, LookAt: null, EverUp: true);
        Assert.Equal(At(160), CarefulMachine.Deadline(CarefulMachine.Heard(rules, state, Unread, At(100)).State));
    }

    [Fact]
    public void Once_it_shuts_down_nothing_more_is_looked_at()
    {
        var rules = new CarefulRules(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), Safe: false);
        var off = new CarefulState(CarefulStage.Shutdown, LookAt: null, EverUp: true);
        Assert.Null(CarefulMachine.Deadline(off));
        Assert.Equal(CarefulOrder.None, CarefulMachine.Heard(rules, off, Up, At(1)).Order);
        Assert.Equal(CarefulOrder.None, CarefulMachine.Look(off, At(1)).Order);
    }

    private static CarefulState Run(bool Safe, params ProbeReading[] readings)
    {
        var rules = new CarefulRules(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), Safe);
        var (state, now) = (CarefulState.AtStart(rules, At(0)), At(0));
        foreach (var reading in readings)
        {
            now = CarefulMachine.Deadline(state) ?? now;
            state = CarefulMachine.Look(state, now).State;
            state = CarefulMachine.Heard(rules, state, reading, now).State;
        }

        return state;
    }

    /// <summary>Runs the machine beside a witness: a ping that is answered takes 2 s, one that is not 12 s, as three packets and their patience do.</summary>
    private static (int[] Looks, int? Off) Looks(CarefulRules rules, Func<int, bool> isOut, int until)
    {
        var (looks, state) = (new List<int>(), CarefulState.AtStart(rules, At(0)));
        while (CarefulMachine.Deadline(state) is { } at && at < At(until))
        {
            var turn = CarefulMachine.Look(state, at);
            Assert.Equal(CarefulOrder.Look, turn.Order);
            var silent = isOut((int)(at - At(0)).TotalSeconds);
            var end = at + TimeSpan.FromSeconds(silent ? 12 : 2);
            turn = CarefulMachine.Heard(rules, turn.State, silent ? Silent : Up, end);
            looks.Add((int)(end - At(0)).TotalSeconds);
            state = turn.State;
            if (turn.Order == CarefulOrder.PowerOff)
            {
                return ([.. looks], looks[^1]);
            }
        }

        return ([.. looks], null);
    }

    private static Instant At(double seconds) => new((long)(seconds * TimeSpan.TicksPerSecond));
}
