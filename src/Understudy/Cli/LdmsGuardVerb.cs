using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Understudy.Api;
using Understudy.Collection;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Linux.Clocks;
using Understudy.Linux.Ledger;

namespace Understudy.Cli;

/// <summary>What <c>understudy ldms guard</c> is told.</summary>
/// <param name="Daemons">The two aggregators and those of level 2, each HOST:PORT or HOST:PORT:AUTH.</param>
/// <param name="AuthWords">For ovis.</param>
/// <param name="Ledger">Where moves are written; null for nowhere.</param>
/// <param name="Status">Where the state is kept as JSON; null for nowhere.</param>
/// <param name="Duty">Only who holds it acts; null for always.</param>
/// <param name="Remove">At the end the copies go.</param>
internal sealed record LdmsGuardOptions(
    IReadOnlyList<string> Daemons, IReadOnlyList<string> AuthWords, SupervisorRules Rules, LdmsVersion Version, string? Ledger, string? Status, string? Duty, string? Socket, bool Remove);

/// <summary><c>understudy ldms guard</c>: a supervisor beside two stock aggregators (docs/guide/collection-supervisor.md).</summary>
internal static class LdmsGuardVerb
{
    private static readonly TimeSpan s_status = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_leave = TimeSpan.FromSeconds(3);

    /// <param name="stop">Ends it.</param>
    internal static int Execute(Terminal terminal, LdmsGuardOptions options, CancellationToken stop)
    {
        var (peers, watched) = (new List<LdmsPeer>(), new List<SupervisorPeer>());
        foreach (var text in options.Daemons)
        {
            if (Peer(text, options.AuthWords, out var problem) is not { } peer)
            {
                return terminal.Fail(ExitCodes.Bad, problem, "name each daemon as HOST:PORT, or as HOST:PORT:ovis");
            }

            peers.Add(peer);
            watched.Add(new SupervisorPeer(peer.Name, Hosts(peer).ToValueList(), peer.Port));
        }

        using var ledger = options.Ledger is { } path ? new LedgerJournal(new LedgerSettings(path, LedgerBytes, 3), TimeProvider.System) : null;
        using var claim = options.Duty is { } duty ? new SupervisorClaim(options.Socket!, duty) : null;
        var desk = new SupervisorDesk(options.Rules, watched.ToValueList(), acts: claim is null);
        using var loop = new SupervisorLoop(desk, peers, options.Rules.PingEvery, options.Version, n => Say(terminal, ledger, n));
        var statusDue = default(Instant);
        while (!stop.IsCancellationRequested)
        {
            loop.Turn();
            var now = BootClock.Now;
            if (claim?.Last is { } last)
            {
                desk.Claimed(last.Held, last.Why, now);
            }

            if (options.Status is { } file && now >= statusDue)
            {
                statusDue = now + s_status;
                Write(terminal, file, desk.Status(now));
            }
        }

        if (options.Remove)
        {
            desk.Leave(BootClock.Now);
            for (var end = BootClock.Now + s_leave; desk.Unanswered > 0 && BootClock.Now < end;)
            {
                loop.Turn();
            }
        }

        return ExitCodes.Ok;
    }

    /// <summary>With the signals that end it.</summary>
    internal static int Execute(Terminal terminal, LdmsGuardOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Leave);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Leave);
        return Execute(terminal, options, stop.Token);

        void Leave(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>Of one file; three older ones are kept.</summary>
    private const long LedgerBytes = 4 << 20;

    internal static LdmsPeer? Peer(string text, IReadOnlyList<string> authWords, out string problem)
    {
        var auth = text.EndsWith(":ovis", StringComparison.Ordinal) ? "ovis" : text.EndsWith(":none", StringComparison.Ordinal) ? "none" : null;
        var place = auth is null ? text : text[..^5];
        var colon = place.LastIndexOf(':');
        problem = $"{text} is no HOST:PORT";
        return colon < 1 ? null : LdmsPeer.Of(new("sock", place[..colon].Trim('[', ']'), place[(colon + 1)..], auth ?? "none", authWords), Environment.GetEnvironmentVariable, out problem);
    }

    /// <summary>Every way in which level 2 may have written its host.</summary>
    private static IEnumerable<string> Hosts(LdmsPeer peer)
    {
        var host = peer.Name[..peer.Name.LastIndexOf(':')];
        IPAddress[] addresses = [];
        try
        {
            addresses = Dns.GetHostAddresses(host);
        }
        catch (SocketException)
        {
            // It had an address a moment ago: that one will do.
        }

        return addresses.Append(peer.Address).SelectMany(a => IPAddress.IsLoopback(a) ? [a.ToString(), "localhost"] : new[] { a.ToString() }).Append(host).Append(host.Split('.')[0]).Distinct(StringComparer.Ordinal);
    }

    private static void Say(Terminal terminal, LedgerJournal? ledger, SupervisorNote note)
    {
        var line = new LedgerLine.Noted(note.At, NoteLevel.Information, 0, note.Text);
        if (note.IsMove)
        {
            ledger?.Append(line);
        }

        var wall = new BootTime().GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        terminal.Output.WriteLine(terminal.Json ? JsonSerializer.Serialize(new SupervisorSaid(wall, note.IsMove, note.Text), FacesJson.Default.SupervisorSaid) : $"{wall} {note.Text}");
    }

    private static void Write(Terminal terminal, string file, SupervisorStatus status)
    {
        try
        {
            var fresh = file + ".new";
            File.WriteAllText(fresh, JsonSerializer.Serialize(status, FacesJson.Default.SupervisorStatus) + "\n");
            File.Move(fresh, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            terminal.Error.WriteLine($"understudy: the status cannot be written: {e.Message}");
        }
    }
}

/// <summary>A note as it is printed for programs.</summary>
internal sealed record SupervisorSaid(string Wall, bool Move, string Text);
