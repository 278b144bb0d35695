namespace Understudy.Core.Settings;

/// <summary>Where samples come from.</summary>
public abstract record ProducerSettings
{
    private ProducerSettings()
    {
    }

    /// <summary>Letters, digits, '-', '_' and '.', at most 126.</summary>
    public required string Name { get; init; }

    /// <summary>The node that pulls it while all are well; null: by rendezvous hashing.</summary>
    public string? Home { get; init; }

    /// <summary>What it counts in shares and capacity, 0.01..1000.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>The producer in a few words: <c>ldms s00:411</c>.</summary>
    public abstract string Subject { get; }

    /// <summary>An ldmsd, a sampler or an aggregator.</summary>
    /// <param name="Reconnect">From a lost or refused connection to the next attempt.</param>
    public sealed record LdmsPeer(string Host, int Port, LdmsAuthSettings Auth, TimeSpan Reconnect) : ProducerSettings
    {
        public override string Subject => Host.Contains(':') ? $"ldms [{Host}]:{Port}" : $"ldms {Host}:{Port}";
    }

    /// <summary>A web page in OpenMetrics or Prometheus' text format.</summary>
    /// <param name="Timeout">How long one scrape may take.</param>
    /// <param name="Headers">Sent with each request.</param>
    /// <param name="BearerFile">A file with a token, read at each scrape; or null.</param>
    /// <param name="Insecure">A certificate that nobody vouches for is taken.</param>
    /// <param name="Instance">The name of its set.</param>
    public sealed record OpenMetrics(Uri Url, TimeSpan Timeout, ValueList<(string Name, string Value)> Headers, string? BearerFile, bool Insecure, string Instance) : ProducerSettings
    {
        public override string Subject => $"openmetrics {Url}";
    }

    /// <summary>A sampler of ours, on this host.</summary>
    /// <param name="Plugin">meminfo or vmstat.</param>
    /// <param name="Instance">The name of its set.</param>
    /// <param name="Offset">From the whole multiple of the interval.</param>
    /// <param name="Component">LDMS' component_id.</param>
    public sealed record Sampler(string Plugin, string Instance, TimeSpan Interval, TimeSpan Offset, int Component) : ProducerSettings
    {
        public override string Subject => $"sampler {Plugin}";
    }


    internal static ProducerSettings? Read(string name, Section at, FileSoFar file, LdmsAuthSettings auth)
    {
        var home = at.Value<string?>("home", file.OneNode!, new("node", "by hashing", "", "The node that pulls this producer while all are well; of a sampler the only node that has it."), null);
        var kind = at.OneKind<ProducerSettings>("what to collect",
            ("ldms", () => Peer(name, at, auth)),
            ("openmetrics", () => Page(name, at)),
            ("sampler", () => Own(name, at, file, home)));
        var weight = at.Number("weight", 1, 0.01, 1000, "What the producer counts when shares and capacity are reckoned.");
        return kind is null ? null : kind with { Home = home, Weight = weight };
    }

    private static LdmsPeer Peer(string name, Section at, LdmsAuthSettings auth)
    {
        var (host, port) = at.Needed("ldms", Scalars.Target, new("host:port", "this or another", "", "An ldmsd, sampler or aggregator, over TCP (LDMS' transport sock)."), ("", 0));
        var ours = LdmsAuthSettings.Read(at, "auth", auth, "as `collection.auth`");
        var reconnect = at.Span("reconnect", TimeSpan.FromSeconds(1), "10ms", "1h", "Only for `ldms`: from a lost or refused connection to the next attempt.");
        return new(host, port, ours, reconnect) { Name = name };
    }

    private static OpenMetrics? Page(string name, Section at)
    {
        var url = at.Needed<Uri?>("openmetrics", Scalars.Url, new("URL", "this or another", "", "A page in OpenMetrics or Prometheus' text format."), standIn: null);
        var timeout = at.Span("timeout", TimeSpan.FromMilliseconds(800), "10ms", "60s", "Only for `openmetrics`: how long one scrape may take.");
        var headers = at.Optional("headers", "Only for `openmetrics`: sent with each request.", s => s.Each<string>("HEADER", HeaderName, HeaderValue, 16,
            new("text", "none", "1..16", "A header of HTTP with its value.")));
        var bearer = at.Value<string?>("bearer_file", Scalars.Path!, new("path", "none", "", "Only for `openmetrics`: a file with a token that is sent as `Authorization: Bearer`."), null);
        var insecure = at.Flag("insecure", fallback: false, "Only for `openmetrics`: a certificate that nobody vouches for is taken.");
        var instance = at.Value("instance", SetName, new("text", "the producer's name; of a sampler NODE/SAMPLER", "", "The name of the producer's set, for `openmetrics` and `sampler`. Of a page it is `JOB/INSTANCE`, as Prometheus has them; without a '/' the job is `page`."), name);
        at.Require("instance", !instance.Contains('#', StringComparison.Ordinal), "has a '#', which parts the sets of one page");
        at.Require("bearer_file", bearer is null || headers is null || !headers.Any(h => h.Name.Equals("authorization", StringComparison.OrdinalIgnoreCase)), "and headers both say who asks", "headers");
        return url is null ? null : new(url, timeout, headers ?? [], bearer, insecure, instance) { Name = name };
    }

    private static Sampler Own(string name, Section at, FileSoFar file, string? home)
    {
        var plugin = at.Needed("sampler", Section.OneOf("", ("meminfo", "meminfo"), ("vmstat", "vmstat")), new("word", "this or another", "meminfo, vmstat", "A sampler of ours on this host: /proc/meminfo or /proc/vmstat."), "meminfo");
        var instance = at.Value("instance", SetName, new("text", "the producer's name; of a sampler NODE/SAMPLER", "", "The name of the producer's set, for `openmetrics` and `sampler`. Of a page it is `JOB/INSTANCE`, as Prometheus has them; without a '/' the job is `page`."), $"{file.Node}/{plugin}");
        at.Require("instance", !at.Has("instance") || home is not null || file.Nodes is not { Count: > 1 },
            "would be the same on every host, and each name belongs to one; leave it out, or say the sampler's 'home'", "home");
        var interval = at.Span("interval", TimeSpan.FromSeconds(1), "10ms", "1h", "Only for `sampler`: from sample to sample.");
        var offset = at.Span("offset", TimeSpan.Zero, "0ms", "30m", "Only for `sampler`: from the whole multiple of the interval; less than half of it.");
        at.Require("offset", offset * 2 < interval, $"is {Scalars.Say(offset)}, must be less than half of interval {Scalars.Say(interval)}", "interval");
        return new(plugin, instance, interval, offset, at.Whole("component_id", 0, 0, int.MaxValue, "Only for `sampler`: LDMS' number of the host.")) { Name = name };
    }

    /// <summary>The instance name of a set: its length travels in one byte, with the final zero.</summary>
    private static string? SetName(string text, out string value)
    {
        value = text;
        return System.Text.Encoding.UTF8.GetByteCount(text) is > 0 and <= 254 && !text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || char.IsSurrogate(c))
            ? null
            : $"{Scalars.Quote(text)} cannot name a set; use 1..254 bytes without blanks";
    }

    private static string? HeaderName(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? null : $"{Scalars.Quote(text)} is no header of HTTP; write for instance X-Scope-OrgID";
    }

    private static string? HeaderValue(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= 1000 && text.All(c => c is >= ' ' and <= '~') ? null : "is no value of a header; use 1..1000 signs of ASCII";
    }
}
