using System.Globalization;
using System.Text;

namespace Understudy.Core.Ups;

/// <summary>
/// A <see cref="ProxyHandover"/> as text, between two processes of perhaps two versions: a line a fact, fields with tabs between them, and in a field a backslash before what would be taken for either. What
/// one version does not know of another's is a refusal, not a guess: the next process then starts as if there had been none.
/// </summary>
public static class ProxyHandoverText
{
    /// <summary>Of the text: a tree of the most variables, and some megabytes for clients that do not read.</summary>
    public const int MaxChars = 32 << 20;

    /// <summary>Clients that are handed over; descriptors are few.</summary>
    public const int MaxClients = 1000;

    /// <summary>Of a moment from 0, in ticks: <see cref="UpsSource.UnwellSince"/> may lie half of all time before it, and spans are still added to it.</summary>
    private const long Furthest = long.MaxValue / 4 * 3;

    private const string Head = "understudy-ups handover 1", End = "end", None = "-";

    public static string Write(ProxyHandover of)
    {
        var text = new StringBuilder(4096);
        var view = of.View;
        Line(text, Head);
        Line(text, "ups", of.Ups);
        Line(text, "boot", of.Boot);
        Line(text, "at", Ticks(of.At));
        Line(text, "listener", of.Listener);
        Line(text, "view", Flag(view.Fresh), Ticks(view.FreshUntil), Ticks(view.NobodySince), Flag(view.EverShown));
        Line(text, "primary", Perhaps(view.Primary));
        foreach (var source in view.Sources)
        {
            Line(text, "source", source.Name, Number((int)source.Priority), Ticks(source.Since), Ticks(source.WellSince), Flag(source.WasAway), Flag(source.Forced));
            if (source.Override is { } word)
            {
                Line(text, "word", Flag(word.Primary), Ticks(word.Until), word.Why);
            }
        }

        foreach (var (name, variable, owner) in view.Variables)
        {
            Line(text, "variable", name, variable.Value, Number((int)variable.Flags), Number(variable.Length), Perhaps(owner));
            foreach (var choice in variable.Choices)
            {
                Line(text, "choice", choice);
            }

            foreach (var range in variable.Ranges)
            {
                Line(text, "range", Number(range.Low), Number(range.High));
            }
        }

        foreach (var (name, owner) in view.Commands)
        {
            Line(text, "command", name, Perhaps(owner));
        }

        foreach (var client in of.Clients)
        {
            Line(text, "client", client.Socket, Flag(client.Listens), Flag(client.Skips), client.Heard, client.Unsent);
        }

        Line(text, End);
        return text.ToString();
    }

    /// <summary>Reads a text; null for any that this version would not have written.</summary>
    public static ProxyHandover? Read(string text)
    {
        var lines = text.Length > MaxChars ? [] : text.Split('\n');
        if (lines.Length < 3 || lines[0] != Head || lines[^2] != End || lines[^1].Length > 0)
        {
            return null;
        }

        var reader = new Reader();
        for (var i = 1; i < lines.Length - 2; i++)
        {
            if (!reader.Take(Fields(lines[i])))
            {
                return null;
            }
        }

        return reader.Whole();
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Ticks(Instant at) => at.Ticks.ToString(CultureInfo.InvariantCulture);

    private static string Flag(bool is1) => is1 ? "1" : "0";

    /// <summary>A name, or that there is none: no name is empty or stands with a sign before it.</summary>
    private static string Perhaps(string? name) => name is null ? None : $"={name}";

    private static void Line(StringBuilder into, params ReadOnlySpan<string> fields)
    {
        for (var i = 0; i < fields.Length; i++)
        {
            if (i > 0)
            {
                into.Append('\t');
            }

            foreach (var c in fields[i])
            {
                _ = c switch
                {
                    '\t' => into.Append("\\t"),
                    '\n' => into.Append("\\n"),
                    '\\' => into.Append("\\\\"),
                    _ => into.Append(c),
                };
            }
        }

        into.Append('\n');
    }

    /// <summary>The fields of a line; none at all where a backslash stands before anything else than we write.</summary>
    private static List<string> Fields(string line)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '\t')
            {
                fields.Add(field.ToString());
                field.Clear();
                continue;
            }

            var sign = line[i] != '\\' ? line[i] : ++i == line.Length ? '\0' : line[i] switch { 't' => '\t', 'n' => '\n', '\\' => '\\', _ => '\0' };
            if (sign == '\0' && line[Math.Min(i, line.Length - 1)] != '\0')
            {
                return [];
            }

