using System.Text.Json;
using Understudy.Api;
using Understudy.Core.Ledger;
using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Proofs;

/// <summary>More than a pair with one duty: three candidates, and two duties whose homes are crossed.</summary>
[Collection(nameof(OneAtATime))]
public sealed class ManyProofs
{
    [Fact]
    public void Two_duties_with_crossed_homes_share_the_hosts_and_both_go_to_the_survivor()
    {
        const string Second = "10.99.0.101/24";
        using var pair = new LivePair
        {
            Duties = LivePair.Duty("web", failback: "{ after: 200ms }") + "\n" + LivePair.Duty("mail", "beta, alpha", "{ after: 200ms }", address: Second),
        };
        pair.StartAll();
        pair.Await("each is at home", () => Holds(pair, Host.Alpha, "web") && Holds(pair, Host.Beta, "mail"));

        pair.Faults.PowerOff(Host.Beta);
        pair.Await("alpha has both", () => Holds(pair, Host.Alpha, "web") && Holds(pair, Host.Alpha, "mail"));
        pair.Faults.PowerOn(Host.Beta);
        pair.Await("each is at home again", () => Holds(pair, Host.Alpha, "web") && Holds(pair, Host.Beta, "mail"));
        pair.Faults.KillDaemon(Host.Alpha);
        pair.Await("each is at home once more", () => Holds(pair, Host.Alpha, "web") && Holds(pair, Host.Beta, "mail"));

        // One is held, the other is not touched by that.
        Assert.Equal(0, pair.Ask(Host.Alpha, "hold", "web").Exit);
        pair.Await("beta has both", () => Holds(pair, Host.Beta, "web") && Holds(pair, Host.Beta, "mail"));
        pair.Await("alpha stands by for mail", () => pair.Web(Host.Alpha, "mail") is { Stance: "standby", Holder: "beta" });
        pair.AssertTruth();
    }

    [Fact]
    public void Of_three_candidates_one_serves_by_rank_whoever_dies()
    {
        using var trio = new LiveTrio();
        trio.StartAll();
        trio.AwaitHolder("alpha");
        trio.Kill("alpha");
        trio.AwaitHolder("beta");
        trio.Kill("beta");
        trio.AwaitHolder("gamma");
        trio.Start("beta");
        trio.AwaitHolder("beta");
        trio.Start("alpha");
        trio.AwaitHolder("alpha");

        // And handed over to the last in rank past the second.
        Assert.Equal(0, trio.Ask("alpha", "hold", "web").Exit);
        trio.AwaitHolder("beta");
        Assert.Equal(0, trio.Ask("beta", "hold", "web").Exit);
        trio.AwaitHolder("gamma");
        Assert.Equal(0, trio.Ask("alpha", "release", "web").Exit);
        trio.AwaitHolder("alpha");
        trio.AssertTruth();
    }

    private static bool Holds(LivePair pair, Host host, string duty) =>
        pair.Web(host, duty) is { Stance: "active" } here && here.Holder == Place.Name(host) && pair.Web(LivePair.Other(host), duty) is not { Stance: "active" };
}
