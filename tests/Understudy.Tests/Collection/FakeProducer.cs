using Understudy.Core.Ldms;

namespace Understudy.Tests.Collection;

/// <summary>One set of a fake producer: sampled at whole multiples of its period on the wall clock, for ever.</summary>
internal sealed class FakeSet(SetLayout layout, TimeSpan period)
{
    internal SetLayout Layout { get; set; } = layout;

    /// <summary>Its sampler has stopped: the sample of this moment stays; µs since 1970.</summary>
    internal long? StuckAt { get; set; }

    /// <summary>So many answers from now on are half-written samples.</summary>
    internal int Torn { get; set; }

    internal static SetLayout Form(string instance, string schema = "meminfo", ulong generation = 1) =>
        SetLayout.Create(new SetDraft(instance, schema, instance.Split('/')[0], [new MetricField("n", "", MetricType.U64)]) { MetaGeneration = generation });

    internal byte[] Sample(long micros)
    {
        var every = (long)period.TotalMicroseconds;
        var number = (StuckAt ?? micros) / every;
        var bytes = Layout.NewSample();
        var writer = new SampleWriter(Layout, bytes);
        writer.Begin();
        writer.Set(0, (ulong)number);
        if (Torn > 0)
        {
            Torn--;
            return bytes;
        }

        writer.End(number * every, TimeSpan.Zero, (ulong)number);
        return bytes;
    }
}

/// <summary>What stands at the other end of a fake wire.</summary>
internal sealed class FakeProducer
{
    internal SortedDictionary<string, FakeSet> Sets { get; } = new(StringComparer.Ordinal);

    /// <summary>Its port takes connections; where it does not, it refuses.</summary>
    internal bool IsUp { get; set; } = true;

    /// <summary>It answers; where it does not, whatever is asked of it is never answered.</summary>
    internal bool Answers { get; set; } = true;

    /// <summary>It answers everything but look-ups, which it refuses.</summary>
    internal bool HidesLayouts { get; set; }
}
