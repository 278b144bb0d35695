using System.Buffers.Binary;
using Understudy.Core.Peers;

namespace Understudy.Tests.Simulation;

/// <summary>
/// Two segments, lan (0) and private (1), each of which loses, repeats, delays and so reorders. The witness, place <c>Hosts</c>, is on the lan alone.
/// Cuts are counted for each direction of each pair, so that faults overlap.
/// </summary>
internal sealed class SimNet(World world)
{
    internal const int Lan = 0;

    private readonly int[,,] cuts = new int[world.Plan.Hosts + 1, world.Plan.Hosts + 1, 2];
    private readonly QuickSeal seal = new();

    /// <summary>Loss on top of the world's own, in per mille, by segment.</summary>
    internal int[] MoreLoss { get; } = new int[2];

    /// <summary>Delay of up to so much on top of the world's own, by segment.</summary>
    internal long[] MoreDelay { get; } = new long[2];

    internal int Places => world.Plan.Hosts + 1;

    internal void Cut(int from, int to, int segment, int by)
    {
        cuts[from, to, segment] += by;
    }

    internal void Heal()
    {
        Array.Clear(cuts);
        Array.Clear(MoreLoss);
        Array.Clear(MoreDelay);
    }

    internal void Send(int from, int to, int segment, ReadOnlySpan<byte> bytes)
    {
        if (cuts[from, to, segment] > 0)
        {
            return;
        }

        var plan = world.Plan;
        var copies = world.Dice.PerMille((world.Healed ? Math.Min(plan.Loss, 5) : plan.Loss) + MoreLoss[segment]) ? 0 : world.Dice.PerMille(plan.Repeats) ? 2 : 1;
        for (; copies > 0; copies--)
        {
            var copy = bytes.ToArray();
            world.After(world.Dice.Ticks(plan.Latency, plan.Latency + plan.Jitter + MoreDelay[segment]), () => Arrive(from, to, segment, copy));
        }
    }

    private void Arrive(int from, int to, int segment, byte[] bytes)
    {
        if (cuts[from, to, segment] > 0)
        {
            return;
        }

        if (to == world.Plan.Hosts)
        {
            world.Witness?.Arrive(bytes);
            return;
        }

        if (world.Plan.Breach == Breach.LeaseFromArrival && bytes[3] == (byte)DatagramKind.Answer)
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(Datagram.HeaderBytes + 24), world.Hosts[to].Clock.At(world.Now).Ticks);
            seal.Mac(bytes.AsSpan(0, bytes.Length - Datagram.MacBytes), bytes.AsSpan(bytes.Length - Datagram.MacBytes));
        }

        world.Hosts[to].Arrive(bytes, segment);
    }
}
