using System.Net;
using Understudy.Core;
using Understudy.Core.Wire;
using Understudy.Linux.Addresses;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;
using Xunit;

namespace Understudy.Lab.Addresses;

public sealed class WatchLab(ITestOutputHelper output) : IDisposable
{
    private static readonly IPAddress V4 = IPAddress.Parse("10.99.0.100");
    private readonly Wires wires = new();

    public void Dispose() => wires.Dispose();

    [Fact]
    public void The_start_tells_what_is_there()
    {
        using var watch = wires.Here(() => new AddressWatch());
        var seen = ReadUntil(watch, e => e.Kind == NetworkChange.Resynced);
        Assert.Contains(seen, e => e is { Kind: NetworkChange.LinkChanged, Name: "here", Up: true, Carrier: true });
        Assert.Contains(seen, e => e.Kind == NetworkChange.AddressAdded && e.Name == "here" && e.Address.ToString() == "10.99.0.1");
        Assert.Contains(seen, e => e.Kind == NetworkChange.AddressAdded && e.Name == "here" && e.Address.ToString() == "fd00:99::1");
    }

    [Fact]
    public void A_cut_cable_is_told_as_lost_carrier()
    {
        using var watch = wires.Here(() => new AddressWatch());
        _ = ReadUntil(watch, e => e.Kind == NetworkChange.Resynced);
        _ = wires.IpThere("link set there down");
        _ = ReadUntil(watch, e => e is { Kind: NetworkChange.LinkChanged, Name: "here", Up: true, Carrier: false });
        _ = wires.IpThere("link set there up");
        _ = ReadUntil(watch, e => e is { Kind: NetworkChange.LinkChanged, Name: "here", Up: true, Carrier: true });
        _ = wires.IpHere("link delete here");
        _ = ReadUntil(watch, e => e is { Kind: NetworkChange.LinkGone, Name: "here" });
    }

    [Fact]
    public void An_address_taken_away_by_another_hand_is_told()
    {
        using var watch = wires.Here(() => new AddressWatch());
        using var performer = wires.Here(() => AddressPerformer.Open([(V4, 24, "here")]));
        Assert.Equal(0, performer.Add(Timeout.InfiniteTimeSpan, Instant.Never));
        _ = ReadUntil(watch, e => e.Kind == NetworkChange.AddressAdded && e.Address == WireAddress.Of(V4) && e.Protocol == AddressMessage.OwnProtocol);
        _ = wires.IpHere("address delete 10.99.0.100/24 dev here");
        _ = ReadUntil(watch, e => e.Kind == NetworkChange.AddressGone && e.Address == WireAddress.Of(V4));
    }

    [Fact]
    public void After_a_loss_the_whole_state_is_told_again()
    {
        using var watch = wires.Here(() => new AddressWatch());
        _ = ReadUntil(watch, e => e.Kind == NetworkChange.Resynced);
        using var performer = wires.Here(() => AddressPerformer.Open([(V4, 24, "here")]));
        for (var i = 0; i < 20_000; i++)
        {
            _ = performer.Refresh(TimeSpan.FromSeconds(100), Instant.Never);
        }

        _ = ReadUntil(watch, e => e.Kind == NetworkChange.Resync);
        var told = ReadUntil(watch, e => e.Kind == NetworkChange.Resynced);
        Assert.Contains(told, e => e is { Kind: NetworkChange.LinkChanged, Name: "here" });
        Assert.Contains(told, e => e.Kind == NetworkChange.AddressAdded && e.Address == WireAddress.Of(V4));
        Assert.True(watch.Losses > 0);
    }

    [Fact]
    public void A_rival_is_seen_and_we_are_not()
    {
        var mac = Mac(wires.IpHere("link show here"));
        var index = Index(wires.IpHere("link show here"));
        using var watch = wires.Here(() => new ArpWatch(index, mac, [IPAddress.Parse("10.99.0.101"), V4]));
        using var rival = wires.There(() => AddressPerformer.Open([(V4, 24, "there")]));
        using var stranger = wires.There(() => AddressPerformer.Open([(IPAddress.Parse("10.99.0.102"), 24, "there")]));
        using var ourselves = wires.Here(() => AddressPerformer.Open([(V4, 24, "here")]));
        Assert.Equal(0, ourselves.Announce());
        Assert.Equal(0, stranger.Announce());
        Assert.Equal(0, rival.Announce());
        RivalSeen seen = default;
        _ = Wires.Until(() => watch.Read(out seen), TimeSpan.FromSeconds(2));
        Assert.Equal((index, WireAddress.Of(V4)), (seen.Index, seen.Address));
        Assert.Equal(wires.IpThere("link show there").Split("link/ether ")[1][..17], seen.MacText);
        Assert.True(watch.Read(out _)); // the unasked reply that followed
        Assert.False(watch.Read(out _));
    }

