namespace Understudy.Lab.Worlds.Measures;

/// <summary>Who had the address when: spans between one change and the next, for each address.</summary>
internal sealed class Holding
{
    private readonly List<Span> four;
    private readonly List<Span> six;

    private Holding(List<Span> four, List<Span> six)
    {
        this.four = four;
        this.six = six;
    }

    internal static Holding Of(IReadOnlyList<AddressChange> changes) =>
        new(Spans(changes.Where(c => !c.Six)), Spans(changes.Where(c => c.Six)));

    /// <summary>For how long, and how often, both hosts had an address; the worse of IPv4 and IPv6.</summary>
    internal (long Span, int Times) Both(long from, long to)
    {
        var a = Both(four, from, to);
        var b = Both(six, from, to);
        return (Math.Max(a.Span, b.Span), Math.Max(a.Times, b.Times));
    }

    internal long Nobody(long from, long to) => four.Where(s => !s.Alpha && !s.Beta).Sum(s => s.Within(from, to));

    /// <summary>The longest time in which one and the same host had the IPv4 address without a break.</summary>
    internal long OneHasIt(long from, long to) => Math.Max(Longest(s => s.Alpha, from, to), Longest(s => s.Beta, from, to));

    private static (long Span, int Times) Both(List<Span> spans, long from, long to)
    {
        var both = spans.Where(s => s is { Alpha: true, Beta: true } && s.From < to && s.To >= from).ToList();
        return (both.Sum(s => s.Within(from, to)), both.Count(s => s.From >= from || s.To > from));
    }

    private static List<Span> Spans(IEnumerable<AddressChange> changes)
    {
        var spans = new List<Span>();
        var last = new Span(long.MinValue, long.MaxValue, false, false);
        foreach (var change in changes)
        {
            spans.Add(last with { To = change.At });
            last = new Span(
                change.At,
                long.MaxValue,
                change.Host == Host.Alpha ? change.Has : last.Alpha,
                change.Host == Host.Beta ? change.Has : last.Beta);
        }

        spans.Add(last);
        return spans;
    }

    private long Longest(Func<Span, bool> has, long from, long to)
    {
        var longest = 0L;
        var run = 0L;
        foreach (var span in four)
        {
            run = has(span) ? run + span.Within(from, to) : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }

    private sealed record Span(long From, long To, bool Alpha, bool Beta)
    {
        internal long Within(long from, long to) => Math.Max(0, Math.Min(To, to) - Math.Max(From, from));
    }
}
