using System.Collections.Concurrent;
using System.Threading.Channels;
using Understudy.Core;
using Understudy.Core.Plans;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Understudy.Guards;
using Xunit;

namespace Understudy.Tests.Guards;

/// <summary>One guard's hands with deeds that end when a test says so, and a clock whose spans end when a test says so.</summary>
internal sealed class HandsRig : IDisposable
{
    private static readonly GuardStepSettings s_step = new GuardStepSettings.Stop("batch.slice");

    private readonly Channel<PlanEvent.StepEnded> told = Channel.CreateUnbounded<PlanEvent.StepEnded>();

    internal HandsRig(string guard = "room")
    {
        Deeds = new FakeDeeds(guard);
        Hands = new GuardHands(Deeds, end => told.Writer.TryWrite(end), (_, _, text) => Said.Enqueue(text), e => Broken.TrySetResult(e), Clock);
    }

    internal GuardHands Hands { get; }

    internal FakeDeeds Deeds { get; }

    internal HandClock Clock { get; } = new();

    internal ConcurrentQueue<string> Said { get; } = new();

    internal TaskCompletionSource<Exception> Broken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Far beyond anything that these tests wait for: it only ends one that would hang.</summary>
    internal static TimeSpan Limit { get; } = TimeSpan.FromMinutes(2);

    internal void Begin(int step, int attempt = 1) => Hands.Begin(s_step, new PlanEffect.Begin(1, step, $"{step}", attempt, Instant.Never, Dry: false), "why", heirs: []);

    internal void Cancel(int step, int attempt = 1) => Hands.Cancel(new PlanEffect.Cancel(1, step, $"{step}", attempt));

    internal void Undo(int step) => Hands.Undo(s_step, new PlanEffect.Undo(1, step, $"{step}", Dry: false), "why");

    /// <summary>The next deed that is begun.</summary>
    internal Task<FakeDeed> NextAsync() => Deeds.Begun.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit, TestContext.Current.CancellationToken);

    internal async Task<string> NextAsync(string what)
    {
        var deed = await NextAsync();
        Assert.Equal(what, deed.What);
        deed.Done();
        return deed.What;
    }

    /// <summary>The next outcome that is told, by its step.</summary>
    internal async Task<int> ToldAsync() => (await told.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit, TestContext.Current.CancellationToken)).Step;

    /// <summary>Nothing was told that no test has taken.</summary>
    internal bool IsQuiet => !told.Reader.TryRead(out _);

    public void Dispose() => Hands.Dispose();
}

/// <summary>A deed that was begun, and goes on until a test ends it.</summary>
internal sealed class FakeDeed(string what, CancellationToken stop)
{
    private readonly TaskCompletionSource<StepOutcome?> end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal string What => what;

    internal Task<StepOutcome?> Task => end.Task;

    internal bool IsCancelled => stop.IsCancellationRequested;

    internal void Done() => end.TrySetResult(new StepOutcome.Done());

    internal void Throw(Exception e) => end.TrySetException(e);

    /// <summary>Ends as a program does that is killed.</summary>
    internal void EndWhenCancelled() => stop.Register(() => end.TrySetResult(new StepOutcome.Failed("recalled")));
}

/// <summary>Deeds that a test sees begin and ends as it likes; it notices two of the plan's at once.</summary>
internal sealed class FakeDeeds(string guard) : IGuardDeeds
{
    private readonly Channel<FakeDeed> begun = Channel.CreateUnbounded<FakeDeed>();
    private readonly Lock counting = new();
    private int running;

    public string Guard => guard;

    internal ChannelReader<FakeDeed> Begun => begun.Reader;

    /// <summary>The most deeds of the plan that were ever under way together.</summary>
    internal int Most { get; private set; }

    public Task<StepOutcome?> BeginAsync(GuardStepSettings step, PlanEffect.Begin e, string why, ValueList<string> heirs, CancellationToken stop) => OneAsync($"begin {e.Name}.{e.Attempt}", stop);

    public Task<StepOutcome?> RehearseAsync(GuardStepSettings step, PlanEffect.Rehearse e, string why, ValueList<string> heirs, CancellationToken stop) => OneAsync($"rehearse {e.Name}", stop);

    public Task UndoAsync(GuardStepSettings step, PlanEffect.Undo e, string why, CancellationToken stop) => OneAsync($"undo {e.Name}", stop);

    public Task WarnAsync(PlanEffect.Warn e, CancellationToken stop) => Start($"warn {e.Text}", stop).Task;

    public Task AlarmAsync(string text, CancellationToken stop) => Start($"alarm {text}", stop).Task;

    public Task WakeAsync(WakeUp up, CancellationToken stop) => Start($"wake {up.Host.Node}", stop).Task;

    private async Task<StepOutcome?> OneAsync(string what, CancellationToken stop)
    {
        lock (counting)
        {
            Most = Math.Max(Most, ++running);
        }

        try
        {
            return await Start(what, stop).Task;
        }
        finally
        {
            lock (counting)
            {
                running--;
            }
        }
    }

    private FakeDeed Start(string what, CancellationToken stop)
    {
        var deed = new FakeDeed(what, stop);
        _ = begun.Writer.TryWrite(deed);
        return deed;
    }
}

/// <summary>A clock that stands still: a span that somebody waits for ends when a test ends it.</summary>
internal sealed class HandClock : TimeProvider
{
    private readonly Channel<Span> spans = Channel.CreateUnbounded<Span>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var span = new Span(dueTime, () => callback(state));
        _ = spans.Writer.TryWrite(span);
        return span;
    }

    /// <summary>The next span that somebody begins to wait for.</summary>
    internal Task<Span> NextAsync() => spans.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(HandsRig.Limit, TestContext.Current.CancellationToken);

    internal sealed class Span(TimeSpan length, Action end) : ITimer
    {
        internal TimeSpan Length => length;

        internal void End() => end();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
