using Npgsql;

namespace Understudy.Linux.Collection;

/// <summary>A database for samples.</summary>
/// <param name="Connection">As Npgsql reads it: <c>Host=/run/postgresql;Database=metrics;Username=understudy</c>.</param>
/// <param name="Store">Names the claim: two daemons with the same store and database exclude each other.</param>
/// <param name="Schema">PostgreSQL's schema for our tables; made when absent.</param>
/// <param name="Holder">Who we are, for people who look who writes.</param>
public sealed record PostgresSettings(string Connection, string Store, string Holder, string Schema = "understudy")
{
    /// <summary>Seconds that a statement, and the making of a connection, may take.</summary>
    internal const int LimitSeconds = 10;

    /// <summary>One connection of our own, and a server that soon notices that we are gone: it holds our lock until then (tcp(7); PostgreSQL 15, "TCP Settings").</summary>
    internal string Complete() => new NpgsqlConnectionStringBuilder(Connection)
    {
        Pooling = false,
        Timeout = LimitSeconds,
        CommandTimeout = LimitSeconds,
        KeepAlive = 0,
        TcpKeepAlive = true,
        ApplicationName = "understudy",
        Options = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=15000 -c client_min_messages=warning",
    }.ConnectionString;
}
