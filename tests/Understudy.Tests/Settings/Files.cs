using Understudy.Core.Settings;
using Xunit;

namespace Understudy.Tests.Settings;

/// <summary>Settings files that several tests read.</summary>
internal static class Files
{
    /// <summary>A whole pair, about as short as one can be.</summary>
    internal const string Pair = """
        secret: /etc/understudy/secret
        nodes:
          alpha: { lan: 10.99.0.1, private: 10.98.0.1 }      # links, in the order of trust; any number
          beta:  { lan: 10.99.0.2, private: 10.98.0.2 }
        heartbeat: { every: 100ms, dead_after: 350ms }
        arbiter: { witness: [10.99.0.9], ttl: 600ms }          # or: none
        duties:
          web:
            candidates: [alpha, beta]                          # rank order: master first
            addresses: [{ address: 10.99.0.100/24, dev: eth0 }, { address: "fd00:99::100/64", dev: eth0 }]
            run: /etc/understudy/web                           # verbs: start stop fail recover reclaim up down
            healthy_when: [{ http: "http://127.0.0.1:8080/health", every: 1s, timeout: 300ms, fails: 3 }]
            failback: { after: 60s }                           # never | when_idle | after a span
            on_split: hold
        """;

    /// <summary>Every key there is, and every kind of each.</summary>
    internal const string Full = """
        node: beta
        secret: [/etc/understudy/new, /etc/understudy/old]
        port: 5000
        nodes:
          alpha.example.org: { lan: 10.99.0.1, back-to-back: "fd00:98::1" }
          beta: { lan: 10.99.0.2, back-to-back: "fd00:98::2" }
        heartbeat:
          every: 50ms
          dead_after: 125ms
          judge: adaptive
          factor: 2.5
          start_grace: 0ms
        arbiter: { witness: [10.99.0.9, "fd00:98::9"], ttl: 2s, fence_margin: 500ms, promises: false, state: /srv/witness.json }
        duties:
          web:
            candidates: [beta, alpha.example.org]
            addresses:
            - address: 10.99.0.100/24
              dev: eth0
            run: { path: /etc/understudy/web, start_limit: 1m, stop_limit: 250ms, other_limit: 5s }
            healthy_when:
            - { http: "https://[::1]/", expect: 204, contains: all is well, insecure: true, every: 200ms, rises: 2 }
            - { tcp: db.example.org:5432 }
            - tcp: "[::1]:80"
              every: 1m
              timeout: 59s
              fails: 100
            - icmp: 10.99.0.254
            - { arp: 10.99.0.254, dev: eth0 }
            - command: /bin/true
            - carrier: eth0
            failback: when_idle
            on_split: hold
            restart: { limit: 5, window: 1h, backoff: 1500ms, max_backoff: 2m }
          mail:
            candidates: beta
            addresses: [{ address: 10.99.0.101/32, dev: lo }]
            failback: never
        guards:
          cooling:
            mains:
            - { icmp: 10.0.0.9, every: 5s, timeout: 1s, fails: 2, rises: 2 }
            - { nut: ups@10.0.0.5, port: 3494 }
            - ac: AC0
            needed: 2
            controls: [{ tcp: "10.0.0.1:22" }, { arp: 10.0.0.2, dev: eth0 }]
            alone: false
            temperatures:
            - { hwmon: coretemp/temp1, name: cpu, every: 20s, timeout: 3s }
            - thermal: x86_pkg_temp
            - ipmi: Inlet Temp
            - file: /run/room/temperature
            - command: /etc/understudy/degrees
            - { http: "http://10.0.0.7/sensors", field: inlet.celsius }
            heat: { cool: 25, hard: 38.5, critical: 45, extend_to: 30m, margin: 2m, rises: 0.5, alone: true, window: 5m }
            grace: 10m
            settle: 3m
            on_blind: 1h
            on_disputed: never
            tier: { beta: 2, alpha.example.org: 1 }
            tier_timeout: 1m
            spread: 30s
            stays: [beta]
            dry_run: true
            countdown: 2m
            plan:
            - { notify: [wall, syslog, "https://example.org/hook", /etc/understudy/tell], text: the room gets hot }
            - { stop: batch.slice, limit: 1m, attempts: 2, on_failure: stop }
            - wait_for: tiers
            - release: web
            - { command: /etc/understudy/hook, limit: 90s, ceiling: 4m, undo: /etc/understudy/unhook, point_of_no_return: true }
            - { poweroff: now, inhibitors: 1m }
            return:
              stable: 15m
              charge: 60
              ups: ups@10.0.0.5
              port: 3494
              wake: [{ node: alpha.example.org, mac: "52:54:00:12:34:56", dev: eth0, command: /etc/understudy/wake, tier: 1 }]
              every: 20s
          asleep:
            mains: [{ ac: AC0 }]
            plan: [{ suspend: now }]
          deeper:
            mains: [{ ac: AC0 }]
            plan: [{ hibernate: now }]
        guard: { ping: 10.0.0.9, normal: 1m, wait: 5m }
        collection:
          listen: 0.0.0.0:411
          auth: { ovis: /etc/understudy/ldms }
          producers:
            s00: { ldms: "s00:411", auth: none, reconnect: 2s, home: beta, weight: 2.5 }
            web:
              openmetrics: https://10.0.0.7:9100/metrics
              timeout: 500ms
              headers: { X-Scope-OrgID: one }
              bearer_file: /etc/understudy/bearer
              insecure: true
              instance: web/metrics
            own: { sampler: meminfo, interval: 500ms, offset: 10ms, component_id: 7 }
          updaters:
            all: { interval: 2s, offset: 300ms, timeout: 1s, auto_interval: true, stalled: 3, producers: "^s0", match: [{ schema: meminfo }, { instance: /a$ }] }
          stores:
            files: { csv: /var/lib/understudy/samples, schema: [meminfo, vmstat], producers: "^s", metrics: MemFree, roll: 24h, writer: { duty: web } }
            db: { postgres: "Host=db;Database=metrics", into: samples, writer: everyone }
          share: { nodes: [beta, alpha.example.org], weights: { beta: 2 }, capacity: 1000, drain: alpha.example.org, ping: 100ms, factor: 3, standby: cold }
          metrics: { listen: 127.0.0.1:9411, stale_after: 30s }
        api: { socket: /run/beta.sock, listen: "[::]:8291", token_file: /etc/understudy/token }
        ledger: { path: /var/log/understudy, max_bytes: 64KiB, keep: 1 }
        """;

    /// <summary>The short pair with one thing otherwise.</summary>
    internal static string With(string right, string otherwise)
    {
        Assert.Equal(2, Pair.Split(right).Length);                     // what is replaced is there, once
        return Pair.Replace(right, otherwise, StringComparison.Ordinal);
    }

    internal static SettingsReading Read(string text, string node = "alpha", string? over = null, SettingsRole role = SettingsRole.Candidate) =>
        SettingsReader.Read("u.yaml", text, new(node, over, role));

    internal static UnderstudySettings Good(string text, string node = "alpha", string? over = null, SettingsRole role = SettingsRole.Candidate)
    {
        var reading = Read(text, node, over, role);
        Assert.Empty(reading.Errors);
        return reading.Settings!;
    }

    internal static string Errors(string text, string node = "alpha", string? over = null, SettingsRole role = SettingsRole.Candidate)
    {
        var reading = Read(text, node, over, role);
        Assert.True(reading.Errors.Count > 0 == reading.Settings is null, "settings come exactly when there are no errors");
        return string.Join('\n', reading.Errors);
    }
}
