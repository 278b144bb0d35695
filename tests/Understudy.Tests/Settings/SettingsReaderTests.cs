using System.Net;
using Understudy.Core;
using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Settings;

public sealed class SettingsReaderTests
{
    [Fact]
    public void The_short_pair_is_read_as_written()
    {
        var s = Files.Good(Files.Pair);
        ValueList<LinkSettings> alpha = [new("lan", IPAddress.Parse("10.99.0.1")), new("private", IPAddress.Parse("10.98.0.1"))];
        Assert.Equal(alpha, s.Self!.Links);
        Assert.Equal("beta", Assert.Single(s.Peers).Name);
        Assert.Equal("/etc/understudy/secret", Assert.Single(s.Secrets));
        Assert.Equal(new(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(350), HeartbeatJudge.Missed, 2, TimeSpan.FromSeconds(2)), s.Heartbeat);
        Assert.Equal(new ArbiterSettings.Witness([IPAddress.Parse("10.99.0.9")], TimeSpan.FromMilliseconds(600), TimeSpan.FromMilliseconds(100), Promises: true,
            "/var/lib/understudy/witness.json"), s.Arbiter);
        Assert.Equal(new ApiSettings("/run/understudy/alpha.sock", Listen: null, TokenFile: null), s.Api);
        Assert.Equal(new LedgerSettings("/var/lib/understudy/alpha.ledger", 10 * 1024 * 1024, 4), s.Ledger);
        var duty = Assert.Single(s.Duties);
        ValueList<AddressSettings> addresses = [new(IPAddress.Parse("10.99.0.100"), 24, "eth0"), new(IPAddress.Parse("fd00:99::100"), 64, "eth0")];
        ValueList<ProbeSettings> probes = [new ProbeSettings.Http(new("http://127.0.0.1:8080/health"))];
        Assert.Equal(new("web", ["alpha", "beta"], addresses, RunSettings.Of("/etc/understudy/web"), probes,
            new FailbackSettings.After(TimeSpan.FromSeconds(60)), SplitPolicy.Hold, RestartSettings.Default), duty);
    }

    [Fact]
    public void The_short_pair_has_one_warning_and_it_is_about_its_short_ttl() =>
        Assert.Equal("u.yaml:6:39: arbiter.ttl: is 600ms, so a freeze of all our processes at once is not covered: then only the kernel's address lifetime can end "
            + "the address, and its grain is 1 s; 1500ms or more is covered", string.Join('\n', Files.Read(Files.Pair).Warnings));

    [Fact]
    public void A_ttl_that_the_kernel_covers_is_no_warning() =>
        Assert.Empty(Files.Read(Files.With("ttl: 600ms", "ttl: 1500ms")).Warnings);

    [Fact]
    public void All_keys_of_one_file_are_read()
    {
        var s = Files.Good(Files.Full, "beta");
        var web = s.Duties[0];
        Assert.Equal(HeartbeatJudge.Adaptive, s.Heartbeat.Judge);
        Assert.Equal(2.5, s.Heartbeat.Factor);
        Assert.Equal(new RunSettings("/etc/understudy/web", TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(5)), web.Run);
        Assert.Equal("http https://[::1]/, tcp db.example.org:5432, tcp [::1]:80, icmp 10.99.0.254, arp 10.99.0.254 dev eth0, command /bin/true, carrier eth0",
            string.Join(", ", web.HealthyWhen.Select(p => p.Subject)));
        Assert.Equal(new ProbeSettings.Http(new("https://[::1]/"))
        {
            ExpectFrom = 204,
            ExpectTo = 204,
            Contains = "all is well",
            Insecure = true,
            Every = TimeSpan.FromMilliseconds(200),
            Timeout = TimeSpan.FromMilliseconds(200),
            Rises = 2,
        }, web.HealthyWhen[0]);
        Assert.IsType<FailbackSettings.WhenIdle>(web.Failback);
        Assert.IsType<FailbackSettings.Never>(s.Duties[1].Failback);
        Assert.Null(s.Duties[1].Run);
        Assert.Equal(new RestartSettings(5, TimeSpan.FromHours(1), TimeSpan.FromMilliseconds(1500), TimeSpan.FromMinutes(2)), web.Restart);
        Assert.Equal(new ApiSettings("/run/beta.sock", new IPEndPoint(IPAddress.IPv6Any, 8291), "/etc/understudy/token"), s.Api);
        Assert.Equal(new LedgerSettings("/var/log/understudy", 64 * 1024, 1), s.Ledger);
        Assert.Equal("[/etc/understudy/new, /etc/understudy/old]", s.Secrets.ToString());
    }

