using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Ldms;

public sealed class KnownFormsTests
{
    [Fact]
    public void Sets_of_one_schema_keep_their_fields_once_and_are_what_they_are_without()
    {
        var known = new KnownForms();
        foreach (var meta in Capture.Metas)
        {
            var shared = Read(meta, known);
            var alone = Read(meta, null);
            Assert.Equal(alone.Fields.AsEnumerable(), shared.Fields.AsEnumerable());
            Assert.Equal((alone.Instance, alone.Schema, alone.Producer, alone.DataSize), (shared.Instance, shared.Schema, shared.Producer, shared.DataSize));
            Assert.All(alone.Fields, f => Assert.Equal(alone.IndexOf(f.Name), shared.IndexOf(f.Name)));
        }

        Assert.Equal(2, known.Count);      // meminfo and vmstat
    }

    [Fact]
    public void Two_hosts_with_the_same_metrics_have_one_list_of_them()
    {
        var known = new KnownForms();
        var (one, other) = (Read(Meta("s00/a", "s00", 1), known), Read(Meta("s01/a", "s01", 1), known));
        Assert.True(one.Fields == other.Fields, "it is the same array");
        Assert.Equal(("s00/a", "s01/a"), (one.Instance, other.Instance));
    }

    [Fact]
    public void What_lies_in_the_meta_stays_each_hosts_own_and_the_rest_is_shared()
    {
        var known = new KnownForms();
        var (one, other) = (Read(Meta("s00/a", "s00", 1), known), Read(Meta("s01/a", "s01", 2), known));
        Assert.Equal((1, 2), (one.Fields[0].MetaBytes[0], other.Fields[0].MetaBytes[0]));
        Assert.Same(one.Fields[0].Name, other.Fields[0].Name);
        Assert.Same(one.Fields[1], other.Fields[1]);
        // A longer name moves what lies in the meta, and nothing else.
        var longer = Read(Meta("s00.a-name-of-some-length.example.net/a", "s01", 1), known);
        Assert.NotEqual(one.Fields[0].Offset, longer.Fields[0].Offset);
        Assert.Same(one.Fields[2], longer.Fields[2]);
    }

    [Fact]
    public void Metrics_of_other_names_types_or_places_are_never_taken_for_known_ones()
    {
        var known = new KnownForms();
        MetricField[] fields = [new("a", "kB", MetricType.U64), new("b", "", MetricType.U64)];
        foreach (var change in new[] { fields, [fields[1], fields[0]], [fields[0] with { Unit = "B" }, fields[1]], [fields[0] with { Type = MetricType.D64 }, fields[1]], [fields[0] with { UserWord = 4 }, fields[1]] })
        {
            var meta = SetLayout.Create(new SetDraft("s/a", "x", "s", [.. change])).Meta.ToArray();
            Assert.Equal(Read(meta, null).Fields.AsEnumerable(), Read(meta, known).Fields.AsEnumerable());
            Assert.Equal(change[0].Name, Read(meta, known).Fields[0].Name);
            Assert.Equal(1, Read(meta, known).IndexOf(change[1].Name));
        }
    }

    [Fact]
    public void However_many_schemas_there_are_a_bound_holds_what_is_remembered()
    {
        var known = new KnownForms();
        for (var i = 0; i < 2000; i++)
        {
            _ = Read(SetLayout.Create(new SetDraft("s/a", $"schema{i}", "s", [new("a", "", MetricType.U64)])).Meta, known);
            Assert.InRange(known.Count, 1, 512);
        }
    }

    private static ReadOnlyMemory<byte> Meta(string instance, string producer, ulong component) => SetLayout.Create(new SetDraft(instance, "meminfo", producer,
        [MetricField.OfMeta("component_id", "", MetricType.U64, component), new("MemTotal", "kB", MetricType.U64), new("MemFree", "kB", MetricType.U64)])).Meta;

    private static SetLayout Read(ReadOnlyMemory<byte> meta, KnownForms? known)
    {
        Assert.True(SetLayout.TryRead(meta, out var layout, out var why, known), why);
        return layout;
    }
}
