using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;

namespace Understudy.Linux.Collection;

/// <summary>
/// Samples in PostgreSQL: one table a schema of LDMS, one table for all series of OpenMetrics targets, filled by binary COPY over one connection. It is its own claim: an advisory lock keeps
/// others from trying, and an epoch that is checked and locked in the same transaction as each COPY keeps a writer that lost it from writing, however late its COPY arrives.
/// </summary>
/// <remarks>
/// Where each host writes what it collects, each under a claim of its own, an index of each table lets a sample in once: a COPY with one that is there is refused whole, those that are there are taken out, and the rest goes again.
/// Each transaction also counts up the claim's batch number. When a connection breaks in the middle of a commit, that number says afterwards whether the batch is in, so that nothing is stored twice and
/// nothing is left out. What waits meanwhile waits in the store's queue. InvalidOperationException is how Npgsql says that the connection went while it was used.
/// </remarks>
public sealed class PostgresStore(PostgresSettings settings) : IStoreSink, IStoreClaim
{
    /// <summary>That another host's sample comes in between; then it is tried again later. Our own bound.</summary>
    private const int MostTries = 4;

    private readonly ConditionalWeakTable<StoreColumns, PostgresTable> tables = new();
    private readonly HashSet<string> made = new(StringComparer.Ordinal);
    private NpgsqlConnection? connection;
    private long batch;
    private List<StoreSample>? unsure;

    /// <summary>Of the last batch some were there already: others collect the same, and are asked for first.</summary>
    private bool isShared;

    public ulong Epoch { get; private set; }

    /// <summary>Takes the lock and a new epoch; after a lost connection the old epoch, if nobody had the store in between.</summary>
    public StoreClaimOutcome TryClaim()
    {
        try
        {
            var own = connection is { FullState: System.Data.ConnectionState.Open } open ? open : Connect();
            if (!(bool)Ask(own, "SELECT pg_try_advisory_lock(hashtextextended('understudy store ' || $1, 0))", settings.Store)!)
            {
                var holder = (string?)Ask(own, $"SELECT holder FROM {Writers} WHERE store = $1", settings.Store);
                Close();
                return StoreClaimOutcome.No($"the store {settings.Store} is written by {holder ?? "another"}", holder);
            }

            if (Epoch == 0 || !IsOurs(own))
            {
                Epoch = (ulong)(long)Ask(
                    own,
                    $"INSERT INTO {Writers} AS w (store, epoch, holder, batch) VALUES ($1, 1, $2, 0) ON CONFLICT (store) DO UPDATE SET epoch = w.epoch + 1, holder = $2, batch = 0, since = now() RETURNING epoch",
                    settings.Store, settings.Holder)!;
                (batch, unsure) = (0, null);
            }

            return new StoreClaimOutcome(Epoch, "", settings.Holder);
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException or SocketException or InvalidOperationException)
        {
            Close();
            return StoreClaimOutcome.No(e.Message);
        }
    }

    /// <summary>That the connection, and with it the lock, was there at our last word. Enough, as each write checks the epoch itself.</summary>
    public bool StillMine() => Epoch > 0 && connection is { FullState: System.Data.ConnectionState.Open };

    public void LetGo()
    {
        Close();      // the lock is the connection's
        (Epoch, unsure) = (0, null);
    }

    public void Dispose() => LetGo();

