using Understudy.Core;
using Understudy.Core.Settings;

namespace Understudy.Tests.Settings;

/// <summary>Makes valid guards of every shape with the dice of <see cref="SettingsMaker"/>.</summary>
internal static class GuardMaker
{
    internal static GuardSettings Make(string name, SettingsMaker dice, ValueList<DutySettings> duties)
    {
        var grace = dice.Ms(60_000, 3_600_000);
        var tierTimeout = dice.Ms(1000, 600_000);
        ValueList<ProbeSettings> mains = [.. dice.Some(1, 4, i => Witness(dice, i)).DistinctBy(w => w.Subject)];      // one witness twice is a mistake
        ValueList<ProbeSettings> controls = [.. dice.Some(0, 3, i => Witness(dice, i)).Where(c => mains.All(m => m.Subject != c.Subject))];
        ValueList<TemperatureSettings> temperatures = [.. dice.Some(0, 4, _ => Temperature(dice))];
        var stays = dice.Flip();
        return new(name, mains, 1 + dice.Below(mains.Count), controls, Alone: dice.Flip() || controls.Count == 0, temperatures,
            new(Cool: 20 + dice.Below(10), Hard: 31.5 + dice.Below(8), Critical: 45, dice.Flip() ? grace * 2 : null, dice.Ms(0, 60_000), Rises: null, dice.Flip(), dice.Ms(30_000, 600_000)),
            grace, dice.Ms(0, 300_000), Or(dice), Or(dice), dice.Below(16), tierTimeout, dice.Ms(0, 60_000), stays, dice.Flip(), dice.Ms(0, 60_000),
            Plan(dice, duties, tierTimeout, stays), dice.Flip() ? Return(dice) : null);
    }

    private static ProbeSettings Witness(SettingsMaker dice, int i)
    {
        var every = dice.Ms(1000, 60_000);
        ProbeSettings kind = dice.Below(4) switch
        {
            0 => new ProbeSettings.Nut($"ups{i}", dice.Flip() ? "fd00::5" : "ups.example.org", 1 + dice.Below(65535)),
            1 => new ProbeSettings.Ac($"AC {dice.Below(1_000_000)}"),
            2 => new ProbeSettings.Tcp("10.0.0.7", 1 + dice.Below(65535)),
            _ => new ProbeSettings.Icmp(dice.Fresh(dice.Flip())),
        };
        return kind with { Every = every, Timeout = every / 2, Fails = 1 + dice.Below(100), Rises = 1 + dice.Below(100) };
    }

    private static TemperatureSettings Temperature(SettingsMaker dice)
    {
        TemperatureSettings kind = dice.Below(6) switch
        {
            0 => new TemperatureSettings.Hwmon("coretemp", "Package id 0"),
            1 => new TemperatureSettings.Thermal("x86_pkg_temp"),
            2 => new TemperatureSettings.Ipmi("Inlet Temp"),
            3 => new TemperatureSettings.File(dice.Name("/run/")),
            4 => new TemperatureSettings.Command(dice.Name("/bin/")),
            _ => new TemperatureSettings.Http(new("http://10.0.0.7/a"), dice.Flip() ? "inlet.celsius" : null),
        };
        var every = dice.Ms(1000, 60_000);
        return kind with { Name = dice.Flip() ? kind.Subject : "inlet", Every = every, Timeout = every / 2 };
    }

    private static ValueList<GuardStepSettings> Plan(SettingsMaker dice, ValueList<DutySettings> duties, TimeSpan tierTimeout, bool stays)
    {
        var waits = dice.Below(4);
        var steps = dice.Some(stays ? 1 : 0, 4, i => i == waits ? new GuardStepSettings.WaitForTiers { Limit = tierTimeout } : Step(dice, duties)).ToList();
        if (!stays || dice.Flip())
        {
            steps.Add(Common(dice, new GuardStepSettings.End((PowerEnd)dice.Below(3), dice.Ms(0, 60_000))) with { PointOfNoReturn = true });
        }

        return steps.ToValueList();
    }

    private static GuardStepSettings Step(SettingsMaker dice, ValueList<DutySettings> duties) => Common(dice, dice.Below(4) switch
    {
        0 => new GuardStepSettings.Notify([new NotifyWay.Wall(), new NotifyWay.Webhook(new("http://10.0.0.7/hook")), new NotifyWay.Command("/bin/x")], dice.Flip() ? "hot: # '" : null),
        1 => new GuardStepSettings.Stop("batch.slice"),
        2 => new GuardStepSettings.Release(duties[dice.Below(duties.Count)].Name),
        _ => new GuardStepSettings.Command(dice.Name("/bin/"), dice.Ms(0, 600_000), dice.Flip() ? "/bin/undo" : null),
    });

    private static GuardStepSettings Common(SettingsMaker dice, GuardStepSettings step) =>
        step with { Limit = dice.Ms(100, 600_000), Attempts = 1 + dice.Below(10), StopOnFailure = dice.Flip(), PointOfNoReturn = dice.Flip() };

    private static ReturnSettings Return(SettingsMaker dice)
    {
        var ups = dice.Flip();
        return new(dice.Ms(0, 600_000), ups ? dice.Below(101) : 50, ups ? new("ups", "10.0.0.5", 1 + dice.Below(65535)) : null,
            [.. dice.Some(0, 3, i => new WakeSettings($"host{i}", [0x52, 0x54, 0, 0, 0, (byte)i], dice.Flip() ? "eth0" : null, dice.Flip() ? "/bin/wake" : null, dice.Below(16)))],
            dice.Ms(0, 60_000));
    }

    private static TimeSpan? Or(SettingsMaker dice) => dice.Flip() ? null : dice.Ms(1000, 7_200_000);
}
