using Understudy.Cli;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Collection;
using Understudy.Guards;
using Understudy.Linux.Clocks;

namespace Understudy.Daemon;

/// <summary>Reads the settings again and puts them in force, whole or not at all.</summary>
internal sealed class Reload(HostParts parts, HostLoop loop, ProbeDesk probes, RunOptions options) : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim one = new(1, 1);

    /// <summary>Null where the daemon began without guards.</summary>
    public GuardCrew? Guards { get; set; }

    public CollectionCrew? Collection { get; set; }

    public async Task<ReloadAnswer> RunAsync(CancellationToken stop)
    {
        await one.WaitAsync(stop);
        try
        {
            return await ReadAsync(stop);
        }
        finally
        {
            _ = one.Release();
        }
    }

    private async Task<ReloadAnswer> ReadAsync(CancellationToken stop)
    {
        var loaded = SettingsFile.Load(options.File, options.Node, SettingsRole.Candidate);
        var warnings = loaded.Warnings.Select(w => w.ToString()).ToArray();
        if (loaded.Settings is not { } next)
        {
            return Refused([.. loaded.Errors.Select(e => e.ToString())], warnings);
        }

        var held = (from desk in parts.Candidate.Desks.ToArray() where desk.State.Hold is not null select desk.Rules.Duty).ToArray();
        var changes = SettingsChange.Between(parts.Settings, next, held);
        var restart = changes.Where(c => c.Reach == ChangeReach.Restart || NeedsNewHands(c) || (Guards is null && c.Key.StartsWith("guards.", StringComparison.Ordinal))).Select(c => $"{c} (this needs a restart of the daemon)").ToArray();
        if (restart.Length > 0)
        {
            return Refused(restart, warnings);
        }

        var applied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = parts.Mail.Post(now =>
        {
            loop.Adopt(next, Loading.Keys(loaded), now);
            applied.SetResult();
        });
        await applied.Task.WaitAsync(s_limit, stop);
        probes.Replace(next);
        if (Guards is not null)
        {
            await Guards.AdoptAsync(next, stop);
        }

        if (Collection is not null && next.Collection is not null)
        {
            await Collection.AdoptAsync(next, stop);
        }

        var said = changes.Select(c => c.ToString()).ToArray();
        parts.Journal.Append(new LedgerLine.Noted(
            BootClock.Now, NoteLevel.Information, DaemonMessages.SettingsAdopted.Number, DaemonMessages.SettingsAdopted.With(said.Length == 0 ? "nothing changed" : string.Join("; ", said))));
        return new ReloadAnswer(true, [], warnings, said);
    }

    /// <summary>Addresses, commands and the set of duties are opened once: a running daemon keeps the ones it has.</summary>
    private static bool NeedsNewHands(SettingsChange change) =>
        change.Key == "duties" || (change.Key.StartsWith("duties.", StringComparison.Ordinal)
            && (change.Key.Count('.') == 1 || change.Key.Contains(".addresses", StringComparison.Ordinal) || change.Key.Contains(".candidates", StringComparison.Ordinal) || change.Key.EndsWith(".run", StringComparison.Ordinal) || change.Key.Contains(".run.path", StringComparison.Ordinal)));

    private ReloadAnswer Refused(IReadOnlyList<string> errors, string[] warnings)
    {
        parts.Journal.Append(new LedgerLine.Noted(
            BootClock.Now, NoteLevel.Error, DaemonMessages.SettingsRefused.Number, DaemonMessages.SettingsRefused.With(string.Join("; ", errors))));
        return new ReloadAnswer(false, errors, warnings, []);
    }

    public void Dispose() => one.Dispose();
}
