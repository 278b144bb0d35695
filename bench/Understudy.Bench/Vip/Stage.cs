using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Faults;

namespace Understudy.Bench.Vip;

/// <summary>A world with a product in it that serves one run after the other, and is built anew when a run left it unusable.</summary>
internal sealed class Stage(string product, string variant, int seed) : IDisposable
{
    private readonly Random random = new(seed);
    private VipWorld? world;
    private VipTrial? trial;

    internal string Config => Trial.Product.ConfigSummary;

    private VipTrial Trial
    {
        get
        {
            if (trial is null)
            {
                world = VipWorld.Build();
                trial = new VipTrial(world, ProductLine.Make(product, variant, world), random);
            }

            return trial;
        }
    }

    public void Dispose()
    {
        trial?.Dispose();
        world?.Dispose();
        trial = null;
        world = null;
    }

    internal bool Fits(VipFault fault) => VipTrial.Fits(Trial.Product, fault);

    internal Outcome Try(VipFault fault)
    {
        try
        {
            var run = VipRun.Of(Trial.Try(fault));
            if (run.Final != "a")
            {
                // It did not come home by itself: that is in the row; the next run deserves a fresh start.
                Dispose();
            }

            return new Outcome(run, null);
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException or IOException)
        {
            Console.Error.WriteLine($"{product} {fault.Id}: {e.Message}");
            Dispose();
            return new Outcome(null, e.Message);
        }
    }

    internal sealed record Outcome(VipRun? Run, string? Failure);
}