    public void Write(IReadOnlyList<StoreSample> samples)
    {
        if (connection is not { } own)
        {
            throw new StoreUnavailableException("not connected");
        }

        try
        {
            if (unsure is not null)
            {
                Settle(own);
            }

            var groups = samples.Where(s => !s.IsDone).GroupBy(TableOf).ToList();
            foreach (var group in groups)
            {
                if (group.Key is not { } table)
                {
                    Refuse(group, $"more than {PostgresTable.MostColumns} columns");
                }
                else if (!TryMake(own, table, out var why) || !TryStore(own, table, [.. group], out why))
                {
                    Refuse(group.Where(s => !s.IsDone), why);
                    if (own.FullState != System.Data.ConnectionState.Open)
                    {
                        // Npgsql gives a connection up after some errors; the other tables' samples come over the next one.
                        Close();
                        throw new StoreUnavailableException(why);
                    }
                }
            }
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException or SocketException or InvalidOperationException)
        {
            Close();
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    /// <summary>Nothing that is open here is of another's making.</summary>
    public void Reopen()
    {
        // Tables that another made are made again where they are not there, and a connection is the claim's.
    }

    /// <summary>What another writer has stored already is found by its set, its time and its generation: exactly, so that a gap of the other's is filled from what waited here.</summary>
    public void Settle(IReadOnlyList<StoreSample> samples, bool goesOn)
    {
        if (connection is not { } own)
        {
            throw new StoreUnavailableException("not connected");
        }

        try
        {
            foreach (var group in samples.Where(s => !s.IsDone).GroupBy(TableOf))
            {
                if (group.Key is { } table && TryMake(own, table, out _))
                {
                    try
                    {
                        Settle(own, table, [.. group]);
                    }
                    catch (PostgresException e) when (IsForGood(e))
                    {
                        // A table that cannot be asked takes nothing either, and the write says so.
                    }
                }
            }
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException or SocketException or InvalidOperationException)
        {
            Close();
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    private void Settle(NpgsqlConnection own, PostgresTable table, List<StoreSample> samples)
    {
        var ids = samples.ConvertAll(static s => new SampleReader(s.Layout, s.Sample).Id);
        var stored = new HashSet<(string Instance, long Micros, long Generation)>();
        using var command = own.CreateCommand();
#pragma warning disable CA2100 // Names in it are quoted, values are parameters.
        command.CommandText = $"SELECT DISTINCT instance, \"time\", generation FROM {PostgresTable.Quoted(settings.Schema)}.{PostgresTable.Quoted(table.Name)} WHERE instance = ANY($1) AND \"time\" BETWEEN $2 AND $3";
#pragma warning restore CA2100
        _ = command.Parameters.Add(new NpgsqlParameter { Value = samples.Select(s => s.Layout.Instance).Distinct(StringComparer.Ordinal).ToArray() });
        _ = command.Parameters.Add(new NpgsqlParameter { Value = DateTime.UnixEpoch.AddMicroseconds(ids.Min(i => i.Micros)) });
        _ = command.Parameters.Add(new NpgsqlParameter { Value = DateTime.UnixEpoch.AddMicroseconds(ids.Max(i => i.Micros)) });
        using (var rows = command.ExecuteReader())
        {
            while (rows.Read())
            {
                _ = stored.Add((rows.GetString(0), (rows.GetDateTime(1) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond, rows.GetInt64(2)));
            }
        }

        for (var i = 0; i < samples.Count; i++)
        {
            samples[i].WasThere = stored.Contains((samples[i].Layout.Instance, ids[i].Micros, (long)ids[i].Generation));
            samples[i].IsDone = samples[i].WasThere;
        }
    }

    private string Writers => $"{PostgresTable.Quoted(settings.Schema)}.{PostgresTable.Quoted(PostgresTable.Writers)}";

    private const string TablesLock = "SELECT pg_advisory_xact_lock(hashtextextended('understudy tables', 0))";

    private static void Refuse(IEnumerable<StoreSample> samples, string why)
    {
        foreach (var sample in samples)
        {
            (sample.IsDone, sample.Refused) = (true, $"{sample.Layout.Instance}: {why}");
        }
    }

    private NpgsqlConnection Connect()
    {
        Close();
        var own = new NpgsqlConnection(settings.Complete());
        try
        {
            own.Open();
            var schema = PostgresTable.Quoted(settings.Schema);
            using var transaction = own.BeginTransaction();
            _ = Ask(own, TablesLock);
            _ = Ask(
                own,
                $"CREATE SCHEMA IF NOT EXISTS {schema}; CREATE TABLE IF NOT EXISTS {Writers} (store text PRIMARY KEY, epoch bigint NOT NULL, holder text NOT NULL, batch bigint NOT NULL, since timestamptz NOT NULL DEFAULT now())");
            transaction.Commit();
        }
        catch
        {
            own.Dispose();
            throw;
        }

        return connection = own;
    }

    private bool IsOurs(NpgsqlConnection own) => (bool?)Ask(own, $"SELECT epoch = $2 FROM {Writers} WHERE store = $1", settings.Store, (long)Epoch) ?? false;

    /// <summary>Whether the batch whose commit nobody answered is in.</summary>
    private void Settle(NpgsqlConnection own)
    {
        var there = (long?)Ask(own, $"SELECT batch FROM {Writers} WHERE store = $1 AND epoch = $2", settings.Store, (long)Epoch) ?? 0;
        if (there > batch)
        {
            batch = there;
            unsure!.ForEach(s => s.IsDone = true);
        }

        unsure = null;
    }

    private PostgresTable? TableOf(StoreSample sample)
    {
        if (!tables.TryGetValue(sample.Columns, out var table) && PostgresTable.Of(sample.Layout, sample.Columns) is { } fresh)
        {
            tables.Add(sample.Columns, table = fresh);
        }

        return table;
    }

    private bool TryMake(NpgsqlConnection own, PostgresTable table, out string why)
    {
        why = "";
        var sql = table.Sql(settings.Schema);
        if (made.Contains(sql))
        {
            return true;
        }

        try
        {
            // Two that find nothing there at the same moment would both make it: the lock lets one of them.
            using var transaction = own.BeginTransaction();
            _ = Ask(own, TablesLock);
            _ = Ask(own, sql);
            transaction.Commit();
            _ = made.Add(sql);
            return true;
        }
        catch (PostgresException e) when (IsForGood(e))
        {
            why = e.MessageText;
            return false;
        }
    }

    /// <summary>What will not be better later: not the classes 08, 40, 53, 55, 57 and 58 (connection, serialization, resources, locks, an operator's word, the system), nor a database that has lost our table.</summary>
    private bool IsForGood(PostgresException e)
    {
        if (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn)
        {
            made.Clear();
            return false;
        }

        return e.SqlState[..2] is not ("08" or "40" or "53" or "55" or "57" or "58");
    }

    /// <summary>Stores what is not there yet.</summary>
    /// <returns>False with why, where the table will never take them.</returns>
    private bool TryStore(NpgsqlConnection own, PostgresTable table, List<StoreSample> samples, out string why)
    {
        why = "";
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (isShared || tries > 0)
            {
                Settle(own, table, samples);
                isShared = samples.RemoveAll(static s => s.IsDone) > 0;
                Once(samples);
            }

            try
            {
                return samples.Count == 0 || TryCopy(own, table, samples, out why);
            }
            catch (PostgresException e) when (IsThere(e, table))
            {
                // Another host has stored one of them.
            }
        }

        throw new StoreUnavailableException($"others write the same samples into {table.Name} at the same time");
    }

    /// <summary>One of the samples is in the table already. An index of somebody else's making that refuses rows is another matter.</summary>
    private static bool IsThere(PostgresException e, PostgresTable table) => e.SqlState == PostgresErrorCodes.UniqueViolation && e.ConstraintName == table.Index;

    /// <summary>The same sample twice in a batch is one.</summary>
    private static void Once(List<StoreSample> samples)
    {
        var seen = new HashSet<(string Instance, SampleId Id)>();
        foreach (var sample in samples.Where(s => !seen.Add((s.Layout.Instance, new SampleReader(s.Layout, s.Sample).Id))))
        {
            (sample.WasThere, sample.IsDone) = (true, true);
        }

        _ = samples.RemoveAll(static s => s.IsDone);
    }

    private bool TryCopy(NpgsqlConnection own, PostgresTable table, List<StoreSample> samples, out string why)
    {
        why = "";
        using var transaction = own.BeginTransaction();
        // First, so that the row is ours until the commit: a new writer's epoch has to wait for that, and comes after it.
        if (Ask(own, $"UPDATE {Writers} SET batch = batch + 1 WHERE store = $1 AND epoch = $2 RETURNING batch", settings.Store, (long)Epoch) is not long number)
        {
            LetGo();
            throw new StoreUnavailableException($"the store {settings.Store} was taken over by another writer");
        }

        try
        {
            using (var copy = own.BeginBinaryImport(table.Copy(settings.Schema)))
            {
                foreach (var sample in samples)
                {
                    Row(copy, table, sample);
                }

                _ = copy.Complete();
            }
        }
        catch (PostgresException e) when (!IsThere(e, table) && IsForGood(e))
        {
            why = e.MessageText;      // the transaction's end takes everything back
            return false;
        }

        unsure = samples;      // from here on only the database knows
        transaction.Commit();
        (batch, unsure) = (number, null);
        samples.ForEach(s => s.IsDone = true);
        return true;
    }

    private static void Row(NpgsqlBinaryImporter copy, PostgresTable table, StoreSample sample)
    {
        var reader = new SampleReader(sample.Layout, sample.Sample);
        if (!table.IsSeries)
        {
            Begin(copy, reader, sample);
            foreach (var column in table.Columns.Columns)
            {
                var value = reader.Value(column.Field);
                switch (column.Kind)
                {
                    case ColumnKind.Unsigned:
                        copy.Write((long)Math.Min(value.Unsigned(column.Element), long.MaxValue), NpgsqlDbType.Bigint);
                        break;
                    case ColumnKind.Signed:
                        copy.Write(value.Signed(column.Element), NpgsqlDbType.Bigint);
                        break;
                    case ColumnKind.Floating:
                        copy.Write(value.Number(column.Element), NpgsqlDbType.Double);
                        break;
                    case ColumnKind.Text:
                        copy.Write(value.Text(), NpgsqlDbType.Text);
                        break;
                    default:
                        throw new ArgumentOutOfRangeException(nameof(table));
                }
            }

            return;
        }

        foreach (var column in table.Columns.Columns)
        {
            Begin(copy, reader, sample);
            copy.Write(column.Name, NpgsqlDbType.Text);
            copy.Write(reader.Value(column.Field).Number(column.Element), NpgsqlDbType.Double);
        }
    }

    private static void Begin(NpgsqlBinaryImporter copy, SampleReader reader, StoreSample sample)
    {
        copy.StartRow();
        copy.Write(DateTime.UnixEpoch.AddMicroseconds(reader.Id.Micros), NpgsqlDbType.TimestampTz);
        copy.Write((long)reader.Id.Generation, NpgsqlDbType.Bigint);
        copy.Write(sample.Layout.Instance, NpgsqlDbType.Text);
        copy.Write(sample.Producer, NpgsqlDbType.Text);
    }

    private static object? Ask(NpgsqlConnection own, string sql, params ReadOnlySpan<object> values)
    {
        using var command = own.CreateCommand();
#pragma warning disable CA2100 // Names in it are quoted, values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var value in values)
        {
            _ = command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command.ExecuteScalar() is { } answer and not DBNull ? answer : null;
    }

    private void Close()
    {
        connection?.Dispose();
        connection = null;
    }
}
