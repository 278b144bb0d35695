using System.Globalization;
using System.Net;
using Understudy.Core;
using Understudy.Lab.Worlds;
using Understudy.Linux.Addresses;
using Understudy.Linux.Clocks;
using Xunit;

namespace Understudy.Lab.Proofs;

/// <summary>Killed at any instant, a host comes back into a state that is true: it adopts or removes what it finds, and its ledger replays.</summary>
[Collection(nameof(OneAtATime))]
public sealed class KillProofs(ITestOutputHelper output)
{
    private const int RoundsEach = 7;

    private static readonly (IPAddress, int, string)[] s_ours =
    [
        (Place.ServiceAddress, Place.ServicePrefix, Place.ServiceDevice), (Place.ServiceAddress6, Place.ServicePrefix6, Place.ServiceDevice),
    ];

    /// <summary>Who dies in a round, and who with it.</summary>
    private enum Victims
    {
        HoldersDaemon,
        OthersDaemon,
        HoldersGuardianAndDaemon,
        OthersGuardianAndDaemon,
        HoldersGuardian,
        BothHosts,
        Everything,
    }

    /// <summary>21 moments: three pairs at a time, as most of the time is waiting.</summary>
    [Fact]
    public void Killed_at_any_instant_of_a_move_all_come_back_into_a_true_state()
    {
        HarnessTests.SkipWhere(VipWorld.Obstacle());
        var said = new string[3];
        Parallel.For(0, said.Length, seed => said[seed] = KillAndLook(seed));
        output.WriteLine(string.Join('\n', said));
    }

    [Fact]
    public void A_quick_restart_finds_address_and_claim_still_its_own_and_nobody_notices()
    {
        // A claim that outlives the start of a daemon on a busy machine, so that it is certain what must happen.
        using var pair = new LivePair { Ttl = TimeSpan.FromSeconds(12) };
        pair.StartAll();
        pair.Home(Host.Alpha);       // whoever was up first may have taken it
        var epoch = pair.Web(Host.Alpha)!.HeldEpoch;
        pair.Await("alpha alone answers", () => pair.World.Client.SteadyAnswerer(TimeSpan.FromSeconds(0.3)) == 'a');
        var changes = pair.World.Addresses.Changes.Count;
        var begun = LabClock.Now;

        pair.Faults.KillEverything(Host.Alpha);
        pair.Start(Host.Alpha);
        pair.AwaitCalm(Host.Alpha);

        Assert.Equal(changes, pair.World.Addresses.Changes.Count);
        Assert.Equal(epoch, pair.Web(Host.Alpha)!.HeldEpoch);
        LabClock.Pause(TimeSpan.FromMilliseconds(60));
        var probes = pair.World.Client.Copy(begun, LabClock.Now - (60 * LabClock.Millisecond));
        Assert.DoesNotContain((byte)'b', probes.By);
        Assert.Contains("is still ours", File.ReadAllText(pair.LedgerOf(Host.Alpha)), StringComparison.Ordinal);
        pair.AssertTruth();
    }

    [Fact]
    public void An_address_of_a_dead_run_goes_where_the_claim_is_anothers_or_nobodys()
    {
        using var pair = new LivePair();
        pair.StartAll();
        pair.Home(Host.Beta);
        pair.Faults.KillEverything(Host.Alpha);

        // As a run that was killed would leave them, with its mark and without an end: one that the file names and one that it does not. The third is a stranger's.
        var stray = IPAddress.Parse("10.99.0.77");
        var strangers = IPAddress.Parse("10.99.0.78");
        pair.World[Host.Alpha].Inside(() =>
        {
            using var run = AddressPerformer.Open([.. s_ours, (stray, 24, Place.ServiceDevice)]);
            return run.Add(Timeout.InfiniteTimeSpan, BootClock.Now + TimeSpan.FromSeconds(10));
        });
        pair.World[Host.Alpha].Ip($"address add {strangers}/24 dev {Place.ServiceDevice}\n");
        pair.Await("the leftovers are there", () => pair.Holders() == "both");
        Assert.True(HasAddress(pair, Host.Alpha, stray));

        pair.Start(Host.Alpha);
        pair.AwaitCalm(Host.Beta);

        Assert.False(HasAddress(pair, Host.Alpha, stray));
        Assert.True(HasAddress(pair, Host.Alpha, strangers));
        Assert.Contains($"{stray}", Removed(pair), StringComparison.Ordinal);
        Assert.Contains("it was found running here without a claim of ours", File.ReadAllText(pair.LedgerOf(Host.Alpha)), StringComparison.Ordinal);

        // The two holders of this test are of the test's own making: once, and over.
        pair.AssertTruth(dualTimes: 1);
    }

