using System.Net;

namespace Understudy.Core.Settings;

/// <summary>How a service is looked at, how often, and how much counts.</summary>
public abstract record ProbeSettings
{
    private ProbeSettings()
    {
    }

    /// <summary>From the start of one look to the start of the next, 20 ms..1 h.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a look may take, 1 ms..<see cref="Every"/>: looks never overlap.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>So many bad looks in a row are Failed, 1..100.</summary>
    public int Fails { get; init; } = 3;

    /// <summary>So many good looks in a row are Healthy again, 1..100.</summary>
    public int Rises { get; init; } = 1;

    /// <summary>What is looked at, in a few words: <c>http http://127.0.0.1/health</c>.</summary>
    public abstract string Subject { get; }

    /// <summary>A GET of a web page.</summary>
    /// <param name="Url">http or https.</param>
    public sealed record Http(Uri Url) : ProbeSettings
    {
        /// <summary>The lowest status that is well.</summary>
        public int ExpectFrom { get; init; } = 200;

        /// <summary>The highest status that is well.</summary>
        public int ExpectTo { get; init; } = 399;

        /// <summary>Text that the first 64 KiB of the body must contain; null for any body.</summary>
        public string? Contains { get; init; }

        /// <summary>Accept any certificate.</summary>
        public bool Insecure { get; init; }

        public override string Subject => $"http {Url}";
    }

    /// <summary>A connection that is accepted.</summary>
    /// <param name="Host">An address, or a name that is looked up each time.</param>
    /// <param name="Port">1..65535.</param>
    public sealed record Tcp(string Host, int Port) : ProbeSettings
    {
        public override string Subject => Host.Contains(':') ? $"tcp [{Host}]:{Port}" : $"tcp {Host}:{Port}";
    }

    /// <summary>An echo that comes back.</summary>
    public sealed record Icmp(IPAddress Address) : ProbeSettings
    {
        public override string Subject => $"icmp {Address}";
    }

    /// <summary>An answer to "who has this address", which hosts cannot filter. v4 only: ARP is of IPv4 (RFC 826).</summary>
    public sealed record Arp(IPAddress Address, string Device) : ProbeSettings
    {
        public override string Subject => $"arp {Address} dev {Device}";
    }

    /// <summary>An executable file that exits with 0.</summary>
    public sealed record Command(string Path) : ProbeSettings
    {
        public override string Subject => $"command {Path}";
    }

    /// <summary>A network device that has carrier. The kernel tells of a change at once; <see cref="Every"/> is only how often it is asked besides.</summary>
    public sealed record Carrier(string Device) : ProbeSettings
    {
        public override string Subject => $"carrier {Device}";
    }

    /// <summary>What a UPS says of its own input, over upsd's network protocol (RFC 9271): well while <c>ups.status</c> has OL, bad while it has
    /// OB. What is stale, unknown or out of reach is Unread: a UPS that nobody can ask has said nothing.</summary>
    /// <param name="Ups">The UPS' name at its upsd.</param>
    /// <param name="Host">An address, or a name that is looked up each time.</param>
    /// <param name="Port">1..65535; 3493 is nut's (RFC 9271, section 8).</param>
    public sealed record Nut(string Ups, string Host, int Port) : ProbeSettings
    {
        /// <summary>RFC 9271: the port that IANA gave to nut.</summary>
        public const int UsualPort = 3493;

        public override string Subject => $"nut {Ups}@{Host}{(Port == UsualPort ? "" : $" port {Port}")}";

        public override bool Speaks => true;
    }

    /// <summary>A power supply of this host: well while <c>/sys/class/power_supply/NAME/online</c> is not 0.</summary>
    /// <param name="Name">The supply's name under /sys/class/power_supply.</param>
    public sealed record Ac(string Name) : ProbeSettings
    {
        public override string Subject => $"ac {Name}";

        public override bool Speaks => true;
    }

    /// <summary>Whether a bad reading is a statement that the power is gone, and not only silence. Who speaks has been reached, so that no
    /// control witness is needed to tell that the way there works.</summary>
    public virtual bool Speaks => false;


    /// <summary>Reads a probe of a duty's service.</summary>
    internal static ProbeSettings? Read(Section at) => Paced(at, new Carrier(""), at.OneKind(Kinds(at)));

