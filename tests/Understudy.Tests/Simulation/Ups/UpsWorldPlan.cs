using System.Globalization;
using Understudy.Core;
using Understudy.Core.Ups;

namespace Understudy.Tests.Simulation;

/// <summary>What may befall a proxy.</summary>
internal enum UpsFault
{
    Dies = 0,
    RestartsEmpty,
    Hangs,
    GoesStale,
    StatusChanges,
    ValuesChange,
    VariablesComeAndGo,
    DescriptionsChange,
    CommandsComeAndGo,
    AlarmsComeAndGo,
    SerialDiffers,
    Lies,
    AnswersOddly,
    ClientsComeAndGo,
    ClientsAsk,
    OperatorForces,
}

/// <summary>What one real driver is like.</summary>
/// <param name="Tracks">It knows TRACKING, as those since NUT 2.8.0 do.</param>
/// <param name="PollEvery">Ticks from one look at its device to the next.</param>
/// <param name="Busy">Ticks that a look takes; it answers nobody meanwhile.</param>
/// <param name="Beats">It tells its driver.state with each look, as those since NUT 2.8.1 do.</param>
internal sealed record DriverPlan(string Name, bool Tracks, long PollEvery, long Busy, bool Beats);

/// <summary>What one world of a proxy is like, drawn from its seed.</summary>
/// <param name="Late">What the proxy wants done is done after it has settled, as the loop does it, and not at once.</param>
/// <param name="Rules">As they stand in the section: what must hold.</param>
/// <param name="ProxyRules">As the proxy reads them: the same, unless the world is a broken sibling.</param>
internal sealed record UpsWorldPlan(
    string Section,
    ProxyRules Rules,
    ProxyRules ProxyRules,
    DriverPlan[] Drivers,
    UpsFault[] Faults,
    Instant Start,
    long Chaos,
    long Pause,
    long Latency,
    int Split,
    bool Late,
    UpsBreach Breach)
{
    private static readonly string[] s_names = ["usbhid-ups-usb", "snmp-ups-net", "nutdrv_qx-old", "apcsmart-x"];

    internal static UpsWorldPlan Draw(Dice dice, UpsBreach breach, bool quiet)
    {
        var count = quiet ? 2 + dice.Below(2) : 2 + dice.Below(3);
        var multiplex = breach is UpsBreach.ForgetsPreferences or UpsBreach.BelievesAnother || (breach != UpsBreach.ShutsDownUnseen && dice.PerMille(550));
        var deadTime = quiet ? 30 : dice.OneOf<int>([6, 12, 30]);
        var lines = new List<string>
        {
            "[ups]",
            "driver = understudy-ups",
            $"port = {string.Join(',', s_names.Take(count))}",
            $"mode = {(multiplex ? "multiplex" : "failover")}",
            Line("silence", dice.OneOf<int>([2, 4, 4, 8])),
            Line("deadtime", deadTime),
            Line("noprimarytime", dice.OneOf<int>([3, 10, 15])),
            Line("flip.after", breach == UpsBreach.KeepsTheStale ? 2 : dice.OneOf<int>([0, 1, 3, 5, 20])),
            Line("flip.back", breach == UpsBreach.DropsFlipBack ? 20 : dice.OneOf<int>([0, 3, 10, 30])),
            Line("fsdmode", breach == UpsBreach.ShutsDownUnseen ? 2 : dice.Below(3)),
            Line("checkruntime", dice.Below(4)),
        };
        if (multiplex)
        {
            lines.Add($"status_conflict = {dice.OneOf<string>(["prefer", "pessimistic", "optimistic"])}");
            foreach (var pattern in (ReadOnlySpan<string>)["*", "battery.*", "ups.status", "ups.l*", "battery.charge", "*.id", "test.*"])
            {
                if (dice.PerMille(300))
                {
                    lines.Add($"prefer.{pattern} = {s_names[dice.Below(count)]}");
                }
            }

            foreach (var pattern in (ReadOnlySpan<string>)["battery.*", "ups.status", "ups.load"])
            {
                if (dice.PerMille(200))
                {
                    lines.Add($"flip.after.{pattern} = {dice.OneOf<string>(["0.5", "8", "40"])}");
                    lines.Add($"flip.back.{pattern} = {dice.OneOf<string>(["0", "1.5", "12"])}");
                }
            }
        }
        else if (dice.PerMille(250))
        {
            lines.Add(dice.OneOf<string>(["status_have_all = OL", "status_nothave_any = LB,RB", "status_have_any = CHRG,OL", "status_nothave_all = OB,LB"]));
            if (dice.PerMille(400))
            {
                lines.Add("strictfiltering = 1");
            }
        }

        if (dice.PerMille(300))
        {
            lines.Add("upstream_commands");
        }

        if (dice.PerMille(150))
        {
            lines.AddRange(["override.device.location = \"room \\#1\"", "override.ups.load = 1", "default.battery.type = PbAc", "default.device.model = unknown"]);
        }

        if (dice.PerMille(150))
        {
            lines.Add("ignorelb");
        }

        // Long enough for a source to be asked for all again.
        var lasts = quiet ? TimeSpan.TicksPerMinute * 10 : breach == UpsBreach.None && dice.PerMille(40) ? TimeSpan.TicksPerMinute * 7 : dice.Millis(20_000, 60_000);

        var section = string.Join('\n', lines) + "\n";
        var errors = new List<string>();
        var rules = ProxyRulesReader.Read(UpsConf.Read(section).Sections[0], errors) ?? throw new InvalidOperationException(string.Join('\n', errors));
        return new UpsWorldPlan(
            section,
            rules,
            Broken(rules, breach),
            [.. s_names.Take(count).Select(n => Driver(dice, n, quiet, deadTime))],
            quiet ? [] : Focus(breach) ?? Choose(dice),
            Start: new Instant(dice.OneOf<long>([3 * TimeSpan.TicksPerSecond, TimeSpan.TicksPerHour, TimeSpan.TicksPerDay])),
            Chaos: lasts,
            Pause: dice.Millis(100, 1500) * (lasts > TimeSpan.TicksPerMinute ? 8 : 1),
            Latency: dice.OneOf<long>([dice.Micros(1, 100), dice.Micros(10, 2000), dice.Millis(1, 50)]),
            Split: dice.OneOf<int>([0, 100, 600]),
            Late: breach == UpsBreach.None && dice.PerMille(400),
            breach);
    }

    private static string Line(string key, int number) => string.Create(CultureInfo.InvariantCulture, $"{key} = {number}");

    private static DriverPlan Driver(Dice dice, string name, bool quiet, int deadTime)
    {
        var slow = dice.PerMille(quiet ? 500 : 200);
        return new DriverPlan(
            name,
            Tracks: !dice.PerMille(250),
            PollEvery: slow ? dice.Millis(30_000, 60_000) : dice.Millis(1_000, 5_000),
            Busy: slow ? (quiet ? dice.Millis(5_000, (deadTime - 4) * 1000) : dice.Millis(5_000, 30_000)) : dice.Millis(1, 300),
            Beats: dice.PerMille(500));
    }

    private static ProxyRules Broken(ProxyRules rules, UpsBreach breach) => breach switch
    {
        UpsBreach.KeepsTheStale => rules with { FlipAfter = rules.FlipAfter.Select(s => s with { Span = s.Span + TimeSpan.FromSeconds(10) }).ToValueList() },
        UpsBreach.DropsFlipBack => rules with { FlipBack = rules.FlipBack.Select(s => s with { Span = TimeSpan.Zero }).ToValueList() },
        UpsBreach.ForgetsPreferences => rules with { Preferences = [] },
        UpsBreach.BelievesAnother => rules with { Conflict = rules.Conflict == StatusConflict.Pessimistic ? StatusConflict.Optimistic : StatusConflict.Pessimistic },
        _ => rules,
    };

    /// <summary>Some breaches show only where certain faults meet; a sibling's worlds need not be fair.</summary>
    private static UpsFault[]? Focus(UpsBreach breach) => breach switch
    {
        UpsBreach.IgnoresDatastale or UpsBreach.KeepsTheStale => [UpsFault.GoesStale, UpsFault.ValuesChange],
        UpsBreach.KeepsTheDead or UpsBreach.DropsFlipBack => [UpsFault.Dies, UpsFault.ValuesChange, UpsFault.GoesStale],
        UpsBreach.BelievesAnother or UpsBreach.InventsAToken or UpsBreach.MissesTheShutdown or UpsBreach.SettlesLate or UpsBreach.EmptiesTheStatus => [UpsFault.StatusChanges, UpsFault.Dies],
        UpsBreach.ForwardsTwice or UpsBreach.TriesElsewhere or UpsBreach.AnswersEverybody or UpsBreach.SwallowsAnswers or UpsBreach.ClaimsSuccess or UpsBreach.DropsThePowerGuard
            => [UpsFault.ClientsAsk, UpsFault.ClientsAsk, UpsFault.ClientsAsk, UpsFault.AnswersOddly, UpsFault.ClientsComeAndGo],
        UpsBreach.ForgetsNobody => [UpsFault.ClientsComeAndGo],
        _ => null,
    };

    private static UpsFault[] Choose(Dice dice)
    {
        var all = Enum.GetValues<UpsFault>();
        if (dice.PerMille(300))
        {
            return all;
        }

        var few = new UpsFault[2 + dice.Below(6)];
        for (var i = 0; i < few.Length; i++)
        {
            few[i] = dice.OneOf<UpsFault>(all);
        }

        return few;
    }
}
