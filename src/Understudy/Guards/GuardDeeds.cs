using System.Globalization;
using System.Net.NetworkInformation;
using Understudy.Core;
using Understudy.Core.Ledger;
using Understudy.Core.Plans;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Understudy.Linux.Power;

namespace Understudy.Guards;

/// <summary>What each step of a guard's plan is as deeds of the performer, and what their outcomes are to the plan. One deed at a time is <see cref="GuardHands"/>' affair.</summary>
internal sealed class GuardDeeds(GuardParts parts, GuardSettings settings) : IGuardDeeds
{
    /// <summary>A hook that asks to wait is asked again after this.</summary>
    private static readonly TimeSpan s_askAgain = TimeSpan.FromSeconds(10);

    /// <summary>For a line on terminals, in the system's log, or over the net.</summary>
    private static readonly TimeSpan s_wordLimit = TimeSpan.FromSeconds(10);

    public string Guard => settings.Name;

    public async Task<DeedEnd> BeginAsync(GuardStepSettings step, PlanEffect.Begin e, string why, string? heir, CancellationToken stop)
    {
        switch (step)
        {
            case GuardStepSettings.WaitForTiers:
                return new DeedEnd(null, []);      // the desk sees when they have let go
            case GuardStepSettings.Notify notify:
                return await NotifyAsync(notify, e, why, stop);
            case GuardStepSettings.Release release:
                return await ReleaseAsync(release, heir, e.NotAfter, stop);
            default:
                var done = await DoAsync(OrderOf(step, "start", e.Attempt, why) with { NotAfter = e.NotAfter }, stop);
                return new DeedEnd(OutcomeOf(done, step.Limit), done.Stopped);
        }
    }

    public async Task<DeedEnd> RehearseAsync(GuardStepSettings step, PlanEffect.Rehearse e, string why, string? heir, CancellationToken stop)
    {
        if (e.Deed != Deed.Begin)
        {
            Note($"would {(e.Deed == Deed.Cancel ? "cancel" : "undo")} {step.Subject}");
        }
        else if (step is GuardStepSettings.Release release)
        {
            Note($"would hand {release.Duty} over{(heir is null ? "" : $" to {heir}")}{(parts.Duties.IsHere(release.Duty) ? "" : ", were it held here")}");
        }
        else if (step is GuardStepSettings.WaitForTiers)
        {
            Note("would wait for the hosts of lower tiers");
        }
        else if (step is GuardStepSettings.Notify notify)
        {
            Note($"would {notify.Subject}");
        }
        else
        {
            _ = await DoAsync(OrderOf(step, "start", e.Attempt, why) with { Dry = true }, stop);
        }

        return new DeedEnd(new StepOutcome.Done(), []);
    }

    public async Task UndoAsync(GuardStepSettings step, PlanEffect.Undo e, string why, ValueList<string> stopped, CancellationToken stop)
    {
        PowerOrder? order = step switch
        {
            GuardStepSettings.Stop s when stopped.Count > 0 => new PowerOrder.StartUnits(stopped),
            GuardStepSettings.Stop s when !s.Unit.EndsWith(".slice", StringComparison.Ordinal) => new PowerOrder.StartUnits([s.Unit]),
            GuardStepSettings.Command { Undo: { } path } => Hook(path, "undo", attempt: 1, why),
            _ => null,
        };
        if (order is null)
        {
            Note($"nothing to undo of {step.Subject}");
            return;
        }

        _ = await DoAsync(order with { Limit = step.Limit, Dry = e.Dry }, stop);
    }

    /// <summary>Everybody on this host, and whom the plan's own notices reach.</summary>
    public Task WarnAsync(PlanEffect.Warn e, CancellationToken stop)
    {
        var text = $"{(e.Dry ? "only a drill: " : "")}{e.Text}";
        var ways = settings.Plan.OfType<GuardStepSettings.Notify>().SelectMany(n => n.Ways).Prepend(new NotifyWay.Syslog()).Prepend(new NotifyWay.Wall()).Distinct();
        return TellAsync(ways, text, e.Left is null ? "aborted" : "warning", s_wordLimit, Instant.Never, stop);
    }

    public Task AlarmAsync(string text, CancellationToken stop) => TellAsync([new NotifyWay.Syslog()], text, "alarm", s_wordLimit, Instant.Never, stop);

    public async Task WakeAsync(WakeUp up, CancellationToken stop)
    {
        var host = up.Host;
        if (settings.DryRun)
        {
            Note($"would wake {host.Node}");
            return;
        }

        if (host.Mac is { } mac)
        {
            var sent = WakePerformer.Wake(new PhysicalAddress(mac.ToArray()), host.Device);
            var refused = sent.Where(s => s.Why is not null).Select(s => $"{s.To}: {s.Why}").ToList();
            Note($"wake {host.Node}: {sent.Count - refused.Count} magic packets left{(refused.Count == 0 ? "" : $"; not {string.Join(", ", refused)}")}", sent.Count == refused.Count);
        }

        if (host.Command is { } path)
        {
            _ = await DoAsync(Hook(path, "wake", up.Try, "the mains are back") with { Arguments = [host.Node], Limit = TimeSpan.FromMinutes(1) }, stop);
        }
    }

