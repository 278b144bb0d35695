using System.Globalization;
using System.Text;

namespace Understudy.Linux.Commands;

/// <summary>Keeps the first and the last 4 KiB of what a program wrote, however much that was: how it began and how it ended.</summary>
internal sealed class BoundedOutput
{
    /// <summary>Bytes kept of each end: one page, and a ledger line stays readable.</summary>
    internal const int Kept = 4096;

    private readonly byte[] head = new byte[Kept];
    private readonly byte[] tail = new byte[Kept];
    private long total;

    internal long Total => total;

    internal void Take(ReadOnlySpan<byte> bytes)
    {
        if (total < Kept)
        {
            var first = bytes[..Math.Min(bytes.Length, Kept - (int)total)];
            first.CopyTo(head.AsSpan((int)total));
            total += first.Length;
            bytes = bytes[first.Length..];
        }

        if (bytes.Length > Kept)
        {
            total += bytes.Length - Kept;
            bytes = bytes[^Kept..];
        }

        // A ring: byte n of the output, n >= Kept, is at n mod Kept.
        var at = (int)(total % Kept);
        var toEnd = Math.Min(bytes.Length, Kept - at);
        bytes[..toEnd].CopyTo(tail.AsSpan(at));
        bytes[toEnd..].CopyTo(tail);
        total += bytes.Length;
    }

    /// <summary>What is kept, as text; bytes that are no UTF-8 become U+FFFD. Without the last line's end.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(Encoding.UTF8.GetString(head.AsSpan(0, (int)Math.Min(total, Kept))));
        if (total > 2 * Kept)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n[{total - (2 * Kept)} bytes left out]\n");
        }

        if (total > Kept)
        {
            var kept = (int)Math.Min(total - Kept, Kept);
            var last = new byte[kept];
            for (var i = 0; i < kept; i++)
            {
                last[i] = tail[(int)((total - kept + i) % Kept)];
            }

            text.Append(Encoding.UTF8.GetString(last));
        }

        return text.ToString().TrimEnd('\n', '\r');
    }
}