    [Fact]
    public void The_fence_fires_while_the_pool_is_starved()
    {
        using var performer = wires.Here(() => AddressPerformer.Open([(V4, 24, "here")]));
        Fenced? fenced = null;
        using var gate = new ManualResetEventSlim();
        using var fence = wires.Here(() => new FenceThread(4, 4, f => fenced = f));
        Assert.True(fence.Load(2, performer.Removals));
        Assert.Equal(0, performer.Add(Timeout.InfiniteTimeSpan, Instant.Never));
        var stuck = 64;
        for (var i = stuck; i > 0; i--)
        {
            _ = ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    gate.Wait(CancellationToken.None);
                    Interlocked.Decrement(ref stuck);
                },
                null);
        }

        Assert.True(fence.Arm(2, BootClock.Now + TimeSpan.FromSeconds(60)));
        Assert.False(fence.Load(2, performer.Removals));
        var due = BootClock.Now + TimeSpan.FromMilliseconds(50);
        Assert.True(fence.Arm(2, due));
        _ = Wires.Until(() => fence.HasFired(2) && performer.IsPresent() == 0, TimeSpan.FromSeconds(2));
        gate.Set();
        _ = Wires.Until(() => Volatile.Read(ref stuck) == 0, TimeSpan.FromSeconds(10));      // one that began later would find the gate gone
        _ = Wires.Until(() => fenced is not null, TimeSpan.FromSeconds(1));
        output.WriteLine($"{fence.Scheduling}: removed {(fenced!.Value.RemovedAt - due).TotalMicroseconds:0} µs after the deadline");
        Assert.Equal((2, due, 0), (fenced.Value.Slot, fenced.Value.Deadline, fenced.Value.Result));
        Assert.True(fenced.Value.RemovedAt >= due);
        Assert.False(fence.Arm(2, Instant.Never));
        Assert.False(fence.Disarm(2));
        fence.Rearm(2);
        Assert.True(fence.Arm(2, Instant.Never));
        Assert.True(fence.Disarm(2));
    }

    [Fact]
    public void Of_a_firing_and_an_arm_that_race_exactly_one_wins()
    {
        var fired = 0;
        using var fence = wires.Here(() => new FenceThread(1, 1, _ => Interlocked.Increment(ref fired)));
        int lost = 0, won = 0;
        for (var i = 0; i < 3000; i++)
        {
            var before = Volatile.Read(ref fired);
            Assert.True(fence.Arm(0, BootClock.Now + TimeSpan.FromMicroseconds(60)));
            var spin = BootClock.Now + TimeSpan.FromMicroseconds(40 + (i % 60));
            while (BootClock.Now < spin)
            {
                // busy, so that the two meet
            }

            if (fence.Disarm(0))
            {
                won++;
                Assert.Equal(before, Volatile.Read(ref fired));
            }
            else
            {
                lost++;
                _ = Wires.Until(() => Volatile.Read(ref fired) == before + 1, TimeSpan.FromSeconds(1));
                fence.Rearm(0);
            }
        }

        output.WriteLine($"disarmed {won}, fired {lost}, worst lateness {fence.WorstLateness.TotalMicroseconds:0} µs");
        Assert.Equal(lost, fired);
        Assert.True(won > 0 && lost > 0, $"the two never raced: {won}, {lost}");
    }

    [Fact]
    public void A_link_takes_datagrams_with_the_kernels_stamps_and_without_allocation()
    {
        using var near = wires.Here(() => new UdpLink(IPAddress.Parse("10.99.0.200"), 0)); // an address that it does not have yet
        using var far = wires.There(() => new UdpLink(IPAddress.Parse("10.99.0.9"), 0));
        _ = wires.IpHere("address add 10.99.0.200/24 dev here");
        var to = SockAddress.Of(IPAddress.Parse("10.99.0.9"), far.LocalPort);
        var from = SockAddress.Of(IPAddress.Parse("10.99.0.200"), near.LocalPort);
        var into = new byte[64];
        using var set = new EpollSet();
        set.Add(far.Fd, 7);
        var ready = new Ready[4];
        var allocated = 0L;
        for (var i = 0; i < 20; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var sent = BootClock.Now;
            var told = near.Send([1, 2, 3], to);
            var waited = set.Wait(ready, 1000);
            var n = far.Receive(into, out var sender, out var at);
            var now = BootClock.Now;
            allocated += i > 2 ? GC.GetAllocatedBytesForCurrentThread() - before : 0;
            Assert.Equal((3, 1), (told, waited));
            Assert.Equal(7UL, ready[0].Tag);
            Assert.Equal(3, n);
            Assert.Equal(from, sender);
            Assert.InRange(at.Ticks, sent.Ticks - 100, now.Ticks);
        }

        Assert.Equal(0, allocated);
        Assert.Equal(-Errno.EAGAIN, far.Receive(into, out _, out _));
        _ = near.Send(new byte[65], to);
        Assert.Equal(1, set.Wait(ready, 1000));
        Assert.Equal(-Errno.EMSGSIZE, far.Receive(into, out _, out _));
    }

    private static List<NetworkEvent> ReadUntil(AddressWatch watch, Func<NetworkEvent, bool> last)
    {
        var seen = new List<NetworkEvent>();
        _ = Wires.Until(
            () =>
            {
                while (watch.Read(out var change))
                {
                    seen.Add(change);
                    if (last(change))
                    {
                        return true;
                    }
                }

                return false;
            },
            TimeSpan.FromSeconds(5));
        return seen;
    }

    private static byte[] Mac(string shown) => Convert.FromHexString(shown.Split("link/ether ")[1][..17].Replace(":", "", StringComparison.Ordinal));

    private static int Index(string shown) => int.Parse(shown.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture);
}
