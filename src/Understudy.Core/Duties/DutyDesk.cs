using System.Text;
using Understudy.Core.Peers;

namespace Understudy.Core.Duties;

/// <summary>One duty as a candidate keeps it: its rules, its state, and what the beats of the others last said of it.</summary>
public sealed class DutyDesk
{
    private readonly (DutyEntry Entry, Instant FitSince)[] said;
    private readonly long[] promises;

    internal DutyDesk(DutyRules rules, ValueList<string> devices, int[] peerOf, DutyState state)
    {
        (Rules, Devices, PeerOf, State) = (rules, devices, peerOf, state);
        Id = Datagram.Id(rules.Duty);
        Name = Encoding.UTF8.GetBytes(rules.Duty);
        said = new (DutyEntry, Instant)[rules.Candidates.Count];
        promises = new long[rules.Candidates.Count];
        GivenStamps = new long[rules.Candidates.Count];
        CandidateIds = [.. rules.Candidates.Select(Datagram.Id)];
    }

    public DutyRules Rules { get; internal set; }

    public ValueList<string> Devices { get; }

    public DutyState State { get; internal set; }

    public ulong Id { get; }

    internal byte[] Name { get; }

    /// <summary>By candidate: its place among the correspondents; -1 for ourselves.</summary>
    internal int[] PeerOf { get; }

    /// <summary>By candidate: what stands for its name on the wire. Kept, because beats tell it again and again.</summary>
    internal ulong[] CandidateIds { get; }

    /// <summary>By candidate: the stamp of its newest request for a promise that we granted; 0 for none.</summary>
    internal long[] GivenStamps { get; }

    /// <summary>The oldest of the stamps that the machine was last told.</summary>
    internal long PromisedStamp { get; set; }

    /// <summary>This correspondent is a candidate of the duty.</summary>
    public bool Concerns(int peer) => CandidateOf(peer) >= 0;

    internal ulong IdOf(string candidate) => CandidateIds[IndexOf(candidate)];

    internal int CandidateOf(int peer) => Array.IndexOf(PeerOf, peer);

    /// <summary>Notes what a candidate's beat says of this duty; true when it differs from what it said before.</summary>
    internal bool Note(int candidate, in DutyEntry entry, Instant now)
    {
        var was = said[candidate];
        var fit = (entry.Flags & DutyEntry.Fit) != 0;
        var wasFit = (was.Entry.Flags & DutyEntry.Fit) != 0;
        var aside = ((was.Entry.Flags ^ entry.Flags) & DutyEntry.Aside) != 0;
        var same = was.Entry.Stance == entry.Stance && was.Entry.Epoch == entry.Epoch && was.Entry.LetGo == entry.LetGo && was.Entry.Successor == entry.Successor && fit == wasFit && !aside;
        said[candidate] = (entry, fit && wasFit && !aside ? was.FitSince : now);
        return !same;
    }

    /// <summary>Whatever it said no longer counts: it is silent, or another boot of it speaks.</summary>
    internal bool Forget(int candidate)
    {
        var was = said[candidate].Entry.Stance;
        said[candidate] = default;
        promises[candidate] = 0;
        GivenStamps[candidate] = 0;
        return was != 0;
    }

    internal PeerView View(int candidate)
    {
        var (entry, fitSince) = said[candidate];
        return entry.Stance == 0
            ? PeerView.Unheard
            : new PeerView((StanceCode)entry.Stance, (long)entry.Epoch, (entry.Flags & DutyEntry.Fit) != 0, fitSince, (long)entry.LetGo, (entry.Flags & DutyEntry.Aside) != 0);
    }

    internal bool AsksPromise(int candidate) => (said[candidate].Entry.Flags & DutyEntry.AsksPromise) != 0;

    /// <summary>Takes in a promise. Returns the oldest stamp of all candidates' promises when that has grown, else 0.</summary>
    internal long Promised(int candidate, long stamp)
    {
        promises[candidate] = Math.Max(promises[candidate], stamp);
        var oldest = long.MaxValue;
        for (var i = 0; i < promises.Length; i++)
        {
            oldest = i == Rules.Self || Excused(i) ? oldest : Math.Min(oldest, promises[i]);
        }

        if (oldest is long.MaxValue || oldest <= PromisedStamp)
        {
            return 0;
        }

        PromisedStamp = oldest;
        return oldest;
    }

    /// <summary>Where a bare pair takes over from the silent, nobody waits for their promise.</summary>
    private bool Excused(int candidate) => !Rules.Arbitrated && Rules.OnSplit == Settings.SplitPolicy.Take && said[candidate].Entry.Stance == 0;

    internal int IndexOf(string candidate)
    {
        for (var i = 0; i < Rules.Candidates.Count; i++)
        {
            if (Rules.Candidates[i] == candidate)
            {
                return i;
            }
        }

        return -1;
    }
}
