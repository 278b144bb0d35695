using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;

namespace Understudy.Tests.Simulation.Collection;

/// <summary>An aggregator's process: the production desks and their configuration as text, on wires of the simulation; what a pair says goes through its codec's bytes.</summary>
internal sealed class SimCollector(SimWires wires, string name, string text, Func<string, SimHost> hosts, PairBreach breach) : SimHost(name)
{
    private readonly Dictionary<ProducerDesk, SimWire> lines = [];
    private readonly Dictionary<string, CollectedSet> offered = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, PairRequest> asked = [];
    private SimWire? line;
    private Instant wakeAt = Instant.Never;
    private uint number;

    internal CollectionDesk Desk { get; private set; } = new();

    internal CollectionCommands? Commands { get; private set; }

    internal PairDesk? Pair => Commands?.Pair;

    /// <summary>Called after each thing that happened to it.</summary>
    internal Action? Settled { get; set; }

    internal static long Wall(Instant now) => 1_795_306_500_000_000 + ((now.Ticks - TimeSpan.FromDays(3).Ticks) / 10);

    private Moment At => new(wires.Now, Wall(wires.Now));

    internal void Start()
    {
        (Desk, wakeAt, line) = (new CollectionDesk(), Instant.Never, null);
        Commands = new CollectionCommands(Desk) { Name = Name };
        lines.Clear();
        offered.Clear();
        asked.Clear();
        IsUp = true;
        Life++;
        var orders = LdmsdConfiguration.Read(Name, $"listen xprt=sock port=411\n{text}", LdmsdWorld.Empty).Orders;
        foreach (var order in orders.OrderBy(o => o.Request is LdmsdRequest.FailoverStart))
        {
            if (Commands.Apply(order.Request, "its file", At) is { Code: not 0 } refused)
            {
                throw new InvalidOperationException($"{order.Place}: {refused.Text}");
            }
        }

        Commands.Wishes.Clear();
        Settle();
    }

    internal override IEnumerable<(string Instance, string Schema)> Directory() => offered.Values.Select(s => (s.Name, s.Layout.Schema));

    internal override SetLayout? Layout(string instance) => offered.GetValueOrDefault(instance)?.Layout;

    internal override byte[]? Sample(string instance) => offered.GetValueOrDefault(instance)?.Data.ToArray();

    internal override void Wake()
    {
        if (!IsUp || IsFrozen)
        {
            return;
        }

        if (breach == PairBreach.NeverLooksForLate)
        {
            foreach (var producer in Desk.Producers.Values)
            {
                producer.LateAt = Instant.Never;
            }
        }

        Desk.Look(At);
        Pair?.Look(At.Now);
        Settle();
    }

    internal override void Heard(SimWire from, ConfigMessage message)
    {
        if (Pair is not { } pair || PairCodec.Read(message, out _) is not { } request)
        {
            return;
        }

        if (request is PairRequest.Ping or PairRequest.PeerConfig)
        {
            var told = PairCopies.Told(Desk);
            pair.Own = (PairCopies.Version(told), true, PairCopies.Lacking(Desk, At.Now));
            foreach (var item in request is PairRequest.PeerConfig ? told : [])
            {
                foreach (var part in PairCodec.Write(new PairRequest.Told(item, Whole: true), () => ++number))
                {
                    Send(from, toServer: false, part);
                }
            }
        }

        var reply = pair.Asked(request, At.Now);
        if (request is not PairRequest.Told)
        {
            Send(from, toServer: false, PairCodec.Answer(message.Number, message.Code, reply));
        }
    }

    private protected override void Settle()
    {
        for (var more = true; more && IsUp;)
        {
            more = false;
            while (Desk.Orders.TryDequeue(out var order))
            {
                more = true;
                Carry(order);
            }

            while (Pair is { } pair && pair.Orders.TryDequeue(out var order))
            {
                more = true;
                Carry(order, pair);
            }
        }

        Desk.Notes.Clear();
        Pair?.Notes.Clear();
        Settled?.Invoke();
        var at = Instant.Earlier(breach == PairBreach.NeverLooksForLate ? Instant.Earlier(Desk.Deadline, wires.Now + TimeSpan.FromSeconds(1)) : Desk.Deadline, Pair?.Deadline ?? Instant.Never);
        if (IsUp && at < Instant.Never && (at < wakeAt || wakeAt <= wires.Now))
        {
            var (life, due) = (Life, Instant.Later(at, wires.Now + TimeSpan.FromTicks(1)));
            wakeAt = due;
            wires.At(due, () =>
            {
                if (Life == life && wakeAt == due)
                {
                    wakeAt = Instant.Never;
                    Wake();
                }
            });
        }
    }

