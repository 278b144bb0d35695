using System.Globalization;
using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>Six hosts of three tiers, through everything that a room meets in a year, in two minutes. Times are real and short; what is asserted is who leaves, in which order, and never too early.</summary>
public sealed class RoomLab
{
    private const double Grace = 6;
    private const double TierTimeout = 4;

    private static readonly string[] s_all = ["h1", "h2", "h3", "h4", "h5", "h6"];
    private static readonly int[] s_tiers = [0, 0, 1, 1, 2, 2];

    /// <summary>Longer than a loss that is acted on.</summary>
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(Grace + 6);

    [Fact]
    public void Six_hosts_leave_in_order_when_the_mains_are_lost_and_stay_for_everything_else()
    {
        using var room = new RoomWorld(s_all);
        foreach (var host in s_all)
        {
            room.Start(host, Peers(room), Guard(host));
        }

        room.AwaitMains("present", s_all);
        room.Await("all hear of all", () => s_all.All(h => s_all.Where(o => o != h).All(o => room.Ask(h, "guard", "explain", "room").Text.Contains(o, StringComparison.Ordinal))));

        // One host alone is blind to the witnesses.
        room.Sees("h1", witnesses: false);
        room.AwaitMains("disputed", "h1");
        LabClock.Pause(s_long);
        NobodyLeft(room, "one host was cut off from the witnesses");
        room.Sees("h1", witnesses: true);
        room.AwaitMains("present", s_all);

        // A switch with a witness and a control, then both.
        room.Switch(1, passes: false);
        LabClock.Pause(s_long);
        NobodyLeft(room, "a switch was away");
        room.Switch(2, passes: false);
        room.AwaitMains("blind", s_all);
        LabClock.Pause(s_long);
        NobodyLeft(room, "both switches were away");
        room.Switch(1, passes: true);
        room.Switch(2, passes: true);
        room.AwaitMains("present", s_all);

        // A blip.
        room.Mains(there: false);
        room.AwaitMains("lost", s_all);
        LabClock.Pause(TimeSpan.FromSeconds(1));
        room.Mains(there: true);
        room.AwaitMains("present", s_all);
        LabClock.Pause(s_long);
        NobodyLeft(room, "the mains were lost for a moment");

        Outage(room);
        Return(room);
    }

    private static void Outage(RoomWorld room)
    {
        var dark = RoomWorld.Now;
        room.Mains(there: false);
        room.AwaitMains("lost", s_all);
        room.Signal("h2", LabLibc.SIGSTOP);
        string[] leave = ["h1", "h3", "h4", "h5"];
        room.Await("they leave", () => leave.All(h => room.OffAt(h) is not null));
        var off = s_all.ToDictionary(h => h, room.OffAt, StringComparer.Ordinal);
        room.Check(leave.All(h => off[h] - dark >= Grace), "somebody left before the grace was over");
        room.Check(off["h1"] < off["h3"] && off["h1"] < off["h4"] && off["h3"] < off["h5"] && off["h4"] < off["h5"], "they did not leave in the order of their tiers");
        room.Check(off["h3"] - dark >= Grace + TierTimeout, "the tier of the host that stands still was not waited for");
        foreach (var host in (string[])["h3", "h4"])
        {
            room.Check(room.Noted(host, "wait for tiers is passed"), $"{host} passed the tier in silence");
        }

        foreach (var host in leave)
        {
            room.Check(room.Calls(host).Any(c => c.StartsWith("wall|", StringComparison.Ordinal)), $"{host} told nobody");
            room.Check(room.Calls(host).Any(c => c.StartsWith("logger|", StringComparison.Ordinal)), $"the log of {host} was not told");
            room.Check(room.Calls(host).Any(c => c.StartsWith("systemctl|poweroff", StringComparison.Ordinal) && c.Contains("2 of 2 mains witnesses are dark", StringComparison.Ordinal)), $"{host} did not say why");
            room.Check(room.Noted(host, "the point of no return") && room.Noted(host, "2 of 2 mains witnesses are dark"), $"the record of {host} does not say why");
        }

        // Who stood still looks around before it acts.
        var thawed = RoomWorld.Now;
        room.Signal("h2", LabLibc.SIGCONT);
        room.Await("h2 leaves as well", () => room.OffAt("h2") is not null);
        room.Check(room.OffAt("h2") - thawed >= 2, "h2 did not settle first");
        room.Await("h6 has done its steps", () => room.Noted("h6", "every step was done or passed"));
        room.Check(room.OffAt("h6") is null, "h6 was to stay");
    }

    private static void Return(RoomWorld room)
    {
        using var ear = new WakeEar(room["ups1"]);
        var woken = new List<int>();
        var lit = RoomWorld.Now;
        room.Mains(there: true);
        double? first = null;
        room.Await("all are woken", () =>
        {
            foreach (var number in ear.Heard())
            {
                first ??= RoomWorld.Now;
                if (!woken.Contains(number))
                {
                    woken.Add(number);
                    room.Boot(s_all[number - 1]);
                }
            }

            return woken.Count == 5;
        });
        room.Check(first - lit >= 2.9, "the mains were not stable when the first was woken");
        room.Check(woken[0] == 5 && woken.Take(3).All(n => n >= 3), $"woken in the order {string.Join(", ", woken)}: the highest tier first");
        room.AwaitMains("present", s_all);
        LabClock.Pause(TimeSpan.FromSeconds(3));
        NobodyLeft(room, "they came back");
    }

    private static void NobodyLeft(RoomWorld room, string why) => room.Check(s_all.All(h => room.OffAt(h) is null), $"{why}, and somebody left");

    private static string Peers(RoomWorld room) => $$"""
        secret: {{room.Secret}}
        nodes: { {{string.Join(", ", s_all.Select(h => $"{h}: {{ a: {room.AddressOf(h, 1)}, b: {room.AddressOf(h, 2)} }}"))}} }
        heartbeat: { every: 200ms, dead_after: 1s }
        """;

    private static string Guard(string host) => $$"""
        {{RoomWorld.Witnesses}}
            grace: {{Grace}}s
            countdown: 2s
            settle: 2s
            spread: 1s
            tier: { {{string.Join(", ", s_all.Select((h, i) => string.Create(CultureInfo.InvariantCulture, $"{h}: {s_tiers[i]}")))}} }
            tier_timeout: {{TierTimeout}}s
            stays: [h6]
            {{(host == "h6" ? $"return: {{ stable: 3s, every: 500ms, wake: [{string.Join(", ", s_all.Take(5).Select((h, i) => string.Create(CultureInfo.InvariantCulture, $"{{ node: {h}, mac: \"02:00:00:00:00:0{i + 1}\", tier: {s_tiers[i]} }}")))}] }}" : "")}}
        """;
}
