namespace Understudy.Linux.Collection;

/// <summary>The claim on a place for whoever performs a duty: without the duty it is not asked for, and with the duty it is let go. Two hosts that both think that they perform it are still kept apart by the place.</summary>
/// <param name="holds">Whether this host performs the duty now, and a sentence that says so.</param>
public sealed class DutyClaim(IStoreClaim place, Func<(bool Held, string Why)> holds) : IStoreClaim
{
    public ulong Epoch => place.Epoch;

    public StoreClaimOutcome TryClaim()
    {
        if (holds() is (false, var why))
        {
            place.LetGo();
            return StoreClaimOutcome.No(why);
        }

        return place.TryClaim();
    }

    public bool StillMine() => holds().Held && place.StillMine();

    public void LetGo() => place.LetGo();

    public void Dispose() => place.Dispose();
}
