using System.Diagnostics;
using Understudy.Core.Plans;
using Understudy.Core.Power;
using Understudy.Core.Settings;

namespace Understudy.Tests.Power;

/// <summary>
/// What is true in one room while a row of the table is played. Seconds from the incident; negative ones are before it. Two mains witnesses hang on two switches with a control
/// beside each, as the guide says; the older program knows the first witness alone.
/// </summary>
internal sealed record RoomTableScript
{
    /// <summary>Hosts come up so long before the incident: what settles has settled.</summary>
    internal const double Before = 600;

    /// <summary>Lines of the guard besides its witnesses, each indented by four.</summary>
    internal string Guard { get; init; } = "";

    /// <summary>The guard's witnesses, where they are not the usual ones.</summary>
    internal string Witnesses { get; init; } = """
            mains: [{ icmp: 10.0.1.9 }, { icmp: 10.0.2.9 }]
            controls: [{ icmp: 10.0.1.1 }, { icmp: 10.0.2.1 }]
        """;

    /// <summary>Host and tier. One host alone has no peers.</summary>
    internal (string Name, int Tier)[] Hosts { get; init; } = [("alpha", 0)];

    /// <summary>When it is over.</summary>
    internal double Until { get; init; } = 3600;

    /// <summary>The hosts come up so long before the incident.</summary>
    internal double Up { get; init; } = Before;

    /// <summary>The mains of the cooling are gone, and with them both witnesses.</summary>
    internal (double From, double Until)[] Outages { get; init; } = [];

    /// <summary>Nothing comes through the first switch, to no host.</summary>
    internal (double From, double Until)[] SwitchOff { get; init; } = [];

    /// <summary>Nothing comes through any switch, and no peer is heard.</summary>
    internal (double From, double Until)[] AllSwitchesOff { get; init; } = [];

    /// <summary>The first witness is broken, though its mains are there.</summary>
    internal (double From, double Until)[] WitnessBroken { get; init; } = [];

    /// <summary>No host can look: no route, no permission, no program.</summary>
    internal (double From, double Until)[] CannotLook { get; init; } = [];

    /// <summary>The first host does not see any mains witness, though the others do.</summary>
    internal (double From, double Until)[] FirstIsCutOff { get; init; } = [];

    /// <summary>The daemon of the first host is not there, and is started again.</summary>
    internal (double From, double Until)? Restart { get; init; }

    /// <summary>The daemon of the first host stands still.</summary>
    internal (double From, double Until)? Frozen { get; init; }

    /// <summary>Degrees at the inlet; null: nobody measures.</summary>
    internal Func<double, double>? Inlet { get; init; }

    /// <summary>An operator of the first host calls it off as soon as this is so.</summary>
    internal Func<GuardDesk, bool>? AbortWhen { get; init; }

    /// <summary>How a command of the first host's plan ends, by its attempt, and after how long; null: never, it hangs.</summary>
    internal Func<int, (StepOutcome Outcome, double Seconds)?> Hook { get; init; } = _ => (new StepOutcome.Done(), 2);

    /// <summary>What a host sees of a witness: it answers, it is silent, or (null) nobody could look.</summary>
    /// <param name="side">Which of the two, from 0.</param>
    internal bool? Sees(string host, bool control, int side, double at)
    {
        if (In(CannotLook, at))
        {
            return null;
        }

        var silent = In(AllSwitchesOff, at)
            || (side == 0 && In(SwitchOff, at))
            || (!control && (In(Outages, at) || (side == 0 && In(WitnessBroken, at)) || (host == Hosts[0].Name && In(FirstIsCutOff, at))));
        return !silent;
    }

    /// <summary>How a step of a host's plan ends, and after how long; null: never.</summary>
    internal (StepOutcome Outcome, double Seconds)? Does(string host, GuardStepSettings step, int attempt) => step switch
    {
        GuardStepSettings.Notify => (new StepOutcome.Done(), 0.2),
        GuardStepSettings.Stop => (new StepOutcome.Done(), 5),
        GuardStepSettings.Command when host == Hosts[0].Name => Hook(attempt),
        GuardStepSettings.Command => (new StepOutcome.Done(), 2),
        GuardStepSettings.End => (new StepOutcome.Done(), 1),
        _ => throw new UnreachableException(step.Subject),
    };

    internal static bool In((double From, double Until)[] spans, double at) => spans.Any(s => at >= s.From && at < s.Until);

    /// <summary>The settings file of a host.</summary>
    internal GuardSettings SettingsOf(string host)
    {
        var nodes = Hosts.Length == 1 ? "" : $$"""
            secret: /etc/understudy/secret
            nodes: { {{string.Join(", ", Hosts.Select((h, i) => $"{h.Name}: {{ lan: 10.0.9.{i + 1} }}"))}} }

            """;
        var tiers = Hosts.Length == 1 ? "" : $"    tier: {{ {string.Join(", ", Hosts.Select(h => $"{h.Name}: {h.Tier}"))} }}\n";
        var text = $"{nodes}guards:\n  room:\n{Witnesses}\n    spread: 0s\n{tiers}{(Inlet is null ? "" : "    temperatures: [{ file: /run/inlet }]\n")}{Guard}\n";
        var reading = SettingsReader.Read("room.yaml", text, new SettingsRequest(host));
        return reading.Settings?.Guards[0] ?? throw new InvalidOperationException($"{string.Join('\n', reading.Errors)}\n{text}");
    }
}
