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
}