            field.Append(sign);
        }

        fields.Add(field.ToString());
        return fields;
    }

    /// <summary>Takes line after line; each counts at its place only.</summary>
    private sealed class Reader
    {
        private readonly List<HandedSource> sources = [];
        private readonly List<HandedVariable> variables = [];
        private readonly List<HandedCommand> commands = [];
        private readonly List<HandedClient> clients = [];
        private readonly List<string> choices = [];
        private readonly List<VariableRange> ranges = [];
        private string? ups, boot, listener, primary;
        private Instant? at;
        private (bool Fresh, Instant FreshUntil, Instant NobodySince, bool EverShown)? view;
        private bool primarySaid;
        private int items;

        internal bool Take(List<string> fields)
        {
            switch (fields)
            {
                case ["ups", { Length: > 0 } name] when ups is null:
                    ups = name;
                    return true;
                case ["boot", var id] when boot is null:
                    boot = id;
                    return true;
                case ["at", var said] when at is null && Moment(said, out var when):
                    at = when;
                    return true;
                case ["listener", var socket] when listener is null:
                    listener = socket;
                    return true;
                case ["view", var fresh, var until, var nobody, var ever] when view is null && Flag(fresh, out var isFresh) && Ticks(until, out var untilAt) && Ticks(nobody, out var since) && Flag(ever, out var shown):
                    view = (isFresh, untilAt, since, shown);
                    return true;
                case ["primary", var name] when !primarySaid && Perhaps(name, out primary):
                    primarySaid = true;
                    return true;
                case ["source", { Length: > 0 } name, var priority, var from, var well, var away, var force]
                    when Number(priority, out var rank) && rank is >= (int)SourcePriority.None and <= (int)SourcePriority.Alive && Moment(from, out var since) && Ticks(well, out var wellSince) && Flag(away, out var wasAway) && Flag(force, out var forced)
                        && Counts(sources.Count, 256):
                    sources.Add(new HandedSource(name, (SourcePriority)rank, since, wellSince, wasAway, forced, null));
                    return true;
                case ["word", var kind, var until, var why] when sources.Count > 0 && sources[^1].Override is null && Flag(kind, out var wanted) && Ticks(until, out var end):
                    sources[^1] = sources[^1] with { Override = new SourceOverride(wanted, end, why) };
                    return true;
                case ["variable", { Length: > 0 and <= DriverLines.MaxNameChars } name, var value, var traits, var length, var owner]
                    when Number(traits, out var flags) && flags is >= 0 and < 8 && Number(length, out var most) && Perhaps(owner, out var source) && Counts(++items, VariableTree.MaxItems * 2):
                    Close();
                    variables.Add(new HandedVariable(name, new Variable(value, (VariableTraits)flags, most, [], []), source));
                    return true;
                case ["choice", var choice] when variables.Count > 0 && Counts(choices.Count, VariableTree.MaxChoices):
                    choices.Add(choice);
                    return true;
                case ["range", var low, var high] when variables.Count > 0 && Number(low, out var from) && Number(high, out var to) && Counts(ranges.Count, VariableTree.MaxChoices):
                    ranges.Add(new VariableRange(from, to));
                    return true;
                case ["command", { Length: > 0 and <= DriverLines.MaxNameChars } name, var owner] when Perhaps(owner, out var source) && Counts(++items, VariableTree.MaxItems * 2):
                    commands.Add(new HandedCommand(name, source));
                    return true;
                case ["client", var socket, var listens, var skips, var heard, var unsent]
                    when Flag(listens, out var hears) && Flag(skips, out var overlong) && heard.Length <= DriverLines.MaxLineBytes && IsBytes(heard) && IsBytes(unsent) && Counts(clients.Count, MaxClients):
                    clients.Add(new HandedClient(socket, hears, overlong, heard, unsent));
                    return true;
                default:
                    return false;
            }
        }

        internal ProxyHandover? Whole()
        {
            Close();
            return ups is null || boot is null || listener is null || at is null || view is null || !primarySaid
                ? null
                : new ProxyHandover(
                    ups,
                    boot,
                    at.Value,
                    listener,
                    new HandedView(view.Value.Fresh, view.Value.FreshUntil, view.Value.NobodySince, view.Value.EverShown, primary, sources.ToValueList(), variables.ToValueList(), commands.ToValueList()),
                    clients.ToValueList());
        }

        /// <summary>What describes the last variable is all there.</summary>
        private void Close()
        {
            if (variables.Count > 0 && choices.Count + ranges.Count > 0)
            {
                var last = variables[^1];
                variables[^1] = last with { Variable = last.Variable with { Choices = choices.ToValueList(), Ranges = ranges.ToValueList() } };
                choices.Clear();
                ranges.Clear();
            }
        }

        private static bool Counts(int count, int most) => count < most;

        private static bool IsBytes(string text) => text.All(c => c <= 0xFF);

        private static bool Flag(string said, out bool is1)
        {
            is1 = said == "1";
            return said is "0" or "1";
        }

        private static bool Number(string said, out int number) => int.TryParse(said, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

        /// <summary>A moment that spans can be added to, or Never.</summary>
        private static bool Ticks(string said, out Instant at)
        {
            var is1 = long.TryParse(said, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ticks);
            at = new Instant(ticks);
            return is1 && (at == Instant.Never || ticks is >= -Furthest and <= Furthest);
        }

        private static bool Moment(string said, out Instant at) => Ticks(said, out at) && at != Instant.Never;

        private static bool Perhaps(string said, out string? name)
        {
            name = said.Length > 1 ? said[1..] : null;
            return said == None || (said.Length > 1 && said[0] == '=');
        }
    }
}
