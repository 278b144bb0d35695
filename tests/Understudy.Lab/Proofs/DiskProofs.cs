using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Proofs;

/// <summary>A disk that is full decides nothing: letting go is as quick as ever, taking still happens, and the trouble is told.</summary>
[Collection(nameof(OneAtATime))]
public sealed class DiskProofs
{
    [Fact]
    public void With_a_full_disk_under_its_ledger_a_host_lets_go_and_takes_over_and_tells_of_it()
    {
        using var pair = new LivePair();
        var disk = pair.SmallDisk("disk-alpha", "256k");
        pair.KeepLedgerAt(Host.Alpha, Path.Combine(disk, "alpha.ledger"));
        pair.StartAll();
        pair.Home(Host.Alpha);
        Fill(disk);

        // Letting go.
        var gone = pair.Ask(Host.Alpha, "handover", "web", "--to", "beta");
        Assert.True(gone.Exit == 0, gone.Output + gone.Errors);
        pair.AwaitCalm(Host.Beta);
        pair.Await("alpha tells the trouble of its ledger", () => pair.Status(Host.Alpha)?.Loop.LedgerTrouble is not null);
        Assert.Contains("The ledger cannot be written", pair.Ask(Host.Alpha, "status").Output, StringComparison.Ordinal);
        Assert.Contains("The ledger cannot be written", pair.Ask(Host.Alpha, "explain", "web").Output, StringComparison.Ordinal);
        Assert.Equal(0, pair.Metric(Host.Alpha, "understudy_ledger_writable"));

        // Taking, by order, and when the other dies.
        Assert.Equal(0, pair.Ask(Host.Beta, "handover", "web", "--to", "alpha").Exit);
        pair.AwaitCalm(Host.Alpha);
        Assert.Equal(0, pair.Ask(Host.Alpha, "handover", "web").Exit);
        pair.AwaitCalm(Host.Beta);
        pair.Faults.KillEverything(Host.Beta);
        pair.AwaitCalm(Host.Alpha, otherFit: false);

        // Killed, and again on the full disk: the guardian lets go, the next daemon starts and serves.
        pair.Start(Host.Beta);
        pair.AwaitCalm(Host.Alpha);
        var before = pair.DaemonPids(Host.Alpha);
        pair.Faults.KillDaemon(Host.Alpha);
        pair.Await("another daemon runs on alpha", () => pair.DaemonPids(Host.Alpha) is [var pid] && pid != before[0]);
        pair.AwaitCalm();

        // Room again: it writes again, says what is missing, and all of it replays.
        File.Delete(Path.Combine(disk, "ballast"));
        pair.Home(Host.Beta);
        pair.Home(Host.Alpha);
        pair.Await("the trouble is over", () => pair.Status(Host.Alpha) is { Loop.LedgerTrouble: null });
        Assert.Equal(1, pair.Metric(Host.Alpha, "understudy_ledger_writable"));
        Assert.Contains("lines are lost", File.ReadAllText(pair.LedgerOf(Host.Alpha)), StringComparison.Ordinal);
        pair.AssertTruth();
    }

    [Fact]
    public void A_witness_whose_memory_does_not_fit_on_its_disk_lets_nobody_in_and_says_so()
    {
        using var pair = new LivePair();
        var disk = pair.SmallDisk("disk-witness", "64k");
        pair.WitnessState = Path.Combine(disk, "witness.json");
        Fill(disk);
        pair.StartAll();
        foreach (var host in new[] { Host.Alpha, Host.Beta })
        {
            pair.Await($"{host} has listened and asks", () => pair.Web(host) is { Stance: "claiming" or "standby" });
        }

        // The pair wants to serve and may not, for several lives of a claim.
        LabClock.Pause(pair.Ttl * 5);
        Assert.Empty(pair.World.Addresses.Changes);
        pair.Await("the witness tells the trouble of its disk", () => File.ReadAllText(pair.LedgerOf(Host.Witness)).Contains("1011", StringComparison.Ordinal));
        Assert.NotEqual(0, pair.Ask(Host.Alpha, "status").Exit);
        Assert.Contains("Nobody is known to have web", pair.Ask(Host.Alpha, "explain", "web").Output, StringComparison.Ordinal);

        File.Delete(Path.Combine(disk, "ballast"));
        pair.AwaitCalm();
        pair.AssertTruth();
    }

    [Fact]
    public void A_witness_whose_disk_fills_up_keeps_the_pair_as_it_is_and_lets_nobody_new_in()
    {
        using var pair = new LivePair();
        var disk = pair.SmallDisk("disk-witness", "64k");
        pair.WitnessState = Path.Combine(disk, "witness.json");
        pair.StartAll();
        pair.Home(Host.Alpha);
        File.Delete(pair.WitnessState);
        Fill(disk);
        pair.Faults.KillEverything(Host.Witness);
        pair.Start(Host.Witness);
        pair.Await("alpha no longer hears the witness", () => pair.Status(Host.Alpha) is { ArbiterHealth: Core.Evidence.Health.Failed });

        // By the other's promises it serves on, for many lives of a claim.
        LabClock.Pause(pair.Ttl * 5);
        Assert.Equal("alpha", pair.Holders());
        pair.Faults.KillEverything(Host.Alpha);
        pair.Await("alpha's address is gone", () => !pair.Has(Host.Alpha));
        LabClock.Pause(pair.Ttl * 4);
        Assert.Equal("nobody", pair.Holders());

        File.Delete(Path.Combine(disk, "ballast"));
        pair.AwaitCalm(Host.Beta, otherFit: false);
        pair.Start(Host.Alpha);
        pair.AwaitCalm(Host.Beta);
        pair.AssertTruth();
    }

    /// <summary>Takes the last byte that the disk has.</summary>
    private static void Fill(string disk)
    {
        using var ballast = File.Open(Path.Combine(disk, "ballast"), FileMode.Create);
        var page = new byte[4096];
        try
        {
            for (var i = 0; i < 1024; i++)
            {
                ballast.Write(page);
                ballast.Flush();
            }
        }
        catch (IOException)
        {
            return;
        }

        throw new InvalidOperationException($"{disk} holds more than 4 MiB and is no small disk");
    }
}
