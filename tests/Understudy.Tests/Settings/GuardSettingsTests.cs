using Understudy.Core;
using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Settings;

public sealed class GuardSettingsTests
{
    private const string Room = """
        guards:
          cooling:
            mains: [{ icmp: 10.0.0.9 }, { arp: 10.0.0.8, dev: eth0 }]
            controls: [{ icmp: 10.0.0.1 }]
        """;

    [Fact]
    public void A_room_needs_neither_nodes_nor_a_secret_nor_duties_nor_an_arbiter()
    {
        var s = Files.Good(Room);
        Assert.Equal((0, 0, 0), (s.Nodes.Count, s.Secrets.Count, s.Duties.Count));
        Assert.Empty(Files.Read(Room).Warnings);
        var guard = Assert.Single(s.Guards);
        Assert.Equal(("cooling", 2, 1, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(2), false), (guard.Name, guard.Needed, guard.Controls.Count, guard.Grace, guard.Settle, guard.Stays));
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), 3), (guard.Mains[0].Every, guard.Mains[0].Timeout, guard.Mains[0].Fails));
        Assert.Equal("notify wall, syslog; power off", string.Join("; ", guard.Plan.Select(p => p.Subject)));
        Assert.Null(guard.Return);
    }

    [Fact]
    public void All_keys_of_the_fullest_file_are_read()
    {
        var guards = Files.Good(Files.Full, "beta").Guards;
        Assert.Equal(["cooling", "asleep", "deeper", "careful"], guards.Select(g => g.Name));
        var g = guards[0];
        Assert.Equal("icmp 10.0.0.9, nut ups@10.0.0.5 port 3494, ac AC0", string.Join(", ", g.Mains.Select(m => m.Subject)));
        Assert.Equal([false, true, true], g.Mains.Select(m => m.Speaks));
        Assert.Equal("hwmon coretemp/temp1, thermal x86_pkg_temp, ipmi Inlet Temp, file /run/room/temperature, command /etc/understudy/degrees, http http://10.0.0.7/sensors inlet.celsius",
            string.Join(", ", g.Temperatures.Select(t => t.Subject)));
        Assert.Equal(["cpu", "thermal x86_pkg_temp"], g.Temperatures.Take(2).Select(t => t.Name));
        Assert.Equal(new(25, 38.5, 45, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(2), 0.5, Alone: true, TimeSpan.FromMinutes(5)), g.Heat);
        Assert.Equal((TimeSpan.FromHours(1), null, 2, true, true), (g.OnBlind, g.OnDisputed, g.Tier, g.Stays, g.DryRun));
        Assert.Equal("notify wall, syslog, https://example.org/hook, /etc/understudy/tell; stop batch.slice; wait for tiers; release web; command /etc/understudy/hook; power off",
            string.Join("; ", g.Plan.Select(p => p.Subject)));
        Assert.Equal([false, true, false, false, false, false], g.Plan.Select(p => p.StopOnFailure));
        Assert.Equal([false, false, false, false, true, true], g.Plan.Select(p => p.PointOfNoReturn));
        // 30 s spread, 2 tiers of 1 min, 10 s + 1 min + 1 min + 4 min + (2 min + 1 min)
        Assert.Equal(new TimeSpan(0, 11, 40), g.PlanLength);
        Assert.Equal((60, "nut ups@10.0.0.5 port 3494", TimeSpan.FromSeconds(20)), (g.Return!.Charge, g.Return.Ups!.Subject, g.Return.Every));
        ValueList<byte> mac = [0x52, 0x54, 0, 0x12, 0x34, 0x56];
        Assert.Equal(new WakeSettings("alpha.example.org", mac, "eth0", "/etc/understudy/wake", 1), Assert.Single(g.Return.Wake));
    }

    [Fact]
    public void The_line_of_seed_002_is_a_guard_with_its_times()
    {
        var guard = Assert.Single(Files.Good("guard: { ping: 10.0.0.9, normal: 1m, wait: 5m }").Guards);
        Assert.Equal(GuardSettings.Careful(new([10, 0, 0, 9]), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5)), guard);
        Assert.Equal((TimeSpan.FromMinutes(1), 1, TimeSpan.FromMinutes(5), true), (guard.Mains[0].Every, guard.Mains[0].Fails, guard.Grace, guard.Alone));
    }

    [Fact]
    public void Tiers_and_who_stays_may_be_told_for_each_host_so_that_the_file_is_the_same_on_all()
    {
        var text = Files.Pair + "\n" + Room + "\n    tier: { beta: 3 }\n    stays: [beta]\n";
        var (alpha, beta) = (Files.Good(text).Guards[0], Files.Good(text, "beta").Guards[0]);
        Assert.Equal((0, false, 3, true), (alpha.Tier, alpha.Stays, beta.Tier, beta.Stays));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 3)]
    public void A_majority_is_needed_and_of_two_both(int witnesses, int needed) =>
        Assert.Equal(needed, GuardSettings.NeededOf(witnesses));

    [Theory, MemberData(nameof(Mistakes))]
    public void What_could_not_work_or_would_do_harm_is_refused_with_its_place(string text, string told)
    {
        var errors = Files.Errors(text);
        Assert.Contains(told, errors, StringComparison.Ordinal);
        Assert.StartsWith("u.yaml:", errors, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Unwise))]
    public void What_is_only_unwise_is_a_warning(string text, string told)
    {
        _ = Files.Good(text);
        Assert.Contains(told, string.Join('\n', Files.Read(text).Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        var text = Room.Replace("10.0.0.9", "10.0.0.999", StringComparison.Ordinal) + "\n    grace: 5\n    needed: 0\n    plan: [{ stop: x }, { poweroff: later }]\n    greace: 1m\n";
        Assert.Equal(6, Files.Read(text).Errors.Count);
    }

    public static TheoryData<string, string> Mistakes => new()
    {
        { "guards: { a: { } }", "guards.a.mains: is missing or empty" },
        { "guards: { a: { mains: [{ icmp: 10.0.0.9 }] } }", "guards.a.mains: is one witness without a control" },
        { "guards: { a: { mains: [{ icmp: 10.0.0.9 }, { icmp: 10.0.0.8 }] } }", "guards.a.mains: has no control besides" },
        { "guards: { a: { mains: [{ icmp: 10.0.0.9 }, { icmp: 10.0.0.9, every: 5s }], controls: [{ icmp: 10.0.0.1 }] } }", "guards.a.mains: has one witness twice" },
        { "guards: { a: { mains: [{ icmp: 10.0.0.9 }], controls: [{ icmp: 10.0.0.9 }] } }", "guards.a.controls: 'icmp 10.0.0.9' is a mains witness too" },
        { Room + "\n    needed: 3", "guards.cooling.needed: is 3, and there are only 2" },
        { Room + "\n    spread: 6m", "guards.cooling.spread: is 6m, must be at most grace 5m" },
        { Room + "\n    heat: { rises: 4 }", "and the room lasts 270s from 27 to 45 degrees" },
        { Room + "\n    heat: { cool: 40, hard: 40 }", "guards.cooling.heat.hard: is 40, must be more than cool 40" },
        { Room + "\n    heat: { hard: 46 }", "guards.cooling.heat.critical: is 45, must be at least hard 46" },
        { Room + "\n    heat: { extend_to: 4m }", "has extend_to 4m, must be at least grace 5m" },
        { Room + "\n    heat: { rises: 0 }", "is 0, must be 0.01..60 degrees a minute" },
        { Room + "\n    plan: [{ stop: batch.slice }]", "guards.cooling.plan: has a last step that is none of poweroff, suspend and hibernate" },
        { Room + "\n    plan: []", "guards.cooling.plan: is empty" },
        { Room + "\n    plan: [{ poweroff: now }, { stop: batch.slice }, { poweroff: now }]", "guards.cooling.plan: goes on after the host is off" },
        { Room + "\n    plan: [{ wait_for: tiers }, { poweroff: now }]", "guards.cooling.plan: waits for tiers, which are for several hosts" },
        { Files.Pair + "\n" + Room + "\n    plan: [{ wait_for: tiers }, { wait_for: tiers }, { poweroff: now }]", "guards.cooling.plan: waits for the lower tiers twice" },
        { Room + "\n    plan: [{ release: web }, { poweroff: now }]", "guards.cooling.plan[0].release: 'web' is no duty: there are none in this file" },
        { Files.Pair + "\n" + Room + "\n    plan: [{ release: wed }, { poweroff: now }]", "guards.cooling.plan[0].release: 'wed' is none of the duties; did you mean 'web'?" },
        { Room + "\n    plan: [{ stop: batch }, { poweroff: now }]", "guards.cooling.plan[0].stop: 'batch' is no unit of systemd" },
        { Room + "\n    plan: [{ notify: [wal] }, { poweroff: now }]", "guards.cooling.plan[0].notify[0]: 'wal' is not one of wall, syslog, a URL, the path of a command; did you mean 'wall'?" },
        { Room + "\n    plan: [{ limit: 1m }, { poweroff: now }]", "guards.cooling.plan[0]: says not what to do; give one of notify, stop," },
        { Room + "\n    plan: [{ wait_for: tiers, limit: 1m }, { poweroff: now }]", "has no 'limit' of its own" },
        { Room + "\n    tier: 2", "guards.cooling.tier: is for several hosts" },
        { Room + "\n    tier: 16", "guards.cooling.tier: is 16, must be 0..15" },
        { Room + "\n    return: { wake: [{ node: beta }] }", "guards.cooling.return.wake[0]: has neither mac nor command" },
        { Room + "\n    return: { wake: [{ node: beta, mac: \"01:00:5e:00:00:01\" }] }", "is the address of a group" },
        { Room + "\n    return: { charge: 60 }", "guards.cooling.return.charge: needs 'ups'" },
        { Room.Replace("icmp: 10.0.0.9", "nut: ups", StringComparison.Ordinal), "guards.cooling.mains[0].nut: 'ups' is no UPS at a host" },
        { Room.Replace("icmp: 10.0.0.9", "icpm: 10.0.0.9", StringComparison.Ordinal), "guards.cooling.mains[0]: says not what to look at" },
        { Room.Replace("icmp: 10.0.0.9", "icmp: 10.0.0.9, every: 10m", StringComparison.Ordinal), "looks at icmp 10.0.0.9 only each 10m, longer than grace 5m" },
        { Room + "\n    temperatures: [{ hwmon: coretemp }]", "guards.cooling.temperatures[0].hwmon: 'coretemp' is no chip with a sensor" },
        { Room + "\nguard: { normal: 1m }", "guard.ping: is missing" },
        { "guard: { ping: 10.0.0.9, normal: 10m, wait: 5m }", "guard.normal: is 10m, must be at most wait 5m" },
        { Room.Replace("cooling", "careful", StringComparison.Ordinal) + "\nguard: { ping: 10.0.0.9 }", "guard.ping: 'guards' has a 'careful' too" },
        { Room + "\nduties: { web: { candidates: [alpha], run: /a } }", "secret: is missing" },
        { Room + "\nnodes: { alpha: { lan: 10.0.0.2 } }", "secret: is missing" },
    };

    public static TheoryData<string, string> Unwise => new()
    {
        { "guards: { a: { mains: [{ icmp: 10.0.0.9 }], controls: [{ icmp: 10.0.0.1 }] } }", "guards.a.mains: is one witness: when that thing breaks" },
        { Room + "\n    needed: 1", "guards.cooling.mains: has several witnesses of which one is enough" },
        { Room + "\n    alone: true", "guards.cooling.alone: is not used where there are controls" },
        { Room + "\n    on_blind: 1m", "guards.cooling.on_blind: is shorter than the grace" },
        { Room + "\n    heat: { hard: 38 }", "guards.cooling.heat: is not used without temperatures" },
        { Room + "\n    countdown: 6m", "guards.cooling.countdown: is longer than grace 5m" },
        { Room.Replace("icmp: 10.0.0.9", "icmp: 10.0.0.9, timeout: 3s", StringComparison.Ordinal), "guards.cooling.mains: looks at icmp 10.0.0.9 for 3s: where it is behind a router" },
        { Room + "\n    return: { }", "guards.cooling.return.wake: is empty" },
        { Files.Pair + "\n" + Room + "\n    return: { wake: [{ node: gamma, command: /wake }] }", "'gamma' is none of the nodes" },
    };

    [Theory]
    [InlineData("guards: { a: { mains: [{ nut: ups@10.0.0.5 }] } }")]           // it speaks: it has been reached when it says so
    [InlineData("guards: { a: { mains: [{ ac: AC0 }] } }")]
    [InlineData("guards: { a: { mains: [{ icmp: 10.0.0.9 }], alone: true } }")]
    [InlineData("guards: { a: { mains: [{ ac: AC0 }], stays: true, plan: [{ notify: wall }] } }")]
    public void What_is_meant_so_is_neither_refused_nor_warned_of(string text) =>
        Assert.Empty(Files.Read(text).Errors.Concat(Files.Read(text).Warnings));

    [Fact]
    public void A_reload_tells_each_change_of_a_guard_and_needs_no_restart()
    {
        Assert.Equal("guards.cooling: is removed; a plan of it that has not passed its point of no return is aborted.\n"
            + "guards.careful: is added, with icmp 10.0.0.9; it decides nothing for settle 2m.", Changes(Room, "guard: { ping: 10.0.0.9 }"));
        Assert.Equal("guards.cooling.grace: changes from 5m to 10m: what is in the bucket stays.", Changes(Room, Room + "\n    grace: 10m"));
        Assert.Equal("guards.cooling.mains: changes from icmp 10.0.0.9, arp 10.0.0.8 dev eth0 to icmp 10.0.0.7, arp 10.0.0.8 dev eth0: what is not watched yet is Unknown until it was seen.",
            Changes(Room, Room.Replace("10.0.0.9", "10.0.0.7", StringComparison.Ordinal)));
        Assert.Equal("guards.cooling.plan: is now: suspend; a plan past its point of no return ends as it began.", Changes(Room, Room + "\n    plan: [{ suspend: now }]"));

        static string Changes(string before, string after)
        {
            var changes = SettingsChange.Between(Files.Good(before), Files.Good(after));
            Assert.All(changes, c => Assert.Equal(ChangeReach.Live, c.Reach));
            return string.Join('\n', changes);
        }
    }
}
