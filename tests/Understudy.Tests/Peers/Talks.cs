using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Peers;
using Understudy.Core.Settings;
using Understudy.Tests.Settings;

namespace Understudy.Tests.Peers;

/// <summary>Keys, settings and whole candidates that several tests talk with.</summary>
internal static class Talks
{
    internal static HmacSeal Key(byte of = 1) => HmacSeal.From(Enumerable.Repeat(of, 32).ToArray());

    internal static UnderstudySettings Pair(string node = "alpha")
    {
        var reading = Files.Read(Files.Pair, node);
        return reading.Settings ?? throw new InvalidOperationException("the pair's file does not read");
    }

    internal static Instant At(double ms) => new Instant(0) + TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(ms);

    internal static Candidate Candidate(string node, ulong boot, Instant now, params ReadOnlySpan<Seal> keys) =>
        new(CandidateRules.From(Pair(node), boot), new KeyRing(keys), [0L], now);

    internal static TalkRules Rules(string self, ulong boot, params string[] peers) => new(
        Datagram.Id(self), boot, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(350), HeartbeatJudge.Missed, 3.5,
        peers.Select(p => new TalkPeer(p, Datagram.Id(p), 2, Witness: false)).ToValueList());

    /// <summary>A beat without entries, as <paramref name="from"/> would send it.</summary>
    internal static byte[] Beat(Seal key, string from, ulong boot, ulong sequence, Instant at, byte link = 0, ulong echoedBoot = 0, long echoedStamp = 0)
    {
        Span<byte> room = stackalloc byte[Datagram.MaxBytes];
        var body = BeatBody.Write(room[Datagram.HeaderBytes..], new BeatHead(0, 0, Core.Evidence.Health.Healthy, Ground: true, 0), [], []);
        var header = new DatagramHeader(DatagramKind.Beat, 0, Datagram.Id(from), boot, sequence, at.Ticks, echoedBoot, echoedStamp, 0, link, 0);
        return room[..Datagram.Frame(room, header, body, key)].ToArray();
    }
}