    [Fact]
    public void A_daemon_that_finds_a_leftover_and_no_arbiter_lets_it_go()
    {
        using var pair = new LivePair();
        pair.World[Host.Alpha].Inside(() =>
        {
            using var run = AddressPerformer.Open(s_ours);
            return run.Add(Timeout.InfiniteTimeSpan, BootClock.Now + TimeSpan.FromSeconds(10));
        });
        pair.Await("the leftover is there", () => pair.Has(Host.Alpha));

        pair.Start(Host.Alpha);
        pair.Await("it is removed", () => !pair.Has(Host.Alpha));
        pair.Await("the daemon says that it does not serve", () => pair.Web(Host.Alpha) is { Stance: not "active", Served: false });

        pair.Start(Host.Witness);
        pair.Start(Host.Beta);
        pair.AwaitCalm();
        pair.AssertTruth();
    }

    private static bool HasAddress(LivePair pair, Host host, IPAddress address) =>
        Shell.Run("ip", null, "-n", pair.World[host].Name, "-j", "address", "show").Contains($"\"{address}\"", StringComparison.Ordinal);

    private static string Removed(LivePair pair) =>
        string.Join('\n', File.ReadLines(pair.LedgerOf(Host.Alpha)).Where(l => l.Contains("removed an address", StringComparison.Ordinal)));

    private static string KillAndLook(int seed)
    {
        var random = new Random(seed);
        using var pair = new LivePair { Ttl = TimeSpan.FromMilliseconds(1500) };
        pair.StartAll();
        var story = new List<string>();
        for (var round = 0; round < RoundsEach; round++)
        {
            pair.AwaitCalm();
            var victims = (Victims)((round + seed) % Enum.GetValues<Victims>().Length);
            var at = TimeSpan.FromMilliseconds(random.NextDouble() * 40);
            var pause = TimeSpan.FromMilliseconds(random.NextDouble() * random.Next(1, 1200));
            story.Add(string.Create(CultureInfo.InvariantCulture, $"pair {seed}, round {round}: {pair.Holder} hands over, {victims} die after {at.TotalMilliseconds:0.0} ms, back after {pause.TotalMilliseconds:0} ms"));
            try
            {
                MoveAndKill(pair, victims, at, pause);
                pair.AwaitCalm();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new InvalidOperationException($"{string.Join('\n', story)}\n{e.Message}", e);
            }

            Assert.True(pair.DualTimes == 0, $"{string.Join('\n', story)}\ntwo holders\n{pair.Scene()}");
            story[^1] += $": {pair.Holder} serves";
        }

        pair.AssertTruth();
        return string.Join('\n', story);
    }

    private static void MoveAndKill(LivePair pair, Victims victims, TimeSpan at, TimeSpan pause)
    {
        var holder = pair.Holder;
        var other = LivePair.Other(holder);
        Host[] hosts = victims switch
        {
            Victims.BothHosts => [holder, other],
            Victims.Everything => [holder, other, Host.Witness],
            Victims.OthersDaemon or Victims.OthersGuardianAndDaemon => [other],
            _ => [holder],
        };
        int[] pids = victims switch
        {
            Victims.HoldersDaemon or Victims.OthersDaemon => [.. hosts.SelectMany(pair.DaemonPids)],
            Victims.HoldersGuardian => [pair.Pids(holder)[0]],
            _ => [.. hosts.SelectMany(pair.Pids)],
        };

        // The answer does not matter, and may never come: whoever was asked may be dead by then.
        var order = new Thread(() => pair.Post(holder, "/v1/duties/web/handover", "{}")) { IsBackground = true };
        order.Start();
        LabClock.Pause(at);
        pair.Faults.Kill(pids);
        LabClock.Pause(pause);
        if (victims == Victims.HoldersGuardian)
        {
            // Its daemon has been told to end in good order, and nobody starts it again but us.
            pair.Await("the daemon follows its guardian", () => pair.Pids(holder).Count == 0);
        }

        pair.StartAll();
        order.Join();
    }
}
