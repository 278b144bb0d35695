using System.Globalization;
using Understudy.Core.Duties;

namespace Understudy.Core.Ledger;

/// <summary>A ledger line as one sentence for people.</summary>
public static class Sentences
{
    public static string Of(LedgerLine line) => line switch
    {
        LedgerLine.Started s => $"{s.Node} started ({s.Role}, version {s.Version}, boot {s.Boot})",
        LedgerLine.Ruled r => $"{r.Rules.Duty}: rules read; candidates {string.Join(", ", r.Rules.Candidates)}",
        LedgerLine.Decided d => $"{d.Duty}: {Move(d)}{d.Reason ?? "nothing worth telling"}",
        LedgerLine.Performed p => $"{p.Duty}: {Order(p.Effect)}: {p.Result}",
        LedgerLine.Ran r => string.Create(CultureInfo.InvariantCulture, $"{r.Duty}: command {r.Verb} (epoch {r.Epoch}): {r.Outcome}, took {Spans.Say(r.TookMs)}"),
        LedgerLine.Witnessed w => $"{w.Duty}: {w.From} asked to {Ask(w.Order.Ask)}: {Words(w.Word)}, epoch {w.Epoch.ToString(CultureInfo.InvariantCulture)}{(w.Holder is { } h ? $", {h} has it" : "")}",
        LedgerLine.Noted n => $"{Level(n.Level)}{n.Text}",
        LedgerLine.Ended e => string.Create(CultureInfo.InvariantCulture, $"ended with {e.Code}: {e.Why}"),
        _ => throw new System.Diagnostics.UnreachableException(line.GetType().Name),
    };

    private static string Move(LedgerLine.Decided d)
    {
        var (before, after) = (d.Before.Stance.Code(), d.After.Stance.Code());
        return before == after ? "" : $"{before.Word()} -> {after.Word()}: ";
    }

    private static string Order(DutyEffect effect) => effect switch
    {
        DutyEffect.AskArbiter e => $"ask the arbiter to {Ask(e.Order.Ask)}",
        DutyEffect.Start e => $"start with epoch {e.Epoch.ToString(CultureInfo.InvariantCulture)}",
        DutyEffect.Stop e => $"stop epoch {e.Epoch.ToString(CultureInfo.InvariantCulture)}",
        DutyEffect.Announce => "announce the addresses",
        DutyEffect.TellLetGo e => $"tell that epoch {e.Epoch.ToString(CultureInfo.InvariantCulture)} is let go",
        DutyEffect.RunVerb e => $"run {e.Verb}",
        DutyEffect.ProbeNow => "probe now",
        DutyEffect.Alarm e => $"alarm: {e.Text}",
        _ => throw new System.Diagnostics.UnreachableException(effect.GetType().Name),
    };

    private static string Ask(ClaimAsk ask) => ask switch
    {
        ClaimAsk.Claim => "claim",
        ClaimAsk.Renew => "renew",
        ClaimAsk.GiveBack => "give back",
        ClaimAsk.Read => "read",
        ClaimAsk.Prepare => "note an heir",
    };

    private static string Words(WitnessWord word) => word switch
    {
        WitnessWord.Granted => "granted",
        WitnessWord.Refused => "refused",
        WitnessWord.Superseded => "superseded",
        WitnessWord.Vacant => "vacant",
        WitnessWord.Recovering => "recovering",
        WitnessWord.GivenBack => "given back",
        WitnessWord.HeirNoted => "heir noted",
        WitnessWord.TtlTooLong => "the TTL is too long",
    };

    private static string Level(NoteLevel level) => level switch
    {
        NoteLevel.Information => "",
        NoteLevel.Warning => "warning: ",
        NoteLevel.Error => "error: ",
    };
}
