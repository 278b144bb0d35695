using System.Collections.Frozen;

namespace Understudy.Core.Ldms;

/// <summary>
/// The numbers of one version of LDMS's configuration protocol. They are positions in an enumeration of upstream's and shift when a request is added in its middle, so that a client must know whom it talks to. What stands in
/// <see cref="LdmsdVerbs"/> are those of 4.5; here is what other versions have otherwise (ldmsd_request.h of each).
/// </summary>
public sealed class LdmsVersion
{
    private readonly FrozenDictionary<string, uint> otherwise;
    private readonly FrozenSet<string> lacks;

    private LdmsVersion(string name, (string Verb, uint Id)[] otherwise, string lacks)
    {
        Name = name;
        this.otherwise = otherwise.ToFrozenDictionary(o => o.Verb, o => o.Id, StringComparer.Ordinal);
        this.lacks = lacks.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>Every version that we have a table of, the newest first. All three have the same numbers for producers, updaters and the daemon's state; 4.5 put the advertisers before the listeners for producers.</summary>
    public static ValueList<LdmsVersion> All { get; } =
    [
        new("4.5", [], ""),
        new("4.4", [("advertiser_add", 0x10d), ("prdcr_listen_add", 0x10e), ("prdcr_listen_del", 0x10f), ("prdcr_listen_start", 0x110), ("prdcr_listen_stop", 0x111), ("prdcr_listen_status", 0x112)],
            "advertiser_start advertiser_stop advertiser_del profiling default_quota stream_disable qgroup_config qgroup_member_add qgroup_member_del qgroup_start qgroup_stop qgroup_info msg_stats msg_client_stats msg_disable"),
        new("4.3", [],
            "dump_cfg cfg_cntr bridge_add advertiser_add advertiser_start advertiser_stop advertiser_del prdcr_listen_add prdcr_listen_del prdcr_listen_start prdcr_listen_stop prdcr_listen_status store_time_stats "
            + "update_time_stats set_sec_mod log_status stats_reset default_auth memory log_file publish_kernel daemon_name worker_threads default_quota pid_file banner profiling stream_status stream_disable "
            + "qgroup_config qgroup_member_add qgroup_member_del qgroup_start qgroup_stop qgroup_info msg_stats msg_client_stats msg_disable"),
    ];

    /// <summary>4.5, which the recorded pair spoke.</summary>
    public static LdmsVersion Default => All[0];

    /// <summary>The first two numbers: 4.5.</summary>
    public string Name { get; }

    /// <summary>The table for a version as somebody writes it: 4.4, 4.5.1, v4.3.11. Null where there is none.</summary>
    public static LdmsVersion? Find(string version)
    {
        var numbers = version.TrimStart('v').Split('.');
        return numbers.Length is < 2 or > 4 || numbers.Any(n => n.Length is 0 or > 6 || n.Any(c => !char.IsAsciiDigit(c))) ? null : All.FirstOrDefault(v => v.Name == $"{numbers[0]}.{numbers[1]}");
    }

    /// <summary>The number of a verb; null where this version has none.</summary>
    public uint? IdOf(string verb) => LdmsdVerbs.Find(verb) is not { } known || lacks.Contains(known.Name) ? null : otherwise.GetValueOrDefault(known.Name, known.RequestId);

    /// <summary>A command as a request of this version, without its number; null for a verb that it has not.</summary>
    public ConfigMessage? Request(LdmsdCommand command) => IdOf(command.Verb) is not { } id || LdmsdWire.ToWire(command) is not { } wire
        ? null
        : new(IsAnswer: false, 0, id, wire.Attributes.Select(a => a.Value is null ? new ConfigValue((ConfigWord)a.Id, []) : ConfigValue.Of((ConfigWord)a.Id, a.Value)).ToValueList());

    /// <summary>What an answer says.</summary>
    public static LdmsdAnswer Answer(ConfigMessage message) => new((int)Math.Min(message.Code, int.MaxValue), message[ConfigWord.String] ?? "", message[ConfigWord.Json]);
}
