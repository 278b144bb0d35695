using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Understudy.Cli;
using Understudy.Core;
using Understudy.Core.Evidence;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Understudy.Linux.Clocks;
using Understudy.Linux.Power;

namespace Understudy.Guards;

/// <summary><c>understudy careful</c>: seed 002's program with its command line and its times, made safe (<see cref="CarefulRules.Safe"/>). It looks at two instants; <c>guard:</c> of the settings looks on in between.</summary>
internal static class CarefulVerb
{
    /// <summary>Like the program that it stands for, it does not give up at the first refusal; unlike it, it pauses.</summary>
    private const int MostTries = 10;

    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_endLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_inhibitors = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_most = TimeSpan.FromDays(366);

    /// <summary>Runs until the host powers off, or a signal ends it.</summary>
    internal static int Execute(Terminal terminal, string witness, string normal, string wait, bool dry)
    {
        if (!IPAddress.TryParse(witness, out var address) || Minutes(normal) is not { } between || Minutes(wait) is not { } grace)
        {
            terminal.Error.WriteLine("understudy: careful takes an address and two spans: minutes as whole numbers, or 90s, 5m. For instance: understudy careful 10.0.0.9 1 5");
            return ExitCodes.Usage;
        }

        var commands = PowerPlace.Commands(out var warning);
        if (warning is not null)
        {
            terminal.Error.WriteLine(GuardMessages.Recorders.With(warning));
        }

        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Leave);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Leave);
        return RunAsync(terminal, address, new CarefulRules(between, grace, Safe: true), commands, dry, stop.Token).GetAwaiter().GetResult();

        void Leave(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>Minutes as the program took them, or a span as our settings have it; more than nothing. Null for anything else.</summary>
    internal static TimeSpan? Minutes(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var minutes))
        {
            return minutes is > 0 and <= 366 * 24 * 60 ? TimeSpan.FromMinutes(minutes) : null;
        }

        return SpanText.Read(text, out var span) is null && span > TimeSpan.Zero && span <= s_most ? span : null;
    }

    private static async Task<int> RunAsync(Terminal terminal, IPAddress address, CarefulRules rules, PowerCommands commands, bool dry, CancellationToken stop)
    {
        using var echo = new EchoThrice(address, new BootTime());
        var watch = new StallWatch();
        var state = CarefulState.AtStart(rules, BootClock.Now);
        Say(terminal, $"NORMAL: {address} is looked at every {Spans.Say(rules.Normal)}; a loss is borne for {Spans.Say(rules.Wait)}{(dry ? "; dry run" : "")}");
        try
        {
            while (true)      // ends with the power-off or with the token
            {
                if (CarefulMachine.Deadline(state) is { } at)
                {
                    await UntilAsync(at, stop);
                }

                var now = BootClock.Now;
                if (watch.Look(CarefulMachine.Deadline(state) ?? now, now) is { } stall)
                {
                    state = CarefulState.AtStart(rules, now) with { EverUp = state.EverUp };
                    Say(terminal, $"NORMAL: we did not run for {Spans.Say(stall.Span)}; what was seen before it is too old");
                    continue;
                }

                var turn = CarefulMachine.Look(state, now);
                state = turn.State;
                if (turn.Order != CarefulOrder.Look)
                {
                    continue;
                }

                var reading = await echo.ReadAsync(stop);
                turn = CarefulMachine.Heard(rules, state, reading, BootClock.Now);
                if (turn.State.Stage != state.Stage || reading is not ProbeReading.Good)
                {
                    Say(terminal, turn.Reason);
                }

                state = turn.State;
                if (turn.Order == CarefulOrder.PowerOff)
                {
                    return await PowerOffAsync(terminal, $"careful: no answer of {address}, neither before nor after {Spans.Say(rules.Wait)}", commands, dry, stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Say(terminal, "ended by a signal");
            return ExitCodes.Ok;
        }
    }

    private static async Task<int> PowerOffAsync(Terminal terminal, string why, PowerCommands commands, bool dry, CancellationToken stop)
    {
        using var hook = new WebHook();
        var performer = new PowerPerformer(commands, new BootTime(), hook);
        for (var i = 0; i < MostTries; i++)
        {
            var end = await performer.DoAsync(new PowerOrder.End(PowerEnd.PowerOff, s_inhibitors, why) { Limit = s_endLimit, Dry = dry }, stop);
            Say(terminal, end.Sentence);
            if (end.Outcome is PowerOutcome.Done)
            {
                return ExitCodes.Ok;
            }

            await Task.Delay(s_again, new BootTime(), stop);
        }

        return ExitCodes.No;
    }

    /// <summary>In pieces: a timer of .NET stands still while the host sleeps.</summary>
    private static async Task UntilAsync(Instant at, CancellationToken stop)
    {
        while (at - BootClock.Now is var left && left > TimeSpan.Zero)
        {
            await Task.Delay(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1), new BootTime(), stop);
        }
    }

    private static void Say(Terminal terminal, string text)
    {
        terminal.Output.WriteLine($"{new BootTime().GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'} {text}");
        terminal.Output.Flush();
    }
}
