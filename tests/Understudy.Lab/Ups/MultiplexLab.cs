using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Ups;

/// <summary>Two real drivers of one device, one as over USB and one as over the network, seen as one UPS: each variable is from where the rules say, whatever one of them does.</summary>
public sealed class MultiplexLab
{
    private static readonly string[] s_rules = ["mode = multiplex", "prefer.ups.status = dummy-ups-usb", "prefer.battery.* = dummy-ups-net", "flip.after = 2", "flip.back = 3"];

    /// <summary>With both well: the preferred one's battery, the first one's rest, and what only one has.</summary>
    private static readonly (string Name, string Value)[] s_both =
        [("ups.status", "OL"), ("ups.load", "20"), ("battery.charge", "40"), ("battery.runtime", "1200"), ("battery.temperature", "25.5"), ("input.voltage", "230.1"), ("ups.id", "rack")];

    private static readonly (string Name, string Value)[] s_usbOnly =
        [("ups.status", "OL"), ("ups.load", "20"), ("battery.charge", "100"), ("battery.runtime", "1200"), ("battery.temperature", Missing), ("input.voltage", "230.1"), ("ups.id", "rack")];

    private static readonly (string Name, string Value)[] s_netOnly =
        [("ups.status", "OL"), ("ups.load", "42"), ("battery.charge", "40"), ("battery.runtime", Missing), ("battery.temperature", "25.5"), ("input.voltage", "231.9"), ("ups.id", "card")];

    /// <summary>What both drivers have.</summary>
    private static readonly string[] s_common = ["ups.status", "ups.load", "battery.charge"];

    private const string Missing = "ERR VAR-NOT-SUPPORTED";

    [Theory]
    [InlineData("usb", LabLibc.SIGKILL)]
    [InlineData("net", LabLibc.SIGTERM)]
    public void The_union_is_shown_as_preferred_and_all_of_it_is_the_others_while_one_is_dead(string dead, int signal)
    {
        using var stage = NutStage.Pair(s_rules);
        AwaitAll(stage, s_both, "both are well");

        stage.End(dead, signal);

        AwaitAll(stage, dead == "usb" ? s_netOnly : s_usbOnly, $"{dead} is dead");
        stage.StartSources(dead);
        AwaitAll(stage, s_both, $"{dead} is back");
    }

    [Fact]
    public void A_driver_that_hangs_is_replaced_whole_without_a_reader_seeing_an_error_and_comes_home()
    {
        using var stage = NutStage.Pair(s_rules);
        AwaitAll(stage, s_both, "both are well");

        stage.Signal("usb", LabLibc.SIGSTOP);

        var begun = LabClock.Now;
        var answers = new HashSet<string>(StringComparer.Ordinal);
        stage.Await("it is replaced", () =>
        {
            answers.UnionWith(s_common.Select(n => $"{n} {stage.Shown(n)}"));
            return Differing(stage, s_netOnly) is null;
        });

        // Asked after 2 s of silence, 4 s for an answer (silence), 2 s of flip.after: no value is older than that, and a busy machine may take as long again.
        stage.Check(LabClock.Now - begun < 16 * LabClock.Second, $"it was replaced within its time: {LabClock.Ms(LabClock.Now - begun)} ms");
        stage.Same("", string.Join(" | ", answers.Where(a => a.Contains("ERR", StringComparison.Ordinal))), "no variable that both have was missing or stale meanwhile");
        stage.Signal("usb", LabLibc.SIGCONT);
        AwaitAll(stage, s_both, "it answers again");
    }

