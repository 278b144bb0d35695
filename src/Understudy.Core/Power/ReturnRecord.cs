using Understudy.Core.Settings;

namespace Understudy.Core.Power;

/// <summary>Who is still to be woken, to be known after a restart; also after one of the machine: who was to stay may itself have been without power in between, and nobody else would wake the others.</summary>
/// <param name="Boot">The kernel's boot id (/proc/sys/kernel/random/boot_id, random(4)); only in it the moments mean something.</param>
/// <param name="NextAt">Nobody was to be woken before.</param>
/// <param name="Sleepers">All that are to be woken, and how often each was.</param>
public sealed record ReturnRecord(string Boot, Instant NextAt, ValueList<SleeperMemory> Sleepers)
{
    /// <summary>What is to be written now; null while nobody is to be woken.</summary>
    public static ReturnRecord? Of(ReturnState? state, string boot) => state is null or { Stage: ReturnStage.Idle }
        ? null
        : new(boot, state.NextAt, state.Sleepers.Select(s => new SleeperMemory(s.Wake.Node, s.Tries, s.LastTry)).ToValueList());

    /// <summary>Goes on with it: the mains must be stable anew and the UPS is asked anew, and who was woken in this boot is not woken sooner again for our restart.</summary>
    /// <param name="settings">Of now, which may name other hosts than the record.</param>
    public ReturnState Restore(ReturnSettings settings, string boot, Instant now)
    {
        var start = ReturnState.AtStart(settings, now) with { Stage = ReturnStage.Waiting };
        return boot != Boot
            ? start
            : start with
            {
                NextAt = Instant.Earlier(Instant.Later(NextAt, now), now + settings.Every),
                Sleepers = start.Sleepers.Select(s => Sleepers.FirstOrDefault(m => m.Node == s.Wake.Node) is { } known ? Known(s, known, now) : s).ToValueList(),
            };
    }

    private static Sleeper Known(Sleeper sleeper, SleeperMemory known, Instant now) => sleeper with
    {
        Tries = Math.Clamp(known.Tries, 0, ReturnMachine.MostTries),
        LastTry = known.LastTry is { } at ? Instant.Earlier(at, now) : null,
    };
}

/// <summary>What is remembered of a host that is to be woken.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Tries">So often it was woken.</param>
/// <param name="LastTry">When it was last.</param>
public sealed record SleeperMemory(string Node, int Tries, Instant? LastTry);
