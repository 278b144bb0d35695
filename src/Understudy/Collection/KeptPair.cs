using Understudy.Core.Collection;
using Understudy.Linux;
using Understudy.Linux.Clocks;

namespace Understudy.Collection;

/// <summary>Keeps on disk what the peer of a pair collects. A disk may be slow: what is to be written is written beside the loop, one after the other, and the newest is what stays.</summary>
/// <param name="trouble">Told why something cannot be written or believed; from any thread, and it must not throw.</param>
internal sealed class KeptPair(string folder, Action<string> trouble) : IDisposable
{
    private const string Kind = "pair";

    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(2);

    private Task writing = Task.CompletedTask;
    private string? last;

    /// <param name="name">Ours.</param>
    /// <param name="peer">Whose it must be.</param>
    internal PairMemory? Read(string name, string peer)
    {
        if (StateFile.Read(PathOf(name), Kind, out var why) is not var (_, text))
        {
            Tell(why);
            return null;
        }

        var memory = PairMemory.Read(text, peer, out var refusal);
        Tell(memory is null ? $"{PathOf(name)} {refusal}" : null);
        last = memory is null ? null : text;
        return memory;
    }

    internal void Keep(string name, PairMemory memory)
    {
        var text = memory.Write();
        if (text != last)
        {
            last = text;
            writing = AfterAsync(writing, () =>
            {
                _ = Directory.CreateDirectory(folder);
                StateFile.Write(PathOf(name), Kind, BootId.Read(), text);
            });
        }
    }

    internal void Forget(string name)
    {
        last = null;
        writing = AfterAsync(writing, () =>
        {
            if (File.Exists(PathOf(name)))
            {
                File.Delete(PathOf(name));
            }
        });
    }

    /// <summary>Waits, within a limit, for what is still to be written.</summary>
    public void Dispose() => _ = writing.Wait(s_endLimit);

    private string PathOf(string name) => Path.Combine(folder, $"pair-{name.Replace('/', '_')}.state");

    private void Tell(string? why)
    {
        if (why is not null)
        {
            trouble($"what the peer collects is not known from before: {why}");
        }
    }

    private async Task AfterAsync(Task before, Action deed)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            deed();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            trouble($"what the peer collects is not kept for the next start: {e.Message}");
        }
    }
}
