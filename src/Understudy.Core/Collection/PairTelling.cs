namespace Understudy.Core.Collection;

/// <summary>What the peer tells of what it collects, until it has told all. A stock daemon tells a thing in several parts; what an Understudy tells is whole.</summary>
internal sealed class PairTelling
{
    private readonly List<(PairItem Item, bool Whole)> told = [];

    internal void Begin() => told.Clear();

    internal void Hear(PairItem item, bool whole)
    {
        var at = told.FindIndex(t => t.Item.Name == item.Name && t.Item.GetType() == item.GetType());
        if (at < 0)
        {
            told.Add((item, whole));
        }
        else if (!told[at].Whole)
        {
            told[at] = (whole ? item : told[at].Item.With(item), whole);
        }
    }

    /// <summary>All of it; the next telling begins anew.</summary>
    internal ValueList<PairItem> Take()
    {
        ValueList<PairItem> all = [.. told.Select(t => t.Item)];
        told.Clear();
        return all;
    }
}
