using Understudy.Daemon;

namespace Understudy.Ups;

/// <summary>What a UPS proxy says. Numbers 1100-1199; one is never used again.</summary>
internal static class UpsMessages
{
    public static Message Primary { get; } = new Message(1101, "another source is shown");

    public static Message NoPrimary { get; } = new Message(1102, "no source can be shown");

    public static Message Source { get; } = new Message(1103, "a source changed");

    public static Message Contradiction { get; } = new Message(1104, "the sources contradict each other");

    public static Message Command { get; } = new Message(1105, "a command");

    public static Message Override { get; } = new Message(1106, "an operator's word");

    public static Message Reload { get; } = new Message(1107, "settings were read again");

    public static Message ReloadRefused { get; } = new Message(1108, "settings were refused, the old ones stay");

    public static Message Shutdown { get; } = new Message(1109, "a shutdown of the device");

    public static Message Unremembered { get; } = new Message(1110, "what should outlive this process could not be written");

    public static Message HandedOver { get; } = new Message(1111, "another process of the same UPS");

    public static Message NotHandedOver { get; } = new Message(1112, "a UPS was not handed from one process to the next");

    /// <summary>The message of a proxy's decision.</summary>
    public static Message Of(string what) => what switch
    {
        "primary" => Primary,
        "no_primary" => NoPrimary,
        "contradiction" => Contradiction,
        "command" => Command,
        "override" => Override,
        "reload" => Reload,
        "handover" => HandedOver,
        _ => Source,
    };
}
