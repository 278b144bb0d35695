using System.Diagnostics;
using Npgsql;
using Understudy.Lab.Worlds;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>Debian's PostgreSQL in a folder of its own, on a Unix socket there and no other. It refuses to run as root, and then runs as the user that its package made.</summary>
public sealed class PostgresServer : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("understudy-pg-").FullName;
    private readonly string? programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).LastOrDefault(d => File.Exists(Path.Combine(d, "initdb")))
        : null;

    private Process? server;

    public string? Obstacle => programs is null ? "needs Debian's postgresql (./dev setup)" : null;

    public string Connection => $"Host={folder};Database=postgres;Username=lab;Pooling=false";

    /// <summary>Makes the database at its first call, and starts the server where it does not run.</summary>
    public void Start()
    {
        Assert.SkipWhen(Obstacle is not null, Obstacle ?? "");
        if (server is not null)
        {
            return;
        }

        if (!Directory.Exists(Path.Combine(folder, "db")))
        {
            if (Environment.IsPrivilegedProcess)
            {
                Run("chown", "postgres", folder);
            }

            Run([.. Prefix, Path.Combine(programs!, "initdb"), "-D", Path.Combine(folder, "db"), "-U", "lab", "-A", "trust", "-N", "--no-instructions", "-E", "UTF8"]);
        }

        server = Begin([.. Prefix, Path.Combine(programs!, "postgres"), "-D", Path.Combine(folder, "db"), "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=30"]);
        Assert.True(LabClock.WaitUntil(Answers, StoreStage.Patience), "PostgreSQL does not answer");
    }

    /// <summary>Ends it as a crash does (SIGQUIT: "immediate shutdown").</summary>
    public void Crash() => End("-QUIT");

    public object? Ask(string sql)
    {
        using var connection = new NpgsqlConnection(Connection);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }

    public void Dispose()
    {
        End("-INT");
        Directory.Delete(folder, recursive: true);
    }

    private static string[] Prefix => Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];

    private bool Answers()
    {
        try
        {
            return Ask("SELECT 1") is 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private void End(string signal)
    {
        if (server is { } process)
        {
            Run("kill", signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));      // setpriv has become the server
            if (!process.WaitForExit(StoreStage.Patience))
            {
                process.Kill(entireProcessTree: true);
            }

            process.Dispose();
            server = null;
        }
    }

    private static Process Begin(params string[] words)
    {
        var start = new ProcessStartInfo(words[0], words[1..]) { WorkingDirectory = "/", UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static void Run(params string[] words)
    {
        using var process = Begin(words);
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)), words[0]);
        Assert.Equal(0, process.ExitCode);
    }
}
