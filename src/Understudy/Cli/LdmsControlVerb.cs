using Understudy.Core.Ldms;
using Understudy.Linux.Clocks;
using Understudy.Linux.Collection;

namespace Understudy.Cli;

/// <summary><c>understudy ldms control</c>: commands to a daemon over its configuration channel, and the answers as <c>ldmsd_controller</c> prints them.</summary>
internal static class LdmsControlVerb
{
    /// <param name="lines">The commands, one a line, and what to call the place that they come from.</param>
    /// <param name="raw">JSON as it came.</param>
    internal static int Execute(Terminal terminal, LdmsPeer peer, IEnumerable<string> lines, string place, LdmsVersion version, bool raw, TimeSpan limit)
    {
        using var call = new LdmsCall(peer.Address, peer.Port, peer.End, limit);
        if (!call.Open())
        {
            return Lost(terminal, peer, call);
        }

        var offset = TimeZoneInfo.Local.GetUtcOffset(new BootTime().GetUtcNow());
        var (number, code) = (0, ExitCodes.Ok);
        foreach (var line in lines)
        {
            number++;
            if (LdmsdText.ReadLine(line, new LdmsdPlace(place, number, 1)) is not { } command)
            {
                continue;
            }

            if (command.Verb is "quit" or "exit")
            {
                break;
            }

            if (LdmsdTables.RefusedUnsent(command) is { } refused)
            {
                terminal.Output.Write(refused);
                code = ExitCodes.Bad;
                continue;
            }

            if (version.Request(command) is not { } request)
            {
                return terminal.Fail(ExitCodes.Bad, $"LDMS {version.Name} has no {command.Verb}", "name the daemon's version with --ldms-version");
            }

            if (call.Ask(request) is not { } answer)
            {
                return Lost(terminal, peer, call);
            }

            terminal.Output.Write(LdmsdControl.Say(command.Verb, LdmsVersion.Answer(answer), offset, raw));
            code = answer.Code == 0 ? code : ExitCodes.Bad;
        }

        return code;
    }

    /// <summary>The commands of a file, or of standard input.</summary>
    internal static IEnumerable<string>? Lines(string? command, string? source, TextReader input, out string place, out string problem)
    {
        (place, problem) = (command is not null ? "--cmd" : source ?? "stdin", "");
        if (command is not null)
        {
            return [command];
        }

        if (source is null)
        {
            return FromInput(input);
        }

        try
        {
            return File.ReadAllLines(source);
        }
        catch (IOException e)
        {
            problem = e.Message;
        }
        catch (UnauthorizedAccessException e)
        {
            problem = e.Message;
        }

        return null;
    }

    private static IEnumerable<string> FromInput(TextReader input)
    {
        while (input.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static int Lost(Terminal terminal, LdmsPeer peer, LdmsCall call) =>
        terminal.Fail(ExitCodes.Unreachable, $"{peer.Name} {call.Why}", "");
}
