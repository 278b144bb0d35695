namespace Understudy.Daemon;

/// <summary>A message that a person may see; its number has a paragraph in docs/messages.md.</summary>
internal sealed record Message(int Number, string Text)
{
    public string With(string detail) => $"{Text}: {detail}";
}

/// <summary>Everything that the daemon itself says beside its decisions. Numbers 1000-1099; one is never used again.</summary>
internal static class DaemonMessages
{
    public static Message DutyAlarm { get; } = new Message(1001, "a duty needs a person");

    public static Message LoopBroken { get; } = new Message(1002, "an invariant is broken; everything was let go");

    public static Message SettingsAdopted { get; } = new Message(1003, "settings were read again");

    public static Message SettingsRefused { get; } = new Message(1004, "settings were refused, the old ones stay");

    public static Message LeftoverRemoved { get; } = new Message(1005, "removed an address that an earlier run left here");

    public static Message ApiClosed { get; } = new Message(1006, "the API could not be opened; the duties are performed without it");

    public static Message LedgerUnread { get; } = new Message(1007, "the ledger of earlier runs could not be read whole");

    public static Message RivalsUnheard { get; } = new Message(1008, "a second user of an address would not be noticed on a device");

    public static Message UseUnread { get; } = new Message(1009, "whether a service is used could not be read, so that it counts as used");

    public static Message WitnessForgot { get; } = new Message(1010, "the witness has no memory and grants nothing for one TTL");

    public static Message WitnessDisk { get; } = new Message(1011, "the witness cannot write its memory and answers nobody");
}
