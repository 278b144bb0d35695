using System.Globalization;
using Understudy.Core;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Understudy.Linux.Commands;
using static Understudy.Linux.Power.PowerOutcome;

namespace Understudy.Linux.Power;

/// <summary>Does the deeds of a plan, each once, by the programs of <see cref="PowerCommands"/>. It decides nothing and repeats nothing; only for inhibitors it waits, as long as its order says.</summary>
/// <remarks>
/// Under systemd a host ends by <c>systemctl poweroff -i</c>: logind gives those that hold a <em>delay</em> inhibitor their 5 s (InhibitDelayMaxSec), and those with a <em>block</em> inhibitor were waited for by
/// ourselves before, as root's request would not even ask them (up to systemd 256). Without systemd it is <c>shutdown -h now</c>, or poweroff(8) where that is all there is.
/// </remarks>
/// <param name="commands">The programs.</param>
/// <param name="time">The clock of limits: the boot clock (<see cref="Clocks.BootTime"/>).</param>
/// <param name="hook">Posts web hooks.</param>
public sealed class PowerPerformer(PowerCommands commands, TimeProvider time, WebHook hook)
{
    /// <summary>Between two looks at the inhibitors.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    /// <summary>For a question to logind or systemd, which answer in milliseconds.</summary>
    private static readonly TimeSpan s_question = TimeSpan.FromSeconds(5);

    /// <summary>Units of a slice that are remembered; more fit into no command line of ours.</summary>
    private const int MostUnits = 200;

    /// <summary>Does it. Never throws.</summary>
    /// <param name="stop">Recalls it: a program gets SIGTERM, then SIGKILL.</param>
    public async Task<PowerEnded> DoAsync(PowerOrder order, CancellationToken stop)
    {
        var from = time.GetTimestamp();
        var (outcome, detail) = order switch
        {
            PowerOrder.Tell tell => await Tell(tell, stop),
            PowerOrder.StopUnit unit => await Unit(unit, ["stop", "--", unit.Unit], stop),
            PowerOrder.StartUnits units when units.Units.Count == 0 => (new Done(), "nothing was stopped"),
            PowerOrder.StartUnits units => await Unit(units, ["start", "--", .. units.Units], stop),
            PowerOrder.Run run => await Call(run, run.Path, [.. run.Arguments], run.Environment, stop),
            PowerOrder.Announce announce => await Announce(announce, stop),
            PowerOrder.Withdraw withdraw => commands.Systemd ? await Call(withdraw, commands.Shutdown, ["-c", withdraw.Text], [], stop) : (new Done(), "without systemd nothing was announced"),
            PowerOrder.End end => await End(end, stop),
            _ => throw new System.Diagnostics.UnreachableException(order.ToString()),
        };
        return new PowerEnded(order, outcome, detail, time.GetElapsedTime(from));
    }

    /// <summary>What a start must name to bring back what a stop of the unit ends: a slice itself starts nothing. Its units require it (systemd.slice(5)), so systemd tells them as "RequiredBy".</summary>
    /// <returns>Empty: nothing of it runs. Null: nobody could say.</returns>
    public async Task<ValueList<string>?> RunningAsync(string unit, CancellationToken stop)
    {
        string[] asked = [unit];
        if (unit.EndsWith(".slice", StringComparison.Ordinal))
        {
            asked = (await Ask(["show", "--property=RequiredBy", "--value", "--", unit], stop)).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
                .Where(u => u.EndsWith(".service", StringComparison.Ordinal) || u.EndsWith(".socket", StringComparison.Ordinal) || u.EndsWith(".timer", StringComparison.Ordinal)).Take(MostUnits).ToArray();
        }

        if (asked.Length == 0)
        {
            return [];
        }

        // One word a line, in the order of the question; sentences are errors.
        var states = (await Ask(["is-active", "--", .. asked], stop)).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return states.Length != asked.Length || Array.Exists(states, s => s.Contains(' '))
            ? null
            : asked.Where((_, i) => states[i] is "active" or "activating" or "reloading").ToValueList();
    }

