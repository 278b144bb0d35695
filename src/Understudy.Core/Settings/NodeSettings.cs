using System.Net;

namespace Understudy.Core.Settings;

/// <summary>One host of the file, with its end of every link, the most trusted link first.</summary>
/// <param name="Name">Letters, digits, '-', '_' and '.', at most 63.</param>
/// <param name="Links">1..8 links, named alike on every node.</param>
public sealed record NodeSettings(string Name, ValueList<LinkSettings> Links);

/// <summary>A host's end of one link: heartbeats leave from this address and arrive at it.</summary>
public sealed record LinkSettings(string Name, IPAddress Address);
