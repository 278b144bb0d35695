using Understudy.Daemon;

namespace Understudy.Guards;

/// <summary>What guards say. Numbers 1200-1299; one is never used again.</summary>
internal static class GuardMessages
{
    public static Message Mains { get; } = new Message(1201, "the mains of a guard");

    public static Message Plan { get; } = new Message(1202, "the plan of a guard");

    public static Message Return { get; } = new Message(1203, "the return of the hosts");

    public static Message Alarm { get; } = new Message(1204, "a guard needs a person");

    public static Message Deed { get; } = new Message(1205, "a deed of a guard");

    public static Message Stalled { get; } = new Message(1206, "the guards did not run for a while");

    public static Message MemoryUnread { get; } = new Message(1207, "what a guard remembered could not be read");

    public static Message MemoryUnwritten { get; } = new Message(1208, "what a guard must remember could not be written");

    public static Message EvidenceUnwritten { get; } = new Message(1209, "readings of a guard could not be written");

    public static Message Recorders { get; } = new Message(1210, "the power commands are replaced, so that this host cannot be powered off");

    public static Message LoopBroken { get; } = new Message(1211, "the guards' loop met an invariant that is broken");

    public static Message Adopted { get; } = new Message(1212, "a guard goes by new settings");

    /// <summary>The message of a note of a guard's desk.</summary>
    public static Message Of(string what) => what switch
    {
        "plan" => Plan,
        "return" => Return,
        _ => Mains,
    };
}