    /// <summary>Who holds a block inhibitor, in words; null for nobody. Where the list cannot be had, nobody is waited for: a host without logind has no inhibitors.</summary>
    /// <param name="what"><c>shutdown</c> or <c>sleep</c>.</param>
    public async Task<string?> InTheWayAsync(string what, CancellationToken stop)
    {
        if (!commands.Systemd || commands.Busctl.Length == 0)
        {
            return null;
        }

        var (end, output) = await ProgramOnce.RunAsync(
            Program(commands.Busctl, ["--system", "--json=short", "call", "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "ListInhibitors"], s_question), time, stop);
        return ProgramOnce.Trouble(end) is null && Inhibitors.Read(output) is { } all ? Inhibitors.InTheWay(all, what) : null;
    }

    private async Task<(PowerOutcome Outcome, string Detail)> Tell(PowerOrder.Tell tell, CancellationToken stop)
    {
        var notice = tell.Notice;
        switch (tell.Way)
        {
            case NotifyWay.Wall:
                // Never a lone word: wall(1) would take one for the name of a file.
                return await Call(tell, commands.Wall, [$"Understudy on {notice.Node}: {notice.Text}"], [], stop);
            case NotifyWay.Syslog:
                return await Call(tell, commands.Logger, ["-t", "understudy", "-p", "daemon.alert", "--", $"guard {notice.Guard}: {notice.Text}"], [], stop);
            case NotifyWay.Command way:
                return await Call(tell, way.Path, [notice.What], [("GUARD", notice.Guard), ("NODE", notice.Node), ("VERB", notice.What), ("REASON", notice.Text)], stop);
            case NotifyWay.Webhook way when tell.Dry:
                return (new Done(), $"would post to {way.Url}: {WebHook.Body(notice)}");
            case NotifyWay.Webhook when Late(tell) is { } late:
                return (new Failed(late), "");
            case NotifyWay.Webhook way:
                return await hook.PostAsync(way.Url, notice, tell.Limit, stop) is { } why ? (stop.IsCancellationRequested ? new Recalled() : new Failed(why), "") : (new Done(), "");
            default:
                throw new System.Diagnostics.UnreachableException(tell.Way.ToString());
        }
    }

    private async Task<string> Ask(string[] arguments, CancellationToken stop) =>
        commands.Systemd && commands.Systemctl.Length > 0 ? (await ProgramOnce.RunAsync(Program(commands.Systemctl, arguments, s_question), time, stop)).Output : "";

    private async Task<(PowerOutcome Outcome, string Detail)> Unit(PowerOrder order, string[] arguments, CancellationToken stop) =>
        commands.Systemd ? await Call(order, commands.Systemctl, arguments, [], stop) : (new Failed("this host does not run systemd, so it has no units"), "");

    private async Task<(PowerOutcome Outcome, string Detail)> Announce(PowerOrder.Announce announce, CancellationToken stop)
    {
        if (!commands.Systemd)      // sysvinit's shutdown waits in the foreground, and has no announcement alone
        {
            return (new Failed("without systemd nothing is announced ahead"), "");
        }

        var minutes = string.Create(CultureInfo.InvariantCulture, $"+{Math.Max(1, Math.Ceiling(announce.In.TotalMinutes)):0}");
        return await Call(announce, commands.Shutdown, [announce.Real ? "-P" : "-k", minutes, announce.Text], [], stop);
    }

    private async Task<(PowerOutcome Outcome, string Detail)> End(PowerOrder.End end, CancellationToken stop)
    {
        var (path, arguments) = Way(end);
        if (path.Length == 0)
        {
            return (new Failed(end.How == PowerEnd.PowerOff ? "neither systemctl nor shutdown nor poweroff is installed" : "only systemd can do that, and it does not run here"), "");
        }

        var overridden = end.Dry ? null : await WaitForInhibitors(end, stop);
        if (stop.IsCancellationRequested)
        {
            return (new Recalled(), "");
        }

        var (outcome, detail) = await Call(end, path, arguments, [], stop);
        return (outcome, overridden is null ? detail : $"overrides {overridden}{(detail.Length == 0 ? "" : $"; {detail}")}");
    }

    private (string Path, string[] Arguments) Way(PowerOrder.End end)
    {
        string[] message = ["-i", $"--message={Line(end.Why)}"];
        return (commands.Systemd && commands.Systemctl.Length > 0, end.How) switch
        {
            (true, PowerEnd.PowerOff) => (commands.Systemctl, ["poweroff", .. message]),
            (true, PowerEnd.Suspend) => (commands.Systemctl, ["suspend", "-i"]),
            (true, PowerEnd.Hibernate) => (commands.Systemctl, ["hibernate", "-i"]),
            (false, PowerEnd.PowerOff) when commands.Shutdown.Length > 0 => (commands.Shutdown, ["-h", "now", Line(end.Why)]),
            (false, PowerEnd.PowerOff) => (commands.Poweroff, []),
            _ => ("", []),
        };
    }

    /// <returns>Who still stands in the way after that time, to be overridden; null for nobody.</returns>
    private async Task<string?> WaitForInhibitors(PowerOrder.End end, CancellationToken stop)
    {
        var what = end.How == PowerEnd.PowerOff ? "shutdown" : "sleep";
        var from = time.GetTimestamp();
        while (true)      // ends when nobody is in the way, when the time is over, or with the token
        {
            var who = await InTheWayAsync(what, stop);
            var left = end.Inhibitors - time.GetElapsedTime(from);
            if (who is null || left <= TimeSpan.Zero || stop.IsCancellationRequested)
            {
                return who;
            }

            try
            {
                await Task.Delay(left < s_look ? left : s_look, time, stop);
            }
            catch (OperationCanceledException)
            {
                return who;
            }
        }
    }

    private async Task<(PowerOutcome Outcome, string Detail)> Call(
        PowerOrder order, string path, string[] arguments, ValueList<(string Name, string Value)> environment, CancellationToken stop)
    {
        if (path.Length == 0)
        {
            return (new Failed("the program is not installed"), "");
        }

        if (order.Dry)
        {
            return (new Done(), $"would run {path} {string.Join(' ', arguments.Select(a => a.Contains(' ') ? $"'{a}'" : a))}".TrimEnd());
        }

        var call = Program(path, arguments, order.Limit) with { Environment = [.. CommandEnvironment.Common, .. environment.Select(e => CommandEnvironment.Entry(e.Name, e.Value))] };
        var (end, output) = await ProgramOnce.RunAsync(call, time, stop, () => Late(order));
        PowerOutcome outcome = end switch
        {
            ProgramEnd.Exited { Code: CommandOutcome.TryLaterCode } when order is PowerOrder.Run => new Wait(),
            ProgramEnd.Exited { Code: CommandOutcome.VetoCode } when order is PowerOrder.Run => new Veto(),
            ProgramEnd.Recalled => new Recalled(),
            _ => ProgramOnce.Trouble(end) is { } trouble ? new Failed(trouble) : new Done(),
        };
        return (outcome, output);
    }

    private static ProgramCall Program(string path, string[] arguments, TimeSpan limit) => new(path, arguments, CommandEnvironment.Common, limit, limit / 4);

    private string? Late(PowerOrder order)
    {
        var now = new Instant(time.GetElapsedTime(startingTimestamp: 0).Ticks);
        return now <= order.NotAfter ? null : $"its time was over at {order.NotAfter}, now is {now}";
    }

    /// <summary>One line of bounded length.</summary>
    private static string Line(string text) => string.Concat(text.Take(400).Select(c => char.IsControl(c) ? ' ' : c));
}
