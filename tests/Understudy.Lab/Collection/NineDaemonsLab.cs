using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>Seed 001's drawings with real processes, and what its readers above see of it.</summary>
public sealed class NineDaemonsLab(ITestOutputHelper output)
{
    private const int Offset = 200_000;

    /// <summary>The second is what LDMS's own tests of failover do (ldmsd_failover.py ends with SIGTERM, failover-simple has this factor), which look at lists alone.</summary>
    [Theory]
    [InlineData(LabLibc.SIGKILL, "")]
    [InlineData(LabLibc.SIGTERM, "timeout_factor=5")]
    public void The_seeds_drawings_hold_before_during_and_after_and_nothing_is_lost_in_the_hand_back(int signal, string failover)
    {
        using var nine = new NineDaemons();
        nine.Begin(Offset, failover);
        var stage = nine.Stage;
        using var above = new LdmsReader(stage.PortOf("a20"), follows: true);
        Await(above, NineDaemons.All.Split(' '), 3);

        var killed = LabClock.Now;
        stage.End("a10", signal);
        stage.AwaitList("a11", NineDaemons.All);
        Fresh(above, "s00/a", killed, "a kill", limitMs: 5000);
        stage.AwaitList("a20", NineDaemons.All);
        LabClock.Pause(TimeSpan.FromSeconds(5));
        Lost(above, killed, 2, "a kill");

        var back = LabClock.Now;
        stage.Start("a10");
        nine.AwaitDrawing();
        LabClock.Pause(TimeSpan.FromSeconds(5));
        Lost(above, back, 0, "a hand-back");
        Assert.Equal("0", stage.Failover("a11").GetProperty("peercfg_activated").GetString());
    }

    [Fact]
    public void The_example_exactly_as_printed_runs_and_its_lists_are_the_drawings()
    {
        using var nine = new NineDaemons();
        nine.Begin();
        nine.Stage.End("a10", LabLibc.SIGTERM);
        nine.Stage.AwaitList("a11", NineDaemons.All);
        nine.Stage.AwaitList("a20", NineDaemons.All);
        nine.Stage.Start("a10");
        nine.AwaitDrawing();
        nine.Stage.End("a11", LabLibc.SIGTERM);
        nine.Stage.AwaitList("a10", NineDaemons.All);
        nine.Stage.AwaitList("a20", NineDaemons.All);
        nine.Stage.Start("a11");
        nine.AwaitDrawing();
    }

    [Fact]
    public void One_that_is_stopped_without_dying_is_stood_in_for_and_goes_on_without_a_loss()
    {
        using var nine = new NineDaemons();
        nine.Begin(Offset);
        var stage = nine.Stage;
        using var above = new LdmsReader(stage.PortOf("a20"), follows: true);
        Await(above, NineDaemons.All.Split(' '), 3);
        var stopped = LabClock.Now;
        stage.Signal("a10", LabLibc.SIGSTOP);
        stage.AwaitList("a11", NineDaemons.All);
        Fresh(above, "s00/a", stopped, "a stop", limitMs: 8000);
        LabClock.Pause(TimeSpan.FromSeconds(3));
        Lost(above, stopped, 5, "a stop");
        var goesOn = LabClock.Now;
        stage.Signal("a10", LabLibc.SIGCONT);
        nine.AwaitDrawing();
        LabClock.Pause(TimeSpan.FromSeconds(5));
        Lost(above, goesOn, 0, "going on");
    }

    /// <summary>Each of these sets has given so many samples.</summary>
    private static void Await(LdmsReader above, string[] sets, int count) =>
        Assert.True(LabClock.WaitUntil(() => Array.TrueForAll(sets, s => above.Samples(s).Length >= count), LdmsdStage.Patience), $"{above.Trouble}: {string.Join(' ', sets.Select(s => $"{s}:{above.Samples(s).Length}"))}");

    /// <summary>A sample that was made after a moment came up; by the clock of the machine, and generously, as others use it too: the figures are the bench's to hold.</summary>
    private void Fresh(LdmsReader above, string set, long since, string what, int limitMs)
    {
        var wallAtSince = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - (long)LabClock.Ms(LabClock.Now - since);
        Assert.True(LabClock.WaitUntil(() => above.Samples(set).Any(s => s.Second * 1000 >= wallAtSince), LdmsdStage.Patience), $"{set} never came up again after {what}");
        var first = above.Samples(set).First(s => s.Second * 1000 >= wallAtSince);
        output.WriteLine($"{set} fresh {LabClock.Ms(first.At - since):0} ms after {what}");
        Assert.InRange(LabClock.Ms(first.At - since), 0, limitMs);
    }

    /// <summary>Whole seconds since a moment whose sample never came up; no sampler makes more than one in a second.</summary>
    private void Lost(LdmsReader above, long since, int most, string what)
    {
        var from = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - (long)LabClock.Ms(LabClock.Now - since)) / 1000;
        foreach (var set in NineDaemons.All.Split(' '))
        {
            var seen = above.Samples(set).Select(s => s.Second).ToHashSet();
            var last = seen.Max();
            var lost = Enumerable.Range(0, (int)Math.Max(0, last - from)).Select(i => from + i).Where(s => !seen.Contains(s)).ToArray();
            output.WriteLine($"{set}: {lost.Length} lost in {what}, to {last - from} s after it");
            Assert.True(last - from >= 3, $"{set} came up for {last - from} s after {what} only");
            Assert.True(lost.Length <= most, $"{set} lost [{string.Join(' ', lost.Select(s => s - from))}] s after {what}");
        }
    }
}