    [Theory]
    [InlineData("100ms", 100)]
    [InlineData("0.5s", 500)]
    [InlineData("1.25s", 1250)]
    public void A_span_is_a_number_and_a_unit(string text, int ms) =>
        Assert.Equal(TimeSpan.FromMilliseconds(ms), Files.Good(Files.With("dead_after: 350ms", $"start_grace: {text}")).Heartbeat.StartGrace);

    [Fact]
    public void What_is_left_out_follows_from_what_is_given()
    {
        var s = Files.Good(Files.With("every: 100ms, dead_after: 350ms", "every: 20ms").Replace("ttl: 600ms", "ttl: 2s", StringComparison.Ordinal)
            .Replace("every: 1s, timeout: 300ms", "every: 100ms", StringComparison.Ordinal));
        Assert.Equal(TimeSpan.FromMilliseconds(70), s.Heartbeat.DeadAfter);
        var witness = Assert.IsType<ArbiterSettings.Witness>(s.Arbiter);
        Assert.Equal(2.0 / 6, witness.FenceMargin.TotalSeconds, 6);
        Assert.Equal(witness.FenceMargin, witness.RenewEvery);
        Assert.Equal(TimeSpan.FromSeconds(1.9) - witness.FenceMargin, witness.ServeFor(TimeSpan.FromMilliseconds(100)));
        Assert.Equal(TimeSpan.FromMilliseconds(100), s.Duties[0].HealthyWhen[0].Timeout);
    }

    [Fact]
    public void Our_name_is_the_command_line_s_before_the_file_s_before_the_host_s()
    {
        var named = "node: beta\n" + Files.Pair;
        Assert.Equal("alpha", Files.Good(Files.Pair).Node);
        Assert.Equal("beta", Files.Good(named).Node);
        Assert.Equal("alpha", Files.Good(named, "gamma", over: "alpha").Node);
        Assert.Equal("/run/understudy/beta.sock", Files.Good(named).Api.Socket);
    }

    [Fact]
    public void A_witness_need_not_be_among_the_nodes_and_a_candidate_must()
    {
        Assert.Equal("nas", Files.Good(Files.Pair, "nas", role: SettingsRole.Witness).Node);
        Assert.Equal("u.yaml:3:3: nodes: 'nas', this host's name, is none of alpha, beta; say who we are with 'node' or --node", Files.Errors(Files.Pair, "nas"));
        Assert.Equal("u.yaml:3:3: nodes: 'alfa', the name that --node gives, is none of alpha, beta; did you mean 'alpha'? Say who we are with 'node' or --node",
            Files.Errors(Files.Pair, over: "alfa"));
        Assert.Equal("u.yaml:1:7: node: 'betta' is none of the nodes alpha, beta; did you mean 'beta'?", Files.Errors("node: betta\n" + Files.Pair));
        Assert.Equal("u.yaml:3:3: nodes: this host's name cannot be used: 'a b' cannot name a node; use letters, digits, '-', '_' and '.', 63 at most, a letter or digit first",
            Files.Errors(Files.Pair, "a b"));
    }

    [Fact]
    public void A_witness_without_an_arbiter_has_nothing_to_do() =>
        Assert.Equal("u.yaml:6:10: arbiter: is none, and so there is nothing for a witness to do",
            Files.Errors(Files.With("{ witness: [10.99.0.9], ttl: 600ms }", "none"), role: SettingsRole.Witness));

    [Fact]
    public void All_errors_are_told_at_once_and_in_the_order_of_the_file() =>
        Assert.Equal(
            """
            u.yaml:1:7: port: is 0, must be 1..65535
            u.yaml:2:9: secret: 'secret' is not absolute; a daemon has no folder of its own, so begin with '/'
            u.yaml:4:17: nodes.alpha.lan: '10.99.0' is no address; write for instance 10.99.0.1 or fd00:99::1
            u.yaml:5:14: heartbeat.evry: no such key; did you mean 'every'?
            u.yaml:5:36: heartbeat.dead_after: '300' has no unit; write 300ms, 300s, 300m or 300h
            u.yaml:6:10: arbiter: 'nobody' is not one of none, { witness: [ADDRESS] }
            u.yaml:8:3: duties: 'Web' cannot be a name; use a-z, 0-9, '-' and '_', 63 at most
            """,
            Files.Errors("port: 0\nsecret: secret\nnodes:\n  alpha: { lan: 10.99.0 }\nheartbeat: { evry: 1s, dead_after: 300 }\narbiter: nobody\nduties:\n  Web: { run: /web, candidates: [alpha] }\n"));

