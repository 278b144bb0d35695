using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Settings;

public sealed class SettingsChangeTests
{
    [Fact]
    public void The_same_file_changes_nothing() =>
        Assert.Empty(SettingsChange.Between(Files.Good(Files.Pair), Files.Good(Files.Pair + "\n# a comment\n"), "web"));

    [Theory, MemberData(nameof(Rules))]
    public void Each_change_says_what_it_does_and_what_it_takes(string before, string after, ChangeReach reach, string told)
    {
        var changes = SettingsChange.Between(Files.Good(Files.Pair), Files.Good(Files.With(before, after)), "web");
        Assert.Equal(told, string.Join('\n', changes));
        Assert.Equal(reach, changes.Max(c => c.Reach));
    }

    [Fact]
    public void A_change_of_a_duty_that_we_do_not_hold_is_not_felt() =>
        Assert.Equal([ChangeReach.Live, ChangeReach.Live],
            SettingsChange.Between(Files.Good(Files.Pair), Files.Good(Files.With("10.99.0.100/24", "10.99.0.101/24"))).Select(c => c.Reach));

    [Fact]
    public void A_change_between_a_witness_and_none_needs_a_restart_and_a_warning() =>
        Assert.Equal("arbiter: changes from the witness 10.99.0.9 to none: stop every candidate first, as they must agree on who grants claims; needs a restart.",
            string.Join('\n', SettingsChange.Between(Files.Good(Files.Pair), Files.Good(Files.With("{ witness: [10.99.0.9], ttl: 600ms }", "none")), "web")));

