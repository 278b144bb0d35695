using System.Diagnostics;

namespace Understudy.Core.Duties;

/// <summary>The words for a stance: on the wire, in status, and as the seeds say it.</summary>
public static class StanceCodes
{
    public static StanceCode Code(this Stance stance) => stance switch
    {
        Stance.Unknown => StanceCode.Unknown,
        Stance.Standby => StanceCode.Standby,
        Stance.Claiming => StanceCode.Claiming,
        Stance.Starting => StanceCode.Starting,
        Stance.Active => StanceCode.Active,
        Stance.Stopping => StanceCode.Stopping,
        Stance.Faulted => StanceCode.Faulted,
        Stance.Held => StanceCode.Held,
        _ => throw new UnreachableException(stance.GetType().Name),
    };

    /// <summary>The lower-case word of status, metrics and API.</summary>
    public static string Word(this StanceCode code) => code switch
    {
        StanceCode.Silent => "silent",
        StanceCode.Unknown => "unknown",
        StanceCode.Standby => "standby",
        StanceCode.Claiming => "claiming",
        StanceCode.Fencing => "fencing",
        StanceCode.Starting => "starting",
        StanceCode.Active => "active",
        StanceCode.Stopping => "stopping",
        StanceCode.Faulted => "faulted",
        StanceCode.Held => "held",
    };

    /// <summary>UP, RECOVER or FAIL as faild, failsh and failc know them: UP performs the duty, RECOVER could at any moment, FAIL cannot or must not.
    /// What is still on its way counts as RECOVER, and who cannot be heard as FAIL, as in the original.</summary>
    public static string SeedWord(this StanceCode code) => code switch
    {
        StanceCode.Active or StanceCode.Stopping => "UP",
        StanceCode.Standby or StanceCode.Claiming or StanceCode.Fencing or StanceCode.Starting => "RECOVER",
        StanceCode.Silent or StanceCode.Unknown or StanceCode.Faulted or StanceCode.Held => "FAIL",
    };
}