    [Fact]
    public void A_device_that_stops_to_answer_one_driver_is_shown_by_the_other_and_the_first_comes_home_after_flip_back()
    {
        using var device = new MegatecDevice();
        using var stage = new NutStage();
        stage.Section("ser", "blazer_ser", device.Path, "pollinterval = 1", "norating", "novendor", "nolock", "sdorder = -1");
        stage.Dummy("net", [.. NutStage.Net.Where(v => v.Name is not ("ups.serial" or "device.serial"))]);
        stage.Proxy("blazer_ser-ser,dummy-ups-net", "mode = multiplex", "flip.after = 2", "flip.back = 3");
        stage.StartSources("ser", "net");
        stage.StartProxy();
        stage.StartServer();
        (string, string)[] both = [("ups.load", "14"), ("input.voltage", "226.0"), ("output.voltage", "226.0"), ("battery.temperature", "25.5"), ("ups.status", "OL")];
        AwaitAll(stage, both, "both are well");
        using var real = stage.Hear("ser");
        using var ear = stage.HearProxy();
        var (heard, shown) = (real.Mark, ear.Mark);

        device.Silent = true;

        AwaitAll(stage, [("ups.load", "42"), ("input.voltage", "231.9"), ("output.voltage", Missing), ("battery.temperature", "25.5"), ("ups.status", "OL")], "the device is silent on one line");
        stage.CatchUp(ear);
        var late = ear.When(shown, l => l == "SETINFO ups.load \"42\"") - real.When(heard, l => l == "DATASTALE");
        stage.Check(late is > LabClock.Second and < 10 * LabClock.Second, $"flip.after, which is 2 s, begins when the real driver calls its data stale: {LabClock.Ms(late ?? 0)} ms");
        stage.Check(!ear.Since(shown).Contains("DATASTALE"), "what is shown was called fresh all the time, as one source was");

        (heard, shown, device.Load) = (real.Mark, ear.Mark, 15);
        device.Silent = false;

        AwaitAll(stage, [("ups.load", "15"), .. both.Where(b => b.Item1 != "ups.load")], "the device answers again");
        stage.CatchUp(ear);
        late = ear.When(shown, l => l == "SETINFO ups.load \"15\"") - real.When(heard, l => l == "DATAOK");
        stage.Check(late > 2 * LabClock.Second, $"it comes home after flip.back, which is 3 s: {LabClock.Ms(late ?? 0)} ms");
    }

    [Fact]
    public void When_both_hang_nothing_is_called_fresh_for_longer_than_allowed_and_one_that_answers_again_is_enough()
    {
        using var stage = NutStage.Pair("mode = multiplex", "flip.after = 1");
        var begun = LabClock.Now;
        stage.Signal("usb", LabLibc.SIGSTOP);
        stage.Signal("net", LabLibc.SIGSTOP);
        var answers = new HashSet<string>(StringComparer.Ordinal);
        stage.Await("it is called stale", () => answers.Add(stage.Shown("ups.status")) && answers.Contains("ERR DATA-STALE"));
        stage.Check(LabClock.Now - begun < 16 * LabClock.Second, $"within its time: {LabClock.Ms(LabClock.Now - begun)} ms");
        stage.Same("ERR DATA-STALE | OL", string.Join(" | ", answers.Order(StringComparer.Ordinal)), "the statuses that were read");
        stage.Signal("net", LabLibc.SIGCONT);
        stage.AwaitShown("ups.load", "42");
        stage.AwaitShown("ups.status", "OL");
    }

    [Fact]
    public void Drivers_that_contradict_each_other_are_an_alarm_and_the_preferred_is_believed()
    {
        using var stage = NutStage.Pair(s_rules);
        AwaitAll(stage, s_both, "both are well");

        stage.Change("net", ("ups.status", "OB"));

        stage.Await("the contradiction is an alarm", () => stage.Shown("ups.alarm").Contains("power state mismatch", StringComparison.Ordinal));
        var alarm = stage.Shown("ups.alarm");
        stage.Check(alarm.Contains("dummy-ups-usb says OL", StringComparison.Ordinal) && alarm.Contains("dummy-ups-net says OB", StringComparison.Ordinal), $"the alarm names both: {alarm}");
        stage.Same("ALARM OL", stage.Shown("ups.status"), "the preferred source is believed");
        stage.Change("net", ("ups.status", "OL"));
        stage.AwaitShown("ups.status", "OL");
        stage.AwaitShown("ups.alarm", Missing);
        stage.Change("usb", ("ups.status", "OB LB"));
        stage.AwaitShown("ups.status", "OB LB");
    }

