using Understudy.Core.Duties;
using Understudy.Core.Ledger;
using Xunit;

namespace Understudy.Lab.Daemon;

/// <summary>What takes no peer to see: clocks, probes out of turn, and what systemd is told.</summary>
[Collection(nameof(OneAtATime))]
public sealed class LoneLab
{
    [Fact]
    public void A_command_is_stamped_by_the_boot_clock_and_refused_after_its_time()
    {
        using var daemon = new LoneDaemon();
        daemon.Start($"    run: {{ path: {daemon.Script("serve", "exit 0")} }}");
        daemon.Await("the command was up", () => daemon.Ledger().OfType<LedgerLine.Ran>().Any(r => r.Verb == "up"));
        var ledger = daemon.Ledger();
        var begun = ledger.OfType<LedgerLine.Started>().Single().At;
        var newest = ledger.OfType<LedgerLine.Decided>().Last().At + TimeSpan.FromMinutes(1);
        Assert.True(begun.Ticks > TimeSpan.FromSeconds(1_000_000).Ticks, "this host's boot clock is not ahead, so this proves nothing");
        Assert.All(ledger.OfType<LedgerLine.Ran>(), r => Assert.InRange(r.At.Ticks, begun.Ticks, newest.Ticks));
    }

    [Fact]
    public void Each_verb_has_the_limit_that_the_settings_give_it()
    {
        using var daemon = new LoneDaemon();
        var serve = daemon.Script("serve", $"echo $UNDERSTUDY_VERB $UNDERSTUDY_LIMIT_MS >>{daemon.In("limits")}; [ $UNDERSTUDY_VERB != start ] || sleep 600");
        daemon.Start($"    run: {{ path: {serve}, start_limit: 7s, stop_limit: 250ms, other_limit: 1500ms }}");
        daemon.Await("its verb 'start' is over its limit", () => daemon.Ledger().OfType<LedgerLine.Ran>().Any(r => r.Verb == "start"));
        daemon.Await("the command was up", () => daemon.Ledger().OfType<LedgerLine.Ran>().Any(r => r.Verb == "up"));
        Assert.Equal(["start 1500", "up 7000"], File.ReadAllLines(daemon.In("limits")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_service_that_has_come_up_is_probed_at_once_and_not_at_its_probes_next_turn()
    {
        using var daemon = new LoneDaemon();
        var serve = daemon.Script("serve", $"case $1 in up) touch {daemon.In("well")} ;; esac");
        var look = daemon.Script("look", $"test -e {daemon.In("well")}");
        daemon.Start($"    run: {{ path: {serve}, start_limit: 5s }}\n    healthy_when: [{{ command: {look}, every: 1h }}]");
        daemon.Await("it performs the duty", () => daemon.Ledger().OfType<LedgerLine.Decided>().Any(d => d.After.Stance is Stance.Active));
        var ledger = daemon.Ledger().OfType<LedgerLine.Decided>().ToList();
        Assert.Contains(ledger, d => d.Effects.Contains(new DutyEffect.ProbeNow()));
        Assert.DoesNotContain(ledger, d => d.After.Stance is Stance.Faulted);
    }

    [Fact]
    public void Systemd_is_told_each_change_of_a_stance()
    {
        using var daemon = new LoneDaemon();
        daemon.Start("");
        daemon.Await("its status says that it performs the duty", () => daemon.Told().Contains("STATUS=web active epoch 1"));
        var told = daemon.Told();
        Assert.Contains("READY=1", told);
        Assert.Single(told, t => t == "STATUS=web active epoch 1");
        var statuses = told.Where(t => t.StartsWith("STATUS=", StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(statuses.Zip(statuses.Skip(1)), pair => pair.First == pair.Second);
    }
}
