using System.Buffers.Binary;
using System.Diagnostics;
using Understudy.Core;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;
using Understudy.Linux.Clocks;

namespace Understudy.Bench.Footprint;

/// <summary>How long a start took, in ms: from the order to run the program (the guardian, which starts the daemon).</summary>
internal sealed record StartTimes(int Count, double BeatMedianMs, double BeatMaxMs, double ApiMedianMs, double ApiMaxMs);

/// <summary>Starts the program again and again on one host, and looks when its first heartbeat is on the wire and when its API answers.</summary>
internal static class StartBench
{
    private const int PeerPort = 1291;
    private const int ProtocolAt = 23, SourceAt = 26, TargetPortAt = 36;      // Ethernet, then IPv4 without options, then UDP
    private const byte Udp = 17;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <exception cref="TimeoutException">It did not speak or answer within 10 s.</exception>
    internal static StartTimes Run(int starts)
    {
        using var world = VipWorld.Build();
        using var product = new UnderstudyProduct(world, TimeSpan.FromMilliseconds(600));
        byte[] source = System.Net.IPAddress.Parse(Place.ServiceNetAddress(Host.Alpha)).GetAddressBytes();
        using var ear = new WireEar(world[Host.Beta], WireEar.Ipv4, frame => frame.Length > TargetPortAt + 2
            && frame[ProtocolAt] == Udp && frame.Slice(SourceAt, 4).SequenceEqual(source) && BinaryPrimitives.ReadUInt16BigEndian(frame[TargetPortAt..]) == PeerPort);
        product.Start(Host.Alpha);      // writes the settings, and warms the file cache
        using (var api = new ApiLine(product.SocketOf(Host.Alpha)))
        {
            _ = LabClock.WaitUntil(api.Answers, Limit);
        }

        End(product);
        var times = Enumerable.Range(0, starts).Select(_ => Once(world, product, ear)).ToList();
        return new StartTimes(
            starts,
            Median(times.Select(t => t.Beat)),
            times.Max(t => t.Beat),
            Median(times.Select(t => t.Api)),
            times.Max(t => t.Api));
    }

    private static (double Beat, double Api) Once(VipWorld world, UnderstudyProduct product, WireEar ear)
    {
        var heard = ear.Count;

        // A child is in the network namespace of the thread that made it: no program in between counts.
        var (begun, process) = world[Host.Alpha].Inside(() =>
        {
            var at = BootClock.Now;
            return (at, Process.Start(new ProcessStartInfo(UnderstudyProduct.FindProgram()!, ["run", Path.Combine(world.Folder, "alpha.yaml"), "--node", "alpha"])
            {
                UseShellExecute = false,
                RedirectStandardError = true,
            })!);
        });
        using (process)
        {
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginErrorReadLine();
            using var api = new ApiLine(product.SocketOf(Host.Alpha));
            var answered = Until(api.Answers) - begun;
            _ = Until(() => ear.Count > heard);
            var first = ear.Heard[heard] - begun;
            End(product);
            return (Math.Round(first.TotalMilliseconds, 1), Math.Round(answered.TotalMilliseconds, 1));
        }
    }

    private static Instant Until(Func<bool> isSo)
    {
        var end = BootClock.Now + Limit;
        while (!isSo())
        {
            if (BootClock.Now > end)
            {
                throw new TimeoutException("the daemon did not come up");
            }

            LabClock.Pause(TimeSpan.FromMilliseconds(1));
        }

        return BootClock.Now;
    }

    private static void End(UnderstudyProduct product)
    {
        foreach (var pid in product.Pids(Host.Alpha).Take(1))
        {
            _ = LabLibc.kill(pid, LabLibc.SIGTERM);
        }

        if (!LabClock.WaitUntil(() => product.Pids(Host.Alpha).Count == 0, Limit))
        {
            throw new TimeoutException("the daemon did not end");
        }
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);
}
