using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Settings;

namespace Understudy.Tests.Simulation;

/// <summary>
/// One pair (or trio) with its witness, its network and its misfortunes: one seed, one world. Candidates and witness are the production classes and speak
/// real bytes. First comes chaos; then everything is healed, and the world must converge and stay so. The invariants are looked at with every change.
/// </summary>
internal sealed class World
{
    internal const long Year = 365 * TimeSpan.TicksPerDay;

    private readonly PriorityQueue<Action, (long At, long Order)> agenda = new();
    private readonly Nemesis nemesis;
    private long order;
    private long newestEpoch;
    private int newestHolder = -1;
    private string? broken;
    private int starts;

    internal World(ulong seed, Breach breach = Breach.None, bool quiet = false, bool tracing = false)
    {
        Dice = new Dice(seed);
        Plan = WorldPlan.Draw(Dice, breach, quiet);
        Trace = tracing ? [] : null;
        Note($"{Plan.Hosts} hosts, ttl {Plan.Ttl}, stop {Plan.StopLimit}, arbitrated {Plan.Arbitrated}, commanded {Plan.Commanded}, failback {Plan.Failback}, {Plan.Settings.Heartbeat}, faults {string.Join(' ', Plan.Faults)}");
        Net = new SimNet(this);
        Hosts = [.. Enumerable.Range(0, Plan.Hosts).Select(i => new SimHost(this, i))];
        Witness = Plan.Arbitrated ? new SimWitness(this) : null;
        nemesis = new Nemesis(this);
    }

    internal WorldPlan Plan { get; }

    internal Dice Dice { get; }

    internal SimNet Net { get; }

    internal SimHost[] Hosts { get; }

    internal SimWitness? Witness { get; }

    internal Coverage Coverage { get; } = new();

    internal List<string>? Trace { get; }

    internal long Now { get; private set; }

    /// <summary>The world is healed: from here on it must converge.</summary>
    internal bool Healed { get; private set; }

    internal int Starts => starts;

    private bool Borne => Plan.Breach == Breach.SilenceIsDeathAndBorne;

    /// <summary>Runs the whole world. Null when nothing broke.</summary>
    internal string? Run()
    {
        foreach (var host in Hosts)
        {
            At(Dice.PerMille(700) ? Dice.Millis(0, 30) : Dice.Millis(0, 2000), host.Boot);
        }

        nemesis.Begin();
        At(Plan.Chaos, () =>
        {
            Note("everything is healed");
            nemesis.Heal();
            Healed = true;
        });
        var settled = Plan.Chaos + Patience();
        var (seen, done) = (0, false);
        At(settled, () =>
        {
            seen = starts;
            Converged("by then");
        });
        At(settled + Plan.Calm, () =>
        {
            Converged("at the end");
            if (broken is null && starts != seen)
            {
                Break($"{starts - seen} starts after everything had settled");
            }

            done = true;
        });
        while (broken is null && !done && agenda.TryDequeue(out var next, out var key))
        {
            Now = key.At;
            next();
        }

        return broken;
    }

    internal void At(long when, Action what) => agenda.Enqueue(what, (Math.Max(when, Now), order++));

    internal void After(long delay, Action what) => At(Now + delay, what);

    internal static string Ms(long ticks) => $"{ticks / TimeSpan.TicksPerMillisecond} ms";

    internal void Note(string what) => Trace?.Add($"{Now / 10_000.0,10:0.000} ms  {what}");


    internal int PlaceOf(string name) => Array.FindIndex(Hosts, h => h.Name == name);

    internal bool StallsMidway(out long span)
    {
        span = 0;
        if (Healed || !nemesis.Midway || !Dice.PerMille(3))
        {
            return false;
        }

        span = Math.Min(Plan.Chaos - Now, Dice.OneOf<long>([Dice.Millis(1, 30), Dice.Millis(1, 400), Dice.Millis(1, 2 * (int)Plan.Ttl.TotalMilliseconds)]));
        return true;
    }

