using System.Text.Json;
using Understudy.Core;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;
using Understudy.Linux.Clocks;

namespace Understudy.Bench.Footprint;

/// <summary>How long the way from a decision to the first ARP frame on the wire took, warm, in µs.</summary>
internal sealed record WarmPath(int Count, double MedianUs, double P99Us, double MaxUs);

/// <summary>
/// Hands a duty to and fro between two running daemons and looks how long each take-over took: from the moment at which the loop woke for the grant (the ledger's own
/// stamp of the decision) until the kernel at the client's end of the cable received the first ARP frame. In between are the check of the grant's seal, the stance
/// machine, the ledger line, which is waited for, the fence, the kernel's address orders, and the frame. Nothing of it is left out or done twice.
/// </summary>
internal static class WarmPathBench
{
    private const int SenderAddressAt = 28;      // of an ARP frame: 14 bytes of Ethernet, then RFC 826
    private static readonly TimeSpan MoveLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(5);

    /// <exception cref="TimeoutException">A hand-over was refused for 5 s, or nobody announced.</exception>
    internal static WarmPath Run(int moves)
    {
        using var world = VipWorld.Build();
        using var product = new UnderstudyProduct(world, TimeSpan.FromMilliseconds(600), TimeSpan.FromHours(1));
        using var trial = new VipTrial(world, product, new Random());
        var service = Place.ServiceAddress.GetAddressBytes();
        using var ear = new WireEar(world[Host.Client], WireEar.Arp, frame => frame.Length >= SenderAddressAt + 4 && frame.Slice(SenderAddressAt, 4).SequenceEqual(service));
        trial.AwaitReady();
        using var alpha = new ApiLine(product.SocketOf(Host.Alpha));
        using var beta = new ApiLine(product.SocketOf(Host.Beta));
        var begun = BootClock.Now;
        for (var i = 0; i < moves; i++)
        {
            Move(i % 2 == 0 ? alpha : beta, i % 2 == 0 ? "beta" : "alpha", ear);
        }

        // Frames and lines of the last move may still be on their way.
        LabClock.Pause(TimeSpan.FromMilliseconds(500));
        var frames = ear.Heard;
        Array.Sort(frames);
        var took = new[] { Host.Alpha, Host.Beta }.SelectMany(h => Decisions(product.LedgerOf(h))).Where(at => at > begun)
            .Select(at => FirstAfter(frames, at)).OfType<TimeSpan>().Select(t => t.TotalMicroseconds).Order().ToArray();
        return took.Length >= moves
            ? new WarmPath(took.Length, Math.Round(took[took.Length / 2], 1), Math.Round(took[took.Length * 99 / 100], 1), Math.Round(took[^1], 1))
            : throw new InvalidOperationException($"{moves} moves were ordered, but only {took.Length} are in the ledgers and on the wire");
    }

    private static void Move(ApiLine from, string to, WireEar ear)
    {
        var heard = ear.Count;
        var end = LabClock.Now + LabClock.Of(MoveLimit);
        while (from.HandOver("web", to) is { } refused)
        {
            if (refused.Contains("performs it already", StringComparison.Ordinal))
            {
                return;      // an earlier heir was late, and the duty went back to where it had come from: this move is made
            }

            if (LabClock.Now > end)
            {
                throw new TimeoutException($"handing over to {to}: {refused}");
            }

            LabClock.Pause(Rest);      // the heir has not said yet that it is fit
        }

        if (!LabClock.WaitUntil(() => ear.Count > heard, MoveLimit))
        {
            throw new TimeoutException($"{to} did not announce the address");
        }

        LabClock.Pause(Rest);
    }

    private static TimeSpan? FirstAfter(Instant[] frames, Instant decided)
    {
        var i = Array.BinarySearch(frames, decided);
        i = i < 0 ? ~i : i;
        return i < frames.Length ? frames[i] - decided : null;
    }

    /// <summary>When each decision to start was made, by the ledger and its older parts.</summary>
    private static IEnumerable<Instant> Decisions(string ledger)
    {
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(ledger)!, Path.GetFileName(ledger) + "*"))
        {
            foreach (var line in File.ReadLines(file).Where(l => l.Contains("\"is\":\"start\"", StringComparison.Ordinal)))
            {
                using var said = JsonDocument.Parse(line);
                if (said.RootElement.GetProperty("effects").EnumerateArray().Any(e => e.GetProperty("is").ValueEquals("start")))
                {
                    yield return new Instant(said.RootElement.GetProperty("at").GetInt64());
                }
            }
        }
    }
}
