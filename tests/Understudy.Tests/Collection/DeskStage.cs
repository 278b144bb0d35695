using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Collection;

/// <summary>A desk on a fake wire in virtual time: what it orders is done at once, where its producers answer, and is written down.</summary>
internal sealed class DeskStage
{
    /// <summary>The wall clock at the stage's begin: three tenths of a second after a whole one, so that a tick is never now.</summary>
    internal const long Begin = 1_795_306_500_300_000;

    private readonly Instant born = new(TimeSpan.FromHours(7).Ticks);
    private readonly Dictionary<string, FakeProducer> producers = new(StringComparer.Ordinal);

    internal DeskStage() => Now = born;

    internal CollectionDesk Desk { get; } = new();

    internal Instant Now { get; private set; }

    /// <summary>How far the wall clock was set, µs.</summary>
    internal long WallShift { get; set; }

    internal Moment At => new(Now, Begin + WallShift + ((Now - born).Ticks / TimeSpan.TicksPerMicrosecond));

    internal List<string> Notes { get; } = [];

    /// <summary>What was done: how long after the begin, what, and to whom.</summary>
    internal List<(TimeSpan At, CollectionDeed Deed, string To)> Done { get; } = [];

    internal FakeProducer this[string name] => producers[name];

    /// <summary>A producer with sets of a second's period; its first part is <paramref name="part"/>.</summary>
    internal ProducerDesk Add(string name, ProducerPart part, params ReadOnlySpan<string> sets)
    {
        var fake = new FakeProducer();
        foreach (var set in sets)
        {
            fake.Sets.Add(set, new FakeSet(FakeSet.Form(set), TimeSpan.FromSeconds(1)));
        }

        producers[name] = fake;
        var producer = Desk.Add(new ProducerRules(name, new ProducerTarget.Ldms(name, 411, ""), TimeSpan.FromSeconds(1)), Now);
        Desk.SetPart(producer, part, "the test says so", At);
        Carry();
        return producer;
    }

    internal UpdaterDesk Update(string name, double seconds, double? offset, params ReadOnlySpan<string> of) =>
        Update(new UpdaterRules(name, TimeSpan.FromSeconds(seconds), offset is { } o ? TimeSpan.FromSeconds(o) : null, ValueList.Create(of), []));

    internal UpdaterDesk Update(UpdaterRules rules)
    {
        var updater = Desk.Add(rules);
        Desk.Start(updater, At);
        Carry();
        return updater;
    }

    /// <summary>A part is set and what follows of it is done.</summary>
    internal void Part(string name, ProducerPart part)
    {
        Desk.SetPart(Desk.Producers[name], part, "the test says so", At);
        Carry();
    }

    /// <summary>Time passes; the desk is called when it wants to be.</summary>
    internal void Pass(double seconds)
    {
        var end = Now + TimeSpan.FromSeconds(seconds);
        for (var (turns, at) = (0, Now); Desk.Deadline <= end; turns = Now > at ? 0 : turns + 1, at = Now)
        {
            Assert.True(turns < 50, "the desk wants to be called again and again at one moment");
            Now = Instant.Later(Now, Desk.Deadline);
            Desk.Look(At);
            Carry();
        }

        Now = end;
        Desk.Look(At);
        Carry();
    }

    /// <summary>When something was done to somebody, in seconds since the begin.</summary>
    internal double[] When(CollectionDeed deed, string to) => [.. Done.Where(d => d.Deed == deed && d.To == to).Select(d => Math.Round(d.At.TotalSeconds, 3))];

    /// <summary>The connection ends.</summary>
    internal void Break(string name, string why = "it was reset")
    {
        var producer = Desk.Producers[name];
        Desk.Closed(producer, producer.Generation, why, At);
        Carry();
    }

    /// <summary>A sample comes by itself.</summary>
    internal void Give(string producer, string set, long micros)
    {
        Desk.Sampled(Desk.Producers[producer].Sources[set], null, this[producer].Sets[set].Sample(micros), At);
        Carry();
    }

    internal void Carry()
    {
        while (Desk.Orders.TryDequeue(out var order))
        {
            var to = order.Source is { } s ? $"{s.Producer.Name}:{s.Name}" : order.Set?.Name ?? order.Producer?.Name ?? "";
            Done.Add((Now - born, order.Deed, order.Storage is { } store ? $"{store.Name}:{to}" : to));
            Do(order);
        }

        while (Desk.Notes.TryDequeue(out var note))
        {
            Notes.Add($"{note.About}: {note.Text}");
        }
    }

    private void Do(in CollectionOrder order)
    {
        if (order.Producer is not { } producer || !producers.TryGetValue(producer.Name, out var fake) || (!fake.Answers && (order.Deed != CollectionDeed.Connect || fake.IsUp)))
        {
            return;
        }

        switch (order.Deed)
        {
            case CollectionDeed.Connect when fake.IsUp:
                Desk.Opened(producer, producer.Generation, At);
                break;
            case CollectionDeed.Connect:
                Desk.Closed(producer, producer.Generation, "it refused", At);
                break;
            case CollectionDeed.List:
                Desk.Listed(producer, [.. fake.Sets.Select(s => (s.Key, s.Value.Layout.Schema))], whole: true, At);
                break;
            case CollectionDeed.LookUp when fake.Sets.TryGetValue(order.Source!.Name, out var set) && !fake.HidesLayouts:
                Desk.LookedUp(order.Source, set.Layout, handle: null, At);
                break;
            case CollectionDeed.LookUp:
                Desk.LookUpFailed(order.Source!, "no such set", At);
                break;
            case CollectionDeed.Pull when fake.Sets.TryGetValue(order.Source!.Name, out var set):
                Desk.Sampled(order.Source, set.Layout, set.Sample(At.Micros), At);
                break;
            case CollectionDeed.Pull:
                Desk.PullFailed(order.Source!, "no such set", At);
                break;
        }
    }
}
