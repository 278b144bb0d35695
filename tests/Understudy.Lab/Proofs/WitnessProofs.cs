using System.Globalization;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;
using Xunit;

namespace Understudy.Lab.Proofs;

/// <summary>A witness that is killed and emptied never grants two claims.</summary>
[Collection(nameof(OneAtATime))]
public sealed class WitnessProofs(ITestOutputHelper output)
{
    private const int Rounds = 10;

    private enum Memory
    {
        Kept,
        Deleted,
        OldCopy,
        Torn,
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_witness_killed_and_emptied_never_grants_two_claims(int seed)
    {
        using var pair = new LivePair();
        var random = new Random(seed);
        var state = Path.Combine(pair.World.Folder, "witness.json");
        var copy = state + ".old";
        pair.StartAll();
        pair.AwaitCalm();
        Shell.Run("cp", null, state, copy);      // the witness has it locked, and .NET's own copy asks for the lock
        var ending = false;
        var moves = 0;
        var mover = new Thread(() =>
        {
            // Back and forth all the time, whether it works or not.
            while (!Volatile.Read(ref ending))
            {
                LabClock.Pause(TimeSpan.FromMilliseconds(60));
                var before = pair.Holder;
                _ = pair.Post(before, "/v1/duties/web/handover", "{}");
                moves += pair.Holder == before ? 0 : 1;
            }
        })
        { IsBackground = true };
        mover.Start();
        var story = new List<string>();
        for (var round = 0; round < Rounds; round++)
        {
            LabClock.Pause(TimeSpan.FromMilliseconds(300 + (random.NextDouble() * 500)));
            var memory = (Memory)((round + seed) % 4);
            var pause = TimeSpan.FromMilliseconds(random.NextDouble() * random.Next(1, 1000));
            story.Add(string.Create(CultureInfo.InvariantCulture, $"round {round}: the witness dies, its memory is {memory}, it is back after {pause.TotalMilliseconds:0} ms"));
            pair.Faults.KillEverything(Host.Witness);
            Spoil(memory, state, copy, random);
            LabClock.Pause(pause);
            pair.Start(Host.Witness);
            Assert.True(pair.DualTimes == 0, $"{string.Join('\n', story)}\ntwo holders\n{pair.Scene()}");
        }

        Volatile.Write(ref ending, true);
        mover.Join();
        pair.AwaitCalm();
        pair.AssertTruth();
        output.WriteLine($"{moves} moves meanwhile\n{string.Join('\n', story)}");
        Assert.True(moves > 0, $"nothing moved, so nothing was shown\n{string.Join('\n', story)}");
    }

    /// <summary>The holder dies while the witness is gone and comes back with nothing: nobody may be let in before the old claim is surely over.</summary>
    [Fact]
    public void A_witness_that_lost_its_memory_lets_nobody_in_while_a_frozen_holder_may_still_serve()
    {
        using var pair = new LivePair { Ttl = TimeSpan.FromSeconds(4) };
        pair.StartAll();
        pair.Home(Host.Alpha);
        pair.Faults.KillEverything(Host.Witness);
        File.Delete(Path.Combine(pair.World.Folder, "witness.json"));
        pair.Faults.FreezeEverything(Host.Alpha);
        pair.Start(Host.Witness);
        pair.AwaitCalm(Host.Beta, otherFit: false);
        pair.Faults.Thaw();
        pair.AwaitCalm(Host.Beta);
        pair.AssertTruth();
    }

    /// <summary>The lock of a killed witness goes when the kernel closes its files, which may be after its last thread was seen dead.</summary>
    private static void AwaitUnlocked(string path) => Assert.True(
        LabClock.WaitUntil(
            () =>
            {
                try
                {
                    using var free = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                    return true;
                }
                catch (FileNotFoundException)
                {
                    return true;
                }
                catch (IOException)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(20)),
        $"{path} is still locked by a witness that was killed");

    private static void Spoil(Memory memory, string state, string copy, Random random)
    {
        AwaitUnlocked(state);
        switch (memory)
        {
            case Memory.Deleted:
                File.Delete(state);
                break;
            case Memory.OldCopy:
                File.Copy(copy, state, overwrite: true);
                break;
            case Memory.Torn:
                // As a disk may leave it: both slots are there, and neither is whole.
                var bytes = File.ReadAllBytes(state);
                for (var at = 0; at < bytes.Length; at += 64 * 1024)
                {
                    bytes[at + 40 + random.Next(20)] ^= 0xff;
                }

                File.WriteAllBytes(state, bytes);
                break;
            case Memory.Kept:
                File.Copy(state, copy, overwrite: true);
                break;
        }
    }
}
