namespace Understudy.Core.Ldms;

/// <summary>What came back to a command.</summary>
/// <param name="Code">0, or an error number (errno(3)).</param>
/// <param name="Text">What stands in attribute 16, or empty.</param>
/// <param name="Json">What stands in attribute 26, or null.</param>
public sealed record LdmsdAnswer(int Code, string Text, string? Json);

/// <summary>What <c>understudy ldms control</c> prints, as ldmsd_controller does (LDMS 4.5.1).</summary>
public static class LdmsdControl
{
    /// <summary>What is printed of an answer; empty for an order that was done.</summary>
    /// <param name="utcOffset">Of the person's time zone.</param>
    /// <param name="raw">The JSON as it came (<c>-f json</c>).</param>
    public static string Say(string verb, LdmsdAnswer answer, TimeSpan utcOffset, bool raw)
    {
        if (answer.Code != 0)
        {
            return LdmsdTables.Refused(verb, new(answer.Code, answer.Text));
        }

        if (answer.Json is not { } json)
        {
            return answer.Text.Length == 0 ? "" : answer.Text.TrimEnd('\n') + "\n";
        }

        return raw ? json.TrimEnd('\0', '\n') + "\n" : Shown(verb, json, utcOffset) ?? json.TrimEnd('\0', '\n') + "\n";
    }

    /// <summary>A table; null for an answer that has none, or that is not of the shape that we know.</summary>
    private static string? Shown(string verb, string json, TimeSpan utcOffset) => verb switch
    {
        "prdcr_status" => LdmsdAnswers.Producers(json) is { } rows ? LdmsdTables.Producers(rows) : null,
        "updtr_status" => LdmsdAnswers.Updaters(json) is { } rows ? LdmsdTables.Updaters(rows) : null,
        "prdcr_set_status" => LdmsdAnswers.ProducerSets(json) is { } rows ? LdmsdTables.ProducerSets(rows, utcOffset) : null,
        "strgp_status" => LdmsdAnswers.Storages(json) is { } rows ? LdmsdTables.Storages(rows) : null,
        "failover_status" => LdmsdAnswers.Pairs(json) is { } pairs ? LdmsdTables.Failover(pairs) : null,
        "daemon_status" => LdmsdAnswers.DaemonState(json) is { } state ? LdmsdTables.Daemon(state) : null,
        _ => null,
    };
}
