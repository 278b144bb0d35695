using Understudy.Core.Power;
using Understudy.Daemon;

namespace Understudy.Guards;

/// <summary>Hands a duty over by the same door as an operator does.</summary>
internal sealed class DutyRelease(IDaemon door) : IDutyRelease
{
    public bool IsHere(string duty) => door.Snapshot.Find(duty) is { Stance: "active" or "starting" or "stopping" };

    public async Task<GuardAnswer> ReleaseAsync(string duty, string? to, string by, CancellationToken stop)
    {
        if (!IsHere(duty))
        {
            return new GuardAnswer(true, $"{duty} is not held here");
        }

        try
        {
            var answer = await door.OrderAsync(new HostOrder.HandOver(duty, to, by), stop);
            return !answer.Done && !IsHere(duty) ? new GuardAnswer(true, $"{duty} is not held here any more") : new GuardAnswer(answer.Done, answer.Text);
        }
        catch (TimeoutException)
        {
            return new GuardAnswer(false, $"{duty}: the loop did not answer in time");
        }
    }
}
