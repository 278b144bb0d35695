using Understudy.Core;
using Understudy.Linux.Power;

namespace Understudy.Guards;

/// <summary>Puts what guards must remember to disk, on a thread of its own: whoever hands a text over waits only if it asks to, and then within a limit. The newest text of a guard wins.</summary>
internal sealed class GuardMemories : IDisposable
{
    /// <summary>What a closing memory may still take to write.</summary>
    private static readonly TimeSpan s_closeLimit = TimeSpan.FromSeconds(2);

    private readonly string folder;
    private readonly string boot;
    private readonly Action<string> trouble;
    private readonly Dictionary<string, Page> pages = new(StringComparer.Ordinal);
    private readonly Lock holding = new();
    private readonly AutoResetEvent wake = new(initialState: false);
    private readonly Thread thread;
    private volatile bool ending;

    /// <param name="folder">Where the files lie; made when it is not there.</param>
    /// <param name="boot">The kernel's boot id, for the head of each file.</param>
    /// <param name="trouble">Told on the writer's thread, once for each new trouble; must not block or throw.</param>
    internal GuardMemories(string folder, string boot, Action<string> trouble)
    {
        (this.folder, this.boot, this.trouble) = (folder, boot, trouble);
        thread = new Thread(Run) { IsBackground = true, Name = "guard-memory" };
        thread.Start();
    }

    /// <summary>Reads what was remembered of a guard: the text, or null with the reason where a file is there that cannot be believed.</summary>
    internal string? Read(string guard, out string? why) => GuardStateFile.Read(PathOf(guard), out why)?.Text;

    /// <summary>Hands a text over. Never blocks.</summary>
    /// <returns>Ends when this text or a newer one is on the disk: null; or when it could not be written: why.</returns>
    internal Task<string?> Put(string guard, string text)
    {
        lock (holding)
        {
            if (!pages.TryGetValue(guard, out var page))
            {
                pages[guard] = page = new Page();
            }

            page.Text = text;
            page.Done ??= new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _ = wake.Set();
            return page.Done.Task;
        }
    }

    /// <summary>Writes what is still to be written, within a limit.</summary>
    public void Dispose()
    {
        ending = true;
        _ = wake.Set();
        if (thread.Join(s_closeLimit))
        {
            wake.Dispose();
        }
    }

    private string PathOf(string guard) => Path.Combine(folder, $"guard-{guard}.state");

    private void Run()
    {
        string? told = null;
        while (true)      // until we are ended and nothing is left to write
        {
            var (guard, text, done) = Next();
            if (text is null)
            {
                if (ending)
                {
                    return;
                }

                _ = wake.WaitOne();
                continue;
            }

            var why = Write(guard, text);
            done.SetResult(why);
            if (why is not null && why != told)
            {
                trouble(why);
            }

            told = why;
        }
    }

    private (string Guard, string? Text, TaskCompletionSource<string?> Done) Next()
    {
        lock (holding)
        {
            foreach (var (guard, page) in pages)
            {
                if (page is { Text: { } text, Done: { } done })
                {
                    (page.Text, page.Done) = (null, null);
                    return (guard, text, done);
                }
            }

            return ("", null, new TaskCompletionSource<string?>());
        }
    }

    private string? Write(string guard, string text)
    {
        try
        {
            _ = Directory.CreateDirectory(folder);
            GuardStateFile.Write(PathOf(guard), boot, text);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{PathOf(guard)}: {e.Message}";
        }
    }

    private sealed class Page
    {
        internal string? Text { get; set; }

        internal TaskCompletionSource<string?>? Done { get; set; }
    }
}
