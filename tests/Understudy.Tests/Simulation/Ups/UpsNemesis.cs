using System.Globalization;

namespace Understudy.Tests.Simulation;

/// <summary>Brings the misfortunes of a proxy's world at random moments, and in the end heals all of them.</summary>
internal sealed class UpsNemesis(UpsWorld world)
{
    private static readonly string[] s_statuses = ["OL", "OL", "OL CHRG", "OB DISCHRG", "OB", "OB LB", "OL LB", "OL OB", "", "WAIT", "OL BYPASS", "OL TRIM", "FSD OB LB", "OL RB", "LB", "OL DISCHRG", "ALARM OL", "OFF"];
    private static readonly string[] s_values = ["plain", "two words", "room #3 \"left\"", "a\\b c", "50% #1", "#", "\"", "ends in \\ ", "", " ", "x=y", new('v', 120)];
    private static readonly string[] s_names = ["ups.id", "ups.firmware", "Input.Voltage", "ups.load", "battery.charge", "battery.type", "device.model", "UPS.LOAD"];
    private static readonly string[] s_nonsense =
    [
        "", "HELLO", "SETINFO", "SETINFO ups.load", "SETINFO ups.load \"cut", "TRACKING", "TRACKING x", "ADDRANGE ups.delay.shutdown 9 1", "SETAUX ups.id many", "SETFLAGS ups.id",
        "SETINFO \"a b\" \"1\"", "SETINFO a#b \"1\"", "SETINFO a=b \"1\"", "SETINFO a\"b \"1 2 \"", "SETINFO a\\ \"1\"", "ADDCMD a#b", "ADDCMD \"x y\"", "DELINFO", "\u00ff\u00fe\u0001", "OK", "SETINFO " + new string('n', 400) + " \"1\"",
        "SETINFO ups.load \"" + new string('x', 2500) + "\"",
    ];

    private Dice Dice => world.Dice;

    internal void Begin()
    {
        if (world.Plan.Faults.Length > 0)
        {
            world.After(Dice.Millis(500, 4000), Strike);
        }
    }

    internal void Heal()
    {
        for (var i = 0; i < world.Drivers.Length; i++)
        {
            var driver = world.Drivers[i];
            (driver.NeverBusy, driver.Manner) = (true, AnswerManner.AtOnce);
            driver.Thaw();
            var asker = world.NewClient();
            asker.Force(i, primary: true, 0);
        }

        world.After(TimeSpan.TicksPerSecond * 15, () =>
        {
            // By now what was on its way to a fault has got there, and who was busy is not.
            foreach (var driver in world.Drivers)
            {
                driver.StartAgain(empty: false);
            }
        });
        world.After(TimeSpan.TicksPerSecond * 40, () =>
        {
            foreach (var driver in world.Drivers)
            {
                driver.Tell(Said.Set("ups.status", "OL", bare: true));
                driver.Tell(Said.Set("ups.serial", world.Serial, bare: true));
                driver.Tell(Said.Set("battery.runtime", "1200", bare: true));
                driver.Tell(Said.Del("ups.alarm"));
                driver.Tell(Said.Ok);
            }
        });
    }

    private void Strike()
    {
        if (world.Healed)
        {
            return;
        }

        Bring(Dice.OneOf<UpsFault>(world.Plan.Faults), world.Drivers[Dice.Below(world.Drivers.Length)]);
        world.After(Dice.Ticks(world.Plan.Pause / 10, world.Plan.Pause * 2), Strike);
    }

