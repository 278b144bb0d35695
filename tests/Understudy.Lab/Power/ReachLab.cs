using System.Net;
using Understudy.Core.Evidence;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Understudy.Lab.Worlds;
using Understudy.Linux.Interop;
using Understudy.Linux.Probing;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>
/// What probes read of things that do not answer, in three namespaces: here (10.97.0.1) - router (10.97.0.2, 10.96.0.1) - there (10.96.0.2). Only silence of a thing on our own link, or plain silence, is Bad; every
/// word about a path, ours or a router's, is Unread.
/// </summary>
public sealed class ReachLab : IDisposable
{
    private static int made;
    private readonly string here, router, there;

    public ReachLab()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Skip("network namespaces need root");
        }

        var number = Interlocked.Increment(ref made);
        (here, router, there) = ($"usr{Environment.ProcessId}h{number}", $"usr{Environment.ProcessId}r{number}", $"usr{Environment.ProcessId}t{number}");
        foreach (var each in new[] { here, router, there })
        {
            _ = Shell.Run("ip", null, "netns", "add", each);
        }

        Ip(here, $"link add eth0 type veth peer name eth0 netns {router}", "address add 10.97.0.1/24 dev eth0", "link set lo up", "link set eth0 up");
        Ip(router, $"link add eth1 type veth peer name eth0 netns {there}", "address add 10.97.0.2/24 dev eth0", "address add 10.96.0.1/24 dev eth1", "link set eth0 up", "link set eth1 up",
            "route add unreachable 10.95.0.0/24", "route add prohibit 10.94.0.0/24");
        Ip(there, "address add 10.96.0.2/24 dev eth0", "link set eth0 up", "route add 10.97.0.0/24 via 10.96.0.1");
        Ip(here, "route add 10.96.0.0/24 via 10.97.0.2", "route add 10.95.0.0/24 via 10.97.0.2", "route add 10.94.0.0/24 via 10.97.0.2",
            "route add 10.89.0.0/24 via 10.97.0.66", "route add unreachable 10.90.0.0/24", "route add prohibit 10.91.0.0/24", "route add blackhole 10.92.0.0/24", "route add throw 10.93.0.0/24");
        NetworkNamespace.Of(router).Write("/proc/sys/net/ipv4/ip_forward", "1");
        NetworkNamespace.Of(router).Write("/proc/sys/net/ipv4/icmp_ratelimit", "0");      // it says no more than one a second to each otherwise, and the table asks much at once
    }

    public void Dispose()
    {
        foreach (var each in new[] { here, router, there })
        {
            _ = Shell.Try("ip", null, "netns", "delete", each);
        }
    }

    private static readonly ProbeReading s_silence = new ProbeReading.Bad("no answer");

    private static readonly (string Address, string Icmp, string Tcp)[] s_table =
    [
        ("10.97.0.2", "answers", "answers"),
        ("10.96.0.2", "answers", "answers"),
        ("10.97.0.77", "dark", "dark"),           // nobody on our link answers to ARP
        ("10.96.0.77", "unread", "unread"),       // the router says so after 3 s
        ("10.95.0.5", "unread", "unread"),        // the router says so at once: it has lost the route
        ("10.94.0.5", "unread", "unread"),        // the router forbids it
        ("10.89.0.5", "unread", "unread"),        // our gateway itself does not answer to ARP
        ("10.90.0.5", "unread", "unread"),        // our own unreachable,
        ("10.91.0.5", "unread", "unread"),        // prohibit,
        ("10.92.0.5", "unread", "unread"),        // blackhole
        ("10.93.0.5", "unread", "unread"),        // and throw routes
        ("192.0.2.9", "unread", "unread"),        // no route at all
    ];

    /// <summary>The limit is over the kernel's 3 s for a neighbour that does not answer (net.ipv4.neigh mcast_solicit 3, retrans_time_ms 1000), so that its word is heard and not only silence.</summary>
    [Fact]
    public async Task Only_what_is_on_our_link_is_dark_by_the_kernel_s_word()
    {
        var limit = TimeSpan.FromSeconds(10);
        var readings = await Task.WhenAll(s_table.Select(async row => (
            row.Address,
            Icmp: Meaning(await Read(() => new IcmpProbe(new ProbeSettings.Icmp(IPAddress.Parse(row.Address))), limit)),
            Tcp: Meaning(await Read(() => new TcpProbe(new ProbeSettings.Tcp(row.Address, 81)), limit)))));
        Assert.Equal(s_table, readings);
    }

    /// <summary>With the witness' usual limit of 2 s a dark host behind a router is silent, and silence counts.</summary>
    [Fact]
    public async Task Within_the_usual_limit_a_dark_host_behind_a_router_is_silent() =>
        Assert.Same(s_silence, await Read(() => new IcmpProbe(new ProbeSettings.Icmp(IPAddress.Parse("10.96.0.77"))), TimeSpan.FromSeconds(2)));

    [Fact]
    public async Task A_device_without_carrier_asks_nobody_by_ARP()
    {
        Assert.IsType<ProbeReading.Good>(await Arp());
        Ip(router, "link set eth0 down");
        for (var tries = 0; await Arp() is var reading && reading != new ProbeReading.Unread("arp 10.97.0.2 dev eth0 was not asked: eth0 has no carrier"); tries++)
        {
            Assert.True(reading is ProbeReading.Unread && tries < 100_000, $"{reading}");      // the kernel drops at once (ENOBUFS), and tells of the carrier within a second (link_watch.c)
        }

        Ip(here, "link set eth0 down");
        Assert.IsType<ProbeReading.Unread>(await Arp());

        Task<ProbeReading> Arp() => Read(() => new ArpProbe(new ProbeSettings.Arp(IPAddress.Parse("10.97.0.2"), "eth0")), TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task A_refused_connection_is_bad_for_a_service_and_a_sign_of_power()
    {
        var reading = await Read(() => new TcpProbe(new ProbeSettings.Tcp("10.96.0.2", 81)), TimeSpan.FromSeconds(8));
        Assert.Equal(new ProbeReading.Bad("tcp 10.96.0.2:81: Connection refused") { Answered = true }, reading);
        Assert.IsType<ProbeReading.Good>(PowerEvidence.Of(reading));
    }

    [Theory]
    [InlineData("10.97.0.77", "10.97.0.1")]
    [InlineData("10.97.0.2", "10.97.0.1")]
    [InlineData("10.96.0.2", null)]
    [InlineData("10.90.0.5", null)]
    [InlineData("10.92.0.5", null)]
    [InlineData("192.0.2.9", null)]
    public void On_our_link_is_what_the_kernel_would_send_to_without_a_gateway(string address, string? from) =>
        Assert.Equal(from, Namespaces.RunIn($"/run/netns/{here}", () => Reach.Near(IPAddress.Parse(address)))?.ToString());

    private static string Meaning(ProbeReading reading) => ReferenceEquals(reading, s_silence) ? "silent" : PowerEvidence.Of(reading) switch
    {
        ProbeReading.Good => "answers",
        ProbeReading.Bad => "dark",
        _ => "unread",
    };

    private async Task<ProbeReading> Read(Func<IProbe> open, TimeSpan limit)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(limit);
        try
        {
            return await Namespaces.RunIn($"/run/netns/{here}", () => new Inside(open(), $"/run/netns/{here}").ReadAsync(stop.Token));
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            return s_silence;      // as the runner takes it
        }
    }

    private static void Ip(string name, params string[] lines) => _ = Shell.Run("ip", string.Join('\n', lines) + "\n", "-n", name, "-batch", "-");

    /// <summary>A probe whose every synchronous part runs in a namespace: a look at the route comes after a wait, on a thread of the pool.</summary>
    private sealed class Inside(IProbe probe, string place)
    {
        internal async Task<ProbeReading> ReadAsync(CancellationToken stop)
        {
            var context = new NamespaceContext(place);
            var was = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(context);
            Task<ProbeReading> task;
            try
            {
                task = probe.ReadAsync(stop).AsTask();
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(was);
            }

            return await task.ConfigureAwait(false);
        }
    }

    /// <summary>Runs what follows a wait on a throw-away thread in the namespace.</summary>
    private sealed class NamespaceContext(string place) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => ThreadPool.QueueUserWorkItem(_ => Namespaces.RunIn(place, () =>
        {
            SetSynchronizationContext(this);
            d(state);
            return true;
        }));
    }
}
