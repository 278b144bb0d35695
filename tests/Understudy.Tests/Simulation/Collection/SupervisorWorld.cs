using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;

namespace Understudy.Tests.Simulation.Collection;

/// <summary>A supervisor beside a pair of stock daemons, in time that is only counted: what it orders arrives after a delay, and so do the answers.</summary>
internal sealed class SupervisorWorld
{
    internal static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(10);

    private readonly PriorityQueue<Action, (long, long)> later = new();
    private readonly bool[] isOpen;
    private readonly int[] life;
    private readonly int[] ports;
    private readonly int seed;
    private readonly List<(int Who, uint Id, LdmsdCommand Command)>[] held;
    private readonly Instant[] last = new Instant[3];
    private readonly Dictionary<string, long> newest = new(StringComparer.Ordinal), below = new(StringComparer.Ordinal);
    private readonly List<Action>[] cut = [[], [], []];
    private readonly TimeSpan[] barredFor = new TimeSpan[3];
    private long order;
    private ulong dice;
    private Instant tickDue;

    internal SupervisorWorld(int seed = 1, SupervisorRules? rules = null, bool acts = true, StockWorld? stock = null, Func<LdmsdCommand, bool>? swallows = null)
    {
        this.seed = seed;
        dice = (ulong)seed * 0x9E3779B97F4A7C15;
        Swallows = swallows ?? (_ => false);
        Stock = stock ?? StockWorld.Nine(100);
        if (stock is null)
        {
            Stock.StartAll(Now);
        }

        ports = [110, 111, 120];
        (isOpen, life, held) = (new bool[3], new int[3], [[], [], []]);
        Desk = new SupervisorDesk(rules ?? new SupervisorRules(), ports.Select(p => new SupervisorPeer(Stock.At(p)!.Name, ["127.0.0.1"], p)).ToValueList(), acts);
    }

    internal StockWorld Stock { get; }

    internal SupervisorDesk Desk { get; }

    internal Instant Now { get; private set; } = new(TimeSpan.TicksPerSecond * 1000);

    internal List<string> Said { get; } = [];

    /// <summary>Every command that was sent and changes something, with its time.</summary>
    internal List<(Instant At, string To, LdmsdCommand Command)> Sent { get; } = [];

    /// <summary>A fault that is planted: such a command is answered, and not done.</summary>
    internal Func<LdmsdCommand, bool> Swallows { get; }

    /// <summary>The supervisor does not run: no ticks, and its answers wait.</summary>
    internal bool IsFrozen { get; set; }

    /// <summary>Nothing passes between the supervisor and this one.</summary>
    internal HashSet<int> Cut { get; } = [];

    internal StockDaemon A10 => Stock.At(110)!;

    internal StockDaemon A11 => Stock.At(111)!;

    internal StockDaemon A20 => Stock.At(120)!;

    /// <summary>How old the newest sample is that level 2 ever had of a set; of the oldest of those of samplers 0 and 1, which are a10's.</summary>
    internal TimeSpan Age => newest.Count == 0 ? TimeSpan.Zero : TimeSpan.FromMicroseconds(StockWorld.Micros(Now) - newest.Values.Min());

    /// <summary>The oldest that <see cref="Age"/> ever was since this was set to zero.</summary>
    internal TimeSpan Hole { get; set; }

    /// <summary>Takes the time from another supervisor, which is no more.</summary>
    internal void Follow(SupervisorWorld before) => Now = before.Now;

    /// <summary>The same of the newest sample that either of the two has.</summary>
    internal TimeSpan HoleBelow { get; set; }

    internal SupervisorWorld Run(double seconds, Action? each = null)
    {
        for (var end = Now + TimeSpan.FromSeconds(seconds); Now < end;)
        {
            var before = Now;
            Now += Turn;
            Stock.Step(before, Now);
            foreach (var (instance, set) in A20.Sets.Where(s => s.Value.Micros > 0 && s.Key[..3] is "s00" or "s01"))
            {
                newest[instance] = Math.Max(set.Micros, newest.GetValueOrDefault(instance));
            }

            foreach (var (instance, set) in A10.Sets.Concat(A11.Sets).Where(s => s.Value.Micros > 0 && s.Key[..3] is "s00" or "s01"))
            {
                below[instance] = Math.Max(set.Micros, below.GetValueOrDefault(instance));
            }

            var age = below.Count == 0 ? TimeSpan.Zero : TimeSpan.FromMicroseconds(StockWorld.Micros(Now) - below.Values.Min());
            Hole = Age > Hole ? Age : Hole;
            HoleBelow = age > HoleBelow ? age : HoleBelow;
            Breaks();
            while (!IsFrozen && later.TryPeek(out _, out var at) && at.Item1 <= Now.Ticks)
            {
                later.Dequeue()();
            }

            if (!IsFrozen && Now >= tickDue)
            {
                tickDue = Now + TimeSpan.FromMilliseconds(100);
                Desk.Tick(Now);
            }

            Perform();
            each?.Invoke();
        }

        return this;
    }

