using Understudy.Core;
using Understudy.Core.Settings;
using Understudy.Lab.Probing;
using Understudy.Linux.Clocks;
using Understudy.Linux.Power;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>What a plan's deeds call, with recorders in the place of the programs.</summary>
public sealed class PowerPerformerLab : IDisposable
{
    private const string Blocked = """echo '{"type":"a(ssssuu)","data":[[["shutdown","apt","an upgrade","block",0,1]]]}'""";
    private const string Free = """echo '{"type":"a(ssssuu)","data":[[]]}'""";

    private readonly Recorders recorders = new();
    private readonly WebHook hook = new();

    private static PowerNotice Notice => new("mains lost for 4 min, off in 1 min", "cooling", "alpha", "warning");

    public void Dispose()
    {
        hook.Dispose();
        recorders.Dispose();
    }

    [Fact]
    public async Task Under_systemd_each_deed_is_this_call()
    {
        recorders.Answer("systemctl", """case $1 in show) echo "a.service b.service c.scope" ;; is-active) [ $3 = a.service ] && { echo active; echo inactive; } || echo active ;; esac""");
        recorders.Answer("busctl", Free);

        await Does(new PowerOrder.StopUnit("batch.slice"), "systemctl|stop|--|batch.slice");
        await Does(new PowerOrder.StartUnits(["a.service", "b.timer"]), "systemctl|start|--|a.service|b.timer");
        await Does(new PowerOrder.StartUnits([]));
        await Does(new PowerOrder.Tell(new NotifyWay.Wall(), Notice), "wall|Understudy on alpha: mains lost for 4 min, off in 1 min");
        await Does(new PowerOrder.Tell(new NotifyWay.Syslog(), Notice), "logger|-t|understudy|-p|daemon.alert|--|guard cooling: mains lost for 4 min, off in 1 min");
        await Does(new PowerOrder.Announce(TimeSpan.FromSeconds(61), "mains lost", Real: false), "shutdown|-k|+2|mains lost");
        await Does(new PowerOrder.Announce(TimeSpan.FromSeconds(10), "mains lost", Real: true), "shutdown|-P|+1|mains lost");
        await Does(new PowerOrder.Withdraw("mains are back"), "shutdown|-c|mains are back");
        await Does(End(PowerEnd.PowerOff), "systemctl|poweroff|-i|--message=mains lost for 5 min");
        await Does(End(PowerEnd.Suspend), "systemctl|suspend|-i");
        await Does(End(PowerEnd.Hibernate), "systemctl|hibernate|-i");
    }

    [Theory]
    [InlineData("batch.slice", "echo active; echo inactive; exit 3", "a.service", "show|--property=RequiredBy|--value|--|batch.slice", "is-active|--|a.service|b.service")]
    [InlineData("batch.slice", "echo inactive; echo failed; exit 3", "", "show|--property=RequiredBy|--value|--|batch.slice", "is-active|--|a.service|b.service")]
    [InlineData("batch.slice", "echo active", null, "show|--property=RequiredBy|--value|--|batch.slice", "is-active|--|a.service|b.service")]
    [InlineData("web.service", "echo activating", "web.service", "is-active|--|web.service")]
    [InlineData("web.service", "echo inactive; exit 3", "", "is-active|--|web.service")]
    [InlineData("web.service", "echo 'Failed to connect to bus: Host is down'; exit 1", null, "is-active|--|web.service")]
    [InlineData("web.service", "exit 1", null, "is-active|--|web.service")]
    public async Task What_runs_of_a_unit_is_what_systemd_says_in_one_word_each(string unit, string says, string? running, params string[] asked)
    {
        recorders.Answer("systemctl", $"case $1 in show) echo a.service b.service c.scope ;; is-active) {says} ;; esac");
        var found = await new PowerPerformer(recorders.Commands(), new BootTime(), hook).RunningAsync(unit, TestContext.Current.CancellationToken);
        Assert.Equal(running, found is { } all ? string.Join(' ', all) : null);
        Assert.Equal(asked.Select(a => $"systemctl|{a}"), recorders.Calls());
    }

