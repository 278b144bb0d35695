using Understudy.Lab.Worlds.Faults;
using Understudy.Lab.Worlds.Measures;
using Understudy.Lab.Worlds.Products;

namespace Understudy.Lab.Worlds;

/// <summary>What one fault did to one product.</summary>
/// <param name="Measures">What was seen.</param>
/// <param name="AtHeal">Who had the address just before the fault was ended.</param>
/// <param name="Final">Who answered all questions at the end: <c>a</c>, <c>b</c>, or null for nobody or several.</param>
/// <param name="Doubt">Why the numbers cannot be trusted, or null.</param>
public sealed record TrialResult(TrialMeasures Measures, string AtHeal, char? Final, string? Doubt);

/// <summary>A world with a product at work in it, and the way to try faults on it, one after the other.</summary>
public sealed class VipTrial : IDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SteadyBefore = TimeSpan.FromSeconds(1);

    /// <summary>A neighbour table that is wrong after a heal stays so for up to 7 s with a Linux client (host-failover.md 2.2).</summary>
    private static readonly TimeSpan LongestWatch = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan SteadyAfter = TimeSpan.FromSeconds(2.5);

    private readonly Random random;

    public VipTrial(VipWorld world, IVipProduct product, Random random)
    {
        World = world;
        Product = product;
        Performer = new FaultPerformer(world, product);
        this.random = random;
    }

    public VipWorld World { get; }

    public IVipProduct Product { get; }

    public FaultPerformer Performer { get; }

    /// <summary>Whether this product can be asked about this fault at all.</summary>
    public static bool Fits(IVipProduct product, VipFault fault) =>
        (product.HasWitness || !fault.NeedsWitness) && (product.LooksAtHealth || !fault.NeedsHealth);

    /// <summary>Starts the product where it does not run, and waits until alpha alone has answered everything for a second.</summary>
    /// <exception cref="TimeoutException">That did not happen within 30 s.</exception>
    public void AwaitReady()
    {
        foreach (var host in new[] { Host.Witness, Host.Alpha, Host.Beta })
        {
            Product.Start(host);
        }

        if (!LabClock.WaitUntil(IsReady, ReadyLimit))
        {
            throw new TimeoutException(
                $"{Product.Name}: alpha did not serve alone for 1 s within 30 s (alpha has the address: {World.Addresses.Has(Host.Alpha)}, "
                + $"beta: {World.Addresses.Has(Host.Beta)}, answers by: {World.Client.SteadyAnswerer(SteadyBefore)?.ToString() ?? "nobody steadily"})");
        }
    }

    /// <summary>Tries one fault at a random phase: waits for a steady state, breaks, holds, heals, and watches until all is calm at home.</summary>
    public TrialResult Try(VipFault fault)
    {
        AwaitReady();

        // Longer than any product's interval, so that the fault falls at any point of it.
        LabClock.Pause(TimeSpan.FromMilliseconds(random.Next(0, 1100)));
        var begun = LabClock.Now;
        fault.Inject(Performer);
        var hold = fault.HoldExactly || fault.Hold > Product.TimeToAct ? fault.Hold : Product.TimeToAct;
        SleepUntil(begun + LabClock.Of(hold));
        var atHeal = Holders();
        var heal = LabClock.Now;
        fault.Heal(Performer);
        var healed = LabClock.Now;
        Watch(healed);
        var end = LabClock.Now;

        // Answers of the last questions may still be on their way.
        LabClock.Pause(TimeSpan.FromMilliseconds(60));
        var probes = World.Client.Copy(begun - (10 * LabClock.Millisecond), end);
        var measures = TrialMeasures.Of(probes, World.Addresses.Changes, new TrialTimes(begun, heal, healed, end));
        return new TrialResult(measures, atHeal, World.Client.SteadyAnswerer(SteadyBefore), World.Addresses.Disagreement());
    }

    public void Dispose() => Product.Dispose();

    private static void SleepUntil(long at) => LabClock.WaitUntil(() => LabClock.Now >= at, TimeSpan.FromMinutes(3));

    private bool IsReady() =>
        World.Addresses.Has(Host.Alpha) && !World.Addresses.Has(Host.Beta) && World.Client.SteadyAnswerer(SteadyBefore) == 'a';

    private void Watch(long from)
    {
        SleepUntil(from + LabClock.Of(ShortestWatch));
        LabClock.WaitUntil(
            () => World.Addresses.Has(Host.Alpha) && !World.Addresses.Has(Host.Beta) && World.Client.SteadyAnswerer(SteadyAfter) == 'a',
            LongestWatch - ShortestWatch);
    }

    private string Holders() => (World.Addresses.Has(Host.Alpha), World.Addresses.Has(Host.Beta)) switch
    {
        (true, true) => "both",
        (true, false) => "alpha",
        (false, true) => "beta",
        (false, false) => "nobody",
    };
}
