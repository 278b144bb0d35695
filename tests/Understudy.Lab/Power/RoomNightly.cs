using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>One whole run with the times that a file gets which sets none, in real time. `./dev nightly` runs it; it takes a quarter of an hour.</summary>
public sealed class RoomNightly
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(12);

    [Fact(Explicit = true)]
    public void With_the_usual_times_a_short_outage_passes_and_a_long_one_takes_the_host_down_after_five_minutes()
    {
        using var room = new RoomWorld("alpha");
        room.Start("alpha", "", """
                mains: [{ icmp: 10.77.1.9 }, { icmp: 10.77.2.9 }]
                controls: [{ icmp: 10.77.1.8 }, { icmp: 10.77.2.8 }]
            """);
        room.Await("the mains are present", () => room.Mains("alpha") == "present", s_patience);
        LabClock.Pause(TimeSpan.FromMinutes(2.5));      // it settles

        var began = RoomWorld.Now;
        room.Mains(there: false);
        LabClock.Pause(TimeSpan.FromMinutes(2));
        room.Mains(there: true);
        room.Check(RoomWorld.Now - began < 180, $"the machine is too busy for this: an outage of two minutes took {RoomWorld.Now - began:0} s");
        LabClock.Pause(TimeSpan.FromMinutes(1.5));
        room.Check(room.OffAt("alpha") is null, "it left in an outage of two minutes");

        var dark = RoomWorld.Now;
        room.Mains(there: false);
        room.Await("it leaves", () => room.OffAt("alpha") is not null, s_patience);
        var took = room.OffAt("alpha")!.Value - dark;
        room.Check(took is >= 300 and <= 360, $"it left {took:0} s after the mains");
        room.Check(room.Calls("alpha").Any(c => c.StartsWith("wall|", StringComparison.Ordinal)), "nobody was told");
    }
}
