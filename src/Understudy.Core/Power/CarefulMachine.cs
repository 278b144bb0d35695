using System.Diagnostics;
using Understudy.Core.Evidence;

namespace Understudy.Core.Power;

/// <summary>The three states of seed 002's program.</summary>
public enum CarefulStage
{
    /// <summary>NORMAL: wait, then ping.</summary>
    Normal,

    /// <summary>PRE-FAIL: a ping was lost; wait longer, then ping once more.</summary>
    PreFail,

    /// <summary>SHUTDOWN: that one was lost too.</summary>
    Shutdown,
}

/// <summary>The times of seed 002's program, and whether it is made safe.</summary>
/// <param name="Normal">From the end of one ping to the next while all is well; its second argument.</param>
/// <param name="Wait">From the ping that was lost to the one that decides; its third argument.</param>
/// <param name="Safe">
/// False: as the program is. Everything that is not an answer is a lost ping: no route, no permission, no ping program.
/// True: what could not be looked at says nothing: NORMAL goes on, and PRE-FAIL looks again after <paramref name="Normal"/>. And who was never
/// seen up cannot be lost, so that a misspelt address does not power a host off after each boot. The times are the same wherever the
/// witness answered once and could be asked.
/// </param>
public sealed record CarefulRules(TimeSpan Normal, TimeSpan Wait, bool Safe);

/// <summary>Where the program stands.</summary>
/// <param name="Stage">Its state.</param>
/// <param name="LookAt">When it pings next; null while a ping runs, and in SHUTDOWN.</param>
/// <param name="EverUp">The witness has answered at least once.</param>
public sealed record CarefulState(CarefulStage Stage, Instant? LookAt, bool EverUp)
{
    /// <summary>The program as it starts: it waits first.</summary>
    public static CarefulState AtStart(CarefulRules rules, Instant now) => new(CarefulStage.Normal, now + rules.Normal, EverUp: false);
}

/// <summary>What the program does next.</summary>
public enum CarefulOrder
{
    None,

    /// <summary>Ping, as <c>ping -c 3</c> does: answered by <see cref="CarefulMachine.Heard"/>.</summary>
    Look,

    PowerOff,
}

/// <summary>What one step led to.</summary>
public sealed record CarefulTurn(CarefulState State, CarefulOrder Order, string Reason);

/// <summary>Seed 002's own machine: it looks at two instants and nowhere between. For its command with the same times, and to be compared with.</summary>
/// <remarks>NORMAL: wait <c>normal</c>, ping; lost: PRE-FAIL. PRE-FAIL: wait <c>wait</c>, ping; lost: SHUTDOWN, else NORMAL. The waits begin when the
/// ping has ended, which is why an outage is 5:06 to 6:26 old at power-off with the usual times of 1 and 5 minutes, as measured.</remarks>
public static class CarefulMachine
{
    /// <summary>When <see cref="Look"/> is due; null: only an answer moves it.</summary>
    public static Instant? Deadline(CarefulState state) => state.LookAt;

    /// <summary>Time has passed.</summary>
    public static CarefulTurn Look(CarefulState state, Instant now) => state.LookAt is { } at && now >= at
        ? new(state with { LookAt = null }, CarefulOrder.Look, state.Stage == CarefulStage.Normal ? "NORMAL: time to look" : "PRE-FAIL: time to decide")
        : new(state, CarefulOrder.None, "nothing is due");

    /// <summary>The ping has ended.</summary>
    public static CarefulTurn Heard(CarefulRules rules, CarefulState state, ProbeReading reading, Instant now)
    {
        var up = reading is ProbeReading.Good;
        var everUp = state.EverUp || up;
        var unsaid = rules.Safe && !up && (reading is ProbeReading.Unread || !everUp);
        CarefulTurn To(CarefulStage stage, TimeSpan wait, string why) => new(new(stage, now + wait, everUp), CarefulOrder.None, why);
        return state.Stage switch
        {
            CarefulStage.Normal when up => To(CarefulStage.Normal, rules.Normal, "NORMAL: power is there"),
            CarefulStage.Normal when unsaid => To(CarefulStage.Normal, rules.Normal, reading is ProbeReading.Unread u ? $"NORMAL: not looked at: {u.Reason}" : "NORMAL: no answer, but there never was one"),
            CarefulStage.Normal => To(CarefulStage.PreFail, rules.Wait, "PRE-FAIL: power is lost"),
            CarefulStage.PreFail when up => To(CarefulStage.Normal, rules.Normal, "NORMAL: power is back"),
            CarefulStage.PreFail when unsaid => To(CarefulStage.PreFail, rules.Normal, $"PRE-FAIL: not looked at, once more: {(reading as ProbeReading.Unread)?.Reason}"),
            CarefulStage.PreFail => new(new(CarefulStage.Shutdown, LookAt: null, everUp), CarefulOrder.PowerOff, "SHUTDOWN: power is still lost"),
            CarefulStage.Shutdown => new(state, CarefulOrder.None, "SHUTDOWN already"),
            _ => throw new UnreachableException(state.Stage.ToString()),
        };
    }
}
