using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Faults;

namespace Understudy.Bench.Vip;

/// <summary>A world with a product in it that serves one run after the other, and is built anew when a run left it unusable.</summary>
/// <param name="keep">A folder for what the product wrote in runs that missed a promise, or null to throw it away.</param>
internal sealed class Stage(string product, string variant, int seed, string? keep) : IDisposable
{
    private readonly Random random = new(seed);
    private readonly List<VipWorld> retired = [];
    private VipWorld? world;
    private VipTrial? trial;
    private int kept;

    /// <summary>How the product is set up; empty before the first trial.</summary>
    internal string Config { get; private set; } = string.Empty;

    private VipTrial Trial
    {
        get
        {
            if (trial is null)
            {
                world = VipWorld.Build();
                trial = new VipTrial(world, ProductLine.Make(product, variant, world), random);
                Config = trial.Product.ConfigSummary;
            }

            return trial;
        }
    }

    public void Dispose()
    {
        Retire();
        retired.ForEach(w => w.Dispose());
        retired.Clear();
    }

    /// <summary>
    /// Nothing runs in this world any more, but it stays: the kernel takes a world apart under locks that all worlds share, and holds up whoever wants an
    /// address changed meanwhile for some tenths of a second. That is done when nobody measures.
    /// </summary>
    internal void Retire()
    {
        trial?.Product.Dispose();
        world?.Client.Dispose();
        if (world is not null)
        {
            retired.Add(world);
        }

        trial = null;
        world = null;
    }

    internal bool Fits(VipFault fault) => VipTrial.Fits(Trial.Product, fault);

    internal Outcome Try(VipFault fault)
    {
        try
        {
            var result = Trial.Try(fault);
            var run = VipRun.Of(result);
            if (Promise.Missed(VipRow.Of(product, fault, Config, 1, [run], [])) is { } missed)
            {
                Keep(fault, $"broken {result.Broken:HH:mm:ss.fff}, healed {result.Healed:HH:mm:ss.fff} UTC\n{missed}\n{run}\n");
            }

            if (run.Final != "a")
            {
                // It did not come home by itself: that is in the row; the next run deserves a fresh start.
                Retire();
            }

            return new Outcome(run, null);
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException or IOException)
        {
            Console.Error.WriteLine($"{product} {fault.Id}: {e.Message}");
            Keep(fault, $"{e}\n");
            Retire();
            return new Outcome(null, e.Message);
        }
    }

    private void Keep(VipFault fault, string story)
    {
        if (keep is null || world is null)
        {
            return;
        }

        var place = Directory.CreateDirectory(Path.Combine(keep, $"{product}-{fault.Id}-{world.Name}-{++kept}")).FullName;

        // File.Copy heeds the locks that a running program holds on its own files.
        foreach (var file in Directory.EnumerateFiles(world.Folder).Where(f => !f.EndsWith(".sock", StringComparison.Ordinal)))
        {
            _ = Shell.Try("cp", null, file, place);
        }

        File.WriteAllText(Path.Combine(place, "story.txt"), story);
        Console.Error.WriteLine($"{product} {fault.Id}: kept in {place}");
    }

    internal sealed record Outcome(VipRun? Run, string? Failure);
}