    [Theory]
    [InlineData("pessimistic", "OB")]
    [InlineData("optimistic", "ALARM OL")]
    public void Of_a_contradiction_the_policy_tells_who_is_believed(string policy, string status)
    {
        using var stage = NutStage.Pair("mode = multiplex", $"status_conflict = {policy}");
        stage.Change("net", ("ups.status", "OB"));
        stage.AwaitShown("ups.status", status);
    }

    [Fact]
    public void Drivers_with_two_serial_numbers_are_no_one_device_and_that_is_an_alarm()
    {
        using var stage = NutStage.Pair(s_rules);
        AwaitAll(stage, s_both, "both are well");

        stage.Change("net", ("ups.serial", "S2"), ("device.serial", "S2"));

        stage.Await("two serial numbers are an alarm", () => stage.Shown("ups.alarm").Contains("not one device", StringComparison.Ordinal));
        var alarm = stage.Shown("ups.alarm");
        stage.Check(alarm.Contains("S1", StringComparison.Ordinal) && alarm.Contains("S2", StringComparison.Ordinal), $"the alarm names both: {alarm}");
        stage.Same("ALARM OL", stage.Shown("ups.status"), "the status");
        stage.Change("net", ("ups.serial", "S1"), ("device.serial", "S1"));
        stage.AwaitShown("ups.status", "OL");
    }

    [Fact]
    public void Alarms_of_both_are_told_with_their_source_and_states_of_the_device_are_a_union()
    {
        using var stage = NutStage.Pair(s_rules);
        stage.Change("usb", ("ups.status", "OL CHRG"), ("ups.alarm", "fan stopped"));
        stage.Change("net", ("ups.status", "OL RB"), ("ups.alarm", "replace battery"));
        stage.AwaitShown("ups.alarm", "[dummy-ups-usb] fan stopped; [dummy-ups-net] replace battery");
        stage.AwaitShown("ups.status", "ALARM OL RB CHRG");
    }

    [Fact]
    public void A_setting_goes_to_the_driver_whose_value_is_shown_and_to_no_other()
    {
        using var stage = NutStage.Pair(s_rules);
        AwaitAll(stage, s_both, "both are well");
        using var ear = stage.HearProxy();
        stage.Same(0, ear.Ask("SET battery.charge 41"), "SET of what the second is preferred for");
        stage.Same(0, ear.Ask("SET ups.id hall"), "SET of what is the first's");
        using (var usb = stage.Hear("usb"))
        {
            stage.Same(("100", "hall"), (usb.Value("battery.charge"), usb.Value("ups.id")), "at the first");
        }

        using (var net = stage.Hear("net"))
        {
            stage.Same(("41", "card"), (net.Value("battery.charge"), net.Value("ups.id")), "at the second");
        }

        stage.AwaitShown("battery.charge", "41");
        stage.AwaitShown("ups.id", "hall");
    }

    private static void AwaitAll(NutStage stage, (string Name, string Value)[] expected, string when)
    {
        if (!LabClock.WaitUntil(() => Differing(stage, expected) is null, NutStage.Patience))
        {
            stage.Check(false, $"{when}: {Differing(stage, expected)}");
        }
    }

    /// <summary>The first variable that upsd shows otherwise, in words; null for none.</summary>
    private static string? Differing(NutStage stage, (string Name, string Value)[] expected) => expected
        .Select(e => (e.Name, e.Value, Shown: stage.Shown(e.Name)))
        .Where(e => e.Shown != e.Value)
        .Select(e => $"{e.Name} is '{e.Shown}', and should be '{e.Value}'")
        .FirstOrDefault();
}
