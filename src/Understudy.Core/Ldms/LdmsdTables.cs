using System.Globalization;
using System.Text;

namespace Understudy.Core.Ldms;

/// <summary>What <c>ldmsd_controller</c> prints, byte for byte (LDMS 4.5.1, tool-output of docs/protocol/ldms.md). Every text ends with a line break.</summary>
public static class LdmsdTables
{
    public static string Producers(IEnumerable<LdmsdProducerRow> rows)
    {
        var text = new StringBuilder();
        Line(text, "Name             Host             Port         Transport    auth             Rail quota    rx_rate  State        Type                ");
        Line(text, "---------------- ---------------- ------------ ------------ ---------------- ---- -------- -------- ------------ --------------------");
        foreach (var p in rows)
        {
            Line(text, string.Create(CultureInfo.InvariantCulture,
                $"{p.Name,-16} {p.Host,-16} {p.Port,12} {p.Transport,-12} {p.Auth,-16} {p.Rail,4} {p.Quota,8} {p.RxRate,8} {p.State,-12} {p.Kind,-10}"));
            foreach (var s in p.Sets)
            {
                Line(text, $"    {s.Instance,-16} {s.Schema,-16} {s.State}");
            }
        }

        return text.ToString();
    }

    public static string Updaters(IEnumerable<LdmsdUpdaterRow> rows)
    {
        var text = new StringBuilder();
        Line(text, "Name             Interval:Offset  Auto   Mode            State");
        Line(text, "---------------- ---------------- ------ --------------- ---------------");
        foreach (var u in rows)
        {
            Line(text, $"{u.Name,-16} {$"{Float(u.IntervalMicros, 6)}s:{Float(u.OffsetMicros, 3)}ms",-16} {(u.Auto ? "true" : "false"),-6} {u.Mode,-15} {u.State,-10}");
            foreach (var p in u.Producers)
            {
                Line(text, string.Create(CultureInfo.InvariantCulture, $"    {p.Name,-16} {p.Host,-16} {p.Port,12} {p.Transport,-12} {p.State,-12}"));
            }
        }

        return text.ToString();
    }

    /// <param name="utcOffset">Of the person's time zone: the original prints local time.</param>
    public static string ProducerSets(IEnumerable<LdmsdProducerSetRow> rows, TimeSpan utcOffset)
    {
        var text = new StringBuilder();
        Line(text, "Name                           Schema Name      State      Origin           Producer         Timestamp                 Duration(sec)");
        Line(text, "------------------------------ ---------------- ---------- ---------------- ---------------- ------------------------- ------------");
        foreach (var s in rows)
        {
            var stamp = string.Create(CultureInfo.InvariantCulture, $"{CivilTime.Of(s.TimestampMicros, utcOffset).Short} [{s.TimestampMicros % 1_000_000}]");
            var duration = string.Create(CultureInfo.InvariantCulture, $"{s.DurationMicros / 1_000_000}.{s.DurationMicros % 1_000_000:000000}");
            Line(text, $"{s.Instance,-30} {s.Schema,-16} {s.State,-10} {s.Origin,-16} {s.Producer,-16} {stamp,-25} {duration,-12}");
        }

        return text.ToString();
    }

    public static string Storages(IEnumerable<LdmsdStorageRow> rows)
    {
        var text = new StringBuilder();
        Line(text, "Name             Container        Schema           Regex            Plugin           Flush            State      Decomposition       ");
        Line(text, "---------------- ---------------- ---------------- ---------------- ---------------- ---------------- ---------- --------------------");
        foreach (var s in rows)
        {
            var flush = string.Create(CultureInfo.InvariantCulture, $"{s.FlushMicros / 1_000_000}.{s.FlushMicros % 1_000_000:000000}");
            Line(text, $"{s.Name,-16} {s.Container,-16} {s.Schema ?? "-",-16} {s.Regex ?? "-",-16} {s.Plugin,-16} {flush,-16} {s.State,-10} {s.Decomposition ?? "-",-20}");
            Line(text, $"    producers: {string.Concat(s.Producers.Select(p => p + " "))}");
            Line(text, $"     metrics: {string.Concat(s.Metrics.Select(m => m + " "))}");
        }

        return text.ToString();
    }

    /// <summary>All keys of the answer in its order, so that the keys of any version are shown.</summary>
    /// <param name="pairs"><see cref="LdmsdAnswers.Pairs"/> of the answer.</param>
    public static string Failover(ValueList<(string Key, string? Value, ValueList<(string Key, string Value)> Inner)> pairs)
    {
        var text = new StringBuilder();
        Line(text, "Failover Status:");
        foreach (var (key, value, inner) in pairs)
        {
            Line(text, $"    {key}: {value}");
            foreach (var (name, item) in inner)
            {
                Line(text, $"        {name}: {item}");
            }
        }

        return text.ToString();
    }

    /// <summary>Its spelling is the original's.</summary>
    public static string Daemon(string state) => $"Deamon State: {state}\n\n";

    /// <summary>A refused command.</summary>
    /// <param name="verb">The failover verbs say besides what was tried.</param>
    public static string Refused(string verb, LdmsdRefusal refusal)
    {
        var tried = verb switch
        {
            "failover_start" => "Error starting failover service: ",
            "failover_stop" => "Error stopping failover service: ",
            _ => "",
        };
        return string.Create(CultureInfo.InvariantCulture, $"Error {refusal.Code}: {tried}{refusal.Text}\n");
    }

    /// <summary>What the controller says by itself of a command, before anything is sent; null where it may be sent.</summary>
    public static string? RefusedUnsent(LdmsdCommand command)
    {
        if (LdmsdVerbs.Find(command.Verb) is not { } verb)
        {
            return $"*** Unknown syntax: {command}\n";
        }

        var needs = verb.ControllerNeeds.Count > 0 ? verb.ControllerNeeds : verb.Needs;
        var missing = needs.Where(n => !command.Has(n)).ToList();
        return missing.Count == 0 ? null : $"Error EINVAL: The attribute(s) {string.Join(", ", missing)} are required by {verb.Name}\n";
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');

    /// <summary>A number of µs in a larger unit as Python prints a float: 1.0, 0.1, 1e-05.</summary>
    private static string Float(long micros, int digits)
    {
        var value = micros / (digits == 6 ? 1_000_000.0 : 1000.0);
        if (value != 0 && Math.Abs(value) < 1e-4)
        {
            var exponent = Math.Abs(micros) >= 10 ? -5 : -6;           // only seconds can be that small
            return string.Create(CultureInfo.InvariantCulture, $"{micros / (exponent == -5 ? 10.0 : 1.0):0.#}e-0{-exponent}");
        }

        return value.ToString("0.0#####", CultureInfo.InvariantCulture);
    }
}
