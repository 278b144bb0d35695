using Understudy.Core.Ldms;

namespace Understudy.Core.Settings;

/// <summary>Who writes to a store: of an exclusive one nobody writes beside it.</summary>
public abstract record StoreWriterSettings
{
    private StoreWriterSettings()
    {
    }

    /// <summary>Every host that has the samples, each to its own place.</summary>
    public sealed record Everyone : StoreWriterSettings
    {
        public override string ToString() => "everyone";
    }

    /// <summary>Who has the lock on a file beside the data (flock(2)).</summary>
    public sealed record FileLock : StoreWriterSettings
    {
        public override string ToString() => "file";
    }

    /// <summary>Who has an advisory lock of the database.</summary>
    public sealed record DatabaseLock : StoreWriterSettings
    {
        public override string ToString() => "postgres";
    }

    /// <summary>Who holds a duty of this file, with its epoch.</summary>
    public sealed record Holder(string Duty) : StoreWriterSettings
    {
        public override string ToString() => $"duty {Duty}";
    }
}

/// <summary>Where samples are kept.</summary>
public abstract record StoreSettings
{
    private StoreSettings()
    {
    }

    /// <summary>As a producer's.</summary>
    public required string Name { get; init; }

    /// <summary>Sets of these schemas; none: all.</summary>
    public ValueList<string> Schemas { get; init; } = [];

    /// <summary>Of these producers, by name.</summary>
    public LdmsdPattern Producers { get; init; } = LdmsdPattern.Any;

    /// <summary>These metrics; none: all.</summary>
    public ValueList<string> Metrics { get; init; } = [];

    public required StoreWriterSettings Writer { get; init; }

    /// <summary>The store in a few words: <c>csv /var/lib/samples</c>. Of a database no more than that.</summary>
    public abstract string Subject { get; }

    /// <summary>A folder with one file for each schema, in the layout of LDMS' store_csv.</summary>
    /// <param name="Folder">Absolute.</param>
    /// <param name="Roll">A new file begins at whole multiples of this, UTC; null: never.</param>
    public sealed record Csv(string Folder, TimeSpan? Roll) : StoreSettings
    {
        public override string Subject => $"csv {Folder}";
    }

    /// <summary>A table for each schema in PostgreSQL.</summary>
    /// <param name="Connection">As Npgsql has it.</param>
    /// <param name="Into">The database's schema that has the tables.</param>
    public sealed record Postgres(string Connection, string Into) : StoreSettings
    {
        public override string Subject => "postgres";
    }

    internal static StoreSettings? Read(string name, Section at, FileSoFar file)
    {
        var kind = at.OneKind<StoreSettings>("where samples go",
            ("csv", () => ReadCsv(name, at)),
            ("postgres", () => ReadPostgres(name, at)));
        var schemas = at.Values<string>("schema", CollectionSettings.Name, 0, 64, new("name, or a list of them", "all", "0..64", "Sets of these schemas."));
        var producers = at.Value("producers", CollectionSettings.Pattern, new("expression", ".*", "", "Of these producers, by their names."), LdmsdPattern.Any);
        var metrics = at.Values<string>("metrics", Scalars.Any, 0, 1000, new("name, or a list of them", "all", "0..1000", "Only these metrics."));
        var writer = ReadWriter(at, file, kind is Postgres ? new StoreWriterSettings.Everyone() : new StoreWriterSettings.FileLock());
        at.Require("writer", kind is not Csv || writer is not StoreWriterSettings.DatabaseLock, "is postgres, which is for a postgres store; write file, everyone, or { duty: NAME }");
        at.Require("writer", kind is not Postgres || writer is not StoreWriterSettings.FileLock, "is file, which is for a csv store; write postgres, everyone, or { duty: NAME }");
        return kind is null ? null : kind with { Schemas = schemas, Producers = producers, Metrics = metrics, Writer = writer };
    }

    private static Csv ReadCsv(string name, Section at)
    {
        var folder = at.Needed("csv", OneFolder, new("path", "this or another", "", "A folder, in which each schema has its file, as LDMS' store_csv lays them out."), "");
        return new(folder, at.SpanOr("roll", "never", "1m", "168h", "Only for `csv`: a new file begins at whole multiples of this, UTC.")) { Name = name, Writer = new StoreWriterSettings.FileLock() };
    }

    private static Postgres ReadPostgres(string name, Section at)
    {
        var connection = at.Needed("postgres", OneConnection, new("text", "this or another", "", "A database, as Npgsql has it: `Host=db;Database=metrics;Username=understudy`. Its password belongs in a file that `Passfile=` names."), "");
        at.WarnWhen("postgres", connection.Contains("password=", StringComparison.OrdinalIgnoreCase), "has a password in it, and everybody who may read the settings reads it; put it into a file and write Passfile=");
        return new(connection, at.Value("into", Identifier, new("name", "public", "", "Only for `postgres`: the schema of the database that has the tables."), "public"))
        {
            Name = name,
            Writer = new StoreWriterSettings.Everyone(),
        };
    }

    private static StoreWriterSettings ReadWriter(Section at, FileSoFar file, StoreWriterSettings otherwise) => at.Either("writer",
        Section.OneOf<StoreWriterSettings>("{ duty: NAME }", ("file", new StoreWriterSettings.FileLock()), ("postgres", new StoreWriterSettings.DatabaseLock()), ("everyone", new StoreWriterSettings.Everyone())),
        s => new StoreWriterSettings.Holder(s.Needed("duty", file.OneDuty, new("duty", "none", "", "Whoever holds this duty of the file writes.", "the name of a duty of this file"), "")),
        new("word, or a mapping", "file, or everyone", "file, postgres, everyone",
            "Who writes: `everyone` is each host what it collects, a folder of its own each, while a database takes each sample once, whoever sends it; `file` is whoever has the lock on a file in the folder, `postgres` whoever has a lock of the database, and what others collect waits there until they have it."),
        otherwise);

    private static string? OneFolder(string text, out string value)
    {
        value = text;
        return text == "/" ? "'/' is no folder for samples" : Scalars.Path(text.TrimEnd('/') is { Length: > 0 } trimmed ? trimmed : text, out value);
    }

    private static string? OneConnection(string text, out string value)
    {
        value = text;
        return text.Length <= 1000 && text.Split(';', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } parts && parts.All(p => p.IndexOf('=', StringComparison.Ordinal) > 0)
            ? null
            : "is no connection string; write for instance Host=db;Database=metrics;Username=understudy";
    }

    /// <summary>A name in SQL that needs no quotes.</summary>
    private static string? Identifier(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= 63 && (char.IsAsciiLetterLower(text[0]) || text[0] == '_') && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
            ? null
            : $"{Scalars.Quote(text)} cannot be a schema's name; use a-z, 0-9 and '_', 63 at most";
    }
}
