namespace Understudy.Core.Ldms;

/// <summary>Turns a value's text into what it means, or says what is wrong with it.</summary>
internal delegate string? LdmsdParse<T>(string text, out T value);

/// <summary>The attributes of one command, each read by a call; what is wrong is collected with its place, and a stand-in returned that nobody sees.</summary>
internal sealed class LdmsdFields
{
    private readonly LdmsdVerb verb;
    private readonly LdmsdPlace place;
    private readonly Dictionary<string, LdmsdWord> given = new(StringComparer.Ordinal);
    private readonly List<LdmsdPair> rest = [];
    private readonly List<LdmsdProblem> problems = [];
    private readonly List<LdmsdProblem> notes = [];

    internal LdmsdFields(LdmsdVerb verb, LdmsdCommand command)
    {
        (this.verb, place) = (verb, command.Place);
        foreach (var attribute in command.Attributes)
        {
            Keep(attribute);
        }

        foreach (var needed in verb.Needs.Where(n => !given.ContainsKey(n)))
        {
            problems.Add(new(place, $"The attribute '{needed}' is required by {verb.Name}."));
        }
    }

    internal ValueList<LdmsdProblem> Problems => problems.ToValueList();

    internal ValueList<LdmsdProblem> Notes => notes.ToValueList();

    /// <summary>What belongs to a plugin.</summary>
    internal ValueList<LdmsdPair> Rest => rest.ToValueList();

    internal bool Has(string name) => given.ContainsKey(name);

    internal T Needed<T>(string name, LdmsdParse<T> parse, T standIn) => given.ContainsKey(name) ? Read(name, parse, standIn) : standIn;

    internal T Or<T>(string name, LdmsdParse<T> parse, T otherwise) => given.ContainsKey(name) ? Read(name, parse, otherwise) : otherwise;

    internal T? OrNull<T>(string name, LdmsdParse<T> parse)
        where T : class => given.ContainsKey(name) ? Read<T?>(name, (string text, out T? value) =>
        {
            var problem = parse(text, out var read);
            value = read;
            return problem;
        },
        null) : null;

    internal T? OrNone<T>(string name, LdmsdParse<T> parse)
        where T : struct => given.ContainsKey(name) ? Read(name, parse, default) : null;

    internal string Name(string name = "name") => Needed(name, LdmsdValues.Name, "");

    internal string? AnyName(string name) => OrNull<string>(name, LdmsdValues.Text);

    internal LdmsdPattern Pattern(string name = "regex") => Needed(name, LdmsdValues.Pattern, LdmsdPattern.Any);

    internal T Word<T>(string name, T otherwise, params (string Word, T Value)[] words) => Or(name, (string text, out T value) =>
        {
            var found = Array.Find(words, w => w.Word == text);
            value = found.Value;
            var all = string.Join(", ", words.Select(w => w.Word));
            return found.Word is not null ? null
                : Nearest.To(text, words.Select(w => w.Word)) is { } meant ? $"{LdmsdProblem.Quote(text)} is none of {all}; did you mean '{meant}'?"
                : $"{LdmsdProblem.Quote(text)} is none of {all}";
        },
        otherwise);

    /// <summary>Notes a broken rule over several attributes, unless one of them could not be read.</summary>
    internal void Require(string name, bool holds, string problem)
    {
        if (!holds && problems.Count == 0)
        {
            Fail(name, problem);
        }
    }

    internal void Fail(string name, string problem) => problems.Add(new(given.TryGetValue(name, out var at) ? at.Place : place, $"{verb.Name}: {name}: {problem}"));

    internal void Note(string name, string note) => notes.Add(new(given.TryGetValue(name, out var at) ? at.Place : place, $"{verb.Name}: {note}"));

    private T Read<T>(string name, LdmsdParse<T> parse, T standIn)
    {
        if (given[name].Value is not { Length: > 0 } text)
        {
            Fail(name, $"has no value; write {name}=VALUE");
            return standIn;
        }

        if (parse(text, out var value) is not { } problem)
        {
            return value;
        }

        Fail(name, problem);
        return standIn;
    }

    private void Keep(LdmsdWord written)
    {
        var attribute = Repaired(written);
        if (verb.Rest == LdmsdRest.Words)
        {
            rest.Add(new(attribute.ToString(), ""));
        }
        else if (verb.Knows(attribute.Name))
        {
            if (!given.TryAdd(attribute.Name, attribute))
            {
                problems.Add(new(attribute.Place, $"{verb.Name}: {attribute.Name}: is given twice"));
            }
        }
        else if (verb.Noise.Contains(attribute.Name, StringComparer.Ordinal) || LdmsdVerbs.Idle(verb) is not null)
        {
            notes.Add(new(attribute.Place, $"{verb.Name}: {LdmsdProblem.Quote(attribute.ToString())} means nothing here, and is passed over"));
        }
        else if (verb.Rest == LdmsdRest.Plugin)
        {
            rest.Add(new(attribute.Name, attribute.Value ?? ""));
        }
        else
        {
            var known = verb.Needs.Concat(verb.Takes).ToValueList();
            problems.Add(new(attribute.Place, $"{verb.Name}: {LdmsdProblem.Quote(attribute.ToString())}: "
                + (Nearest.To(attribute.Name, known) is { } meant ? $"no such attribute; did you mean '{meant}='?"
                    : known.Count == 0 ? $"{verb.Name} takes no attributes" : $"no such attribute; here are {string.Join(", ", known)}")));
        }
    }

    /// <summary>The manual's example is printed with <c>regex.*</c> and <c>updtr_start upd</c>, which stock daemons refuse. Both can mean one thing only.</summary>
    private LdmsdWord Repaired(LdmsdWord written)
    {
        const string Regex = "regex";
        if (written.Value is not null || verb.Rest != LdmsdRest.Refused)
        {
            return written;
        }

        var word = written.Name;
        if (verb.Knows(Regex) && word.Length > Regex.Length && word.StartsWith(Regex, StringComparison.Ordinal) && !char.IsAsciiLetterOrDigit(word[Regex.Length]) && word[Regex.Length] != '_')
        {
            notes.Add(new(written.Place, $"{verb.Name}: {LdmsdProblem.Quote(word)} is read as regex={word[Regex.Length..]}, as ldmsd_failover(7) prints it; ldmsd itself wants the '='"));
            return written with { Name = Regex, Value = word[Regex.Length..] };
        }

        if (verb.Needs is ["name", ..] && !given.ContainsKey("name") && !verb.Knows(word))
        {
            notes.Add(new(written.Place, $"{verb.Name}: {LdmsdProblem.Quote(word)} is read as name={word}, as ldmsd_failover(7) prints it; ldmsd itself wants name="));
            return written with { Name = "name", Value = word };
        }

        return written;
    }
}
