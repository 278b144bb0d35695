using Understudy.Cli;
using Understudy.Collection;
using Understudy.Core.Ldms;
using Understudy.Tests.Api;
using Understudy.Tests.Ledger;
using Xunit;

namespace Understudy.Tests.Cli;

public sealed class LdmsVerbsTests
{
    [Theory]
    [InlineData("ldms ls -x rdma", 1, "understudy: the transport rdma is not spoken here, only sock\n")]
    [InlineData("ldms ls -h 127.0.0.1 -p 0", 1, "understudy: 0 is no port\n")]
    [InlineData("ldms ls -h 127.0.0.1 -p x", 1, "understudy: x is no port\n")]
    [InlineData("ldms ls -h 127.0.0.1 -a munge", 1, "understudy: the authentication munge is not spoken here, only none and ovis\n")]
    [InlineData("ldms control -h 127.0.0.1 --ldms-version 3.4 --cmd daemon_status", 2, "understudy: there is no table for LDMS 3.4; one of 4.5, 4.4, 4.3\n")]
    public void A_daemon_that_cannot_be_meant_is_said_before_anything_is_sent(string line, int code, string error) => Assert.Equal((code, "", error), Run(line));

    [Fact]
    public void A_secret_that_is_missing_or_short_is_said()
    {
        var file = Path.GetTempFileName();
        try
        {
            Assert.Equal((1, "", $"understudy: {file} has no line secretword=WORD with at least 8 characters\n"), Run($"ldms ls -h 127.0.0.1 -a ovis -A conf={file}"));
            File.WriteAllText(file, "secretword=short\n");
            Assert.Equal(1, Run($"ldms ls -h 127.0.0.1 -a ovis -A conf={file}").Code);
        }
        finally
        {
            File.Delete(file);
        }

        Assert.StartsWith("understudy: the secret cannot be read: ", Run($"ldms ls -h 127.0.0.1 -a ovis -A conf={file}").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_supervisor_needs_has_the_same_number_in_every_version()
    {
        foreach (var verb in new[] { "prdcr_add", "prdcr_del", "prdcr_start", "prdcr_stop", "prdcr_status", "prdcr_set_status", "updtr_add", "updtr_del", "updtr_start", "updtr_stop", "updtr_status", "updtr_prdcr_add", "updtr_match_add", "updtr_match_list", "daemon_status" })
        {
            Assert.Single(LdmsVersion.All.Select(v => v.IdOf(verb)).Distinct());
            Assert.Equal(LdmsdVerbs.Find(verb)!.RequestId, LdmsVersion.Default.IdOf(verb));
        }
    }

    [Theory]
    [InlineData("ldms guard 127.0.0.1:1", 2)]
    [InlineData("ldms guard 127.0.0.1:1 127.0.0.1:2 --prefix #", 2)]
    [InlineData("ldms guard 127.0.0.1:1 127.0.0.1:2 --ldms-version 3.0", 2)]
    [InlineData("ldms guard 127.0.0.1:1 127.0.0.1:2 --ping 1", 2)]
    [InlineData("ldms guard 127.0.0.1:1 127.0.0.1", 1)]
    [InlineData("ldms guard 127.0.0.1:1 127.0.0.1:2:ovis -A conf=/nowhere", 1)]
    [InlineData("ldms guard 127.0.0.1:1 127.0.0.1:2 --duty collect --config /nowhere", 1)]
    public void A_supervisor_that_is_told_nonsense_does_not_begin(string line, int code)
    {
        var (ended, output, error) = Run(line);
        Assert.Equal((code, ""), (ended, output));
        Assert.StartsWith("understudy: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_supervisor_acts_only_for_a_duty_that_this_host_holds()
    {
        var pair = new SmallPair().Run(2000);
        Assert.Equal((true, "alpha holds web with epoch 1"), SupervisorClaim.Judge(pair.Snapshot("alpha"), "web"));
        Assert.Equal((false, "alpha holds web"), SupervisorClaim.Judge(pair.Snapshot("beta"), "web"));
        Assert.Equal((false, "beta has no duty mail"), SupervisorClaim.Judge(pair.Snapshot("beta"), "mail"));
    }

    [Fact]
    public async Task A_claim_is_asked_for_again_and_again_and_a_daemon_that_is_gone_grants_none()
    {
        var served = await ServedDaemon.StartAsync();
        using var claim = new SupervisorClaim(served.Socket, "web");
        await TurnUntilAsync(() => claim.Last.Held);
        await served.DisposeAsync();
        await TurnUntilAsync(() => claim.Last == (false, $"no daemon answers at {served.Socket}"));
    }

    private static async Task TurnUntilAsync(Func<bool> holds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var turns = 0; !holds(); turns++)
        {
            Assert.True(turns < 1000 && await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData("4.4.5", "prdcr_listen_add", 0x10eu)]
    [InlineData("v4.5.1", "prdcr_listen_add", 0x111u)]
    [InlineData("4.3", "prdcr_listen_add", null)]
    [InlineData("4.4", "loglevel", 0x602u)]
    [InlineData("4.4", "nonsense", null)]
    public void A_version_has_its_own_numbers(string version, string verb, uint? id) => Assert.Equal(id, LdmsVersion.Find(version)!.IdOf(verb));

    [Theory]
    [InlineData("4")]
    [InlineData("3.4")]
    [InlineData("4.x")]
    [InlineData("")]
    [InlineData("4.5.")]
    public void A_version_without_a_table_is_none(string version) => Assert.Null(LdmsVersion.Find(version));

    [Fact]
    public void No_table_names_a_verb_that_is_none_or_uses_a_number_twice()
    {
        foreach (var version in LdmsVersion.All)
        {
            var ids = LdmsdVerbs.All.Select(v => version.IdOf(v.Name)).OfType<uint>().ToList();
            Assert.Equal(ids.Count, ids.Distinct().Count());
        }
    }

    [Fact]
    public void A_mode_is_read_as_it_is_written()
    {
        for (var mode = 0; mode < 512; mode++)
        {
            Assert.Equal(mode, LdmsLsText.ModeBits(LdmsLsText.Mode(mode)));
        }

        Assert.Equal(0, LdmsLsText.ModeBits("?"));
    }

    private static (int Code, string Output, string Error) Run(string line)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CommandTree.Invoke(CommandTree.Build(_ => 7, _ => 7, _ => 7), line.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, error);
        return (code, output.ToString(), error.ToString());
    }
}