    /// <summary>In the short pair, change what is before to what is after while the duty is held; it takes this, and this is told.</summary>
    public static TheoryData<string, string, ChangeReach, string> Rules => new()
    {
        {
            "secret: /etc/understudy/secret", "port: 1292\nsecret: /etc/understudy/secret", ChangeReach.Restart,
            "port: changes from 1291 to 1292: peers and witness must change theirs too; needs a restart."
        },
        {
            "secret: /etc/understudy/secret", "secret: [/etc/understudy/new, /etc/understudy/secret]", ChangeReach.Live,
            "secret: changes from /etc/understudy/secret to /etc/understudy/new, /etc/understudy/secret: the key files are read again."
        },
        {
            "secret: /etc/understudy/secret", "node: beta\nsecret: /etc/understudy/secret", ChangeReach.Restart,
            "node: changes from alpha to beta; needs a restart." + "\n"
            + "api.socket: changes from /run/understudy/alpha.sock to /run/understudy/beta.sock; needs a restart." + "\n"
            + "ledger.path: changes from /var/lib/understudy/alpha.ledger to /var/lib/understudy/beta.ledger; needs a restart."
        },
        {
            "private: 10.98.0.2", "private: 10.98.0.3", ChangeReach.Restart,
            "nodes.beta: changes from lan 10.99.0.2, private 10.98.0.2 to lan 10.99.0.2, private 10.98.0.3; needs a restart."
        },
        {
            "private: 10.98.0.2 }", "private: 10.98.0.2 }\n  gamma: { lan: 10.99.0.3, private: 10.98.0.3 }", ChangeReach.Restart,
            "nodes.gamma: is added, with lan 10.99.0.3, private 10.98.0.3; needs a restart."
        },
        {
            "dead_after: 350ms", "dead_after: 450ms, judge: adaptive, factor: 3, start_grace: 5s", ChangeReach.Live,
            "heartbeat.dead_after: changes from 350ms to 450ms." + "\n"
            + "heartbeat.judge: changes from missed to adaptive." + "\n"
            + "heartbeat.factor: changes from 2 to 3." + "\n"
            + "heartbeat.start_grace: changes from 2s to 5s: it counts from the next start."
        },
        {
            "every: 100ms", "every: 50ms", ChangeReach.Live,
            "heartbeat.every: changes from 100ms to 50ms."
        },
        {
            "[10.99.0.9]", "[10.99.0.9, 10.98.0.9]", ChangeReach.Restart,
            "arbiter.witness: changes from 10.99.0.9 to 10.99.0.9, 10.98.0.9: if it is another host, stop every candidate first, as two witnesses may grant one claim each; needs a restart."
        },
        {
            "ttl: 600ms", "ttl: 1500ms, promises: false, state: /srv/witness.json", ChangeReach.Restart,
            "arbiter.ttl: changes from 600ms to 1500ms: it holds from the next claim or renewal." + "\n"
            + "arbiter.fence_margin: changes from 100ms to 250ms: it holds from the next claim or renewal." + "\n"
            + "arbiter.promises: changes from true to false." + "\n"
            + "arbiter.state: changes from /var/lib/understudy/witness.json to /srv/witness.json: it concerns the witness alone, which must find its epochs there; needs a restart."
        },
        {
            "on_split: hold", "on_split: hold\n  mail: { candidates: [alpha], addresses: [{ address: 10.99.0.101/24, dev: eth0 }] }", ChangeReach.Live,
            "duties.mail: is added, with 10.99.0.101/24 dev eth0."
        },
        {
            "web:\n", "mail:\n", ChangeReach.Felt,
            "duties.web: is removed: this host holds it, stops it, and removes 10.99.0.100/24 dev eth0, fd00:99::100/64 dev eth0." + "\n"
            + "duties.mail: is added, with 10.99.0.100/24 dev eth0, fd00:99::100/64 dev eth0."
        },
        {
            "candidates: [alpha, beta]", "candidates: [beta, alpha]", ChangeReach.Felt,
            "duties.web.candidates: changes from alpha, beta to beta, alpha: this host holds the duty and ranks lower now, so that failback may move it."
        },
        {
            "candidates: [alpha, beta]", "candidates: [beta]", ChangeReach.Felt,
            "duties.web.candidates: changes from alpha, beta to beta: this host holds the duty and is no candidate any more, so that the duty moves."
        },
        {
            "10.99.0.100/24", "10.99.0.101/24", ChangeReach.Felt,
            "duties.web.addresses: 10.99.0.100/24 dev eth0 goes, at once, as this host holds the duty: clients that use it are cut off." + "\n"
            + "duties.web.addresses: 10.99.0.101/24 dev eth0 comes, at once, as this host holds the duty."
        },
        {
            "10.99.0.100/24, dev: eth0", "10.99.0.100/24, dev: eth1", ChangeReach.Felt,
            "duties.web.addresses: 10.99.0.100/24 dev eth0 goes, at once, as this host holds the duty: clients that use it are cut off." + "\n"
            + "duties.web.addresses: 10.99.0.100/24 dev eth1 comes, at once, as this host holds the duty."
        },
        {
            """{ address: 10.99.0.100/24, dev: eth0 }, { address: "fd00:99::100/64", dev: eth0 }""", """{ address: "fd00:99::100/64", dev: eth0 }, { address: 10.99.0.100/24, dev: eth0 }""", ChangeReach.Live,
            "duties.web.addresses: stand in another order: fd00:99::100/64 dev eth0, 10.99.0.100/24 dev eth0."
        },
        {
            "run: /etc/understudy/web", "run: { path: /etc/understudy/web2, start_limit: 1m, stop_limit: 50ms, other_limit: 1s }", ChangeReach.Felt,
            "duties.web.run: changes from /etc/understudy/web to /etc/understudy/web2: what runs is left alone, and the next verb, be it stop, goes to the new command." + "\n"
            + "duties.web.run.start_limit: changes from 10s to 1m." + "\n"
            + "duties.web.run.stop_limit: changes from 100ms to 50ms: it holds from the next claim or renewal." + "\n"
            + "duties.web.run.other_limit: changes from 10s to 1s."
        },
        {
            "run: /etc/understudy/web", "restart: { limit: 3 }", ChangeReach.Felt,
            "duties.web.run: changes from /etc/understudy/web to none: what runs is left alone, and stopping it is no longer our part."
        },
        {
            "fails: 3", "fails: 2", ChangeReach.Live,
            "duties.web.healthy_when: the paces or expectations of http http://127.0.0.1:8080/health change."
        },
        {
            "8080/health", "8080/", ChangeReach.Live,
            "duties.web.healthy_when: changes from http http://127.0.0.1:8080/health to http http://127.0.0.1:8080/: what is not watched yet is Unknown until it was seen."
        },
        {
            """[{ http: "http://127.0.0.1:8080/health", every: 1s, timeout: 300ms, fails: 3 }]""", "[]", ChangeReach.Live,
            "duties.web.healthy_when: changes from http http://127.0.0.1:8080/health to no probe: what is not watched yet is Unknown until it was seen."
        },
        {
            "failback: { after: 60s }", "failback: never", ChangeReach.Live,
            "duties.web.failback: changes from after 1m to never."
        },
        {
            "on_split: hold", "restart: { limit: 4, window: 1h, backoff: 2s, max_backoff: 3m }", ChangeReach.Live,
            "duties.web.restart.limit: changes from 3 to 4." + "\n"
            + "duties.web.restart.window: changes from 10m to 1h." + "\n"
            + "duties.web.restart.backoff: changes from 1s to 2s." + "\n"
            + "duties.web.restart.max_backoff: changes from 1m to 3m."
        },
        {
            "on_split: hold", "on_split: hold\napi: { socket: /run/u.sock, listen: 127.0.0.1:8291, token_file: /etc/token }", ChangeReach.Restart,
            "api.socket: changes from /run/understudy/alpha.sock to /run/u.sock; needs a restart." + "\n"
            + "api.listen: changes from none to 127.0.0.1:8291; needs a restart." + "\n"
            + "api.token_file: changes from none to /etc/token; needs a restart."
        },
        {
            "on_split: hold", "on_split: hold\nledger: { path: /var/log/ledger, max_bytes: 1MiB, keep: 9 }", ChangeReach.Restart,
            "ledger.path: changes from /var/lib/understudy/alpha.ledger to /var/log/ledger; needs a restart." + "\n"
            + "ledger.max_bytes: changes from 10MiB to 1MiB." + "\n"
            + "ledger.keep: changes from 4 to 9."
        },
    };
}
