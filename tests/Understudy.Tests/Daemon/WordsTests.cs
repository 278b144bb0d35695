using System.Text.RegularExpressions;
using Understudy.Core.Duties;
using Understudy.Core.Settings;
using Understudy.Daemon;
using Understudy.Linux.Interop;
using Understudy.Tests.House;
using Xunit;

namespace Understudy.Tests.Daemon;

/// <summary>What the daemon says of itself to systemd and to an operator.</summary>
public sealed class WordsTests
{
    [Theory]
    [InlineData("beta", "alpha", "web is standby here; beta performs it, so run this on beta: understudy handover web --to alpha")]
    [InlineData("beta", null, "web is standby here; beta performs it, so run this on beta: understudy handover web")]
    [InlineData("beta", "beta", "web is standby here; beta performs it already")]
    [InlineData(null, "alpha", "web is standby here, and no candidate is known to perform it")]
    public void A_hand_over_that_is_asked_of_the_wrong_host_names_the_right_one_and_the_command(string? holder, string? to, string says) =>
        Assert.Equal(says, HostDoor.NotHere("web", "standby", holder, to));

    [Theory]
    [InlineData("packaging/understudy.service")]
    [InlineData("packaging/understudy-witness.service")]
    public void The_unit_allows_the_priority_that_the_loop_asks_for_and_the_memory_that_it_locks(string unit)
    {
        var text = Repository.Read(unit);
        Assert.Contains($"\nLimitRTPRIO={RealTime.DefaultPriority}\n", text, StringComparison.Ordinal);
        Assert.Contains("\nLimitMEMLOCK=infinity\n", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(new Regex("^RestrictRealtime=", RegexOptions.Multiline, TimeSpan.FromSeconds(1)), text);
    }

    [Fact]
    public void The_status_is_said_when_a_stance_or_an_epoch_is_another()
    {
        using var seal = Core.Peers.HmacSeal.From("a secret of this test alone"u8);
        var candidate = Candidate(seal);
        var line = new StatusLine();
        Assert.Equal("web unknown, db unknown", line.Next(candidate.Desks));
        Assert.Null(line.Next(candidate.Desks));
        var now = new Core.Instant(TimeSpan.TicksPerHour);
        candidate.Tell(0, new DutyEvent.HoldAsked("an operator"), now);
        Assert.Equal("web held, db unknown", line.Next(candidate.Desks));
        candidate.Tell(1, new DutyEvent.LookedAround(Running: false, 6), now);
        candidate.Wake(now + TimeSpan.FromSeconds(30));
        candidate.Tell(1, new DutyEvent.SeizeAsked("an operator"), now + TimeSpan.FromSeconds(30));
        Assert.Equal("web held, db starting epoch 7", line.Next(candidate.Desks));
    }

    private static Candidate Candidate(Core.Peers.HmacSeal seal)
    {
        const string text = """
            secret: /nowhere
            nodes: { a: { lan: 127.0.0.1 }, b: { lan: 127.0.0.2 } }
            arbiter: { witness: [127.0.0.3] }
            duties:
              web: { candidates: [a, b], addresses: [{ address: 127.0.0.4/32, dev: lo }] }
              db: { candidates: [a, b], addresses: [{ address: 127.0.0.5/32, dev: lo }] }
            """;
        var settings = SettingsReader.Read("words", text, new SettingsRequest("a")).Settings!;
        return new Candidate(CandidateRules.From(settings, 1), new Core.Peers.KeyRing(seal), [0, 0], new Core.Instant(TimeSpan.TicksPerHour));
    }
}
