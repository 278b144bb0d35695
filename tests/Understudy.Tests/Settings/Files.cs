using Understudy.Core.Settings;

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
            on_split: hold                                     # hold | take, only where arbiter is none
        """;

    internal static SettingsReading Read(string text, string node = "alpha", string? over = null, SettingsRole role = SettingsRole.Candidate) =>
        SettingsReader.Read("u.yaml", text, new(node, over, role));
}
