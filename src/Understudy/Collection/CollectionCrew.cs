using System.Net;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Daemon;
using Understudy.Linux.Clocks;
using Understudy.Linux.Collection;

namespace Understudy.Collection;

/// <summary>The collection of one daemon of <c>understudy run</c>: its loop by the file's settings, and the ways to the host's loop. Built where a file has a collection.</summary>
internal sealed class CollectionCrew : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    private readonly HostParts parts;
    private readonly CollectionLoop loop;
    private readonly CollectionPageHost? page;
    private CollectionSettings settings;
    private bool over;

    /// <param name="broken">An invariant of ours is broken: the daemon is to let go of everything and end.</param>
    internal CollectionCrew(HostParts parts, HostLoop host, Action broken)
    {
        this.parts = parts;
        settings = parts.Settings.Collection!;
        loop = new CollectionLoop(new CollectionParts(Note, Broken, Path.GetDirectoryName(Path.GetFullPath(parts.Settings.Ledger.Path))!));
        Build(host, CollectionLoop.Now);
        Door = new CollectionFace(loop, parts.Settings.Node);
        page = settings.Metrics is { Listen: { } at } metrics ? Open(at, metrics.StaleAfter) : null;

        void Broken(Exception e)
        {
            Say(NoteLevel.Error, CollectionMessages.LoopBroken, e.ToString());
            broken();
        }
    }

    internal ICollectionFace Door { get; }

    internal void Start() => loop.Start();

    /// <summary>Puts read settings in force; what did not change is not touched.</summary>
    internal async Task AdoptAsync(UnderstudySettings next, CancellationToken stop)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!loop.Post(at =>
        {
            Adopt(next.Collection!, at);
            done.SetResult();
        }))
        {
            throw new TimeoutException("the collection's queue is full");
        }

        await done.Task.WaitAsync(s_limit, stop);
    }

    public void Dispose()
    {
        if (over)
        {
            return;
        }

        over = true;
        page?.Dispose();
        loop.Dispose();
    }

    private void Build(HostLoop host, Moment at)
    {
        var (node, nodes) = (parts.Settings.Node, parts.Settings.Nodes.Select(n => n.Name).ToValueList());
        if (CollectionFrom.Share(settings, node, nodes) is { } rules)
        {
            var shared = CollectionFrom.Shared(settings);
            var drains = settings.Share.Drain.Contains(node, StringComparer.Ordinal);
            var line = new ShareLine(loop, new ShareDesk(node, rules, shared, at.Now, drains), settings.Share.Ping, settings.Share.Warm, word => parts.Mail.Post(now => parts.Candidate.TellShare(word, now)));
            loop.Share(line);
            _ = parts.Mail.Post(_ => host.Shares(word => loop.Post(_ => line.Heard(word))));
        }

        Adopt(settings, at);
        if (settings.Listen is { } listen)
        {
            try
            {
                _ = loop.Listen(listen.Address, listen.Port, loop.Ends[CollectionFrom.AuthOf(settings.Auth)]);
            }
            catch (IOException e)
            {
                Say(NoteLevel.Error, CollectionMessages.NotOffered, $"over LDMS at {listen}: {e.Message}");
            }
        }
    }

    private void Adopt(CollectionSettings next, Moment at)
    {
        settings = next;
        var desk = loop.Desk;
        var node = parts.Settings.Node;
        foreach (var auth in next.Producers.OfType<ProducerSettings.LdmsPeer>().Select(p => p.Auth).Append(next.Auth).Distinct())
        {
            loop.Hands.Know(CollectionFrom.AuthOf(auth), why => Say(NoteLevel.Error, CollectionMessages.Trouble, why));
        }

        foreach (var store in next.Stores)
        {
            loop.Hands.Stores.Know(store, node, Holds);
        }

        var samplers = CollectionFrom.Samplers(next, node).ToArray();
        var shared = CollectionFrom.Shared(next);
        Adoption.Adopt(
            desk,
            static _ => true,
            [.. shared, .. samplers.Select(s => s.Producer)],
            [.. CollectionFrom.Updaters(next), .. samplers.Select(s => s.Updater)],
            [.. CollectionFrom.Policies(next)],
            at);
        foreach (var own in samplers)
        {
            desk.SetPart(desk.Producers[own.Producer.Name], ProducerPart.Collect, "it is a sampler of this host", at);
        }

        if (loop.Sharing is { } share)
        {
            share.Replace(shared, at);
            share.Desk.Drain(next.Share.Drain.Contains(node, StringComparer.Ordinal), at.Now);
        }
        else if (CollectionFrom.Collects(next, node))
        {
            foreach (var rules in shared)
            {
                desk.SetPart(desk.Producers[rules.Name], ProducerPart.Collect, "nobody shares it with this host", at);
            }
        }

        loop.Carry(at);
    }

    /// <summary>From any thread.</summary>
    private (bool Held, string Why) Holds(string duty) => parts.Board.HasTurned ? SupervisorClaim.Judge(parts.Board.Snapshot, duty) : (false, "this daemon begins");

    private CollectionPageHost? Open(IPEndPoint at, TimeSpan staleAfter)
    {
        try
        {
            return CollectionPageHost.Start(at, loop, staleAfter);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            Say(NoteLevel.Error, CollectionMessages.NotOffered, $"to Prometheus at {at}: {e.Message}");
            return null;
        }
    }

    private void Note(CollectionNote note) => Say(note.Loud ? NoteLevel.Warning : NoteLevel.Information, note.Loud ? CollectionMessages.Trouble : CollectionMessages.Moved, $"{note.About}: {note.Text}");

    private void Say(NoteLevel level, Message message, string text)
    {
        parts.Journal.Append(new LedgerLine.Noted(BootClock.Now, level, message.Number, message.With(text)));
        Console.Error.WriteLine(message.With(text));
    }
}
