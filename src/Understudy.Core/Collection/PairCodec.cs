using System.Buffers.Binary;
using System.Globalization;
using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>
/// The pair's requests and answers as messages of LDMS's config channel (docs/protocol/ldms.md). What an Understudy adds stands where a stock daemon does not look: the attribute STRING, and the last eight bytes of an echo, which are zero there.
/// </summary>
public static class PairCodec
{
    /// <summary>Request ids of LDMS 4.5.1.</summary>
    public const uint Pair = 0x705, Reset = 0x706, CopyProducer = 0x707, CopyUpdater = 0x708, CopyStorage = 0x709, Ping = 0x70a, PeerConfig = 0x70b;

    private const int EchoBytes = 24;

    /// <summary>The lowest bits of an echo's version: an Understudy sends it.</summary>
    private const ulong Ours = 2;

    private const long MostMicros = 100L * 366 * 86_400 * 1_000_000;

    private const string Greeting = "understudy";

    /// <summary>The messages of one request, in order: a thing that the peer collects is told in as many as a stock daemon needs.</summary>
    /// <param name="number">Gives each its number.</param>
    public static IEnumerable<ConfigMessage> Write(PairRequest request, Func<uint> number)
    {
        switch (request)
        {
            case PairRequest.Pair pair:
                yield return Message(Pair, ConfigValue.Of(ConfigWord.PeerName, pair.Name), ConfigValue.Of(ConfigWord.String, $"{Greeting} {pair.Speaks.ToString(CultureInfo.InvariantCulture)}"));
                break;
            case PairRequest.Reset:
                yield return Message(Reset);
                break;
            case PairRequest.Ping ping:
                yield return Message(Ping, ConfigValue.Of(ConfigWord.Name, ping.Name));
                break;
            case PairRequest.PeerConfig:
                yield return Message(PeerConfig);
                break;
            case PairRequest.Told { Item: PairItem.Producer { Rules: { Target: ProducerTarget.Ldms target } p } item }:
                yield return Message(CopyProducer, [Copy(p.Name), ConfigValue.Of(ConfigWord.Host, target.Host), ConfigValue.Of(ConfigWord.Port, Num(target.Port)), ConfigValue.Of(ConfigWord.Transport, "sock"),
                    ConfigValue.Of(ConfigWord.Interval, Micros(p.Reconnect)), ConfigValue.Of(ConfigWord.Type, "active"), .. Owner(p.Uid, p.Gid, p.Permissions), Whole(item)]);
                break;
            case PairRequest.Told { Item: PairItem.Producer item }:
                yield return Message(CopyProducer, Copy(item.Name), ConfigValue.Of(ConfigWord.Type, "active"), Whole(item));
                break;
            case PairRequest.Told { Item: PairItem.Updater { Rules: var u } item }:
                yield return Message(CopyUpdater, [Copy(u.Name), ConfigValue.Of(ConfigWord.Interval, Micros(u.Interval)), .. u.Offset is { } o ? [ConfigValue.Of(ConfigWord.Offset, Micros(o))] : Array.Empty<ConfigValue>(), .. u.ByHints ? [ConfigValue.Of(ConfigWord.AutoInterval, "true")] : Array.Empty<ConfigValue>(), .. Owner(u.Uid, u.Gid, u.Permissions), Whole(item)]);
                foreach (var producer in u.Producers)
                {
                    yield return Message(CopyUpdater, Copy(u.Name), ConfigValue.Of(ConfigWord.Producer, $"#{producer}"));
                }

                foreach (var match in u.Matches)
                {
                    yield return Message(CopyUpdater, Copy(u.Name), ConfigValue.Of(ConfigWord.Match, match.By == SetMatch.Schema ? "schema" : "inst"), ConfigValue.Of(ConfigWord.Regex, match.Pattern.Text));
                }

                break;
            case PairRequest.Told { Item: PairItem.Storage { Rules: var s } item }:
                yield return Message(CopyStorage, [Copy(s.Name), ConfigValue.Of(ConfigWord.Plugin, s.Plugin), ConfigValue.Of(ConfigWord.Container, s.Container), ConfigValue.Of(ConfigWord.Schema, s.Schema.Text), Whole(item)]);
                foreach (var pattern in s.Producers)
                {
                    yield return Message(CopyStorage, Copy(s.Name), ConfigValue.Of(ConfigWord.Regex, pattern.Text));
                }

                foreach (var metric in s.Metrics)
                {
                    yield return Message(CopyStorage, Copy(s.Name), ConfigValue.Of(ConfigWord.Metric, metric));
                }

                break;
        }

        ConfigMessage Message(uint code, params IEnumerable<ConfigValue> attributes) => new(IsAnswer: false, number(), code, [.. attributes]);
    }

