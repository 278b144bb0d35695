using System.Globalization;

namespace Understudy.Core.Ldms;

/// <summary>Why a request was not done: an error number of Linux (errno(3)) and a sentence, as they travel back.</summary>
/// <param name="Code">Never 0.</param>
public sealed record LdmsdRefusal(int Code, string Text)
{
    public const int NotPermitted = 1;
    public const int NotThere = 2;
    public const int Again = 11;
    public const int Denied = 13;
    public const int Busy = 16;
    public const int Exists = 17;
    public const int Invalid = 22;
    public const int TooLong = 36;
    public const int NotImplemented = 38;
    public const int NotSupported = 95;

    // The original's own words (LDMS 4.5.1, docs/protocol/ldms.md).

    public static LdmsdRefusal FailoverNeedsListener { get; } = new(Invalid, "ldmsd_failover requires at least one listening port");

    public static LdmsdRefusal FailoverRuns { get; } = new(Busy, "cannot reconfigure due to busy failover service");

    public static LdmsdRefusal FailoverNeedsName { get; } = new(Invalid, "`-n <NAME>` command line option is required to use failover");

    public static LdmsdRefusal FailoverNeedsPeer { get; } = new(Invalid, "missing host, port or xprt attribute");

    /// <summary>Started while it runs, or stopped while it does not.</summary>
    public static LdmsdRefusal FailoverBusy { get; } = new(Busy, "failover service busy");

    /// <summary>Started without ever having been configured. The original starts, and never runs anything (docs/protocol/ldms.md).</summary>
    public static LdmsdRefusal FailoverNotConfigured { get; } = new(Invalid, "failover is not configured; give failover_config host= port= xprt= first");

    /// <summary>What the original answers to most requests while its failover service runs. We answer so only when told to behave as it does.</summary>
    public static LdmsdRefusal DaemonBusy { get; } = new(Busy, "Daemon busy.");

    public static LdmsdRefusal PermissionDenied { get; } = new(Denied, "Permission denied.");

    public static LdmsdRefusal Missing(string attribute, string verb) => new(Invalid, $"The attribute '{attribute}' is required by {verb}.");

    public static LdmsdRefusal NoStorage { get; } = new(NotThere, "The storage policy does not exist.");

    public static LdmsdRefusal StorageStopped { get; } = new(Busy, "The storage policy is not running.");

    // Ours, where the original's were not recorded.

    public static LdmsdRefusal NoProducer(string name) => new(NotThere, $"The producer '{name}' does not exist.");

    public static LdmsdRefusal NoUpdater(string name) => new(NotThere, $"The updater '{name}' does not exist.");

    public static LdmsdRefusal NoSampler(string name) => new(NotThere, $"The sampler '{name}' does not exist.");

    public static LdmsdRefusal Taken(string what, string name) => new(Exists, $"The {what} '{name}' exists already.");

    public static LdmsdRefusal Running(string what, string name) => new(Busy, $"The {what} '{name}' is running; stop it first.");

    public static LdmsdRefusal Stopped(string what, string name) => new(Busy, $"The {what} '{name}' is not running.");

    /// <summary>A name that is a copy's.</summary>
    public static LdmsdRefusal CopyName(string name, string what) => new(Invalid, $"{name} is an invalid {what} name");

    /// <summary>For a request that no verb of ours has, or one between two ldmsd.</summary>
    public static LdmsdRefusal Unknown(uint requestId) => new(NotSupported, string.Create(CultureInfo.InvariantCulture, $"request {requestId:#x} is not done by Understudy"));

    /// <summary>An error number's name (errno(3)); the number where we have none.</summary>
    public static string NameOf(int code) => code switch
    {
        NotPermitted => "EPERM",
        NotThere => "ENOENT",
        Again => "EAGAIN",
        Denied => "EACCES",
        Busy => "EBUSY",
        Exists => "EEXIST",
        Invalid => "EINVAL",
        TooLong => "ENAMETOOLONG",
        NotImplemented => "ENOSYS",
        NotSupported => "ENOTSUP",
        _ => code.ToString(CultureInfo.InvariantCulture),
    };
}
