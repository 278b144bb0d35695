using Understudy.Daemon;

namespace Understudy.Collection;

/// <summary>What a collection says. Numbers 1300-1399; one is never used again.</summary>
internal static class CollectionMessages
{
    public static Message Moved { get; } = new Message(1301, "the collection");

    public static Message Trouble { get; } = new Message(1302, "the collection has lost something");

    public static Message LoopBroken { get; } = new Message(1303, "the collection's loop met an invariant that is broken");

    public static Message NotOffered { get; } = new Message(1304, "what is collected is not offered");
}