    /// <returns>Null where it is no request of a pair, or one without sense: <paramref name="why"/> says which.</returns>
    public static PairRequest? Read(ConfigMessage message, out string why)
    {
        why = "";
        switch (message.Code)
        {
            case Pair:
                return Named(message, out why, ConfigWord.PeerName) is { } asking ? new PairRequest.Pair(asking, Greeted(message[ConfigWord.String])) : null;
            case Reset:
                return new PairRequest.Reset();
            case Ping:
                return Named(message, out why) is { } pinging ? new PairRequest.Ping(pinging) : null;
            case PeerConfig:
                return new PairRequest.PeerConfig();
            case CopyProducer or CopyUpdater or CopyStorage:
                if (Named(message, out why) is not { } name)
                {
                    return null;
                }

                if (name.Length < 2 || name[0] != '#')
                {
                    why = $"{name} is an invalid name of a copy: it begins with '#'";
                    return null;
                }

                return message[ConfigWord.String] is { } text && PairItemText.Read(text) is { } whole ? new PairRequest.Told(whole, Whole: true)
                    : Part(message, name[1..], out why) is { } item ? new PairRequest.Told(item, Whole: false) : null;
            default:
                why = "not a request of a pair";
                return null;
        }
    }

    /// <summary>The answer to a request of the peer's.</summary>
    /// <param name="code">Which request it was.</param>
    public static ConfigMessage Answer(uint number, uint code, PairReply reply)
    {
        var attributes = new List<ConfigValue>();
        if (reply.Echo is { } echo && code is Ping or PeerConfig)
        {
            var bytes = new byte[EchoBytes];
            BinaryPrimitives.WriteInt32BigEndian(bytes, reply.Echo!.Service);
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), reply.Echo.Link);
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), (ulong)reply.Echo.Flags);
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(16), reply.Echo.Version == 0 ? 0 : reply.Echo.Version | Ours);
            attributes.Add(new ConfigValue(ConfigWord.UserBytes, ValueList.Create<byte>(bytes)));
            if (reply.Echo.Lacks.Count > 0)
            {
                attributes.Add(ConfigValue.Of(ConfigWord.String, string.Join(' ', reply.Echo.Lacks.Select(Uri.EscapeDataString))));
            }
        }
        else if (reply.Text.Length > 0)
        {
            attributes.Add(ConfigValue.Of(ConfigWord.String, reply.Text));
        }

        return new ConfigMessage(IsAnswer: true, number, (uint)reply.Code, [.. attributes]);
    }

    public static PairReply ReadAnswer(ConfigMessage message)
    {
        var echo = message.Attributes.FirstOrDefault(a => a.Word == ConfigWord.UserBytes) is { } udata ? Echo(udata.Bytes.AsSpan(), message[ConfigWord.String]) : null;
        return new PairReply((int)message.Code, echo is null ? message[ConfigWord.String] ?? "" : "", echo);
    }

    private static PairEcho? Echo(ReadOnlySpan<byte> bytes, string? lacks)
    {
        if (bytes.Length < EchoBytes)
        {
            return null;
        }

        var word = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        return new PairEcho(
            BinaryPrimitives.ReadInt32BigEndian(bytes), BinaryPrimitives.ReadInt32BigEndian(bytes[4..]), (PairMarks)BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            (word & Ours) != 0 ? word & ~3UL : 0, lacks is { Length: > 0 } ? [.. lacks.Split(' ').Select(Uri.UnescapeDataString)] : []);
    }

    /// <summary>What a stock daemon tells, a part at a time.</summary>
    private static PairItem? Part(ConfigMessage message, string name, out string why)
    {
        why = "";
        var (uid, gid, permissions) = (Whole(message, ConfigWord.Uid) ?? 0, Whole(message, ConfigWord.Gid) ?? 0, Octal(message[ConfigWord.Permissions]));
        switch (message.Code)
        {
            case CopyProducer:
                if (message[ConfigWord.Host] is { Length: > 0 } host && Whole(message, ConfigWord.Port) is > 0 and <= 65535 and var port)
                {
                    return new PairItem.Producer(new ProducerRules(name, new ProducerTarget.Ldms(host, (int)port, ""), Pause(message)) { Uid = uid, Gid = gid, Permissions = permissions });
                }

                why = $"#{name} has no host and port";
                return null;
            case CopyUpdater:
                return new PairItem.Updater(new UpdaterRules(name, Pause(message), Span(message, ConfigWord.Offset), message[ConfigWord.Producer] is { Length: > 1 } producer ? [producer.TrimStart('#')] : [],
                    message[ConfigWord.Regex] is { } regex && LdmsdPattern.Parse(regex, out _) is { } pattern ? [new SetFilter(pattern, message[ConfigWord.Match] == "schema" ? SetMatch.Schema : SetMatch.Instance)] : [])
                { ByHints = message[ConfigWord.AutoInterval] == "true", Uid = uid, Gid = gid, Permissions = permissions });
            default:
                return new PairItem.Storage(new StorageRules(name, message[ConfigWord.Plugin] ?? "", message[ConfigWord.Container] ?? "", message[ConfigWord.Schema] is { Length: > 0 } schema ? LdmsdPattern.Parse(schema, out _) ?? LdmsdPattern.Any : LdmsdPattern.Any,
                    message[ConfigWord.Regex] is { } from && LdmsdPattern.Parse(from, out _) is { } by ? [by] : [], message[ConfigWord.Metric] is { Length: > 0 } metric ? [metric] : [])
                { Uid = uid, Gid = gid, Permissions = permissions });
        }
    }

    private static string? Named(ConfigMessage message, out string why, ConfigWord word = ConfigWord.Name)
    {
        var name = message[word];
        why = name is { Length: > 0 } ? "" : word == ConfigWord.PeerName ? "missing `peer_name` attribute" : "missing `name` attribute";
        return why.Length == 0 ? name : null;
    }

    private static int Greeted(string? text) => text?.Split(' ') is [Greeting, var version] && int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var speaks) ? speaks : 0;

    private static ConfigValue Copy(string name) => ConfigValue.Of(ConfigWord.Name, $"#{name}");

    private static ConfigValue Whole(PairItem item) => ConfigValue.Of(ConfigWord.String, PairItemText.Write(item));

    private static ConfigValue[] Owner(uint uid, uint gid, uint permissions) =>
        [ConfigValue.Of(ConfigWord.Uid, Num((int)uid)), ConfigValue.Of(ConfigWord.Gid, Num((int)gid)), ConfigValue.Of(ConfigWord.Permissions, Convert.ToString((int)permissions, 8))];

    private static string Micros(TimeSpan span) => ((long)span.TotalMicroseconds).ToString(CultureInfo.InvariantCulture);

    private static string Num(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static uint? Whole(ConfigMessage message, ConfigWord word) => uint.TryParse(message[word], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A span in µs; null where there is none, or one beyond a century.</summary>
    private static TimeSpan? Span(ConfigMessage message, ConfigWord word) =>
        long.TryParse(message[word], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var micros) && Math.Abs((decimal)micros) < MostMicros ? TimeSpan.FromMicroseconds(micros) : null;

    /// <summary>One that is more than 0, or a second.</summary>
    private static TimeSpan Pause(ConfigMessage message) => Span(message, ConfigWord.Interval) is { } span && span > TimeSpan.Zero ? span : TimeSpan.FromSeconds(1);

    private static uint Octal(string? text)
    {
        try
        {
            return text is { Length: > 0 } ? Convert.ToUInt32(text, 8) : 0b111_111_111;
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)      // the last is what a sign gives
        {
            return 0b111_111_111;
        }
    }
}
