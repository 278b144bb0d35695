using Understudy.Core;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Daemon;
using Understudy.Linux.Clocks;
using Understudy.Linux.Power;

namespace Understudy.Guards;

/// <summary>All that the guards of one daemon need beside their loop: memory, evidence, the performer, and the ways to the host's loop. Built where a file has guards.</summary>
internal sealed class GuardCrew : IDisposable
{
    private readonly WebHook hook = new();
    private readonly GuardMemories memories;
    private readonly EvidenceJournal evidence;
    private readonly GuardLoop loop;
    private bool over;

    /// <param name="broken">An invariant of ours is broken: the daemon is to let go of everything and end.</param>
    internal GuardCrew(HostParts parts, HostLoop host, IDaemon door, Action broken)
    {
        var settings = parts.Settings;
        var folder = Path.GetDirectoryName(Path.GetFullPath(settings.Ledger.Path))!;
        var boot = BootId.Current;
        var commands = PowerPlace.Commands(out var warning);
        memories = new GuardMemories(folder, boot, why => Say(NoteLevel.Error, GuardMessages.MemoryUnwritten, why));
        evidence = new EvidenceJournal(folder, new BootTime(), why => Say(NoteLevel.Warning, GuardMessages.EvidenceUnwritten, why));
        loop = new GuardLoop(
            new GuardParts(settings.Node, settings.Nodes.Select(n => n.Name).ToValueList(), boot, parts.Journal, memories, evidence, commands, new PowerPerformer(commands, new BootTime(), hook))
            {
                TellPeers = settings.Peers.Count == 0 ? null : entries => parts.Mail.Post(now => parts.Candidate.TellGuards(entries, now)),
                Duties = new DutyRelease(door),
                Broken = e =>
                {
                    Say(NoteLevel.Error, GuardMessages.LoopBroken, e.ToString());
                    broken();
                },
            },
            settings.Guards);
        if (warning is not null)
        {
            Say(NoteLevel.Warning, GuardMessages.Recorders, warning);
        }

        Door = new GuardDoor(loop);
        _ = parts.Mail.Post(_ => host.Guards(new HostGuards(loop.Heard, loop.HostHeard, () => loop.TurnedAt)));

        void Say(NoteLevel level, Message message, string text)
        {
            parts.Journal.Append(new LedgerLine.Noted(BootClock.Now, level, message.Number, message.With(text)));
            Console.Error.WriteLine(message.With(text));
        }
    }

    internal IGuards Door { get; }

    /// <summary>Begins to look; the loop's thread, not the caller's, decides from here on.</summary>
    internal void Start() => loop.Start();

    /// <summary>Puts read settings in force.</summary>
    internal Task AdoptAsync(UnderstudySettings settings, CancellationToken stop) => loop.AdoptAsync(settings.Guards, stop);

    /// <summary>Ends the loop, and waits a little until what must be remembered is on the disk.</summary>
    public void Dispose()
    {
        if (over)
        {
            return;
        }

        over = true;
        loop.Dispose();
        memories.Dispose();
        evidence.Dispose();
        hook.Dispose();
    }
}
