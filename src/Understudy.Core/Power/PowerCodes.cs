using System.Diagnostics;
using Understudy.Core.Plans;

namespace Understudy.Core.Power;

/// <summary>Verdicts and phases as numbers of the peer protocol (docs/protocol/peer.md, kind 5) and as words. A number that we do not know is one of which we know nothing.</summary>
public static class PowerCodes
{
    public static byte Of(MainsVerdict verdict) => verdict switch
    {
        MainsVerdict.Present => 1,
        MainsVerdict.Lost => 2,
        MainsVerdict.Blind => 3,
        MainsVerdict.Disputed => 4,
        MainsVerdict.Unknown => 5,
    };

    public static MainsVerdict Verdict(byte code) => code switch { 1 => MainsVerdict.Present, 2 => MainsVerdict.Lost, 3 => MainsVerdict.Blind, 4 => MainsVerdict.Disputed, _ => MainsVerdict.Unknown };

    public static byte Of(PlanPhaseCode phase) => (byte)(1 + (int)phase);

    public static PlanPhaseCode Phase(byte code) => code is >= 1 and <= 6 ? (PlanPhaseCode)(code - 1) : PlanPhaseCode.Idle;

    public static string Word(MainsVerdict verdict) => Counting.Word(verdict);

    public static string Word(ReturnStage stage) => stage switch
    {
        ReturnStage.Idle => "idle",
        ReturnStage.Waiting => "waiting",
        ReturnStage.Waking => "waking",
        _ => throw new UnreachableException(stage.ToString()),
    };

    public static string Word(Evidence.Health health) => health switch
    {
        Evidence.Health.Healthy => "healthy",
        Evidence.Health.Suspect => "suspect",
        Evidence.Health.Failed => "failed",
        Evidence.Health.Unknown => "unknown",
    };
}