    private PowerOrder OrderOf(GuardStepSettings step, string verb, int attempt, string why)
    {
        PowerOrder order = step switch
        {
            GuardStepSettings.Stop s => new PowerOrder.StopUnit(s.Unit),
            GuardStepSettings.Command s => Hook(s.Path, verb, attempt, why),
            GuardStepSettings.End s => new PowerOrder.End(s.How, s.Inhibitors, $"guard {Guard}: {why}") { Dry = settings.DryRun },
            _ => throw new System.Diagnostics.UnreachableException(step.ToString()),
        };
        return order with { Limit = step.Limit };
    }

    private PowerOrder.Run Hook(string path, string verb, int attempt, string why) => new(
        path, [("GUARD", Guard), ("NODE", parts.Node), ("VERB", verb), ("REASON", why), ("ATTEMPT", attempt.ToString(CultureInfo.InvariantCulture))])
    { Arguments = [verb] };

    private async Task<DeedEnd> NotifyAsync(GuardStepSettings.Notify notify, PlanEffect.Begin e, string why, CancellationToken stop)
    {
        var text = $"{(e.Dry ? "only a drill: " : "")}{notify.Text ?? $"the plan of {Guard} runs"}: {why}";
        var failed = await TellAsync(notify.Ways, text, e.Dry ? "drill" : "running", notify.Limit, e.NotAfter, stop);
        return new DeedEnd(failed.Count < notify.Ways.Count ? new StepOutcome.Done() : new StepOutcome.Failed(string.Join("; ", failed)), []);
    }

    /// <returns>Of the ways that failed, why.</returns>
    private async Task<List<string>> TellAsync(IEnumerable<NotifyWay> ways, string text, string what, TimeSpan limit, Instant notAfter, CancellationToken stop)
    {
        var notice = new PowerNotice(text, Guard, parts.Node, what);
        var ends = await Task.WhenAll(ways.Select(way => DoAsync(new PowerOrder.Tell(way, notice) { Limit = limit, NotAfter = notAfter }, stop)));
        return [.. ends.Where(end => end.Outcome is not PowerOutcome.Done).Select(end => $"{end.Order}: {end.Outcome}")];
    }

    private async Task<DeedEnd> ReleaseAsync(GuardStepSettings.Release release, string? heir, Instant notAfter, CancellationToken stop)
    {
        if (Linux.Clocks.BootClock.Now > notAfter)
        {
            return new DeedEnd(new StepOutcome.Failed("its time was over"), []);
        }

        var by = $"guard {Guard}";
        var answer = await Try(heir);
        if (!answer.Done && heir is not null && !stop.IsCancellationRequested)
        {
            Note($"release {release.Duty} to {heir}: {answer.Text}; to the best that is fit then");
            answer = await Try(null);
        }

        Note($"release {release.Duty}: {answer.Text}", !answer.Done);
        return new DeedEnd(answer.Done ? new StepOutcome.Done() : new StepOutcome.Failed(answer.Text), []);

        async Task<GuardAnswer> Try(string? to)
        {
            try
            {
                return await parts.Duties.ReleaseAsync(release.Duty, to, by, stop);
            }
            catch (OperationCanceledException)
            {
                return new GuardAnswer(false, "it was called off");
            }
        }
    }

    private async Task<PowerEnded> DoAsync(PowerOrder order, CancellationToken stop)
    {
        var end = await parts.Performer.DoAsync(order, stop);
        Note(end.Sentence, end.Outcome is PowerOutcome.Failed);
        return end;
    }

    private static StepOutcome OutcomeOf(PowerEnded end, TimeSpan limit) => end.Outcome switch
    {
        PowerOutcome.Done => new StepOutcome.Done(),
        PowerOutcome.Wait => new StepOutcome.Wait(limit < s_askAgain ? limit : s_askAgain, end.Detail.Length == 0 ? "it asks to wait" : end.Detail),
        PowerOutcome.Veto => new StepOutcome.Veto(end.Detail.Length == 0 ? "it says no" : end.Detail),
        PowerOutcome.Failed failed => new StepOutcome.Failed(failed.Why),
        PowerOutcome.Recalled => new StepOutcome.Failed("recalled"),
        _ => throw new System.Diagnostics.UnreachableException(end.Outcome.ToString()),
    };

    private void Note(string text, bool loud = false) => parts.Say(loud ? NoteLevel.Warning : NoteLevel.Information, GuardMessages.Deed, $"{Guard}: {text}");
}
