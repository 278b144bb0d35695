using System.Buffers.Binary;

namespace Understudy.Core.Ldms;

/// <summary>What was read of metas before, for sets of the same schema to share: a thousand hosts with one kernel have one list of metrics. Belongs to whoever reads.</summary>
public sealed class KnownForms
{
    /// <summary>A site has some dozens of schemas. Beyond this it begins anew: what was read before keeps what it has, and only what comes later shares less.</summary>
    private const int Most = 512;

    private readonly Dictionary<(string Schema, ulong Digest, int Count), SetForm> forms = [];

    /// <summary>How many are known.</summary>
    public int Count => forms.Count;

    /// <summary>The form of a meta's fields.</summary>
    internal SetForm Of(SetLayoutHead head, System.Collections.Immutable.ImmutableArray<MetricField> fields)
    {
        var key = (head.Schema, head.Digest.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(head.Digest.Span), fields.Length);
        if (forms.TryGetValue(key, out var known))
        {
            return known.Like(fields);
        }

        if (forms.Count >= Most)
        {
            forms.Clear();
        }

        return forms[key] = new SetForm(fields);
    }
}
