using System.Globalization;
using System.Text;
using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Peers;
using Understudy.Tests.House;
using Xunit;

namespace Understudy.Tests.Peers;

/// <summary>docs/protocol/peer-vectors.md holds whole datagrams, byte by byte, for whoever writes another end. Set UNDERSTUDY_REWRITE to write the page anew.</summary>
public sealed class VectorTests
{
    private const string Page = "docs/protocol/peer-vectors.md";
    private static readonly byte[] s_secret = "an example key, not a secret"u8.ToArray();

    [Fact]
    public void The_page_s_datagrams_are_ours()
    {
        var text = Write();
        if (Environment.GetEnvironmentVariable("UNDERSTUDY_REWRITE") is not null)
        {
            File.WriteAllText(Path.Combine(Repository.Root, Page), text);
        }

        Assert.Equal(text, Repository.Read(Page));
    }

    [Fact]
    public void The_page_s_datagrams_open()
    {
        using var seal = HmacSeal.From(s_secret);
        foreach (var (_, bytes) in Datagrams())
        {
            Assert.Equal(Refusal.None, Datagram.Open(bytes, new KeyRing(seal), out var header, out _));
            Assert.Equal(0x0102030405060708UL, header.Boot);
        }
    }

    private static IEnumerable<(string What, byte[] Bytes)> Datagrams()
    {
        using var seal = HmacSeal.From(s_secret);
        var room = new byte[Datagram.MaxBytes];
        var body = BeatBody.Write(
            room.AsSpan(Datagram.HeaderBytes),
            new BeatHead(1, 1, Health.Healthy, Ground: true, LateMs: 3),
            [new HeardEntry(0, Health.Healthy, 2, 1, 40)],
            [new DutyEntry(Datagram.Id("web"), 6, DutyEntry.AsksPromise, 42, 41, Datagram.Id("beta"), 0)]);
        yield return ("A beat: alpha tells beta on link 0 that it serves `web` with epoch 42, has let go of 41 for beta, and asks for a promise", Frame(DatagramKind.Beat, "alpha", body, 0));
        body = new AskBody(1, 600, 1_000_000, 42, 42, Datagram.Id("beta")).Write(room.AsSpan(Datagram.HeaderBytes), "web"u8);
        yield return ("An ask: alpha claims `web` for 600 ms, ticket 1000000, knows of epoch 42 and that beta has let go of it", Frame(DatagramKind.Ask, "alpha", body, DatagramHeader.AnswerNow));
        body = new AnswerBody(1, 600, Datagram.Id("web"), 1_000_000, 90_000_000, 43, Datagram.Id("alpha")).Write(room.AsSpan(Datagram.HeaderBytes));
        yield return ("An answer: the witness grants alpha epoch 43", Frame(DatagramKind.Answer, "witness", body, 0));

        body = GuardBody.Write(
            room.AsSpan(Datagram.HeaderBytes),
            [new GuardEntry(Datagram.Id("cooling"), Tier: 1, Verdict: 2, Phase: 2, GuardEntry.NoStep, GuardEntry.EverSeen, Up: 0, Dark: 2, Unread: 1, Controls: 1, Tenths: 274, 180_000, 300_000, 181, 7)]);
        yield return (
            "A guard: alpha, tier 1, has seen the mains of `cooling` lost for 181 s by two dark witnesses and one that it cannot read, with one control up; 27.4 degrees, 180 of 300 s are full, plan 7 is armed",
            Frame(DatagramKind.Guard, "alpha", body, 0));

        byte[] Frame(DatagramKind kind, string from, int bodyBytes, byte flags)
        {
            var header = new DatagramHeader(kind, 0, Datagram.Id(from), 0x0102030405060708, 9, 90_000_000, 0x1112131415161718, 80_000_000, 1500, 0, flags);
            return room[..Datagram.Frame(room, header, bodyBytes, seal)];
        }
    }

    private static string Write()
    {
        var page = new StringBuilder("""
            # Datagrams of the peer protocol, byte by byte

            Whole datagrams as [the protocol](peer.md) has them, for whoever writes another end. A test holds this page and the code together.

            The key is the 28 bytes `an example key, not a secret`. In all of them: boot 0102030405060708, sequence 9, sent at 90000000, echoed boot 1112131415161718, echoed
            stamp 80000000, held for 1500 us, link 0. Sixteen bytes in a line; the last sixteen bytes are the MAC.

            """);
        foreach (var (what, bytes) in Datagrams())
        {
            _ = page.Append(CultureInfo.InvariantCulture, $"\n## {what.Split(':')[0]}\n{what.Split(": ", 2)[1]}. {bytes.Length} bytes.\n\n```\n");
            for (var at = 0; at < bytes.Length; at += 16)
            {
                _ = page.Append(CultureInfo.InvariantCulture, $"{at:x4}  {Convert.ToHexStringLower(bytes.AsSpan(at, Math.Min(16, bytes.Length - at)))}\n");
            }

            _ = page.Append("```\n");
        }

        return page.ToString();
    }
}
