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
/// <param name="units">What ran before it was stopped.</param>
internal sealed class GuardDeeds(GuardParts parts, GuardSettings settings, IUnitMemory units) : IGuardDeeds
{
    /// <summary>A hook that asks to wait is asked again after this.</summary>
    private static readonly TimeSpan s_askAgain = TimeSpan.FromSeconds(10);

    /// <summary>For a line on terminals, in the system's log, or over the net.</summary>
    private static readonly TimeSpan s_wordLimit = TimeSpan.FromSeconds(10);

    public string Guard => settings.Name;

    public async Task<StepOutcome?> BeginAsync(GuardStepSettings step, PlanEffect.Begin e, string why, ValueList<string> heirs, CancellationToken stop)
    {
        switch (step)
        {
            case GuardStepSettings.WaitForTiers:
                return null;      // the desk sees when they have let go
            case GuardStepSettings.Notify notify:
                return await NotifyAsync(notify, e, why, stop);
            case GuardStepSettings.Release release:
                return await ReleaseAsync(release, heirs, e.NotAfter, stop);
            case GuardStepSettings.Stop unit when !await LookAsync(unit, e, stop):
                return new StepOutcome.Failed("recalled");
            default:
                return OutcomeOf(await DoAsync(OrderOf(step, "start", e.Attempt, why) with { NotAfter = e.NotAfter }, stop), step.Limit);
        }
    }

    public async Task<StepOutcome?> RehearseAsync(GuardStepSettings step, PlanEffect.Rehearse e, string why, ValueList<string> heirs, CancellationToken stop)
    {
        if (e.Deed != Deed.Begin)
        {
            Note($"would {(e.Deed == Deed.Cancel ? "cancel" : "undo")} {step.Subject}");
        }
        else if (step is GuardStepSettings.Release release)
        {
            Note($"would hand {release.Duty} over{(heirs.Count == 0 ? " to nobody, as all leave" : heirs[0].Length == 0 ? "" : $" to {heirs[0]}")}{(parts.Duties.IsHere(release.Duty) ? "" : ", were it held here")}");
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

        return new StepOutcome.Done();
    }

    public async Task UndoAsync(GuardStepSettings step, PlanEffect.Undo e, string why, CancellationToken stop)
    {
        PowerOrder? order = step switch
        {
            GuardStepSettings.Stop s => StoppedUnits.Undoing(s.Unit, await units.TakeAsync(e.Run, e.Step)) is { Count: > 0 } ran ? new PowerOrder.StartUnits(ran) : null,
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
            Note($"wake {host.Node}: {sent.Count - refused.Count} magic {(sent.Count - refused.Count == 1 ? "packet" : "packets")} left{(refused.Count == 0 ? "" : $"; not {string.Join(", ", refused)}")}", sent.Count == refused.Count);
        }

        if (host.Command is { } path)
        {
            _ = await DoAsync(Hook(path, "wake", up.Try, "the mains are back") with { Arguments = [host.Node], Limit = TimeSpan.FromMinutes(1) }, stop);
        }
    }

    /// <summary>What runs is remembered before it is stopped, so that neither an abort in the middle nor a daemon that is killed there loses it. A later attempt that finds nothing running proves nothing: the one before may have stopped it.</summary>
    /// <returns>False: it was called off meanwhile.</returns>
    private async Task<bool> LookAsync(GuardStepSettings.Stop step, PlanEffect.Begin e, CancellationToken stop)
    {
        if (await parts.Performer.RunningAsync(step.Unit, stop) is { } running && (running.Count > 0 || e.Attempt == 1) && !stop.IsCancellationRequested)
        {
            await units.FoundAsync(e.Run, e.Step, running);
        }

        return !stop.IsCancellationRequested;
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

    private async Task<StepOutcome?> NotifyAsync(GuardStepSettings.Notify notify, PlanEffect.Begin e, string why, CancellationToken stop)
    {
        var text = $"{(e.Dry ? "only a drill: " : "")}{notify.Text ?? $"the plan of {Guard} runs"}: {why}";
        var failed = await TellAsync(notify.Ways, text, e.Dry ? "drill" : "running", notify.Limit, e.NotAfter, stop);
        return failed.Count < notify.Ways.Count ? new StepOutcome.Done() : new StepOutcome.Failed(string.Join("; ", failed));
    }

    /// <returns>Of the ways that failed, why.</returns>
    private async Task<List<string>> TellAsync(IEnumerable<NotifyWay> ways, string text, string what, TimeSpan limit, Instant notAfter, CancellationToken stop)
    {
        var notice = new PowerNotice(text, Guard, parts.Node, what);
        var ends = await Task.WhenAll(ways.Select(way => DoAsync(new PowerOrder.Tell(way, notice) { Limit = limit, NotAfter = notAfter }, stop)));
        return [.. ends.Where(end => end.Outcome is not PowerOutcome.Done).Select(end => $"{end.Order}: {end.Outcome}")];
    }

    private async Task<StepOutcome?> ReleaseAsync(GuardStepSettings.Release release, ValueList<string> heirs, Instant notAfter, CancellationToken stop)
    {
        if (Linux.Clocks.BootClock.Now > notAfter)
        {
            return new StepOutcome.Failed("its time was over");
        }

        var by = $"guard {Guard}";
        var answer = new GuardAnswer(!parts.Duties.IsHere(release.Duty), $"{release.Duty} {(parts.Duties.IsHere(release.Duty) ? "is kept: every other host leaves no later than this one" : "is not held here")}");
        foreach (var heir in heirs)
        {
            if (answer.Done || stop.IsCancellationRequested)
            {
                break;
            }

            answer = await Try(heir.Length == 0 ? null : heir);
            if (!answer.Done && heir != heirs[^1])
            {
                Note($"release {release.Duty} to {heir}: {answer.Text}; the next is asked");
            }
        }

        Note($"release {release.Duty}: {answer.Text}", !answer.Done);
        return answer.Done ? new StepOutcome.Done() : new StepOutcome.Failed(answer.Text);

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
