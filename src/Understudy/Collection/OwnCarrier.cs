using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;

namespace Understudy.Collection;

/// <summary>Our own samplers: a file of the kernel's, read on the loop's thread, as that takes microseconds.</summary>
internal sealed class OwnCarrier(CollectionLoop loop) : IProducerCarrier, IDisposable
{
    private readonly Dictionary<ProducerDesk, Sampler> samplers = [];

    public void Connect(ProducerDesk producer, in Moment at)
    {
        var target = (ProducerTarget.Own)producer.Rules.Target;
        if (!samplers.ContainsKey(producer))
        {
            samplers[producer] = new Sampler(new ProcSource($"/proc/{target.Plugin}"), target);
        }

        loop.Desk.Opened(producer, producer.Generation, at);
    }

    public void Disconnect(ProducerDesk producer)
    {
        if (samplers.Remove(producer, out var sampler))
        {
            sampler.Source.Dispose();
        }
    }

    public void List(ProducerDesk producer, in Moment at)
    {
        var target = (ProducerTarget.Own)producer.Rules.Target;
        loop.Desk.Listed(producer, [(target.Set, target.Plugin)], whole: true, at);
    }

    public void LookUp(SetSource source, in Moment at)
    {
        var sampler = samplers[source.Producer];
        if (sampler.Source.Read() is { } why)
        {
            loop.Desk.LookUpFailed(source, why, at);
            return;
        }

        sampler.Learn();
        loop.Desk.LookedUp(source, sampler.Layout!, null, at);
    }

    public void Pull(SetSource source, in Moment at)
    {
        var sampler = samplers[source.Producer];
        var begun = CollectionLoop.Now;
        if (sampler.Source.Read() is { } why)
        {
            loop.Desk.PullFailed(source, why, at);
            return;
        }

        sampler.Learn();
        var done = CollectionLoop.Now;
        ProcSets.Write(sampler.Layout!, sampler.Source.Numbers, sampler.Sample, begun.Micros, done.Now - begun.Now, ++sampler.Generation);
        loop.Desk.Sampled(source, sampler.Layout, sampler.Sample, at);
    }

    public void Dispose()
    {
        foreach (var sampler in samplers.Values)
        {
            sampler.Source.Dispose();
        }
    }

    private sealed class Sampler(ProcSource source, ProducerTarget.Own target)
    {
        private int number = -1;

        internal ProcSource Source => source;

        internal SetLayout? Layout { get; private set; }

        internal byte[] Sample { get; private set; } = [];

        internal ulong Generation { get; set; }

        /// <summary>The file's names make the layout; they change with the kernel alone.</summary>
        internal void Learn()
        {
            if (Layout is null || number != source.Numbers.Number)
            {
                number = source.Numbers.Number;
                Layout = ProcSets.Layout(source.Numbers, target.Set, target.Plugin, target.Origin, (ulong)target.Component);
                Sample = Layout.NewSample();
            }
        }
    }
}
