namespace Understudy.Core.Collection;

/// <summary>What a peer collects, as it was told last, for the next start: who is started anew while its peer is dead can stand in for it all the same.</summary>
/// <param name="Peer">Whose it is: the peer's name, or where it listens.</param>
/// <param name="Version">Of the peer's configuration.</param>
public sealed record PairMemory(string Peer, ulong Version, ValueList<PairItem> Items)
{
    /// <summary>As lines: <c>peer NAME</c>, <c>version N</c>, then each item as <see cref="PairItemText"/> writes it.</summary>
    public string Write() => string.Concat([$"peer {Peer}\n", $"version {Version.ToString(System.Globalization.CultureInfo.InvariantCulture)}\n", .. Items.Select(i => PairItemText.Write(i) + "\n")]);

    /// <param name="peer">Whose it must be.</param>
    /// <param name="why">Why it is not believed, as the end of a sentence that begins with it.</param>
    /// <returns>Null where any line cannot be read: half of what a peer collects is not what it collects.</returns>
    public static PairMemory? Read(string text, string peer, out string why)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length < 2 || lines[0] != $"peer {peer}")
        {
            why = $"is not of {peer}";
            return null;
        }

        var items = lines.Skip(2).Select(PairItemText.Read).ToArray();
        if (!lines[1].StartsWith("version ", StringComparison.Ordinal) || !ulong.TryParse(lines[1].AsSpan(8), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var version) || items.Contains(null))
        {
            why = "has lines that cannot be read";
            return null;
        }

        why = "";
        return new PairMemory(peer, version, [.. items.OfType<PairItem>()]);
    }
}
