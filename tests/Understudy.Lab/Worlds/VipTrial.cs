using Understudy.Lab.Worlds.Faults;
using Understudy.Lab.Worlds.Measures;
using Understudy.Lab.Worlds.Products;

namespace Understudy.Lab.Worlds;

/// <summary>What one fault did to one product.</summary>
/// <param name="Measures">What was seen.</param>
/// <param name="AtHeal">Who had the address just before the fault was ended.</param>
/// <param name="Final">Who answered all questions at the end: <c>a</c>, <c>b</c>, or null for nobody or several.</param>
/// <param name="Doubt">Why the numbers cannot be trusted, or null.</param>
/// <param name="Broken">When the fault was made, by the wall clock, to find it in ledgers and logs.</param>
/// <param name="Healed">When it was ended, likewise.</param>
public sealed record TrialResult(TrialMeasures Measures, string AtHeal, char? Final, string? Doubt, DateTimeOffset Broken, DateTimeOffset Healed);

/// <summary>How much time a trial takes around its fault.</summary>
/// <param name="Before">Alpha alone has answered everything for so long before the fault.</param>
/// <param name="Phase">The fault then comes at any point of such a span; longer than a product's interval where numbers are wanted.</param>
/// <param name="Watch">How long is watched after the end of the fault, at least.</param>
/// <param name="After">Alpha alone has answered everything for so long at the end.</param>
public sealed record Pace(TimeSpan Before, TimeSpan Phase, TimeSpan Watch, TimeSpan After)
{
    /// <summary>For numbers: long enough that a silence of 2 s after a heal cannot be missed.</summary>
    public static Pace Thorough { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2.5));

    /// <summary>For a person who watches, and for tests of behaviour.</summary>
    public static Pace Brisk { get; } = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(1));
}

/// <summary>A world with a product at work in it, and the way to try faults on it, one after the other.</summary>
public sealed class VipTrial : IDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);

    private static readonly long StartLimit = 3 * LabClock.Second;

    /// <summary>A neighbour table that is wrong after a heal stays so for up to 7 s with a Linux client (measured: keepalived's rows).</summary>
    private static readonly TimeSpan LongestWatch = TimeSpan.FromSeconds(15);

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

    /// <summary>The world goes when the trial goes.</summary>
    public bool OwnsWorld { get; init; }

    public Pace Pace { get; init; } = Pace.Thorough;

    /// <summary>Hears what is being done, in a word or two, while it is done.</summary>
    public Action<string>? Telling { get; init; }

    /// <summary>Whether this product can be asked about this fault at all.</summary>
    public static bool Fits(IVipProduct product, VipFault fault) =>
        (product.HasWitness || !fault.NeedsWitness) && (product.LooksAtHealth || !fault.NeedsHealth);

    /// <summary>Starts the product where it does not run, and waits until alpha alone has answered everything for a while.</summary>
    /// <exception cref="TimeoutException">That did not happen within 30 s, or the product's processes ended; the message has their last words.</exception>
    public void AwaitReady()
    {
        foreach (var host in new[] { Host.Witness, Host.Alpha, Host.Beta })
        {
            Product.Start(host);
        }

        var begun = LabClock.Now;
        var ready = false;

        // A product that does not even run needs no long patience.
        LabClock.WaitUntil(() => (ready = IsReady()) || (LabClock.Now - begun > StartLimit && Product.Pids(Host.Alpha).Count == 0), ReadyLimit);
        if (!ready)
        {
            throw new TimeoutException(
                $"{Product.Name}: alpha did not come to serve alone in {LabClock.Ms(LabClock.Now - begun):0} ms (alpha has the address: "
                + $"{World.Addresses.Has(Host.Alpha)}, beta: {World.Addresses.Has(Host.Beta)}, steady answers by: "
                + $"{World.Client.SteadyAnswerer(Pace.Before)?.ToString() ?? "nobody"}, runs on alpha: {Product.Pids(Host.Alpha).Count} processes){World.LastWords()}");
        }
    }

    /// <summary>Tries one fault at a random phase: waits for a steady state, breaks, holds, heals, and watches until all is calm at home.</summary>
    public TrialResult Try(VipFault fault)
    {
        Telling?.Invoke("getting ready");
        AwaitReady();
        LabClock.Pause(random.NextDouble() * Pace.Phase);
        Telling?.Invoke("broken");
        var broken = DateTimeOffset.UtcNow;
        var begun = LabClock.Now;
        fault.Inject(Performer);
        var hold = fault.HoldExactly || fault.Hold > Product.TimeToAct ? fault.Hold : Product.TimeToAct;
        SleepUntil(begun + LabClock.Of(hold));
        var atHeal = Holders();
        Telling?.Invoke("healing");
        var heal = LabClock.Now;
        fault.Heal(Performer);
        var healed = LabClock.Now;
        var healedAt = DateTimeOffset.UtcNow;
        Watch(healed);
        var end = LabClock.Now;

        // Answers of the last questions may still be on their way.
        LabClock.Pause(TimeSpan.FromMilliseconds(60));
        var probes = World.Client.Copy(begun - (10 * LabClock.Millisecond), end);
        var measures = TrialMeasures.Of(probes, World.Addresses.Changes, new TrialTimes(begun, heal, healed, end));
        return new TrialResult(measures, atHeal, World.Client.SteadyAnswerer(Pace.Before), World.Addresses.Disagreement(), broken, healedAt);
    }

    public void Dispose()
    {
        Product.Dispose();
        if (OwnsWorld)
        {
            World.Dispose();
        }
    }

    private static void SleepUntil(long at) => LabClock.WaitUntil(() => LabClock.Now >= at, TimeSpan.FromMinutes(3));

    private bool IsReady() =>
        World.Addresses.Has(Host.Alpha) && !World.Addresses.Has(Host.Beta) && World.Client.SteadyAnswerer(Pace.Before) == 'a';

    private void Watch(long from)
    {
        SleepUntil(from + LabClock.Of(Pace.Watch));
        LabClock.WaitUntil(
            () => World.Addresses.Has(Host.Alpha) && !World.Addresses.Has(Host.Beta) && World.Client.SteadyAnswerer(Pace.After) == 'a',
            LongestWatch - Pace.Watch);
    }

    private string Holders() => (World.Addresses.Has(Host.Alpha), World.Addresses.Has(Host.Beta)) switch
    {
        (true, true) => "both",
        (true, false) => "alpha",
        (false, true) => "beta",
        (false, false) => "nobody",
    };
}
