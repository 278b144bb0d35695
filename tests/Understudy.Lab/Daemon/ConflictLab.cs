using System.Net;
using Understudy.Core.Wire;
using Understudy.Lab.Addresses;
using Understudy.Lab.Proofs;
using Understudy.Lab.Worlds;
using Understudy.Linux.Addresses;
using Xunit;

namespace Understudy.Lab.Daemon;

/// <summary>Another machine uses the address of a duty: a real pair, and a third host that got the address by hand.</summary>
[Collection(nameof(OneAtATime))]
public sealed class ConflictLab
{
    [Fact]
    public void Whoever_takes_the_address_by_hand_is_answered_and_named_in_the_ledger()
    {
        using var pair = new LivePair();
        pair.StartAll();
        pair.Home(Host.Alpha);
        pair.AwaitCalm(Host.Alpha);
        var client = pair.World[Host.Client];
        var mac = Mac(pair, Host.Client);
        var ours = Convert.FromHexString(Mac(pair, Host.Alpha).Replace(":", "", StringComparison.Ordinal));
        Assert.Empty(Sightings(pair, Host.Alpha));

        client.Ip($"address add {Place.ServiceAddress}/24 dev eth0\n");
        using var rival = client.Inside(() => AddressPerformer.Open([(Place.ServiceAddress, 24, "eth0")]));
        using var ear = client.Inside(() => new Ear());
        var from = LabClock.Now;
        Assert.Equal(0, rival.Announce());
        pair.Await("alpha announces its address again", () => Announced(ear, ours));
        pair.Await("the ledger names who it was", () => Sightings(pair, Host.Alpha).Any(l => l.Contains($"{mac} uses {Place.ServiceAddress} too", StringComparison.Ordinal)));
        Assert.True(LabClock.Now - from < 10 * LabClock.Second, pair.Scene());

        // However many frames come, a telling is rare: the ledger, the command and the wire are not the rival's to drive.
        var before = Sightings(pair, Host.Alpha).Count;
        var flood = LabClock.Now;
        while (LabClock.Now - flood < 2 * LabClock.Second)
        {
            Assert.Equal(0, rival.Announce());
        }

        Assert.InRange(Sightings(pair, Host.Alpha).Count - before, 0, 3);
        client.Ip($"address delete {Place.ServiceAddress}/24 dev eth0\n");

        // The other candidate has nothing to defend, and the rightful holder's announcements are no conflict to it.
        Assert.Empty(Sightings(pair, Host.Beta));
        pair.AwaitCalm(Host.Alpha);
        var told = Sightings(pair, Host.Alpha).Count;
        pair.Home(Host.Beta);
        pair.Home(Host.Alpha);
        Assert.Empty(Sightings(pair, Host.Beta));
        Assert.InRange(Sightings(pair, Host.Alpha).Count - told, 0, 1);      // what the flood left, told after its pause
        pair.AssertTruth();
    }

    private static List<string> Sightings(LivePair pair, Host host) =>
        [.. File.ReadLines(pair.LedgerOf(host)).Where(l => l.Contains("\"is\":\"conflict_seen\"", StringComparison.Ordinal))];

    private static string Mac(LivePair pair, Host host) =>
        Shell.Run("ip", null, "-n", pair.World[host].Name, "link", "show", "dev", "eth0").Split("link/ether ")[1][..17];

    private static bool Announced(Ear ear, byte[] mac)
    {
        while (ear.Hear() is { } frame)
        {
            if (ArpFrame.TryRead(frame, out var arp) && arp.SenderMac.SequenceEqual(mac) && arp.Sender == WireAddress.Of(Place.ServiceAddress))
            {
                return true;
            }
        }

        return false;
    }
}
