using System.Collections.Immutable;

namespace Understudy.Core.Ldms;

/// <summary>The metrics of a set, by number and by name. Sets with the same ones have one form between them (<see cref="KnownForms"/>): it is several times as large as their metas.</summary>
internal sealed class SetForm
{
    private readonly Dictionary<string, int> byName;

    internal SetForm(ImmutableArray<MetricField> fields)
    {
        Fields = fields;
        byName = new Dictionary<string, int>(fields.Length, StringComparer.Ordinal);
        for (var i = 0; i < fields.Length; i++)
        {
            _ = byName.TryAdd(fields[i].Name, i);
        }
    }

    private SetForm(ImmutableArray<MetricField> fields, Dictionary<string, int> byName) => (Fields, this.byName) = (fields, byName);

    internal ImmutableArray<MetricField> Fields { get; }

    /// <summary>-1 where there is none of that name.</summary>
    internal int IndexOf(string name) => byName.TryGetValue(name, out var index) ? index : -1;

    /// <summary>The form of these fields, with as much of this one in it as is the same: all of it, most often, or all but what lies in the meta and is each host's own.</summary>
    internal SetForm Like(ImmutableArray<MetricField> fields)
    {
        if (fields.Length != Fields.Length)
        {
            return new SetForm(fields);
        }

        var like = ImmutableArray.CreateBuilder<MetricField>(fields.Length);
        var (same, named) = (true, true);
        for (var i = 0; i < fields.Length; i++)
        {
            var (field, known) = (fields[i], Fields[i]);
            var isSame = field == known;
            (same, named) = (same && isSame, named && field.Name == known.Name);
            like.Add(isSame ? known : field.Name == known.Name ? field with { Name = known.Name, Unit = field.Unit == known.Unit ? known.Unit : field.Unit } : field);
        }

        return same ? this : named ? new SetForm(like.MoveToImmutable(), byName) : new SetForm(like.MoveToImmutable());
    }
}
