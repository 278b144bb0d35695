using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>What a settings file says of pages and stores is what <c>understudy run</c> does: on loopback, one host with one duty.</summary>
public sealed class CollectionFileLab : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly string folder = Directory.CreateTempSubdirectory("understudy-file-").FullName;
    private Process? daemon;

    public void Dispose()
    {
        if (daemon is not null)
        {
            // The guardian is the parent: it takes the daemon with it.
            _ = LabLibc.kill(daemon.Id, LabLibc.SIGTERM);
            if (!daemon.WaitForExit(s_patience))
            {
                daemon.Kill(entireProcessTree: true);
                daemon.WaitForExit();
            }

            daemon.Dispose();
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_page_has_its_name_and_headers_a_store_its_metrics_and_whoever_performs_the_duty_writes_it()
    {
        HarnessTests.SkipWhere(UnderstudyProduct.Obstacle());
        var heads = new ConcurrentQueue<string>();
        var number = 0;
        using var server = new ScrapeServer(head =>
        {
            heads.Enqueue(head + "\r\n");
            return ScrapeServer.Ok($"load{{cpu=\"0\"}} {Interlocked.Increment(ref number)}\nload{{cpu=\"1\"}} 2\nother 3\n");
        });
        Write("secret", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)) + "\n", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Write("job", "#!/bin/sh\nexit 0\n", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Write("settings.yaml", $$"""
            node: alpha
            secret: {{In("secret")}}
            nodes: { alpha: { lan: 127.0.0.1 } }
            arbiter: none
            api: { socket: {{In("api.sock")}} }
            ledger: { path: {{In("ledger")}} }
            duties:
              job: { candidates: [alpha], run: {{In("job")}} }
            collection:
              producers:
                web1: { openmetrics: "{{server.Url}}", instance: "team/web:1", headers: { X-Scope-OrgID: "one" } }
              updaters: { all: { interval: 100ms } }
              stores:
                every: { csv: {{In("every")}} }
                duty: { csv: {{In("duty")}}, metrics: load, writer: { duty: job } }

            """, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        daemon = Process.Start(new ProcessStartInfo("sh", ["-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", In("log"), UnderstudyProduct.FindProgram()!, "run", In("settings.yaml")]) { UseShellExecute = false })!;
        Await("both stores have rows", () => Rows("every").Length > 3 && Rows("duty").Length > 3);
        Assert.Contains(heads, h => h.Contains("X-Scope-OrgID: one\r\n", StringComparison.Ordinal));
        Assert.Equal(["load{cpu=\"\"0\"\"}", "load{cpu=\"\"1\"\"}"], Series("duty"));
        Assert.Equal(["load{cpu=\"\"0\"\"}", "load{cpu=\"\"1\"\"}", "other"], Series("every"));
        Assert.All(Rows("duty"), r => Assert.Equal(["web1", "team/web:1"], r.Split(',')[2..4]));

        // Kept out of its duty, the host writes that store no more; back in it, it stores what waited.
        Order("hold");
        Await("the store that the duty's holder writes stands still", () =>
        {
            var (duty, every) = (Rows("duty").Length, Rows("every").Length);
            LabClock.Pause(TimeSpan.FromSeconds(1));
            return Rows("duty").Length == duty && Rows("every").Length > every;
        });
        var last = Rows("every")[^1].Split(',')[0];
        Order("release");
        Await("what waited is stored", () => Rows("duty").Any(r => r.StartsWith(last, StringComparison.Ordinal)) && Rows("duty")[^1].Split(',')[0] is var newest && string.CompareOrdinal(newest, last) > 0);
        var times = Rows("every").Select(r => r.Split(',')[0]).Distinct(StringComparer.Ordinal).TakeWhile(t => t != last);
        Assert.Empty(times.Except(Rows("duty").Select(r => r.Split(',')[0]), StringComparer.Ordinal));
        var all = Rows("duty");
        Assert.Equal(all.Distinct(StringComparer.Ordinal), all);
    }

    private string In(string file) => Path.Combine(folder, file);

    private void Write(string file, string text, UnixFileMode mode)
    {
        File.WriteAllText(In(file), text);
        File.SetUnixFileMode(In(file), mode);
    }

    private void Order(string verb)
    {
        var (exit, output, errors) = Shell.Try(UnderstudyProduct.FindProgram()!, null, verb, "job", "--socket", In("api.sock"));
        Assert.True(exit == 0, $"{verb}: {output}{errors}\n{Log()}");
    }

    private string[] Rows(string store) => File.Exists(Path.Combine(In(store), "openmetrics_team")) ? [.. File.ReadAllText(Path.Combine(In(store), "openmetrics_team")).Split('\n').Skip(1).SkipLast(1)] : [];

    private string[] Series(string store) => [.. Rows(store).Select(r => r.Split(',')[4].Trim('"')).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private string Log() => File.Exists(In("log")) ? File.ReadAllText(In("log")) : "";

    private void Await(string what, Func<bool> isSo) => Assert.True(LabClock.WaitUntil(isSo, s_patience), $"{what}: not in time\n{string.Join(' ', Directory.GetFiles(folder, "*", SearchOption.AllDirectories))}\n{Log()}");
}
