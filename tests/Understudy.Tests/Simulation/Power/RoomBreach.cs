namespace Understudy.Tests.Simulation.Power;

/// <summary>One rule of the guard that is broken on purpose.</summary>
public enum RoomBreach
{
    None = 0,

    /// <summary>A witness that was never seen up votes.</summary>
    NeverUpVotes,

    /// <summary>What could not be looked at is down.</summary>
    UnreadIsDown,

    /// <summary>Silence of all counts as a loss.</summary>
    BlindIsLost,

    /// <summary>A control that went dark with the witnesses tells nothing while another is up.</summary>
    ControlsNeverGo,

    /// <summary>What is in the bucket stays in it while the mains are there.</summary>
    NoDrain,

    /// <summary>Nobody looks how warm it is.</summary>
    HeatIgnored,

    /// <summary>A sensor that leaps is believed.</summary>
    LeapsAreBelieved,
}
