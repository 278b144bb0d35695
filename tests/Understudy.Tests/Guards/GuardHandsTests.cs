using Understudy.Core.Plans;
using Understudy.Guards;
using Xunit;

namespace Understudy.Tests.Guards;

/// <summary>The order in which a guard's deeds are done, and what becomes of those that hang.</summary>
public sealed class GuardHandsTests
{
    [Fact]
    public async Task Deeds_are_done_one_after_the_other_in_the_order_in_which_they_were_given()
    {
        using var rig = new HandsRig();
        for (var i = 0; i < 20; i++)
        {
            rig.Begin(i);
        }

        rig.Undo(3);
        for (var i = 0; i < 20; i++)
        {
            await rig.NextAsync($"begin {i}.1");
            Assert.Equal(i, await rig.ToldAsync());
        }

        await rig.NextAsync("undo 3");
        Assert.Equal(1, rig.Deeds.Most);
        Assert.True(rig.IsQuiet);      // each was told once, and of an undoing nothing is told
    }

    [Fact]
    public async Task Only_a_cancellation_overtakes_and_of_what_it_ends_or_prevents_nothing_is_told()
    {
        using var rig = new HandsRig();
        rig.Begin(1);
        var hanging = await rig.NextAsync();
        hanging.EndWhenCancelled();
        rig.Begin(2);
        rig.Begin(3);
        rig.Cancel(2);      // before it was begun
        Assert.False(hanging.IsCancelled);
        rig.Cancel(1);      // while it goes on
        await rig.NextAsync("begin 3.1");
        Assert.True(hanging.IsCancelled);
        Assert.Equal(3, await rig.ToldAsync());
        Assert.True(rig.IsQuiet);
    }

    [Fact]
    public async Task A_cancellation_is_of_one_attempt()
    {
        using var rig = new HandsRig();
        rig.Cancel(1);
        rig.Begin(1);
        rig.Begin(1, attempt: 2);
        await rig.NextAsync("begin 1.2");
        Assert.Equal(1, await rig.ToldAsync());
    }

    [Fact]
    public async Task A_cancelled_deed_that_clings_to_life_is_waited_for_a_moment_and_then_left_and_its_end_is_not_told()
    {
        using var rig = new HandsRig();
        rig.Begin(1);
        var clinging = await rig.NextAsync();
        rig.Begin(2);
        rig.Cancel(1);
        var patience = await rig.Clock.NextAsync();
        Assert.Equal(TimeSpan.FromSeconds(3), patience.Length);
        Assert.False(rig.Deeds.Begun.TryRead(out _));
        patience.End();
        await rig.NextAsync("begin 2.1");
        Assert.Equal(2, await rig.ToldAsync());
        clinging.Done();
        rig.Begin(3);
        await rig.NextAsync("begin 3.1");
        Assert.Equal(3, await rig.ToldAsync());
        Assert.True(rig.IsQuiet);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_undoing_waits_for_what_was_left_to_its_own_end_but_not_for_ever(bool ends)
    {
        using var rig = new HandsRig();
        rig.Begin(1);
        var clinging = await rig.NextAsync();
        rig.Cancel(1);
        (await rig.Clock.NextAsync()).End();
        rig.Undo(1);
        var patience = await rig.Clock.NextAsync();
        Assert.Equal(TimeSpan.FromSeconds(40), patience.Length);
        Assert.False(rig.Deeds.Begun.TryRead(out _));
        if (ends)
        {
            clinging.Done();
        }
        else
        {
            patience.End();
        }

        await rig.NextAsync("undo 1");
        Assert.Equal(ends ? 0 : 1, rig.Said.Count(s => s.Contains("the undoing begins beside it", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_deed_that_hangs_holds_no_other_guard_up()
    {
        using var room = new HandsRig("room");
        using var rack = new HandsRig("rack");
        room.Begin(1);
        var hanging = await room.NextAsync();
        rack.Begin(1);
        await rack.NextAsync("begin 1.1");
        Assert.Equal(1, await rack.ToldAsync());
        Assert.True(room.IsQuiet);
        hanging.Done();
        Assert.Equal(1, await room.ToldAsync());
    }

    [Fact]
    public async Task What_people_are_told_holds_no_deed_up_and_waits_for_none()
    {
        using var rig = new HandsRig();
        rig.Hands.Warn(new PlanEffect.Warn("soon", TimeSpan.FromMinutes(1), Dry: false));
        var terminal = await rig.NextAsync();
        Assert.Equal("warn soon", terminal.What);
        rig.Begin(1);
        var deed = await rig.NextAsync();      // while the terminal hangs
        Assert.Equal("begin 1.1", deed.What);
        rig.Hands.Alarm("hot");
        terminal.Done();
        await rig.NextAsync("alarm hot");      // while the deed goes on
        deed.Done();
        Assert.Equal(1, await rig.ToldAsync());
    }

    [Fact]
    public async Task What_follows_a_memory_waits_until_it_is_on_the_disk()
    {
        using var rig = new HandsRig();
        var written = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Hands.AwaitMemory(written.Task);
        rig.Begin(1);
        _ = await rig.Clock.NextAsync();
        Assert.False(rig.Deeds.Begun.TryRead(out _));
        written.SetResult(null);
        await rig.NextAsync("begin 1.1");
        Assert.Empty(rig.Said);
    }

    [Fact]
    public async Task A_disk_that_hangs_holds_the_plan_up_for_two_seconds_and_one_that_is_full_for_none_and_both_are_said()
    {
        using var rig = new HandsRig();
        var hung = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Hands.AwaitMemory(hung.Task);
        rig.Begin(1);
        var patience = await rig.Clock.NextAsync();
        Assert.Equal(TimeSpan.FromSeconds(2), patience.Length);
        patience.End();
        await rig.NextAsync("begin 1.1");
        Assert.Contains("the disk did not answer within 2 s; the plan goes on without", Assert.Single(rig.Said), StringComparison.Ordinal);
        rig.Hands.AwaitMemory(new TaskCompletionSource<string?>().Task);      // it still hangs: two seconds in all, not for each step
        rig.Begin(3);
        await rig.NextAsync("begin 3.1");
        hung.SetResult(null);
        rig.Hands.AwaitMemory(Task.FromResult<string?>("no space left on device"));
        rig.Begin(2);
        await rig.NextAsync("begin 2.1");
        Assert.Contains("no space left on device; the plan goes on without", rig.Said.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deed_that_throws_is_a_broken_invariant_and_not_a_plan_that_waits_for_ever()
    {
        using var rig = new HandsRig();
        rig.Begin(1);
        (await rig.NextAsync()).Throw(new InvalidOperationException("a mistake"));
        Assert.Equal("a mistake", (await rig.Broken.Task.WaitAsync(HandsRig.Limit, TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public async Task Hands_that_finish_do_what_was_ordered_and_those_that_are_disposed_of_begin_nothing_more()
    {
        using var rig = new HandsRig();
        rig.Begin(1);
        rig.Begin(2);
        rig.Hands.Finish();
        await rig.NextAsync("begin 1.1");
        var last = await rig.NextAsync();
        Assert.Equal("begin 2.1", last.What);

        using var other = new HandsRig();
        other.Begin(1);
        var going = await other.NextAsync();
        other.Begin(2);
        other.Hands.Dispose();
        Assert.False(going.IsCancelled);      // the end of a daemon is no abort
        going.Done();
        Assert.Equal(1, await other.ToldAsync());
        last.Done();
        Assert.Equal(1, await rig.ToldAsync());
        Assert.Equal(2, await rig.ToldAsync());
        Assert.False(other.Deeds.Begun.TryRead(out _));
    }
}
