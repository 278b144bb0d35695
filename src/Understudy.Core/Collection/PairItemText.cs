using System.Globalization;
using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>One thing that is collected, whole, as one line of text: what an Understudy adds to LDMS's own attributes, which lose some of it. Fields are parted by blanks and percent-encoded; lists are parted by commas.</summary>
public static class PairItemText
{
    public static string Write(PairItem item) => item switch
    {
        PairItem.Producer { Rules: var p } => Join(["producer", p.Name, .. Write(p.Target), Micros(p.Reconnect), Num(p.Uid), Num(p.Gid), Num(p.Permissions), p.Load.ToString("R", CultureInfo.InvariantCulture), p.Home ?? ""]),
        PairItem.Updater { Rules: var u } => Join("updater", u.Name, Micros(u.Interval), u.Offset is { } o ? Micros(o) : "", List(u.Producers), List(u.Matches.Select(m => $"{(m.By == SetMatch.Schema ? 's' : 'i')}{m.Pattern.Text}")), Num(u.Uid), Num(u.Gid), Num(u.Permissions), u.Timeout is { } t ? Micros(t) : "", Num((uint)u.Stalled), u.ByHints ? "hints" : ""),
        PairItem.Storage { Rules: var s } => Join("storage", s.Name, s.Plugin, s.Container, s.Schema.Text, List(s.Producers.Select(p => p.Text)), List(s.Metrics), s.Flush is { } f ? Micros(f) : "", Num(s.Uid), Num(s.Gid), Num(s.Permissions)),
        _ => "",
    };

    /// <returns>Null where it is none of these.</returns>
    public static PairItem? Read(string text)
    {
        var fields = text.Split(' ').Select(Uri.UnescapeDataString).ToArray();
        try
        {
            return fields switch
            {
                ["producer", var name, var kind, var a, var b, var c, var reconnect, var uid, var gid, var permissions, var load, var home] when Target(kind, a, b, c) is { } target =>
                    new PairItem.Producer(new ProducerRules(name, target, Positive(reconnect))
                    {
                        Uid = Whole(uid),
                        Gid = Whole(gid),
                        Permissions = Whole(permissions),
                        Load = double.Parse(load, CultureInfo.InvariantCulture) is >= 0 and < double.PositiveInfinity and var l ? l : throw new FormatException(load),
                        Home = home.Length == 0 ? null : home,
                    }),
                ["updater", var name, var interval, var offset, var producers, var matches, var uid, var gid, var permissions, var timeout, var stalled, "" or "hints"] =>
                    new PairItem.Updater(new UpdaterRules(name, Positive(interval), offset.Length == 0 ? null : Span(offset), [.. Items(producers)],
                        [.. Items(matches).Select(m => new SetFilter(Pattern(m[1..]), m[0] == 's' ? SetMatch.Schema : SetMatch.Instance))])
                    {
                        Uid = Whole(uid),
                        Gid = Whole(gid),
                        Permissions = Whole(permissions),
                        Timeout = timeout.Length == 0 ? null : Positive(timeout),
                        Stalled = Whole(stalled) is > 0 and <= int.MaxValue and var count ? (int)count : throw new FormatException(stalled),
                        ByHints = fields[^1].Length > 0,
                    }),
                ["storage", var name, var plugin, var container, var schema, var producers, var metrics, var flush, var uid, var gid, var permissions] =>
                    new PairItem.Storage(new StorageRules(name, plugin, container, Pattern(schema), [.. Items(producers).Select(Pattern)], [.. Items(metrics)])
                    {
                        Flush = flush.Length == 0 ? null : Positive(flush),
                        Uid = Whole(uid),
                        Gid = Whole(gid),
                        Permissions = Whole(permissions),
                    }),
                _ => null,
            };
        }
        catch (Exception e) when (e is FormatException or OverflowException or IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static string[] Write(ProducerTarget target) => target switch
    {
        ProducerTarget.Ldms l => ["ldms", l.Host, Num((uint)l.Port), l.Auth],
        ProducerTarget.Page p => ["page", p.Url, Micros(p.Limit), List([p.Secret ?? "", p.IsInsecure ? "insecure" : "", p.Set ?? "", .. p.Headers.Select(h => $"{h.Name}:{h.Value}")])],
        ProducerTarget.Own o => ["own", o.Plugin, o.Set, o.Origin],
        _ => ["", "", "", ""],
    };

    private static ProducerTarget? Target(string kind, string a, string b, string c) => kind switch
    {
        "ldms" when Whole(b) is > 0 and <= 65535 and var port => new ProducerTarget.Ldms(a, (int)port, c),
        "page" => Page(a, b, [.. Items(c)]),
        _ => null,
    };

    private static ProducerTarget.Page? Page(string url, string limit, string[] more) => more is [var secret, "" or "insecure", var set, .. var headers]
        ? new ProducerTarget.Page(url, Positive(limit), Some(secret)) { IsInsecure = more[1].Length > 0, Set = Some(set), Headers = [.. headers.Select(h => (h[..h.IndexOf(':')], h[(h.IndexOf(':') + 1)..]))] }
        : null;

    private static string? Some(string text) => text.Length == 0 ? null : text;

    private static string Join(params IEnumerable<string> fields) => string.Join(' ', fields.Select(Uri.EscapeDataString));

    private static string List(IEnumerable<string> items) => string.Join(',', items.Select(Uri.EscapeDataString));

    private static IEnumerable<string> Items(string list) => list.Length == 0 ? [] : list.Split(',').Select(Uri.UnescapeDataString);

    private static string Micros(TimeSpan span) => ((long)span.TotalMicroseconds).ToString(CultureInfo.InvariantCulture);

    private static TimeSpan Span(string micros) => TimeSpan.FromMicroseconds(long.Parse(micros, CultureInfo.InvariantCulture));

    private static TimeSpan Positive(string micros) => Span(micros) is var span && span > TimeSpan.Zero ? span : throw new FormatException(micros);

    private static string Num(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static uint Whole(string number) => uint.Parse(number, CultureInfo.InvariantCulture);

    private static LdmsdPattern Pattern(string text) => LdmsdPattern.Parse(text, out var why) ?? throw new FormatException(why);
}
