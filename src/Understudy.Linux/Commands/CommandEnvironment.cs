using System.Globalization;
using Understudy.Core;

namespace Understudy.Linux.Commands;

/// <summary>The whole environment of a command: docs/reference/commands.md.</summary>
public static class CommandEnvironment
{
    /// <summary>Characters of one value; the kernel allows 128 KiB for each (MAX_ARG_STRLEN, linux/binfmts.h), a log line far less.</summary>
    internal const int LongestValue = 4096;

    /// <summary>What every program gets that we run. Ours is not handed on: NOTIFY_SOCKET and its like are not the child's.</summary>
    internal static readonly ValueList<string> Common =
        ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "LANG=C.UTF-8"];

    public static IReadOnlyList<string> Of(CommandOrder order) =>
    [
        .. Common,
        Entry("DUTY", order.Duty),
        Entry("VERB", order.Verb),
        Entry("EPOCH", order.Epoch.ToString(CultureInfo.InvariantCulture)),
        Entry("REASON", order.Reason),
        Entry("NODE", order.Node),
        Entry("PEER", order.Peer),
        Entry("ADDRESSES", string.Join(' ', order.Addresses)),
        Entry("LIMIT_MS", ((long)order.Limit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)),
    ];

    /// <summary>One line of bounded length: a reason may quote what a stranger's server said.</summary>
    internal static string Entry(string name, string value)
    {
        var kept = value.AsSpan(0, Math.Min(value.Length, LongestValue));
        return $"UNDERSTUDY_{name}={string.Create(kept.Length, kept, static (into, from) =>
        {
            for (var i = 0; i < into.Length; i++)
            {
                into[i] = char.IsControl(from[i]) ? ' ' : from[i];
            }
        })}";
    }
}