    [Theory, MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_with_its_place_and_what_would_be_right(string right, string wrong, string told)
    {
        Assert.Equal(told, Files.Errors(Files.With(right, wrong)));
    }

    /// <summary>In the short pair, replace what is right with what is wrong; this is told, after the file's name.</summary>
    public static TheoryData<string, string, string> Mistakes => new()
    {
        {
            "secret: /etc/understudy/secret\n", "",
            "u.yaml:1:1: secret: is missing; give the path of a key file, which 'understudy keygen' makes"
        },
        {
            "secret: /etc/understudy/secret", "secret: etc/secret",
            "u.yaml:1:9: secret: 'etc/secret' is not absolute; a daemon has no folder of its own, so begin with '/'"
        },
        {
            "secret: /etc/understudy/secret", "secret: [/a, /a]",
            "u.yaml:1:9: secret: names the same file twice"
        },
        {
            "secret: /etc/understudy/secret", "secret: [/a, /b, /c]",
            "u.yaml:1:9: secret: has 3 entries, must have 1..2"
        },
        {
            "secret: /etc/understudy/secret", "secret: []",
            "u.yaml:1:9: secret: has 0 entries, must have 1..2"
        },
        {
            "secret: /etc/understudy/secret", "secret:",
            "u.yaml:1:1: secret: has no value; give it one, or remove the line"
        },
        {
            "secret: /etc/understudy/secret", "secret: { file: /a }",
            "u.yaml:1:9: secret: is a mapping, must be a path, or a list of them"
        },
        {
            "secret: /etc/understudy/secret", "secret: /a\nport: 65536",
            "u.yaml:2:7: port: is 65536, must be 1..65535"
        },
        {
            "secret: /etc/understudy/secret", "secret: /a\nport: 12a",
            "u.yaml:2:7: port: '12a' is no whole number; write for instance 3"
        },
        {
            "secret: /etc/understudy/secret", "secret: /a\nport: [1291]",
            "u.yaml:2:7: port: is a list, must be a whole number"
        },
        {
            "secret: /etc/understudy/secret", "secret: /a\nprot: 1291",
            "u.yaml:2:1: prot: no such key; did you mean 'port'?"
        },
        {
            "secret: /etc/understudy/secret", "secret: /a\nsomething: 1",
            "u.yaml:2:1: something: no such key; here are node, secret, port, nodes, heartbeat, arbiter, duties, guards, guard, collection, api, ledger"
        },
        {
            "secret: /etc/understudy/secret", "secret: /a\nsecret: /b",
            "u.yaml:2:1: secret: is given twice; the first is on line 1"
        },
        {
            "secret: /etc/understudy/secret", "secret: /a\n<<: { port: 1 }",
            "u.yaml:2:1: <<: merge keys are not read; write the keys out, or repeat a whole value with *name"
        },
        {
            "secret: /etc/understudy/secret", "secret: /a\n? [a, b]\n: 1",
            "u.yaml:2:3: a key is one word, not a list or a mapping"
        },
        {
            "secret: /etc/understudy/secret", "secret: !!str /a",
            "u.yaml:1:9: a tag (!...) means nothing here; remove it"
        },
        {
            "secret: /etc/understudy/secret", "secret: *none",
            "u.yaml:1:9: '*none' repeats something that is not written before it"
        },
        {
            "secret: /etc/understudy/secret", "secret: &a [*a]",
            "u.yaml:1:13: '*a' repeats something that is not written before it"
        },
        {
            "secret: /etc/understudy/secret", """secret: "/a""",
            "u.yaml:1:9: this is no YAML: While scanning a multi-line double-quoted scalar, found wrong indentation. (noticed at 2:1)"
        },
        {
            "secret: /etc/understudy/secret", "secret: /a\n\tport: 1",
            "u.yaml:1:9: this is no YAML: While scanning a plain scalar, found a tab character that violate indentation. (noticed at 2:1)"
        },
        {
            "secret: /etc/understudy/secret", "secret: [[[[[[[[[[[[[[[[[[/a]]]]]]]]]]]]]]]]]]",
            "u.yaml:1:25: nested deeper than 16; no setting is"
        },
        {
            "10.99.0.1, private: 10.98.0.1", "10.99.0.1",
            "u.yaml:4:3: nodes.beta: has the links lan, private, must have lan in this order, as 'alpha' has"
        },
        {
            "private: 10.98.0.2", "privat: 10.98.0.2",
            "u.yaml:4:3: nodes.beta: has the links lan, privat, must have lan, private in this order, as 'alpha' has"
        },
        {
            "{ lan: 10.99.0.2, private: 10.98.0.2 }", "{ private: 10.98.0.2, lan: 10.99.0.2 }",
            "u.yaml:4:3: nodes.beta: has the links private, lan, must have lan, private in this order, as 'alpha' has"
        },
        {
            "lan: 10.99.0.2", "lan: 10.99.0.1",
            "u.yaml:4:17: nodes.beta.lan: 10.99.0.1 is already an address of node 'alpha'; each address belongs to one"
        },
        {
            "lan: 10.99.0.2", "lan: \"fd00::2\"",
            "u.yaml:4:17: nodes.beta.lan: fd00::2 and alpha's 10.99.0.1 are of different families; one link is v4 or v6"
        },
        {
            "lan: 10.99.0.2", "lan: \"fe80::2\"",
            "u.yaml:4:17: nodes.beta.lan: 'fe80::2' is link-local, which needs a device to be reached; use a unique local address (fd00::/8) or v4"
        },
        {
            "lan: 10.99.0.2", "lan: \"fe80::2%eth0\"",
            "u.yaml:4:17: nodes.beta.lan: 'fe80::2%eth0' has a scope, which differs from host to host; use an address without one"
        },
        {
            "lan: 10.99.0.2", "lan: \"::ffff:10.99.0.2\"",
            "u.yaml:4:17: nodes.beta.lan: '::ffff:10.99.0.2' is a v4 address in v6 clothes; write 10.99.0.2"
        },
        {
            "lan: 10.99.0.2", "lan: 010.99.0.2",
            "u.yaml:4:17: nodes.beta.lan: '010.99.0.2' is no address; write for instance 10.99.0.1 or fd00:99::1"
        },
        {
            "lan: 10.99.0.2", "lan: 0.0.0.0",
            "u.yaml:4:17: nodes.beta.lan: '0.0.0.0' stands for all addresses, must be of one host"
        },
        {
            "lan: 10.99.0.2", "lan: 224.0.0.18",
            "u.yaml:4:17: nodes.beta.lan: '224.0.0.18' is a multicast address, must be of one host"
        },
        {
            "lan: 10.99.0.2", "lan: 10.99.0.2/24",
            "u.yaml:4:17: nodes.beta.lan: '10.99.0.2/24' is no address; write for instance 10.99.0.1 or fd00:99::1"
        },
        {
            "lan: 10.99.0.2", "LAN: 10.99.0.2",
            "u.yaml:4:12: nodes.beta: 'LAN' cannot be a name; use a-z, 0-9, '-' and '_', 63 at most"
        },
        {
            "beta:  { lan: 10.99.0.2, private: 10.98.0.2 }", "beta: 10.99.0.2",
            "u.yaml:4:9: nodes.beta: is the text '10.99.0.2', must be a mapping"
        },
        {
            "beta:  { lan: 10.99.0.2, private: 10.98.0.2 }", "beta: {}",
            "u.yaml:4:3: nodes.beta: has 0 entries, must have 1..8"
        },
        {
            "beta:  { lan: 10.99.0.2, private: 10.98.0.2 }", "beta:",
            "u.yaml:4:8: nodes.beta: has no value; give it one, or remove the line"
        },
        {
            "beta:  { lan: 10.99.0.2, private: 10.98.0.2 }", "be ta: { lan: 10.99.0.2, private: 10.98.0.2 }",
            "u.yaml:4:3: nodes: 'be ta' cannot name a node; use letters, digits, '-', '_' and '.', 63 at most, a letter or digit first"
        },
        {
            "{ every: 100ms, dead_after: 350ms }", "100ms",
            "u.yaml:5:12: heartbeat: is the text '100ms', must be a mapping"
        },
        {
            "{ every: 100ms, dead_after: 350ms }", "[100ms]",
            "u.yaml:5:12: heartbeat: is a list, must be a mapping"
        },
        {
            "every: 100ms", "every: 5ms",
            "u.yaml:5:21: heartbeat.every: is 5ms, must be 10ms..10s"
        },
        {
            "every: 100ms", "every: 100",
            "u.yaml:5:21: heartbeat.every: '100' has no unit; write 100ms, 100s, 100m or 100h"
        },
        {
            "every: 100ms", "every: 100 sec",
            "u.yaml:5:21: heartbeat.every: '100 sec' has the unknown unit 'sec'; units are ms, s, m and h"
        },
        {
            "every: 100ms", "every: fast",
            "u.yaml:5:21: heartbeat.every: 'fast' is no span; write a number and its unit, for instance 100ms, 2s, 5m or 1h"
        },
        {
            "every: 100ms", "every: -1s",
            "u.yaml:5:21: heartbeat.every: '-1s' is no span; write a number and its unit, for instance 100ms, 2s, 5m or 1h"
        },
        {
            "every: 100ms", "every: 1e2s",
            "u.yaml:5:21: heartbeat.every: '1e2s' is no span; write a number and its unit, for instance 100ms, 2s, 5m or 1h"
        },
        {
            "every: 100ms", "every: 999999999999h",
            "u.yaml:5:21: heartbeat.every: '999999999999h' is longer than anything here may be"
        },
        {
            "every: 100ms", "every: 200ms",
            "u.yaml:5:40: heartbeat.dead_after: is 350ms, must be at least 500ms: 2.5 times every 200ms, or one lost packet would be a dead peer"
        },
        {
            "every: 100ms", "every: [100ms]",
            "u.yaml:5:21: heartbeat.every: is a list, must be a span"
        },
        {
            "every: 100ms", "every: { ms: 100 }",
            "u.yaml:5:21: heartbeat.every: is a mapping, must be a span"
        },
        {
            "every: 100ms", "every: ~",
            "u.yaml:5:14: heartbeat.every: has no value; give it one, or remove the line"
        },
        {
            "dead_after: 350ms", "dead_after: 350ms, judge: adaptiv",
            "u.yaml:5:54: heartbeat.judge: 'adaptiv' is not one of missed, adaptive; did you mean 'adaptive'?"
        },
        {
            "dead_after: 350ms", "dead_after: 350ms, factor: 3",
            "u.yaml:5:55: heartbeat.factor: is only for 'judge: adaptive'; remove it, or choose that judge"
        },
        {
            "dead_after: 350ms", "judge: adaptive, factor: 0.5",
            "u.yaml:5:53: heartbeat.factor: is 0.5, must be 1..20"
        },
        {
            "dead_after: 350ms", "judge: adaptive, factor: 1,5",
            "u.yaml:5:55: heartbeat.5: no such key; here are every, dead_after, judge, factor, start_grace"
        },
        {
            "dead_after: 350ms", "deadAfter: 350ms",
            "u.yaml:5:28: heartbeat.deadAfter: no such key; did you mean 'dead_after'?"
        },
        {
            "arbiter: { witness: [10.99.0.9], ttl: 600ms }", "port: 1",
            "u.yaml:1:1: arbiter: is missing; give { witness: [ADDRESS] } or, for a bare pair, none"
        },
        {
            "{ witness: [10.99.0.9], ttl: 600ms }", "witness",
            "u.yaml:6:10: arbiter: 'witness' is not one of none, { witness: [ADDRESS] }"
        },
        {
            "{ witness: [10.99.0.9], ttl: 600ms }", "[10.99.0.9]",
            "u.yaml:6:10: arbiter: is a list, must be a word, or a mapping"
        },
        {
            "{ witness: [10.99.0.9], ttl: 600ms }", "{ ttl: 600ms }",
            "u.yaml:6:1: arbiter.witness: is missing; give the witness' address, or 'arbiter: none'"
        },
        {
            "[10.99.0.9]", "[10.99.0.1]",
            "u.yaml:6:22: arbiter.witness[0]: 10.99.0.1 is already an address of node 'alpha'; each address belongs to one"
        },
        {
            "[10.99.0.9]", "[10.99.0.9, 10.99.0.9]",
            "u.yaml:6:33: arbiter.witness[1]: 10.99.0.9 is already an address of the witness; each address belongs to one"
        },
        {
            "[10.99.0.9]", "[10.99.0.9, [10.99.0.8]]",
            "u.yaml:6:33: arbiter.witness[1]: is a list, must be one value"
        },
        {
            "ttl: 600ms", "ttl: 100ms",
            "u.yaml:6:39: arbiter.ttl: is 100ms, must be 200ms..1m"
        },
        {
            "ttl: 600ms", "ttl: 200ms",
            "u.yaml:11:10: duties.web.run: ttl 200ms - fence_margin 60ms - stop_limit 100ms = 40ms, must be at least 66.6666ms: two renewals, one each 33.3333ms"
        },
        {
            "ttl: 600ms", "ttl: 600ms, fence_margin: 500ms",
            "u.yaml:6:60: arbiter.fence_margin: ttl 600ms - fence_margin 500ms = 100ms, must be at least 200ms: two renewals, one each 100ms"
        },
        {
            "ttl: 600ms", "ttl: 600ms, promises: yes",
            "u.yaml:6:56: arbiter.promises: 'yes' is neither true nor false"
        },
        {
            "ttl: 600ms", "ttl: 600ms, state: /var/lib/",
            "u.yaml:6:53: arbiter.state: '/var/lib/' names a folder, must name a file"
        },
        {
            "run: /etc/understudy/web", "run: { path: /etc/understudy/web, stop_limit: 301ms }",
            "u.yaml:11:51: duties.web.run.stop_limit: ttl 600ms - fence_margin 100ms - stop_limit 301ms = 199ms, must be at least 200ms: two renewals, one each 100ms"
        },
        {
            "run: /etc/understudy/web", "run: { stop_limit: 1s }",
            "u.yaml:11:5: duties.web.run.path: is missing; give the path of an executable file" + "\n"
            + "u.yaml:11:24: duties.web.run.stop_limit: ttl 600ms - fence_margin 100ms - stop_limit 1s = -500ms, must be at least 200ms: two renewals, one each 100ms"
        },
        {
            "run: /etc/understudy/web", "run: { path: /web, start: 1s, start_limit: 11m }",
            "u.yaml:11:24: duties.web.run.start: no such key; here are path, start_limit, stop_limit, other_limit" + "\n"
            + "u.yaml:11:48: duties.web.run.start_limit: is 11m, must be 10ms..10m"
        },
        {
            "run: /etc/understudy/web", "run: web",
            "u.yaml:11:10: duties.web.run: 'web' is not absolute; a daemon has no folder of its own, so begin with '/'"
        },
        {
            "run: /etc/understudy/web", "run: [/web, start]",
            "u.yaml:11:10: duties.web.run: is a list, must be a path, or a mapping"
        },
        {
            "candidates: [alpha, beta]", "candidates: [alpha, bet]",
            "u.yaml:9:25: duties.web.candidates[1]: 'bet' is none of the nodes; did you mean 'beta'?"
        },
        {
            "candidates: [alpha, beta]", "candidates: [alpha, gamma]",
            "u.yaml:9:25: duties.web.candidates[1]: 'gamma' is none of the nodes alpha, beta"
        },
        {
            "candidates: [alpha, beta]", "candidates: [alpha, alpha]",
            "u.yaml:9:25: duties.web.candidates[1]: 'alpha' is in the list twice"
        },
        {
            "candidates: [alpha, beta]", "candidates: []",
            "u.yaml:9:17: duties.web.candidates: has 0 entries, must have 1..16"
        },
        {
            "candidates: [alpha, beta]", "candidates: { alpha: 1 }",
            "u.yaml:9:17: duties.web.candidates: is a mapping, must be a list of nodes"
        },
        {
            "candidates: [alpha, beta]", "restart: { limit: 3 }",
            "u.yaml:8:3: duties.web.candidates: is missing; give the nodes that may perform it, home first"
        },
        {
            "10.99.0.100/24", "10.99.0.100",
            "u.yaml:10:28: duties.web.addresses[0].address: '10.99.0.100' has no prefix length; write for instance 10.99.0.100/24"
        },
        {
            "10.99.0.100/24", "10.99.0.100/33",
            "u.yaml:10:28: duties.web.addresses[0].address: the prefix length '33' is none, must be 1..32"
        },
        {
            "10.99.0.100/24", "10.99.0.0/24",
            "u.yaml:10:28: duties.web.addresses[0].address: '10.99.0.0/24' is the address of the network itself, must be of a host in it"
        },
        {
            "10.99.0.100/24", "10.99.0.255/24",
            "u.yaml:10:28: duties.web.addresses[0].address: '10.99.0.255/24' is the network's broadcast address, must be of a host in it"
        },
        {
            "10.99.0.100/24", "10.99.0.2/24",
            "u.yaml:10:28: duties.web.addresses[0].address: 10.99.0.2 is already an address of node 'beta'; each address belongs to one"
        },
        {
            "10.99.0.100/24", "10.99.0.9/24",
            "u.yaml:10:28: duties.web.addresses[0].address: 10.99.0.9 is already an address of the witness; each address belongs to one"
        },
        {
            "fd00:99::100/64", "FD00:99:0::100/129",
            "u.yaml:10:68: duties.web.addresses[1].address: the prefix length '129' is none, must be 1..128"
        },
        {
            "\"fd00:99::100/64\"", "10.99.0.100/24",
            "u.yaml:10:68: duties.web.addresses[1].address: 10.99.0.100 is already an address of duty 'web'; each address belongs to one"
        },
        {
            "dev: eth0 }, {", "dev: eth0/1 }, {",
            "u.yaml:10:49: duties.web.addresses[0].dev: 'eth0/1' cannot be a network device; names have 1..15 bytes without '/', ':' and spaces"
        },
        {
            "dev: eth0 }, {", "device: eth0 }, {",
            "u.yaml:10:17: duties.web.addresses[0].dev: is missing; give a network device, for instance eth0" + "\n"
            + "u.yaml:10:44: duties.web.addresses[0].device: no such key; here are address, dev"
        },
        {
            "dev: eth0 }, {", "dev: an-interface-too-long }, {",
            "u.yaml:10:49: duties.web.addresses[0].dev: 'an-interface-too-long' cannot be a network device; names have 1..15 bytes without '/', ':' and spaces"
        },
        {
            """[{ address: 10.99.0.100/24, dev: eth0 }, { address: "fd00:99::100/64", dev: eth0 }]""", "{ address: 10.99.0.100/24, dev: eth0 }",
            "u.yaml:10:16: duties.web.addresses: is a mapping, must be a list of mappings"
        },
        {
            """[{ address: 10.99.0.100/24, dev: eth0 }, { address: "fd00:99::100/64", dev: eth0 }]""", "[10.99.0.100/24]",
            "u.yaml:10:17: duties.web.addresses[0]: is the text '10.99.0.100/24', must be a mapping"
        },
        {
            """http: "http://127.0.0.1:8080/health", """, "",
            "u.yaml:12:20: duties.web.healthy_when[0]: says not what to look at; give one of http, tcp, icmp, arp, command, carrier"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", """http: "http://127.0.0.1:8080/health", tcp: 127.0.0.1:80""",
            "u.yaml:12:20: duties.web.healthy_when[0]: has http and tcp, must have exactly one of http, tcp, icmp, arp, command, carrier"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", "http: 127.0.0.1:8080",
            "u.yaml:12:28: duties.web.healthy_when[0].http: '127.0.0.1:8080' is no http or https URL; write for instance http://127.0.0.1:8080/health"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", "http: \"ftp://127.0.0.1/\"",
            "u.yaml:12:28: duties.web.healthy_when[0].http: 'ftp://127.0.0.1/' is no http or https URL; write for instance http://127.0.0.1:8080/health"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", "http: \"http://me:pass@127.0.0.1/\"",
            "u.yaml:12:28: duties.web.healthy_when[0].http: has a user name in it, which would not be sent; remove it"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", "http: \"http://127.0.0.1/#top\"",
            "u.yaml:12:28: duties.web.healthy_when[0].http: has a #fragment, which would not be sent; remove it"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", """http: "http://127.0.0.1/", expect: 200-99""",
            "u.yaml:12:57: duties.web.healthy_when[0].expect: '200-99' is no status or range of them; write for instance 204 or 200-399, within 100..599"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", "http: \"http://127.0.0.1/\", contains: \"\"",
            "u.yaml:12:59: duties.web.healthy_when[0].contains: has 0 characters, must have 1..1000"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", "tcp: 127.0.0.1",
            "u.yaml:12:27: duties.web.healthy_when[0].tcp: '127.0.0.1' is no host with a port; write for instance 127.0.0.1:5432, [::1]:5432 or db.example.org:5432"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", "tcp: \"::1:80\"",
            "u.yaml:12:27: duties.web.healthy_when[0].tcp: '::1:80' is no host with a port; write for instance 127.0.0.1:5432, [::1]:5432 or db.example.org:5432"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", "tcp: 127.0.0.1:80, expect: 200",
            "u.yaml:12:41: duties.web.healthy_when[0].expect: no such key; here are tcp, every, timeout, fails, rises"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", "icmp: example.org",
            "u.yaml:12:28: duties.web.healthy_when[0].icmp: 'example.org' is no address; write for instance 10.99.0.1 or fd00:99::1"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", "arp: 10.99.0.254",
            "u.yaml:12:20: duties.web.healthy_when[0].dev: is missing; give the network device to ask on"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", """arp: "fd00::1", dev: eth0""",
            "u.yaml:12:27: duties.web.healthy_when[0].arp: 'fd00::1' is v6, must be v4: ARP knows no other"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", "command: true",
            "u.yaml:12:31: duties.web.healthy_when[0].command: 'true' is not absolute; a daemon has no folder of its own, so begin with '/'"
        },
        {
            "http: \"http://127.0.0.1:8080/health\"", "carrier: \"\"",
            "u.yaml:12:31: duties.web.healthy_when[0].carrier: '' cannot be a network device; names have 1..15 bytes without '/', ':' and spaces"
        },
        {
            "timeout: 300ms", "timeout: 2s",
            "u.yaml:12:80: duties.web.healthy_when[0].timeout: is 2s, must be at most every 1s: looks do not overlap"
        },
        {
            "timeout: 300ms, fails: 3", "fails: 0, rises: 101",
            "u.yaml:12:78: duties.web.healthy_when[0].fails: is 0, must be 1..100" + "\n"
            + "u.yaml:12:88: duties.web.healthy_when[0].rises: is 101, must be 1..100"
        },
        {
            "failback: { after: 60s }", "failback: later",
            "u.yaml:13:15: duties.web.failback: 'later' is not one of never, when_idle, { after: SPAN }"
        },
        {
            "failback: { after: 60s }", "failback: when-idle",
            "u.yaml:13:15: duties.web.failback: 'when-idle' is not one of never, when_idle, { after: SPAN }; did you mean 'when_idle'?"
        },
        {
            "failback: { after: 60s }", "failback: 60s",
            "u.yaml:13:15: duties.web.failback: '60s' is not one of never, when_idle, { after: SPAN }"
        },
        {
            "failback: { after: 60s }", "failback: {}",
            "u.yaml:13:5: duties.web.failback.after: is missing; give a span, for instance after: 60s"
        },
        {
            "failback: { after: 60s }", "failback: { after: 60 }",
            "u.yaml:13:24: duties.web.failback.after: '60' has no unit; write 60ms, 60s, 60m or 60h"
        },
        {
            "on_split: hold", "on_split: take",
            "u.yaml:14:15: duties.web.on_split: take is only for 'arbiter: none'; remove it: the arbiter decides who may take over"
        },
        {
            "on_split: hold", "on_split: keep",
            "u.yaml:14:15: duties.web.on_split: 'keep' is not one of hold, take"
        },
        {
            "on_split: hold", "restart: { limit: 0, backoff: 2m }",
            "u.yaml:14:5: duties.web.restart.max_backoff: is 1m, must be at least backoff 2m" + "\n"
            + "u.yaml:14:23: duties.web.restart.limit: is 0, must be 1..1000"
        },
        {
            "on_split: hold", "restart: 3",
            "u.yaml:14:14: duties.web.restart: is the text '3', must be a mapping"
        },
        {
            "on_split: hold", "on_split: hold\n  mail: { candidates: [alpha, beta] }",
            "u.yaml:15:3: duties.mail: has neither addresses nor a command to run, so there is nothing to do"
        },
        {
            "on_split: hold", "on_split: hold\n  mail: { candidates: [alpha, beta], addresses: [{ address: 10.99.0.100/32, dev: eth0 }] }",
            "u.yaml:15:61: duties.mail.addresses[0].address: 10.99.0.100 is already an address of duty 'web'; each address belongs to one"
        },
        {
            "on_split: hold", "on_split: hold\n  web: { candidates: [alpha], run: /x }",
            "u.yaml:15:3: duties.web: is given twice; the first is on line 8"
        },
        {
            "on_split: hold", "on_split: hold\napi: { listen: 127.0.0.1:8291 }",
            "u.yaml:15:16: api.listen: needs a token_file: over TCP anyone could give orders"
        },
        {
            "on_split: hold", "on_split: hold\napi: { listen: 8291, token_file: /t }",
            "u.yaml:15:16: api.listen: '8291' is no address with a port; write for instance 127.0.0.1:8291 or [::1]:8291"
        },
        {
            "on_split: hold", "on_split: hold\napi: { socket: /run/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa }",
            "u.yaml:15:16: api.socket: has 108 bytes, and a socket's path must have 107 at most (unix(7))"
        },
        {
            "on_split: hold", "on_split: hold\nledger: { max_bytes: 10MB }",
            "u.yaml:15:22: ledger.max_bytes: '10MB' is no size; write a whole number of bytes, or for instance 64KiB, 10MiB or 1GiB"
        },
        {
            "on_split: hold", "on_split: hold\nledger: { max_bytes: 1, keep: 0, path: ledger }",
            "u.yaml:15:22: ledger.max_bytes: is 1, must be 64KiB..1GiB" + "\n"
            + "u.yaml:15:31: ledger.keep: is 0, must be 1..100" + "\n"
            + "u.yaml:15:40: ledger.path: 'ledger' is not absolute; a daemon has no folder of its own, so begin with '/'"
        },
        {
            "on_split: hold", "on_split: hold\n---\nport: 1",
            "u.yaml:15:1: a second document begins here; all settings belong in one"
        },
    };

    [Theory, MemberData(nameof(Doubts))]
    public void What_is_rarely_wise_is_told_and_still_read(string right, string doubtful, string told)
    {
        var reading = Files.Read(Files.With(right, doubtful).Replace("ttl: 600ms", "ttl: 3s", StringComparison.Ordinal));
        Assert.Empty(reading.Errors);
        Assert.NotNull(reading.Settings);
        Assert.Equal(told, string.Join('\n', reading.Warnings));
    }

    public static TheoryData<string, string, string> Doubts => new()
    {
        {
            "{ lan: 10.99.0.1, private: 10.98.0.1 }      # links, in the order of trust; any number\n  beta:  { lan: 10.99.0.2, private: 10.98.0.2 }", "{ lan: 10.99.0.1 }\n  beta: { lan: 10.99.0.2 }",
            "u.yaml:3:3: nodes: there is only the link 'lan': when it breaks, hosts that live are deaf to each other; a private link besides tells them apart"
        },
        {
            "dead_after: 350ms", "dead_after: 4s",
            "u.yaml:6:39: arbiter.ttl: is 3s, shorter than heartbeat.dead_after 4s: a claim has long ended before its holder is missed, and a take-over waits for dead_after"
        },
        {
            "candidates: [alpha, beta]", "candidates: [beta]",
            "u.yaml:8:3: duties: 'alpha' is a candidate of none of them, and will only listen" + "\n"
            + "u.yaml:9:17: duties.web.candidates: there is only one, so that nobody can take over"
        },
        {
            "on_split: hold", "on_split: hold\napi: { token_file: /etc/token }",
            "u.yaml:15:20: api.token_file: is not used without 'listen': the Unix socket goes by file permissions"
        },
    };
}