    /// <summary>A few ms later, in the order in which it was sent.</summary>
    private void After(int who, Action act)
    {
        last[who] = Instant.Later(last[who], Now + TimeSpan.FromMilliseconds(1 + Draw(8)));
        later.Enqueue(
            () =>
            {
                if (Cut.Contains(who))
                {
                    cut[who].Add(act);                                 // TCP keeps it, and brings it when it can
                }
                else
                {
                    act();
                }
            }, (last[who].Ticks, order++));
    }

    /// <summary>A daemon that died breaks its connections; one that goes on answers what it was asked meanwhile.</summary>
    private void Breaks()
    {
        for (var i = 0; i < ports.Length; i++)
        {
            var (who, daemon) = (i, Stock.At(ports[i])!);
            barredFor[i] = isOpen[i] && (Cut.Contains(i) || daemon.IsSilent) ? barredFor[i] + Turn : TimeSpan.Zero;
            if (barredFor[i] > TimeSpan.FromSeconds(3))
            {
                isOpen[i] = false;                                     // TCP_USER_TIMEOUT
                held[i].Clear();
                cut[i].Clear();
                Desk.Closed(who, "broke the connection: timed out", refused: false, Now);
            }
            else if (cut[i].Count > 0 && !Cut.Contains(i))
            {
                var waiting = cut[i].ToList();
                cut[i].Clear();
                waiting.ForEach(w => w());
            }

            if (isOpen[i] && (!daemon.IsAlive || daemon.Life != life[i]) && !daemon.IsSilent)
            {
                isOpen[i] = false;
                held[i].Clear();
                After(who, () => Desk.Closed(who, "closed the connection", refused: false, Now));
            }
            else if (held[i].Count > 0 && daemon.Hears && !Cut.Contains(i))
            {
                var waiting = held[i].ToList();
                held[i].Clear();
                waiting.ForEach(w => Reply(w.Who, w.Id, w.Command));
            }
        }
    }

    private void Perform()
    {
        while (Desk.Orders.TryDequeue(out var one))
        {
            switch (one)
            {
                case SupervisorOrder.Connect(var who):
                    var daemon = Stock.At(ports[who])!;
                    if (Cut.Contains(who) || daemon.IsSilent || (daemon.IsHung && daemon.IsAlive))
                    {
                        later.Enqueue(() => Desk.Closed(who, "did not open the connection", refused: false, Now), ((Now + TimeSpan.FromSeconds(5)).Ticks, order++));
                    }
                    else if (!daemon.IsAlive)
                    {
                        After(who, () => Desk.Closed(who, "refused the connection", refused: true, Now));
                    }
                    else
                    {
                        (isOpen[who], life[who]) = (true, daemon.Life);
                        After(who, () => Desk.Opened(who, Now));
                    }

                    break;
                case SupervisorOrder.HangUp(var gone):
                    isOpen[gone] = false;
                    held[gone].Clear();
                    cut[gone].Clear();
                    break;
                case SupervisorOrder.Ask(var to, var id, var command) when isOpen[to]:
                    if (command.Verb is not ("daemon_status" or "prdcr_status" or "updtr_status" or "prdcr_set_status" or "updtr_match_list"))
                    {
                        Sent.Add((Now, Stock.At(ports[to])!.Name, command));
                    }

                    if (Stock.At(ports[to])!.Hears && held[to].Count == 0 && !Cut.Contains(to))
                    {
                        Reply(to, id, command);
                    }
                    else
                    {
                        held[to].Add((to, id, command));
                    }

                    break;
                default:
                    break;                                             // the connection is no more, and nobody hears it
            }
        }

        while (Desk.Notes.TryDequeue(out var note))
        {
            Said.Add($"{note.At.Ticks / (double)TimeSpan.TicksPerSecond - 1000:0.00} {note.Text}");
        }
    }

    private void Reply(int who, uint id, LdmsdCommand command)
    {
        var answer = Swallows(command) ? new LdmsdAnswer(0, "", null) : Stock.At(ports[who])!.Answer(command, Now);
        var now = life[who];
        After(who, () =>
        {
            if (isOpen[who] && life[who] == now)
            {
                Desk.Answered(who, id, answer, Now);
            }
        });
    }

    private int Draw(int below)
    {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        return (int)(dice % (ulong)below);
    }

    public override string ToString() => $"seed {seed}:\n{string.Join('\n', Said.Where(s => !s.Contains("is told", StringComparison.Ordinal)).TakeLast(40))}";
}
