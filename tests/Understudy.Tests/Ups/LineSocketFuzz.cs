using Understudy.Core.Ups;
using Understudy.Linux.Interop;
using Understudy.Linux.Ups;
using Understudy.Tests.Simulation;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>Bytes in any pieces over a real socket: the lines are what they were, those that are too long are left out whole, and nothing is kept beyond its bound.</summary>
public sealed class LineSocketFuzz : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), $"us-{Guid.NewGuid():N}");
    private readonly int listener;

    public LineSocketFuzz() => listener = UnixSocket.Listen(path, 16);

    public void Dispose()
    {
        UnixSocket.Close(listener);
        File.Delete(path);
    }

    [Fact]
    public void Any_bytes_in_any_pieces_are_the_lines_that_were_sent()
    {
        for (var seed = 1UL; seed <= 200; seed++)
        {
            var dice = new Dice(seed);
            var sent = new List<byte>();
            var expected = new List<string>();
            var (overlong, lines) = (0, dice.Below(60));
            for (var i = 0; i < lines; i++)
            {
                var line = new byte[dice.OneOf<int>([0, 1, 20, 20, 100, 512, DriverLines.MaxLineBytes - 1, DriverLines.MaxLineBytes, DriverLines.MaxLineBytes + 1, 5000, 20_000])];
                for (var b = 0; b < line.Length; b++)
                {
                    line[b] = (byte)dice.OneOf<int>([dice.Below(256), 'a', '"']);
                    line[b] = line[b] == '\n' ? (byte)0 : line[b];
                }

                sent.AddRange([.. line, (byte)'\n']);
                if (line.Length > DriverLines.MaxLineBytes)
                {
                    overlong++;
                }
                else
                {
                    expected.Add(Convert.ToHexString(line));
                }
            }

            sent.AddRange(new byte[dice.Below(4000)]);      // a line that is never ended
            var (a, b2) = Pair();
            using var writer = new LineSocket(a);
            using var reader = new LineSocket(b2);
            var taken = new List<string>();
            for (var at = 0; at < sent.Count;)
            {
                var count = Math.Min(sent.Count - at, 1 + dice.Below(dice.OneOf<int>([10, 700, 40_000])));
                Assert.True(writer.Send(sent.GetRange(at, count).ToArray()));
                at += count;
                if (dice.PerMille(500))
                {
                    Assert.True(reader.Read(l => taken.Add(Convert.ToHexString(l))));
                }
            }

            for (var turns = 0; turns < 1000 && (writer.Waits || taken.Count < expected.Count); turns++)
            {
                Assert.True(reader.Read(l => taken.Add(Convert.ToHexString(l))) && writer.Flush());
            }

            Assert.True(reader.Read(l => taken.Add(Convert.ToHexString(l))));
            Assert.True(expected.SequenceEqual(taken) && reader.Overlong == overlong, $"seed {seed}: {taken.Count} of {expected.Count} lines, {reader.Overlong} of {overlong} too long");
            writer.Dispose();
            Assert.False(reader.Read(_ => { }));
        }
    }

    [Fact]
    public void Who_never_reads_is_told_so_before_the_memory_is_full()
    {
        var (a, b) = Pair();
        using var writer = new LineSocket(a);
        using var reader = new LineSocket(b);
        var line = new byte[1000];
        var sends = 0;
        while (sends < 100_000 && writer.Send(line))
        {
            sends++;
        }

        Assert.InRange(sends, 1000, 10_000);
    }

    private (int Client, int Server) Pair()
    {
        var client = UnixSocket.Connect(path);
        Assert.True(client >= 0);
        var server = UnixSocket.Accept(listener);
        Assert.True(server >= 0);
        return (client, server);
    }
}
