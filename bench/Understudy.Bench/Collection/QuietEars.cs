using Understudy.Core.Ldms;
using Understudy.Linux.Collection;

namespace Understudy.Bench.Collection;

/// <summary>Ears that hear nothing, for those who want to hear little; and nothing to offer.</summary>
internal abstract class QuietEars : ILdmsEars, ISetsSource
{
    public virtual void Opened(LdmsConnection connection)
    {
    }

    public virtual void Closed(LdmsConnection connection, string why)
    {
    }

    public virtual void Listed(LdmsConnection connection, IReadOnlyList<DirectoryEntry> entries, bool isLast)
    {
    }

    public virtual void Added(LdmsConnection connection, DirectoryEntry entry)
    {
    }

    public virtual void Updated(LdmsConnection connection, DirectoryEntry entry)
    {
    }

    public virtual void Removed(LdmsConnection connection, string instance)
    {
    }

    public virtual void LookedUp(LdmsConnection connection, string instance, RemoteSet? set, string why)
    {
    }

    public virtual void LayoutChanged(LdmsConnection connection, RemoteSet set)
    {
    }

    public virtual void Sampled(LdmsConnection connection, RemoteSet set, ReadOnlySpan<byte> sample)
    {
    }

    public virtual void PullFailed(LdmsConnection connection, RemoteSet set, string why)
    {
    }

    public virtual void ConfigHeard(LdmsConnection connection, ConfigMessage message)
    {
    }

    public IEnumerable<DirectoryEntry> Directory() => [];

    public OfferedSet? Find(string instance) => null;
}