    /// <summary>Reads a witness of a guard: two kinds more, and another pace, as the mains are judged over minutes.</summary>
    internal static ProbeSettings? ReadWitness(Section at) => Paced(
        at,
        new Carrier("") { Every = TimeSpan.FromSeconds(10), Timeout = TimeSpan.FromSeconds(2) },
        at.OneKind([.. Kinds(at), ("nut", () => ReadNut(at)), ("ac", () => new Ac(at.Needed("ac", Scalars.FileName,
            new("name", "this or another", "", "Well while /sys/class/power_supply/NAME/online is not 0. It speaks for itself and needs no control."), "")))]));

    private static (string Key, Func<ProbeSettings?> Read)[] Kinds(Section at) =>
        [
            ("http", () => ReadHttp(at)),
            ("tcp", () => ReadTcp(at)),
            ("icmp", () => new Icmp(at.Needed("icmp", Scalars.LinkAddress, new("address", "this or another", "", "Well when an echo comes back."), IPAddress.None))),
            ("arp", () => new Arp(
                at.Needed("arp", Scalars.V4Address, new("v4 address", "this or another", "", "Well when the address answers to ARP; needs `dev`."), IPAddress.None),
                at.Needed("dev", Scalars.Device, new("network device", "required with `arp`", "", "The device to ask on.", "the network device to ask on"), ""))),
            ("command", () => new Command(at.Needed("command", Scalars.Path, new("path", "this or another", "", "Well when this executable file exits with 0."), ""))),
            ("carrier", () => new Carrier(at.Needed("carrier", Scalars.Device,
                new("network device", "this or another", "", "Well while the device has carrier. The kernel tells of a change at once."), ""))),
        ];

    private static ProbeSettings? Paced(Section at, ProbeSettings usual, ProbeSettings? kind)
    {
        var every = at.Span("every", usual.Every, "20ms", "1h", "From the start of one look to the start of the next.");
        var timeout = at.Span("timeout", usual.Timeout < every ? usual.Timeout : every, "1ms", "60s",
            "How long a look may take; not longer than `every`, as looks do not overlap.", says: $"{Scalars.Say(usual.Timeout)}, or `every` if that is shorter");
        at.Require("timeout", timeout <= every, $"is {Scalars.Say(timeout)}, must be at most every {Scalars.Say(every)}: looks do not overlap", "every");
        var fails = at.Whole("fails", usual.Fails, 1, 100, "So many bad looks in a row are Failed.");
        var rises = at.Whole("rises", usual.Rises, 1, 100, "So many good looks in a row are Healthy again.");
        return kind is null ? null : kind with { Every = every, Timeout = timeout, Fails = fails, Rises = rises };
    }

    private static Http? ReadHttp(Section at)
    {
        var url = at.Needed<Uri?>("http", Scalars.Url, new("URL", "this or another", "", "Well when a GET of this http or https URL is answered as expected."), standIn: null);
        var (from, to) = at.Value("expect", Scalars.Statuses, new("status or range", "200-399", "100..599", "Only for `http`: which statuses are well."), (200, 399));
        var contains = at.Value<string?>("contains", Scalars.Any!, new("text", "any body", "", "Only for `http`: text that the first 64 KiB of the body must contain."), null);
        var insecure = at.Flag("insecure", fallback: false, "Only for `http`: accept any certificate.");
        return url is null ? null : new(url) { ExpectFrom = from, ExpectTo = to, Contains = contains, Insecure = insecure };
    }

    private static Tcp ReadTcp(Section at)
    {
        var (host, port) = at.Needed("tcp", Scalars.Target, new("host:port", "this or another", "", "Well when a connection is accepted."), ("", 0));
        return new(host, port);
    }

    private static Nut ReadNut(Section at)
    {
        var (ups, host) = at.Needed("nut", Scalars.UpsAtHost, new("UPS@host", "this or another", "",
            "Well while this UPS is on line, bad while it is on battery, as its upsd says. It speaks for itself and needs no control."), ("", ""));
        return new(ups, host, at.Whole("port", Nut.UsualPort, 1, 65535, "Only for `nut`: upsd's port."));
    }
}