    /// <summary>The invariant: never two. A paused guest answers nobody; for the moment after its return see docs/guide/limits.md.</summary>
    internal void CheckHolders()
    {
        var holders = 0;
        foreach (var host in Hosts)
        {
            holders += host.Address && Now >= host.PausedUntil && !host.JustResumed ? 1 : 0;
        }

        if (holders > 1 && !Borne)
        {
            Break($"{holders} hosts have the address");
        }
    }

    /// <summary>Where only the network and the witness fail, the command's service is exclusive as well.</summary>
    internal void CheckServices()
    {
        if (nemesis.Bodily || Borne)
        {
            return;
        }

        var running = 0;
        foreach (var host in Hosts)
        {
            running += host.Service && !host.Undying ? 1 : 0;
        }

        if (running > 1)
        {
            Break($"{running} hosts run the service");
        }
    }

    internal void CheckStance(SimHost host, DutyState state, Instant now)
    {
        if (state.Hold is { } hold && now >= hold.Until)
        {
            Break($"{host.Name} is {state.Stance.Code()} after its claim's end");
        }

        if (host.Address && state.Hold is null && state.Stance is not (Stance.Unknown or Stance.Stopping))
        {
            Break($"{host.Name} has the address and is {state.Stance.Code()}");
        }
    }

    /// <summary>A start was performed: epochs grow from holder to holder.</summary>
    internal void Started(SimHost host, long epoch)
    {
        starts += epoch == newestEpoch && host.Place == newestHolder ? 0 : 1;
        if (epoch <= 0 || (nemesis.Remembered && !Borne && (epoch < newestEpoch || (epoch == newestEpoch && host.Place != newestHolder))))
        {
            Break($"{host.Name} starts with epoch {epoch}, and {(newestHolder < 0 ? "nobody" : Hosts[newestHolder].Name)} did with {newestEpoch}");
        }

        if (epoch >= newestEpoch)
        {
            (newestEpoch, newestHolder) = (epoch, host.Place);
        }
    }

    private void Converged(string when)
    {
        var active = Hosts.Where(h => h.Daemon?.State.Stance is Stance.Active).ToList();
        var holders = Hosts.Where(h => h.Address).ToList();
        if (broken is null && (active.Count != 1 || holders.Count != 1 || active[0] != holders[0]))
        {
            Break($"a healed world has not converged {when}: active are [{string.Join(' ', active.Select(h => h.Name))}], the address is on [{string.Join(' ', holders.Select(h => h.Name))}], {string.Join("; ", Hosts.Select(h => $"{h.Name} {h.Daemon?.State.Stance}"))}");
        }
        else if (broken is null && Plan.Failback is not FailbackSettings.Never && active[0].Place != 0)
        {
            Break($"a healed world has not failed back {when}: {string.Join("; ", Hosts.Select(h => $"{h.Name} sees {h.Daemon?.Candidate.Arbiter} arbiter, {h.Daemon?.State}"))}");
        }
    }

    /// <summary>
    /// How long a healed world may take: a daemon that was just started listens for a grace of one TTL; a witness that was just started is silent for one; a
    /// promise that was just given holds for one; a claim that nobody renews for one; then back-off, start, and failback.
    /// </summary>
    private long Patience()
    {
        var failback = Plan.Failback is FailbackSettings.After after ? after.Wait : TimeSpan.Zero;
        var listens = TimeSpan.FromTicks(Math.Max(Plan.Ttl.Ticks, Plan.DeadAfter.Ticks));
        return (listens + (Plan.Ttl * 3) + (Plan.DeadAfter * 2) + (Plan.StopLimit * 2) + failback + TimeSpan.FromSeconds(3)).Ticks;
    }

    internal void Break(string what)
    {
        if (broken is null)
        {
            broken = $"{(Plan.Arbitrated ? "" : "bare pair, ")}at {Ms(Now)} {what}";
            Note($"BROKEN: {what}");
        }
    }
}