    [Fact]
    public async Task Without_systemd_there_is_shutdown_or_poweroff_and_nothing_else()
    {
        await Does(End(PowerEnd.PowerOff), systemd: false, "shutdown|-h|now|mains lost for 5 min");
        Assert.IsType<PowerOutcome.Failed>((await Do(End(PowerEnd.Suspend), systemd: false)).Outcome);
        Assert.IsType<PowerOutcome.Failed>((await Do(new PowerOrder.StopUnit("web.service"), systemd: false)).Outcome);
        Assert.IsType<PowerOutcome.Failed>((await Do(new PowerOrder.Announce(TimeSpan.FromMinutes(1), "x", Real: true), systemd: false)).Outcome);
        Assert.IsType<PowerOutcome.Done>((await Do(new PowerOrder.Withdraw("x"), systemd: false)).Outcome);
        Assert.Equal(0, recorders.Questions());

        var bare = recorders.Commands(systemd: false) with { Systemctl = "", Shutdown = "" };
        Assert.IsType<PowerOutcome.Done>((await Do(End(PowerEnd.PowerOff), bare)).Outcome);
        Assert.Equal("poweroff", recorders.Calls()[^1]);
        Assert.Contains("is installed", (await Do(End(PowerEnd.PowerOff), bare with { Poweroff = "" })).Outcome.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_deed_says_what_it_would_do_and_calls_nothing()
    {
        recorders.Answer("busctl", Blocked);
        await using var server = new WebServer(WebServer.Page(200));
        foreach (var order in new PowerOrder[]
        {
            End(PowerEnd.PowerOff), new PowerOrder.Tell(new NotifyWay.Wall(), Notice), new PowerOrder.Tell(new NotifyWay.Webhook(server.Url), Notice),
            new PowerOrder.Run(recorders.Answer("hook", ""), []), new PowerOrder.Announce(TimeSpan.FromMinutes(5), "x", Real: true), new PowerOrder.StartUnits(["a.service"]),
        })
        {
            var ended = await Do(order with { Dry = true });
            Assert.IsType<PowerOutcome.Done>(ended.Outcome);
            Assert.StartsWith("would ", ended.Detail, StringComparison.Ordinal);
            Assert.StartsWith("dry: ", ended.Sentence, StringComparison.Ordinal);
        }

        Assert.Empty(recorders.Calls());
        Assert.Equal(0, server.Connections);
        Assert.Equal($"would run {recorders.Folder}/systemctl poweroff -i '--message=mains lost for 5 min'", (await Do(End(PowerEnd.PowerOff) with { Dry = true })).Detail);
    }

    [Fact]
    public async Task Who_blocks_is_waited_for_then_overridden_by_name()
    {
        recorders.Answer("busctl", Blocked);
        var ended = await Do(new PowerOrder.End(PowerEnd.PowerOff, Inhibitors: TimeSpan.FromMilliseconds(1500), "why"));
        Assert.IsType<PowerOutcome.Done>(ended.Outcome);
        Assert.Equal("overrides apt (an upgrade)", ended.Detail);
        Assert.True(ended.Took >= TimeSpan.FromMilliseconds(1500), $"{ended.Took}");
        Assert.Equal(3, recorders.Questions());
        Assert.Equal(["systemctl|poweroff|-i|--message=why"], recorders.Calls());
    }

    [Fact]
    public async Task Who_blocks_and_goes_is_not_overridden_and_one_that_blocks_something_else_is_not_waited_for()
    {
        recorders.Answer("busctl", $"[ -e {recorders.Folder}/second ] && {Free} || {Blocked}; touch {recorders.Folder}/second");
        var ended = await Do(new PowerOrder.End(PowerEnd.PowerOff, Inhibitors: TimeSpan.FromMinutes(1), "why"));
        Assert.Equal(("", 2), (ended.Detail, recorders.Questions()));

        recorders.Answer("busctl", Blocked);
        Assert.Equal("", (await Do(new PowerOrder.End(PowerEnd.Suspend, Inhibitors: TimeSpan.FromMinutes(1), "why"))).Detail);
        Assert.Equal(3, recorders.Questions());
        Assert.Equal(["systemctl|poweroff|-i|--message=why", "systemctl|suspend|-i"], recorders.Calls());
    }

    [Fact]
    public async Task A_host_without_logind_has_nobody_in_the_way()
    {
        recorders.Answer("busctl", "echo 'Call failed' >&2; exit 1");
        Assert.IsType<PowerOutcome.Done>((await Do(End(PowerEnd.PowerOff))).Outcome);
        recorders.Remove("busctl");
        Assert.IsType<PowerOutcome.Done>((await Do(End(PowerEnd.PowerOff))).Outcome);
        Assert.Equal(2, recorders.Calls().Length);
    }

    [Fact]
    public async Task A_recall_ends_the_wait_for_who_blocks_and_nothing_is_powered_off()
    {
        recorders.Answer("busctl", Blocked);
        using var stop = new CancellationTokenSource();
        var going = new PowerPerformer(recorders.Commands(), new BootTime(), hook).DoAsync(new PowerOrder.End(PowerEnd.PowerOff, TimeSpan.FromMinutes(5), "why"), stop.Token);
        Addresses.Wires.Until(() => recorders.Questions() > 0, TimeSpan.FromSeconds(20));
        await stop.CancelAsync();
        Assert.IsType<PowerOutcome.Recalled>((await going).Outcome);
        Assert.Empty(recorders.Calls());
    }

    [Fact]
    public async Task What_is_too_late_is_not_begun()
    {
        var past = BootClock.Now - TimeSpan.FromMilliseconds(1);
        Assert.Contains("its time was over", (await Do(End(PowerEnd.PowerOff) with { NotAfter = past })).Outcome.ToString(), StringComparison.Ordinal);
        await using var server = new WebServer(WebServer.Page(200));
        Assert.Contains("its time was over", (await Do(new PowerOrder.Tell(new NotifyWay.Webhook(server.Url), Notice) with { NotAfter = past })).Outcome.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, server.Connections);
        Assert.Empty(recorders.Calls());

        // Also when its time passes while somebody blocks.
        recorders.Answer("busctl", Blocked);
        var ended = await Do(new PowerOrder.End(PowerEnd.PowerOff, TimeSpan.FromMilliseconds(700), "why") with { NotAfter = BootClock.Now + TimeSpan.FromMilliseconds(300) });
        Assert.Contains("its time was over", ended.Outcome.ToString(), StringComparison.Ordinal);
        Assert.Empty(recorders.Calls());
    }

    [Theory]
    [InlineData("exit 0", "done")]
    [InlineData("exit 75", "exit code 75: asks to wait")]
    [InlineData("exit 99", "exit code 99: veto")]
    [InlineData("exit 3", "exit code 3")]
    [InlineData("kill -9 $$", "killed by signal 9")]
    [InlineData("sleep 100", "over its time limit and killed")]
    public async Task A_hook_is_judged_by_its_exit_code_and_ends_at_its_limit(string script, string outcome)
    {
        var hooked = recorders.Answer("hook", $"echo $UNDERSTUDY_GUARD; {script}");
        var ended = await Do(new PowerOrder.Run(hooked, [("GUARD", "cooling")]) { Limit = TimeSpan.FromSeconds(2) });
        Assert.Equal((outcome, "cooling"), (ended.Outcome.ToString(), ended.Detail));
    }

    [Theory]
    [InlineData("systemctl", "exit 75", "exit code 75")]      // only a hook's 75 and 99 mean something
    [InlineData("systemctl", "exit 99", "exit code 99")]
    public async Task A_program_of_the_system_asks_for_nothing(string name, string script, string outcome)
    {
        recorders.Answer(name, script);
        Assert.Equal(outcome, Assert.IsType<PowerOutcome.Failed>((await Do(End(PowerEnd.PowerOff))).Outcome).Why);
    }

    [Fact]
    public async Task A_web_hook_is_posted_as_JSON_and_judged_by_its_status()
    {
        await using var taken = new WebServer(WebServer.Page(204));
        Assert.IsType<PowerOutcome.Done>((await Do(new PowerOrder.Tell(new NotifyWay.Webhook(taken.Url), Notice))).Outcome);
        Assert.Equal("""{"text":"mains lost for 4 min, off in 1 min","guard":"cooling","node":"alpha","what":"warning"}""", WebHook.Body(Notice));
        await using var refused = new WebServer(WebServer.Page(500));
        Assert.Equal("http 500", (await Do(new PowerOrder.Tell(new NotifyWay.Webhook(refused.Url), Notice))).Outcome.ToString());
        await using var silent = new WebServer(answer: null);
        Assert.Equal("no answer within 200 ms", (await Do(new PowerOrder.Tell(new NotifyWay.Webhook(silent.Url), Notice) { Limit = TimeSpan.FromMilliseconds(200) })).Outcome.ToString());
        Assert.IsType<PowerOutcome.Failed>((await Do(new PowerOrder.Tell(new NotifyWay.Webhook(new Uri("http://does-not-exist.invalid/")), Notice))).Outcome);
    }

    [Fact]
    public async Task A_command_is_told_what_people_are_told()
    {
        var path = recorders.Answer("tell", "echo \"$UNDERSTUDY_GUARD $UNDERSTUDY_NODE $UNDERSTUDY_VERB $UNDERSTUDY_REASON\"");
        Assert.Equal("cooling alpha warning mains lost for 4 min, off in 1 min", (await Does(new PowerOrder.Tell(new NotifyWay.Command(path), Notice), "tell|warning")).Detail);
    }

    [Fact]
    public async Task A_program_that_is_missing_or_may_be_changed_by_others_is_not_run()
    {
        Assert.Equal("the program is not installed", (await Do(new PowerOrder.Tell(new NotifyWay.Wall(), Notice), recorders.Commands() with { Wall = "" })).Outcome.ToString());
        File.SetUnixFileMode($"{recorders.Folder}/wall", UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherWrite);
        Assert.Contains("everybody may write to it", (await Do(new PowerOrder.Tell(new NotifyWay.Wall(), Notice))).Outcome.ToString(), StringComparison.Ordinal);
        Assert.Empty(recorders.Calls());
    }

    [Fact]
    public void The_programs_of_a_host_are_found_where_they_are()
    {
        Directory.CreateDirectory($"{recorders.Folder}/usr/bin");
        Directory.CreateDirectory($"{recorders.Folder}/sbin");
        File.WriteAllText($"{recorders.Folder}/usr/bin/wall", "");
        File.WriteAllText($"{recorders.Folder}/sbin/poweroff", "");
        Assert.Equal(new PowerCommands(Systemd: false, "", "", "/sbin/poweroff", "", "/usr/bin/wall", "", ""), PowerCommands.Find(recorders.Folder));
        Directory.CreateDirectory($"{recorders.Folder}/run/systemd/system");
        Assert.True(PowerCommands.Find(recorders.Folder).Systemd);
    }

    private static PowerOrder.End End(PowerEnd how) => new(how, TimeSpan.Zero, "mains lost for 5 min");

    private Task<PowerEnded> Do(PowerOrder order, bool systemd = true) => Do(order, recorders.Commands(systemd));

    private Task<PowerEnded> Do(PowerOrder order, PowerCommands commands) => new PowerPerformer(commands, new BootTime(), hook).DoAsync(order, TestContext.Current.CancellationToken);

    private Task<PowerEnded> Does(PowerOrder order, params string[] calls) => Does(order, systemd: true, calls);

    private async Task<PowerEnded> Does(PowerOrder order, bool systemd, params string[] calls)
    {
        var before = recorders.Calls().Length;
        var ended = await Do(order, systemd);
        Assert.IsType<PowerOutcome.Done>(ended.Outcome);
        Assert.Equal(calls, recorders.Calls()[before..]);
        return ended;
    }
}
