using Understudy.Core;

namespace Understudy.Tests.Simulation;

/// <summary>One machine: its clock, its kernel's addresses with their lifetimes, its disk, and the two processes of ours that run on it.</summary>
internal sealed class SimHost
{
    private readonly World world;
    private int addressVersion;

    internal SimHost(World world, int place)
    {
        (this.world, Place) = (world, place);
        Clock = NewClock();
    }

    internal int Place { get; }

    internal string Name => WorldPlan.Names[Place];

    internal HostClock Clock { get; private set; }

    internal bool Powered { get; private set; }

    internal SimDaemon? Daemon { get; private set; }

    /// <summary>The parent that executes the will; false when it was killed.</summary>
    internal bool Guardian { get; private set; }

    /// <summary>The kernel has the address.</summary>
    internal bool Address { get; private set; }

    /// <summary>The duty's command has it running.</summary>
    internal bool Service { get; set; }

    /// <summary>What the command has running outlived its kill (a process that waits for a dead disk does): nobody but a fence ends it, so nothing of ours can keep it from running beside another host's.</summary>
    internal bool Undying { get; set; }

    /// <summary>When the kernel drops the address by itself, at the latest; a year for never.</summary>
    internal long KernelEnd { get; private set; }

    /// <summary>No process of ours runs before this; the kernel does.</summary>
    internal long FrozenUntil { get; private set; }

    /// <summary>The machine as a whole does not run before this: a paused guest.</summary>
    internal long PausedUntil { get; private set; }

    /// <summary>The paused guest came back so short a time ago that nothing of ours had a chance to run (docs/guide/limits.md).</summary>
    internal bool JustResumed => PausedUntil > 0 && world.Now < PausedUntil + (20 * TimeSpan.TicksPerMillisecond);

    internal bool Carrier { get; private set; } = true;

    internal bool ProbeGood { get; set; } = true;

    internal bool CommandsGood { get; set; } = true;

    internal bool Idle { get; set; } = true;

    /// <summary>The last epoch in the ledger, whoever held it; and the last that we held.</summary>
    internal long EpochSeen { get; set; }

    internal long EpochHeld { get; set; }

    internal void Boot()
    {
        if (Powered)
        {
            return;
        }

        world.Note($"{Name} boots");
        Clock = NewClock();
        (Powered, Guardian, Address, Service, FrozenUntil, PausedUntil) = (true, true, false, false, 0, 0);
        StartDaemon();
    }

    internal void Crash()
    {
        world.Note($"{Name} is off");
        Daemon?.End();
        (Powered, Guardian, Daemon) = (false, false, null);
        DropAddress("power off");
        (Service, Undying) = (false, false);
    }

    internal void StartDaemon()
    {
        if (!Powered || Daemon is not null)
        {
            return;
        }

        if (world.Now < PausedUntil)
        {
            world.At(PausedUntil, StartDaemon);
            return;
        }

        Guardian = true;
        Daemon = new SimDaemon(world, this);
        world.Note($"{Name} daemon starts, address {Address}, ledger {EpochSeen}/{EpochHeld}");
        Daemon.Begin();
    }

    /// <summary>The daemon is gone at once; its guardian, if there is one, executes the will within milliseconds.</summary>
    internal void KillDaemon(bool guardianToo, long restartAfter)
    {
        if (Daemon is not { } daemon || world.Now < PausedUntil)
        {
            return;      // nobody kills in a guest that is paused
        }

        world.Note($"{Name} daemon killed{(guardianToo ? " with its guardian" : "")}");
        daemon.End();
        Daemon = null;
        Guardian &= !guardianToo;
        if (Guardian)
        {
            world.At(Math.Max(world.Now, Stopped) + world.Dice.Micros(300, 4000), () => daemon.ExecuteWill());
        }

        world.After(restartAfter, StartDaemon);
    }

    internal void Arrive(byte[] bytes, int segment)
    {
        if (Powered && world.Now >= PausedUntil)
        {
            Daemon?.Arrive(bytes, segment);
        }
    }

    /// <summary>When processes of ours run again; now or in the past if they do.</summary>
    internal long Stopped => Math.Max(FrozenUntil, PausedUntil);

    internal void Freeze(long span)
    {
        world.Note($"{Name}: all processes frozen for {World.Ms(span)}");
        FrozenUntil = Math.Max(FrozenUntil, world.Now + span);
    }

    internal void Pause(long span)
    {
        world.Note($"{Name}: paused for {World.Ms(span)}");
        PausedUntil = Math.Max(PausedUntil, world.Now + span);
        if (Address)
        {
            KernelEnd += span;
            PlanKernel();
        }

        world.At(PausedUntil + (20 * TimeSpan.TicksPerMillisecond) + 1, world.CheckHolders);
    }

    internal void SetCarrier(bool up)
    {
        if (Carrier == up)
        {
            return;
        }

        Carrier = up;
        var daemon = Daemon;
        world.After(world.Dice.Micros(100, 3000), () => daemon?.Post((c, now) => c.CarrierSeen(WorldPlan.Lan, Carrier, now)));
    }

    /// <summary>Adds the address, or refreshes the lifetime of the one that is there.</summary>
    /// <param name="seconds">0: the kernel keeps it for ever, or, where it has an end already, keeps that.</param>
    internal void AddAddress(int seconds)
    {
        var had = Address;
        if (seconds > 0)
        {
            // From the whole seconds themselves to what the rounding of the kernel's work adds (Addresses/KernelLease in Understudy.Linux).
            var latest = ((seconds + 0.25) * 9 / 8) + 0.05;
            KernelEnd = world.Now + world.Dice.Ticks(seconds * TimeSpan.TicksPerSecond, (long)(latest * TimeSpan.TicksPerSecond));
            Address = true;
            PlanKernel();
        }
        else if (!had)
        {
            (Address, KernelEnd) = (true, world.Now + World.Year);
            addressVersion++;
        }

        if (!had)
        {
            world.Note($"{Name} HAS the address");
            world.CheckHolders();
        }
    }

    internal void DropAddress(string why)
    {
        if (Address)
        {
            world.Note($"{Name} drops the address: {why}");
            (Address, addressVersion) = (false, addressVersion + 1);
        }
    }

    private void PlanKernel()
    {
        var mine = ++addressVersion;
        world.At(KernelEnd, () =>
        {
            if (mine == addressVersion && Address)
            {
                DropAddress("the kernel's lifetime ended");
                Daemon?.AddressVanished();
            }
        });
    }

    private HostClock NewClock() => new(world.Now, world.Dice.OneOf<long>([0, world.Dice.Millis(0, 60_000), world.Dice.Millis(0, 900_000_000)]), world.Dice.Below(20_001) - 10_000);
}
