using Understudy.Core;
using Understudy.Core.Duties;
using Understudy.Core.Evidence;
using Understudy.Core.Ledger;
using Xunit;

namespace Understudy.Tests.Ledger;

public sealed class ExplainTests
{
    [Fact]
    public void The_holder_of_a_quiet_pair_tells_its_whole_story()
    {
        var pair = new SmallPair().Run(62_000);
        Expect("""
            alpha, this host, has web with epoch 1: it has been active for 1 min 2 s.
            The claim: the witness granted us epoch 1; it runs for 300 ms more unless renewed.
            The witness is healthy from here (10.99.0.9 healthy, heard 98 ms ago, 0 % lost).
            The service here is healthy: http answers 200. The ground here is healthy: our own links and devices are up.
            beta (rank 1) is standby and fit to take it, for 1 min 2 s (lan healthy, heard 97 ms ago, 0 % lost; private healthy, heard 97 ms ago, 0 % lost).
            What would move it: to beta, if the service here fails its probes, or if our links or devices go down while those of beta are up.
            Also: this host lets go, if its claim is not renewed within 300 ms and not every other candidate promises not to claim.
            Also: an operator may move it: understudy handover web.
            How near it came in the last hour: beta was silent for 99 ms at most on its best link, 28 % of the 350 ms at which it is judged failed.
            Our claim came to within 298 ms of its end before it was renewed, of 400 ms that a fresh one has.
            What led to this: 1 min 3 s ago: started; it does not run here.
            Then 1 min 2 s ago: listened long enough; stands by.
            Then 1 min 2 s ago: nobody is heard to have it.
            Then 1 min 2 s ago: the claim on epoch 1 was granted.
            Then 1 min 2 s ago: performs it with epoch 1.
            """, pair, "alpha");
    }

    [Fact]
    public void A_standby_tells_what_it_waits_for()
    {
        var pair = new SmallPair().Run(5_000);
        Expect("""
            alpha has web with epoch 1, and is heard to be active; this host, beta, has been standby for 5.3 s.
            The claim: the witness said that alpha had epoch 1, and is not asked again while alpha is heard to have it.
            The witness is healthy from here (10.99.0.9 healthy, heard 98 ms ago, 0 % lost).
            The service here is healthy: http answers 200. The ground here is healthy: our own links and devices are up.
            alpha (rank 0) is active (lan healthy, heard 97 ms ago, 0 % lost; private healthy, heard 97 ms ago, 0 % lost).
            What would move it: here, when alpha lets go, or when alpha is silent on all links for 350 ms and its claim has ended at the witness (600 ms after its last renewal).
            How near it came in the last hour: alpha was silent for 99 ms at most on its best link, 28 % of the 350 ms at which it is judged failed.
            What led to this: 5.5 s ago: started; it does not run here.
            Then 5.4 s ago: listened long enough; stands by.
            Then 5.4 s ago: nobody is heard to have it.
            Then 5.3 s ago: alpha has epoch 1.
            """, pair, "beta");
    }

    [Fact]
    public void A_take_over_is_told_by_the_survivor()
    {
        var pair = new SmallPair().Run(5_000);
        pair.Silence("alpha");
        pair.Run(3_000);
        Expect("""
            beta, this host, has web with epoch 2: it has been active for 2.4 s.
            The claim: the witness granted us epoch 2; it runs for 303 ms more unless renewed.
            The witness is healthy from here (10.99.0.9 healthy, heard 95 ms ago, 0 % lost).
            The service here is healthy: http answers 200. The ground here is healthy: our own links and devices are up.
            alpha (rank 0) is silent (lan failed, heard 3 s ago, 0 % lost; private failed, heard 3 s ago, 0 % lost).
            What would move it: no other candidate could take it now, so that neither a sick service nor a broken link here would move it.
            Also: this host lets go, if its claim is not renewed within 303 ms and not every other candidate promises not to claim.
            Also: it goes home when a better-ranked candidate has been fit for 1 min (failback).
            Also: an operator may move it: understudy handover web.
            How near it came in the last hour: alpha was silent for 99 ms at most on its best link, 28 % of the 350 ms at which it is judged failed.
            Our claim came to within 298 ms of its end before it was renewed, of 400 ms that a fresh one has.
            What led to this: 8.4 s ago: nobody is heard to have it.
            Then 2.5 s ago: alpha has epoch 1.
            Then 2.4 s ago: alpha's claim on epoch 1 should be over, and it is not heard.
            Then 2.4 s ago: the claim on epoch 2 was granted.
            Then 2.4 s ago: performs it with epoch 2.
            """, pair, "beta");
    }

    [Fact]
    public void A_bare_pair_says_plainly_that_exclusivity_is_not_guaranteed()
    {
        var pair = new SmallPair(arbitrated: false).Run(5_000);
        Expect("""
            alpha has web with epoch 1, and is heard to be active; this host, beta, has been standby for 5.5 s.
            There is no arbiter, so exclusivity is not guaranteed: when the hosts are cut from each other, two may have it, or nobody, as on_split says.
            The claim: there is no arbiter to ask; this host goes by what it hears of the others.
            The service here is healthy: http answers 200. The ground here is healthy: our own links and devices are up.
            alpha (rank 0) is active (lan healthy, heard 96 ms ago, 0 % lost; private healthy, heard 96 ms ago, 0 % lost).
            What would move it: here, when alpha lets go; not when it is only silent (on_split: hold).
            How near it came in the last hour: alpha was silent for 99 ms at most on its best link, 28 % of the 350 ms at which it is judged failed.
            What led to this: 5.5 s ago: started; it does not run here.
            Then 5.5 s ago: listened long enough; stands by.
            """, pair, "beta");
    }

    [Fact]
    public void A_bare_pair_that_is_cut_says_why_nobody_takes_over()
    {
        var pair = new SmallPair(arbitrated: false).Run(5_000);
        pair.Silence("alpha");
        pair.Run(2_000);
        Expect("""
            Nobody is known to have web, for 1.7 s; this host, beta, has been standby for 46 ms.
            There is no arbiter, so exclusivity is not guaranteed: when the hosts are cut from each other, two may have it, or nobody, as on_split says.
            The claim: there is no arbiter to ask; this host goes by what it hears of the others.
            The service here is healthy: http answers 200. The ground here is healthy: our own links and devices are up.
            alpha (rank 0) is silent (lan failed, heard 2 s ago, 0 % lost; private failed, heard 2 s ago, 0 % lost).
            What would move it: nobody takes it while alpha is silent, because there is no arbiter (on_split: hold); if alpha is really off: understudy seize web --peer-is-off.
            How near it came in the last hour: alpha was silent for 99 ms at most on its best link, 28 % of the 350 ms at which it is judged failed.
            What led to this: 7.5 s ago: started; it does not run here.
            Then 7.5 s ago: listened long enough; stands by.
            Then 46 ms ago: nobody is heard to have it.
            Then 46 ms ago: alpha is silent and there is no arbiter (on_split: hold).
            """, pair, "beta");
    }

    private static void Expect(string expected, SmallPair pair, string host) =>
        Assert.Equal(expected.ReplaceLineEndings("\n"), string.Join('\n', Explain.Duty(pair.Snapshot(host), "web", pair.LinesOf(host))));
}
