using System.Net;
using System.Net.Sockets;
using Understudy.Core.Duties;
using Understudy.Core.Ledger;
using Understudy.Lab.Proofs;
using Understudy.Lab.Worlds;
using Understudy.Linux.Ledger;
using Xunit;

namespace Understudy.Lab.Daemon;

/// <summary>failback: when_idle, with a real pair and a real connection.</summary>
[Collection(nameof(OneAtATime))]
public sealed class IdleLab
{
    [Fact]
    public void A_duty_goes_home_when_the_last_connection_to_it_is_over_and_not_before()
    {
        using var pair = new LivePair { Duties = LivePair.Duty("web", failback: "when_idle") };
        pair.StartAll();
        pair.AwaitCalm(Host.Alpha);
        Assert.Equal(0, pair.Ask(Host.Alpha, "hold", "web").Exit);
        pair.AwaitCalm(Host.Beta, otherFit: false);

        using var server = pair.World[Host.Beta].Inside(Listen);
        var client = pair.World[Host.Client].Inside(() => Connect(((IPEndPoint)server.LocalEndPoint!).Port));
        using (client)
        {
            using var accepted = server.Accept();
            Assert.Equal(0, pair.Ask(Host.Alpha, "release", "web").Exit);
            pair.AwaitCalm(Host.Beta);
            var from = LabClock.Now;
            while (LabClock.Now - from < 4 * LabClock.Second)
            {
                Assert.True(pair.Has(Host.Beta) && !pair.Has(Host.Alpha), $"it moved while somebody was connected\n{pair.Scene()}");
                LabClock.Pause(TimeSpan.FromMilliseconds(50));
            }

            Assert.DoesNotContain(Decided(pair, Host.Beta), d => d.Event is DutyEvent.IdleSeen { Idle: true });
        }

        pair.AwaitCalm(Host.Alpha);
        var decided = Decided(pair, Host.Beta);
        Assert.Contains(decided, d => d.Event is DutyEvent.IdleSeen { Idle: true });
        Assert.All(decided.TakeWhile(d => d.Event is not DutyEvent.IdleSeen { Idle: true }), d => Assert.False(d.Before.Idle, $"{d.Reason}: a guess counted as read"));
        pair.AssertTruth();
    }

    [Fact]
    public void A_duty_that_nobody_uses_goes_home_by_itself()
    {
        using var pair = new LivePair { Duties = LivePair.Duty("web", failback: "when_idle") };
        pair.StartAll();
        pair.AwaitCalm(Host.Alpha);
        Assert.Equal(0, pair.Ask(Host.Alpha, "hold", "web").Exit);
        pair.AwaitCalm(Host.Beta, otherFit: false);
        Assert.Equal(0, pair.Ask(Host.Alpha, "release", "web").Exit);
        pair.AwaitCalm(Host.Alpha);
        pair.AssertTruth();
    }

    private static List<LedgerLine.Decided> Decided(LivePair pair, Host host) =>
        [.. LedgerFiles.Read(pair.LedgerOf(host)).Select(e => e.Line).OfType<LedgerLine.Decided>()];

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        socket.Listen();
        return socket;
    }

    private static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(new IPEndPoint(Place.ServiceAddress, port));
        return socket;
    }
}