    private void Carry(in CollectionOrder order)
    {
        var (producer, source) = (order.Producer!, order.Source!);
        switch (order.Deed)
        {
            case CollectionDeed.Connect:
                var generation = producer.Generation;
                lines[producer] = wires.Connect(this, hosts(((ProducerTarget.Ldms)producer.Rules.Target).Host), _ => Desk.Opened(producer, generation, At), (_, refused) =>
                {
                    Desk.Closed(producer, generation, refused ? "refused" : "ended", At);
                });
                break;
            case CollectionDeed.Disconnect:
                if (lines.Remove(producer, out var old))
                {
                    old.Close(this);
                }

                break;
            case CollectionDeed.List:
                Ask(producer, (server, wire) =>
                {
                    _ = server.Notices.Add(wire);
                    return server.Directory().ToArray();
                }, found => Desk.Listed(producer, found, whole: true, At));
                break;
            case CollectionDeed.LookUp:
                Ask(producer, (server, _) => server.Layout(source.Name), layout =>
                {
                    if (layout is null)
                    {
                        Desk.LookUpFailed(source, "no such set", At);
                    }
                    else
                    {
                        Desk.LookedUp(source, layout, null, At);
                    }
                });
                break;
            case CollectionDeed.Pull:
                Ask(producer, (server, _) => server.Sample(source.Name), sample =>
                {
                    if (sample is null)
                    {
                        Desk.PullFailed(source, "no such set", At);
                    }
                    else
                    {
                        Desk.Sampled(source, null, sample, At);
                    }
                });
                break;
            case CollectionDeed.Publish:
                var set = order.Set!;
                offered[set.Name] = set;
                Notice((collector, from) => collector.Desk.Listed(from, [(set.Name, set.Layout.Schema)], whole: false, collector.At));
                break;
            case CollectionDeed.Withdraw:
                var gone = order.Set!.Name;
                _ = offered.Remove(gone);
                Notice((collector, from) => collector.Desk.Removed(from, gone, collector.At));
                break;
        }
    }

    private void Ask<T>(ProducerDesk producer, Func<SimHost, SimWire, T> question, Action<T> answered)
    {
        if (!lines.TryGetValue(producer, out var wire) || !wire.IsOpen)
        {
            return;
        }

        wire.Send(toServer: true, () =>
        {
            var answer = question(wire.Server, wire);
            wire.Send(toServer: false, () =>
            {
                if (lines.GetValueOrDefault(producer) == wire)
                {
                    answered(answer);
                }
            });
        });
    }

    private void Notice(Action<SimCollector, ProducerDesk> news)
    {
        foreach (var wire in Notices)
        {
            wire.Send(toServer: false, () =>
            {
                var reader = (SimCollector)wire.Client;
                foreach (var (producer, theirs) in reader.lines)
                {
                    if (theirs == wire)
                    {
                        news(reader, producer);
                        return;
                    }
                }
            });
        }
    }

    private void Carry(PairOrder order, PairDesk pair)
    {
        switch (order)
        {
            case PairOrder.Connect:
                asked.Clear();
                line = wires.Connect(this, hosts(pair.Rules.Host), wire =>
                {
                    if (wire == line)
                    {
                        if (breach == PairBreach.DropsItsCopies)
                        {
                            PairCopies.Forget(Desk, At);
                        }

                        pair.Connected(At.Now);
                    }
                }, (wire, refused) =>
                {
                    if (wire == line)
                    {
                        line = null;
                        pair.Disconnected("ended", refused && breach != PairBreach.TakesAClosedPortForNothing, At.Now);
                    }
                });
                break;
            case PairOrder.Close:
                var over = line;
                line = null;
                over?.Close(this);
                break;
            case PairOrder.Ask ask when line is { IsOpen: true } open:
                foreach (var message in PairCodec.Write(ask.Request, () => ++number))
                {
                    asked[message.Number] = ask.Request;
                    Send(open, toServer: true, message);
                }

                break;
            case PairOrder.Adopt adopt:
                PairCopies.Adopt(Desk, adopt.Memory.Items, breach == PairBreach.DropsItsCopies ? static _ => false : pair.Covers, At);
                break;
            case PairOrder.Cover cover:
                PairCopies.Cover(Desk, cover.Producer, covers: true, cover.Why, At);
                break;
            case PairOrder.StandBy stand:
                PairCopies.Cover(Desk, stand.Producer, covers: false, stand.Why, At);
                break;
            case PairOrder.Forget:
                PairCopies.Forget(Desk, At);
                break;
        }
    }

    /// <summary>A message of the pair, as bytes, to the other end of a wire.</summary>
    private void Send(SimWire wire, bool toServer, ConfigMessage message)
    {
        var records = message.ToRecords();
        wire.Send(toServer, () =>
        {
            var assembly = new ConfigAssembly();
            foreach (var record in records)
            {
                if (assembly.TryTake(record, out var whole, out _) && whole is not null)
                {
                    if (toServer)
                    {
                        wire.Server.Heard(wire, whole);
                    }
                    else
                    {
                        ((SimCollector)wire.Client).Told(wire, whole);
                    }
                }
            }
        });
    }

    /// <summary>On our own connection to the peer.</summary>
    private void Told(SimWire wire, ConfigMessage message)
    {
        if (wire != line || Pair is not { } pair)
        {
            return;
        }

        if (!message.IsAnswer)
        {
            if (PairCodec.Read(message, out _) is PairRequest.Told told)
            {
                _ = pair.Asked(told, At.Now);
            }
        }
        else if (asked.Remove(message.Number, out var request))
        {
            var before = pair.Link;
            pair.Answered(request, PairCodec.ReadAnswer(message), At.Now);
            if (breach == PairBreach.BreaksBeforeItMakes && before == PairLink.Configuring && pair.Link == PairLink.Configured)
            {
                pair.Switch(on: false, "the sibling", At.Now);
            }
        }
    }
}
