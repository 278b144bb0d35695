using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Peers;
using Xunit;
using static Understudy.Tests.Peers.Talks;

namespace Understudy.Tests.Peers;

/// <summary>Guards travel from one host's candidate to the other's.</summary>
public sealed class GuardTalkTests
{
    private readonly HmacSeal key = Key();

    private static GuardEntry Entry(string guard, byte verdict = 2) =>
        new(Datagram.Id(guard), 1, verdict, 1, GuardEntry.NoStep, GuardEntry.EverSeen, 0, 2, 0, 1, GuardEntry.NoTemperature, 1000, 300_000, 1, 0);

    [Fact]
    public void What_a_host_says_of_its_guards_is_heard_by_the_other_on_each_link()
    {
        var (alpha, beta) = Acquainted();
        alpha.TellGuards([Entry("cooling"), Entry("rack", verdict: 1)], At(600));
        Carry(alpha, beta, 600);
        var links = alpha.Talk.Sessions[alpha.Talk.IndexOf(Datagram.Id("beta"))].Links.Length;
        Assert.True(links > 1);
        Assert.Equal(
            Enumerable.Repeat(new[] { Entry("cooling"), Entry("rack", verdict: 1) }, links).SelectMany(e => e).Select(e => new GuardHeard("alpha", e, At(600))), beta.GuardsHeard);
        Assert.Empty(alpha.GuardsHeard);
        Assert.Equal(0, alpha.Talk.Refused[(int)Refusal.Body]);
    }

    [Fact]
    public void That_a_host_has_no_guard_is_a_word_too()
    {
        var (alpha, beta) = Acquainted();
        var before = beta.Talk.Received;
        alpha.TellGuards([], At(600));
        Carry(alpha, beta, 600);
        Assert.True(beta.Talk.Received > before);
        Assert.Empty(beta.GuardsHeard);
    }

    [Fact]
    public void More_guards_than_fit_go_in_several_datagrams()
    {
        var (alpha, beta) = Acquainted();
        var guards = Enumerable.Range(0, GuardBody.MaxGuards + 3).Select(i => Entry($"guard-{i}")).ToArray();
        alpha.TellGuards(guards, At(600));
        Carry(alpha, beta, 600);
        Assert.Equal(guards.Select(g => g.Guard).Order(), beta.GuardsHeard.Select(h => h.Entry.Guard).Distinct().Order());
    }

    [Fact]
    public void Nobody_who_listens_is_no_leak()
    {
        var (alpha, beta) = Acquainted();
        for (var i = 0; i < 2 * Core.Duties.Candidate.MaxGuardsHeard; i++)
        {
            alpha.TellGuards([Entry($"guard-{i}")], At(600));
            Carry(alpha, beta, 600);
        }

        Assert.Equal(Core.Duties.Candidate.MaxGuardsHeard, beta.GuardsHeard.Count);
        Assert.Equal(Entry($"guard-{(2 * Core.Duties.Candidate.MaxGuardsHeard) - 1}"), beta.GuardsHeard.Last().Entry);
    }

    [Fact]
    public void One_guard_that_makes_no_sense_spoils_its_datagram()
    {
        var (alpha, beta) = Acquainted();
        alpha.TellGuards([Entry("cooling"), Entry("rack", verdict: 6)], At(600));
        Carry(alpha, beta, 600);
        Assert.Empty(beta.GuardsHeard);
        Assert.True(beta.Talk.Refused[(int)Refusal.Body] > 0);
    }

    [Fact]
    public void A_kind_that_is_not_known_is_dropped_and_counted_and_nothing_else()
    {
        var (_, beta) = Acquainted();
        var bytes = Beat(key, "alpha", 100, 999, At(600));
        bytes[3] = (byte)DatagramKind.Share + 1;      // what 6 is to a release that ends at 5
        var before = beta.Talk.Received;
        Assert.Equal(Refusal.Kind, beta.Receive(bytes, 0, At(600), At(600)));
        Assert.Equal((before, 1), (beta.Talk.Received, (int)beta.Talk.Refused[(int)Refusal.Kind]));
    }

    private (Candidate Alpha, Candidate Beta) Acquainted()
    {
        var (alpha, beta) = (Candidate("alpha", 100, At(0), key), Candidate("beta", 200, At(0), key));
        for (var ms = 0; ms < 590; ms += 10)
        {
            alpha.Wake(At(ms));
            beta.Wake(At(ms));
            Carry(alpha, beta, ms);
            Carry(beta, alpha, ms);
        }

        Assert.Equal(Core.Evidence.Health.Healthy, alpha.Talk.Sessions[alpha.Talk.IndexOf(Datagram.Id("beta"))].Health);
        return (alpha, beta);
    }

    private static void Carry(Candidate from, Candidate to, int ms)
    {
        for (var i = 0; i < from.Outbox.Count; i++)
        {
            var bytes = from.Outbox.Get(i, out var peer, out var link);
            if (!from.Talk.Sessions[peer].Peer.Witness)
            {
                _ = to.Receive(bytes, link, At(ms), At(ms));
            }
        }

        from.Outbox.Clear();
    }
}
