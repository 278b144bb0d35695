using System.IO.Compression;
using System.Text;
using Understudy.Core.Collection;
using Understudy.Linux.Collection;
using Xunit;

namespace Understudy.Lab.Collection;

public sealed class ScrapeLab
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scrape_after_scrape_goes_over_one_connection_and_says_what_it_can_read()
    {
        var heads = new List<string>();
        var number = 0;
        using var server = new ScrapeServer(head =>
        {
            heads.Add(head);
            return ScrapeServer.Ok($"a {++number}\n");
        });
        using var clients = new ScrapeClients();
        var client = clients.Open(new ScrapeTarget(server.Url, s_timeout));
        Assert.Equal(OpenMetricsOutcome.Changed, (await client.ReadAsync(Stop)).Outcome);
        for (var i = 0; i < 9; i++)
        {
            Assert.Equal(new Scrape(OpenMetricsOutcome.Same, "", i < 8 ? 4 : 5, Answered: true), await client.ReadAsync(Stop));
        }

        Assert.Equal(10, client.Reader.Values[0]);
        Assert.Equal((1, 10), (server.Connections, server.Requests));
        Assert.Contains("Accept: application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", heads[0], StringComparison.Ordinal);
        Assert.Contains("X-Prometheus-Scrape-Timeout-Seconds: 5", heads[0], StringComparison.Ordinal);
        Assert.DoesNotContain("Accept-Encoding", heads[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operators_headers_are_sent_in_the_place_of_ours()
    {
        var head = "";
        using var server = new ScrapeServer(h =>
        {
            head = h + "\r\n";
            return ScrapeServer.Ok("a 1\n");
        });
        using var clients = new ScrapeClients();
        var scrape = await clients.Open(new ScrapeTarget(server.Url, s_timeout, Headers: [("X-Scope-OrgID", "team one"), ("User-Agent", "theirs")])).ReadAsync(Stop);
        Assert.Equal("", scrape.Why);
        Assert.Contains("X-Scope-OrgID: team one\r\n", head, StringComparison.Ordinal);
        Assert.Contains("User-Agent: theirs\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("understudy", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_answers_type_says_which_format_it_is()
    {
        using var server = new ScrapeServer(_ => ScrapeServer.Ok("a 1\n", "application/openmetrics-text; version=1.0.0; charset=utf-8"));
        using var clients = new ScrapeClients();
        var scrape = await clients.Open(new ScrapeTarget(server.Url, s_timeout)).ReadAsync(Stop);
        Assert.Equal("line 2: the text ends without '# EOF'", scrape.Why);
        Assert.True(scrape.Answered);
    }

    [Fact]
    public async Task A_packed_answer_is_asked_for_where_wanted_and_bounded_by_what_it_unpacks_to()
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(i => $"a{{b=\"{i}\"}} {i}\n"))));
        }

        var asked = "";
        using var server = new ScrapeServer(head =>
        {
            asked = head;
            return ScrapeServer.Ok(packed.ToArray(), more: "Content-Encoding: gzip\r\n");
        });
        using var clients = new ScrapeClients();
        var client = clients.Open(new ScrapeTarget(server.Url, s_timeout, Gzip: true));
        Assert.Equal(OpenMetricsOutcome.Changed, (await client.ReadAsync(Stop)).Outcome);
        Assert.Equal(5000, client.Reader.Values.Length);
        Assert.Contains("Accept-Encoding: gzip", asked, StringComparison.Ordinal);
        var bounded = await clients.Open(new ScrapeTarget(server.Url, s_timeout, Gzip: true), new OpenMetricsLimits(BodyBytes: 50_000)).ReadAsync(Stop);
        Assert.Equal("the answer has more than 50000 bytes", bounded.Why);
    }

    [Fact]
    public async Task What_is_no_answer_is_no_sample_and_says_why()
    {
        using var clients = new ScrapeClients();
        using var silent = new ScrapeServer(_ => null);
        var late = await clients.Open(new ScrapeTarget(silent.Url, TimeSpan.FromMilliseconds(200))).ReadAsync(Stop);
        Assert.Equal(("no whole answer within 0.2 s", false), (late.Why, late.Answered));

        using var ill = new ScrapeServer(_ => "HTTP/1.1 503 no\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        Assert.Equal("http 503", (await clients.Open(new ScrapeTarget(ill.Url, s_timeout)).ReadAsync(Stop)).Why);

        Uri gone;
        using (var closed = new ScrapeServer(_ => null))
        {
            gone = closed.Url;
        }

        var refused = await clients.Open(new ScrapeTarget(gone, s_timeout)).ReadAsync(Stop);
        Assert.Equal((OpenMetricsOutcome.Refused, false), (refused.Outcome, refused.Answered));
        Assert.Contains("refused", refused.Why, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_target_that_dies_in_its_answer_and_comes_back_is_read_again()
    {
        var torn = true;
        using var server = new ScrapeServer(_ => torn ? Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na 1\n") : ScrapeServer.Ok("a 2\n"));
        using var clients = new ScrapeClients();
        var client = clients.Open(new ScrapeTarget(server.Url, TimeSpan.FromMilliseconds(300)));
        Assert.Equal(OpenMetricsOutcome.Refused, (await client.ReadAsync(Stop)).Outcome);
        torn = false;
        Assert.Equal(OpenMetricsOutcome.Changed, (await client.ReadAsync(Stop)).Outcome);
        Assert.Equal(2, client.Reader.Values[0]);
    }

    [Fact]
    public async Task A_secret_comes_from_its_file_and_is_read_anew_when_that_changes()
    {
        var folder = Directory.CreateTempSubdirectory("understudy-scrape-").FullName;
        try
        {
            var file = Path.Combine(folder, "token");
            Put(file, "secret-one\n", 1);
            var asked = "";
            using var server = new ScrapeServer(head =>
            {
                asked = head;
                return ScrapeServer.Ok("a 1\n");
            });
            using var clients = new ScrapeClients();
            var bearer = clients.Open(new ScrapeTarget(server.Url, s_timeout, Authorization: ScrapeAuthorization.Bearer, SecretFile: file));
            await bearer.ReadAsync(Stop);
            Assert.Contains("Authorization: Bearer secret-one\r\n", asked + "\r\n", StringComparison.Ordinal);
            Put(file, "secret-two", 2);
            await bearer.ReadAsync(Stop);
            Assert.Contains("Authorization: Bearer secret-two\r\n", asked + "\r\n", StringComparison.Ordinal);
            await clients.Open(new ScrapeTarget(server.Url, s_timeout, Authorization: ScrapeAuthorization.Basic, User: "ann", SecretFile: file)).ReadAsync(Stop);
            Assert.Contains($"Authorization: Basic {Convert.ToBase64String("ann:secret-two"u8)}\r\n", asked + "\r\n", StringComparison.Ordinal);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
            Put(file, "secret-three", 3, mode: UnixFileMode.UserRead | UnixFileMode.OtherRead);
            Assert.Contains("others may read", (await bearer.ReadAsync(Stop)).Why, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static void Put(string file, string text, int turn, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
        {
            File.WriteAllText(file, text);
            File.SetUnixFileMode(file, mode);
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddHours(turn));
        }
    }

    [Fact]
    public async Task A_thousand_targets_are_scraped_at_once_without_a_thread_for_each()
    {
        using var server = new ScrapeServer(_ => ScrapeServer.Ok("a 1\nb 2\n"));
        using var clients = new ScrapeClients();
        var targets = Enumerable.Range(0, 1000).Select(_ => clients.Open(new ScrapeTarget(server.Url, TimeSpan.FromSeconds(30)))).ToList();
        var before = ThreadPool.ThreadCount;
        var scrapes = await Task.WhenAll(targets.Select(t => t.ReadAsync(Stop)));
        Assert.All(scrapes, s => Assert.Equal("", s.Why));
        Assert.InRange(ThreadPool.ThreadCount, 0, before + 32);
    }

    [Fact]
    public void The_kernels_own_files_are_read_as_lists_of_numbers_and_without_allocation()
    {
        foreach (var (path, name) in new[] { ("/proc/meminfo", "MemTotal"), ("/proc/vmstat", "nr_free_pages") })
        {
            using var source = new ProcSource(path);
            for (var i = 0; i < 3; i++)
            {
                Assert.Null(source.Read());
            }

            Assert.Equal(name, source.Numbers.Names[0]);
            Assert.Equal(File.ReadLines(path).Count(), source.Numbers.Names.Length);
            Assert.Equal(1, source.Numbers.Number);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Null(source.Read());
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        using var none = new ProcSource("/proc/no-such-file");
        Assert.Contains("no-such-file", none.Read(), StringComparison.Ordinal);
    }
}
