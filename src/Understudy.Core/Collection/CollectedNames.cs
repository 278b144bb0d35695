using System.Text;
using Understudy.Core.Ldms;

namespace Understudy.Core.Collection;

/// <summary>What metrics of sets are called in Prometheus.</summary>
internal static class CollectedNames
{
    /// <summary><c>ldms_SCHEMA_METRIC</c>, what no name may have as '_'.</summary>
    internal static string Metric(string schema, string metric)
    {
        var name = new StringBuilder("ldms_");
        Add(name, schema);
        name.Append('_');
        Add(name, metric);
        return name.ToString();
    }

    /// <summary>Labels as they stand in braces, without these.</summary>
    internal static string Labels(params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in labels)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(name).Append("=\"")
                .Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('"');
        }

        return text.ToString();
    }

    /// <summary>A target's series with the labels that say whose it is, as Prometheus' federation adds them; those that the target gave itself stay (<c>honor_labels</c>).</summary>
    /// <param name="text">Of the series; cut off where LDMS had no room for all of it, and then it ends with '~' and a sum instead of '}'.</param>
    internal static (string Name, string Labels) Series(string text, string job, string target)
    {
        var brace = text.IndexOf('{', StringComparison.Ordinal);
        var cut = text.LastIndexOf('~');
        if (cut > 0 && !text.EndsWith('}'))
        {
            var start = brace < 0 ? cut : brace;
            return (text[..start], Labels(("instance", target), ("job", job), ("series", text[cut..])));
        }

        if (brace < 0)
        {
            return (text, Labels(("instance", target), ("job", job)));
        }

        var own = text[(brace + 1)..^1];
        var added = (Has(own, "instance"), Has(own, "job")) switch
        {
            (false, false) => Labels(("instance", target), ("job", job)) + ",",
            (false, true) => Labels(("instance", target)) + ",",
            (true, false) => Labels(("job", job)) + ",",
            (true, true) => "",
        };
        return (text[..brace], added + own);
    }

    /// <summary>Whether a label is among those of a series' text. A value may look like one: it is skipped by its quotes.</summary>
    private static bool Has(string labels, string name)
    {
        for (var at = 0; at < labels.Length;)
        {
            var equals = labels.IndexOf('=', at);
            if (labels.AsSpan(at, equals - at).SequenceEqual(name))
            {
                return true;
            }

            at = equals + 2;
            while (labels[at] != '"')
            {
                at += labels[at] == '\\' ? 2 : 1;
            }

            at += 2;
        }

        return false;
    }

    private static void Add(StringBuilder name, string text)
    {
        var gap = false;
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or ':')
            {
                name.Append(gap ? "_" : "").Append(c);
                gap = false;
            }
            else
            {
                gap = true;
            }
        }
    }
}