    private void Bring(UpsFault fault, SimDriver driver)
    {
        world.Note($"FAULT {fault} {driver.Plan.Name}");
        world.Met(fault.ToString());
        switch (fault)
        {
            case UpsFault.Dies or UpsFault.RestartsEmpty:
                if (driver.Running)
                {
                    driver.Die(reset: Dice.PerMille(300));
                    world.After(Span(), () => driver.StartAgain(empty: fault == UpsFault.RestartsEmpty));
                }

                break;
            case UpsFault.Hangs:
                driver.Freeze();
                world.After(Span(), driver.Thaw);
                break;
            case UpsFault.GoesStale when driver.Attends:
                driver.Tell(Said.Stale);
                world.After(Span(), () => driver.Tell(Said.Ok));
                break;
            case UpsFault.StatusChanges when driver.Attends:
                driver.Tell(Said.Set("ups.status", Dice.OneOf<string>(s_statuses), bare: true));
                break;
            case UpsFault.ValuesChange when driver.Attends:
                driver.Tell(Said.Set(Dice.OneOf<string>(["ups.load", "battery.charge", "battery.voltage"]), world.Fresh(driver.Rank), bare: true));
                driver.Tell(Said.Set("battery.runtime", (Dice.Below(4) * 600).ToString(CultureInfo.InvariantCulture), bare: true));
                driver.Tell(Said.Set(Dice.OneOf<string>(["ups.id", "ups.contacts"]), Dice.OneOf<string>(s_values), bare: true));
                break;
            case UpsFault.VariablesComeAndGo when driver.Attends:
                var name = Dice.OneOf<string>(s_names);
                driver.Tell(driver.Tree[name] is null || Dice.PerMille(200) ? Said.Set(name, world.Fresh(driver.Rank), bare: true) : Said.Del(name));
                break;
            case UpsFault.DescriptionsChange when driver.Attends:
                Describe(driver);
                break;
            case UpsFault.CommandsComeAndGo when driver.Attends:
                var command = Dice.OneOf<string>(["load.off", "beeper.0", "test.battery.start", "driver.killpower", "Beeper.1", "driver.reload"]);
                driver.Tell(driver.Tree.Commands.Contains(command) ? Said.DelCommand(command) : Said.AddCommand(command));
                break;
            case UpsFault.AlarmsComeAndGo when driver.Attends:
                driver.Tell(driver.Tree["ups.alarm"] is null ? Said.Set("ups.alarm", Dice.OneOf<string>(["Replace battery!", "#2 fan failed", "\"hot\""]), bare: true) : Said.Del("ups.alarm"));
                break;
            case UpsFault.SerialDiffers when driver.Attends:
                driver.Tell(Said.Set("ups.serial", driver.Tree["ups.serial"] == world.Serial ? "B2" : world.Serial, bare: true));
                break;
            case UpsFault.Lies when driver.Attends:
                Lie(driver);
                break;
            case UpsFault.AnswersOddly:
                driver.Manner = Dice.OneOf<AnswerManner>(Enum.GetValues<AnswerManner>());
                break;
            case UpsFault.ClientsComeAndGo:
                ComeOrGo();
                break;
            case UpsFault.ClientsAsk when world.Clients.Count > 0:
                for (var i = Dice.Below(4); i >= 0; i--)
                {
                    AnyClient().Ask();
                }

                break;
            case UpsFault.OperatorForces when world.Clients.Count > 0:
                AnyClient().Force(driver.Rank, Dice.PerMille(500), Dice.OneOf<int>([0, 0, 3, 10, -1]));
                break;
        }
    }

    private void Describe(SimDriver driver)
    {
        driver.Tell(Dice.Below(10) switch
        {
            0 => Said.Flags("ups.id", "RW", "STRING"),
            1 => Said.Flags("ups.id", "NEITHER"),
            2 => Said.Aux("ups.id", Dice.Below(64)),
            3 => Said.AddChoice("input.sensitivity", "medium \"#2\""),
            4 => Said.DelChoice("input.sensitivity", "medium \"#2\""),
            5 => Said.DelChoice("input.sensitivity", "low"),
            6 => Said.AddRange("ups.delay.shutdown", 700, 800),
            7 => Said.DelRange("ups.delay.shutdown", 0, 600),
            8 => Said.Flags("ups.load", "RW", "NUMBER"),
            _ => Said.Flags("ups.load", "NUMBER"),
        });
    }

    private void Lie(SimDriver driver)
    {
        switch (Dice.Below(5))
        {
            case 0:
                driver.Tell(Said.Answer($"understudy-{1 + Dice.Below(30)}", Dice.Below(4)));
                break;
            case 1:
                driver.Tell(Said.Set(Dice.OneOf<string>(["UPS.STATUS", "Ups.Alarm"]), Dice.OneOf<string>(["OL", "OB LB", "OL CHRG"]), bare: true));
                break;
            case 2:
                driver.Tell(Said.DumpDone);
                break;
            default:
                driver.Tell(Said.Nonsense(Dice.OneOf<string>(s_nonsense)));
                break;
        }
    }

    private void ComeOrGo()
    {
        switch (Dice.Below(5))
        {
            case < 2 when world.Clients.Count < 6:
                world.NewClient();
                break;
            case 2 when world.Clients.Count > 0:
                AnyClient().Say("LOGOUT");
                break;
            case 3 when world.Clients.Count > 0:
                AnyClient().Silence(Dice.PerMille(600));
                break;
            default:
                if (world.Clients.Count > 0)
                {
                    world.Gone(AnyClient());
                }

                break;
        }
    }

    private SimClient AnyClient() => world.Clients.ElementAt(Dice.Below(world.Clients.Count));

    /// <summary>How long a misfortune lasts: from a blink to longer than deadtime.</summary>
    private long Span() => Dice.OneOf<long>([Dice.Millis(1, 300), Dice.Millis(100, 3000), Dice.Millis(1000, 10_000), Dice.Millis(5000, 45_000)]);
}
