namespace Understudy.Tests.Simulation;

/// <summary>One direction of a local socket: bytes arrive late and in pieces, but all of them and in order, until somebody closes.</summary>
internal sealed class SimPipe(UpsWorld world, Action<ReadOnlyMemory<byte>> arrive)
{
    private long free;
    private bool closed;

    internal void Send(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = world.Dice.PerMille(world.Plan.Split) ? 1 + world.Dice.Below(bytes.Length) : bytes.Length;
            var part = bytes[..count];
            bytes = bytes[count..];
            Later(() => arrive(part));
        }
    }

    /// <summary>The end of file, behind what was sent.</summary>
    internal void End(Action ended) => Later(ended);

    /// <summary>What is under way is lost.</summary>
    internal void Close() => closed = true;

    private void Later(Action what)
    {
        free = Math.Max(free, world.Now + world.Dice.Ticks(0, world.Plan.Latency));
        world.At(free, () =>
        {
            if (!closed)
            {
                what();
            }
        });
    }
}
