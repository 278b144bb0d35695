using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Understudy.Api;
using Understudy.Core;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Daemon;
using Understudy.Tests.Ledger;
using Understudy.Ups;
using Xunit;

#pragma warning disable MA0002 // xunit compares strings by their characters

#pragma warning disable CA1416 // file modes exist wherever this program runs: on Linux

namespace Understudy.Tests.Api;

public sealed class ApiTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_status_is_the_snapshot_in_snake_case_with_units()
    {
        await using var served = await ServedDaemon.StartAsync();
        using var client = served.Client();
        using var json = JsonDocument.Parse(await client.GetStringAsync(new Uri("v1/status", UriKind.Relative), Stop));
        var root = json.RootElement;
        Assert.Equal("alpha", root.GetProperty("node").GetString());
        Assert.True(root.GetProperty("exclusive_guaranteed").GetBoolean());
        var duty = root.GetProperty("duties")[0];
        Assert.Equal(("web", "active", "UP"), (duty.GetProperty("duty").GetString(), duty.GetProperty("stance").GetString(), duty.GetProperty("seed_word").GetString()));
        Assert.InRange(duty.GetProperty("claim_left_ms").GetDouble(), 1, 400);
        Assert.Equal("healthy", root.GetProperty("links")[0].GetProperty("health").GetString());
    }

    [Fact]
    public async Task The_socket_is_for_its_owner_and_its_group()
    {
        await using var served = await ServedDaemon.StartAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(served.Socket));
    }

    [Fact]
    public async Task A_second_daemon_is_refused_where_the_first_answers()
    {
        await using var served = await ServedDaemon.StartAsync();
        var refused = Assert.Throws<IOException>(() => ApiSocket.MakeRoom(served.Socket));
        Assert.StartsWith("another daemon answers", refused.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(served.Socket));
    }

    [Fact]
    public async Task A_socket_that_a_dead_daemon_left_is_replaced_and_a_file_is_not()
    {
        await using var served = await ServedDaemon.StartAsync();
        var stale = Path.Combine(served.Folder, "stale.sock");
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(stale));      // bound, and nobody listens: what a killed daemon leaves
            ApiSocket.MakeRoom(stale);
        }

        Assert.False(File.Exists(stale));
        await File.WriteAllTextAsync(stale, "somebody's letter", Stop);
        _ = Assert.Throws<IOException>(() => ApiSocket.MakeRoom(stale));
        Assert.True(File.Exists(stale));
    }

    [Fact]
    public async Task An_unknown_duty_and_an_unknown_path_are_told_with_what_there_is()
    {
        await using var served = await ServedDaemon.StartAsync();
        using var client = served.Client();
        Assert.Equal((404, "no duty 'mail' on alpha", "its duties are: web"), await ErrorAsync(client, HttpMethod.Get, "v1/duties/mail"));
        Assert.Equal(404, (await ErrorAsync(client, HttpMethod.Get, "v1/nothing")).Status);
        Assert.Equal(405, (await ErrorAsync(client, HttpMethod.Delete, "v1/status")).Status);
    }

    [Fact]
    public async Task An_explanation_comes_as_sentences_or_as_text()
    {
        await using var served = await ServedDaemon.StartAsync();
        served.Lines.AddRange(LedgerTextTests.Life());
        using var client = served.Client();
        using var json = JsonDocument.Parse(await client.GetStringAsync(new Uri("v1/duties/web/explain", UriKind.Relative), Stop));
        var sentences = json.RootElement.GetProperty("sentences").EnumerateArray().Select(s => s.GetString()!).ToList();
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/plain"));
        Assert.Equal(string.Join('\n', sentences) + "\n", await client.GetStringAsync(new Uri("v1/duties/web/explain", UriKind.Relative), Stop));
        Assert.StartsWith("alpha, this host, has web with epoch 1", sentences[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hold", """{"reason":"new disk"}""", "Hold { Duty = web, By = USER (new disk) }")]
    [InlineData("hold", null, "Hold { Duty = web, By = USER }")]
    [InlineData("release", "{}", "Release { Duty = web, By = USER }")]
    [InlineData("handover", """{"to":"beta"}""", "HandOver { Duty = web, By = USER, To = beta }")]
    [InlineData("handover?to=beta", null, "HandOver { Duty = web, By = USER, To = beta }")]
    [InlineData("handover", "", "HandOver { Duty = web, By = USER, To =  }")]
    [InlineData("seize", """{"peer_is_off":true}""", "Seize { Duty = web, By = USER }")]
    public async Task An_order_reaches_the_loop_with_the_name_of_who_gave_it(string path, string? body, string order)
    {
        await using var served = await ServedDaemon.StartAsync();
        using var client = served.Client();
        using var answer = await client.PostAsync(new Uri($"v1/duties/web/{path}", UriKind.Relative), body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"), Stop);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(order.Replace("USER", Environment.UserName, StringComparison.Ordinal), Assert.Single(served.Daemon.Orders).ToString());
        Assert.Equal("""{"done":true,"text":"alpha let go of web for beta"}""", await answer.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task An_order_that_the_duty_refuses_is_a_conflict_with_the_reason()
    {
        await using var served = await ServedDaemon.StartAsync();
        served.Daemon.Answer = new OrderAnswer(false, "no hand-over: nobody is not fit to take it");
        using var client = served.Client();
        using var answer = await client.PostAsync(new Uri("v1/duties/web/handover", UriKind.Relative), null, Stop);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("no hand-over", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seize", "{}")]
    [InlineData("seize", """{"peer_is_off":false}""")]
    [InlineData("hold", "{")]
    [InlineData("hold", """{"reason":5}""")]
    [InlineData("hold", "no json")]
    public async Task An_order_that_is_not_well_formed_or_not_vouched_for_does_not_reach_the_loop(string path, string body)
    {
        await using var served = await ServedDaemon.StartAsync();
        using var client = served.Client();
        var (status, error, hint) = await ErrorAsync(client, HttpMethod.Post, $"v1/duties/web/{path}", body);
        Assert.Equal(400, status);
        Assert.NotEmpty(error);
        Assert.NotEmpty(hint);
        Assert.Empty(served.Daemon.Orders);
    }

    [Fact]
    public async Task A_reason_cannot_forge_a_second_line_or_a_book()
    {
        await using var served = await ServedDaemon.StartAsync();
        using var client = served.Client();
        using var answer = await client.PostAsync(
            new Uri("v1/duties/web/hold", UriKind.Relative), new StringContent($$"""{"reason":"one\ntwo {{new string('x', 500)}}"}""", Encoding.UTF8, "application/json"), Stop);
        var by = Assert.Single(served.Daemon.Orders).By;
        Assert.DoesNotContain('\n', by);
        Assert.InRange(by.Length, 100, 250);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        await using var served = await ServedDaemon.StartAsync();
        using var client = served.Client();
        var (status, _, _) = await ErrorAsync(client, HttpMethod.Post, "v1/duties/web/hold", $$"""{"reason":"{{new string('x', 20 << 10)}}"}""");
        Assert.Equal(413, status);
        Assert.Empty(served.Daemon.Orders);
    }

    [Fact]
    public async Task A_reload_that_finds_mistakes_is_refused_with_all_of_them()
    {
        await using var served = await ServedDaemon.StartAsync();
        served.Daemon.Reload = new ReloadAnswer(false, ["u.yaml:1:1: port: is no number", "u.yaml:2:1: x: is unknown"], [], []);
        using var client = served.Client();
        using var answer = await client.PostAsync(new Uri("v1/reload", UriKind.Relative), null, Stop);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("""{"done":false,"errors":["u.yaml:1:1: port: is no number","u.yaml:2:1: x: is unknown"],"warnings":[],"changed":[]}""", await answer.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task Events_are_the_ledger_lines_from_now_on()
    {
        await using var served = await ServedDaemon.StartAsync();
        using var client = served.Client();
        using var reader = new StreamReader(await client.GetStreamAsync(new Uri("v1/events", UriKind.Relative), Stop));
        Assert.Equal(": from now on", await reader.ReadLineAsync(Stop));
        var line = LedgerTextTests.Life()[2];
        served.Daemon.Feed.Publish(line);
        foreach (var expected in (string[])["", "event: line", $"data: {LedgerText.Of(line)}", ""])
        {
            Assert.Equal(expected, await reader.ReadLineAsync(Stop));
        }
    }

    [Fact]
    public async Task Events_of_one_duty_leave_out_the_rest()
    {
        await using var served = await ServedDaemon.StartAsync();
        using var client = served.Client();
        using var reader = new StreamReader(await client.GetStreamAsync(new Uri("v1/events?duty=web", UriKind.Relative), Stop));
        Assert.Equal(": from now on", await reader.ReadLineAsync(Stop));
        served.Daemon.Feed.Publish(new LedgerLine.Noted(new Instant(1), NoteLevel.Information, 0, "of no duty"));
        served.Daemon.Feed.Publish(LedgerTextTests.Life()[2]);
        _ = await reader.ReadLineAsync(Stop);
        _ = await reader.ReadLineAsync(Stop);
        Assert.Contains("\"is\":\"decided\"", await reader.ReadLineAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_follower_that_is_too_slow_is_told_so_and_cut_off()
    {
        await using var served = await ServedDaemon.StartAsync();
        served.Daemon.Rush = 2000;
        using var client = served.Client();
        var all = await client.GetStringAsync(new Uri("v1/events", UriKind.Relative), Stop);
        Assert.Equal(1024, all.Split("event: line").Length - 1);
        Assert.EndsWith(": too slow: lines are missing from here on, connect again\n\n", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_of_the_server_ends_its_followers()
    {
        var served = await ServedDaemon.StartAsync();
        using var client = served.Client();
        using var reader = new StreamReader(await client.GetStreamAsync(new Uri("v1/events", UriKind.Relative), Stop));
        Assert.Equal(": from now on", await reader.ReadLineAsync(Stop));
        await served.DisposeAsync();
        try
        {
            Assert.DoesNotContain("data:", await reader.ReadToEndAsync(Stop), StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // cut off in the midst of a chunk, which is an end as well
        }
    }

    [Fact]
    public async Task The_last_ledger_lines_come_one_a_line()
    {
        await using var served = await ServedDaemon.StartAsync();
        served.Lines.AddRange(LedgerTextTests.Life());
        using var client = served.Client();
        var text = await client.GetStringAsync(new Uri("v1/ledger?last=2", UriKind.Relative), Stop);
        Assert.Equal(served.Lines.TakeLast(2).Select(LedgerText.Of), text.TrimEnd('\n').Split('\n'));
        Assert.Equal(400, (await ErrorAsync(client, HttpMethod.Get, "v1/ledger?last=many")).Status);
    }

    [Fact]
    public async Task Health_is_that_the_loop_has_spoken_lately()
    {
        await using var served = await ServedDaemon.StartAsync();
        using var client = served.Client();
        served.Daemon.Snapshot = served.Daemon.Snapshot with { At = Understudy.Linux.Clocks.BootClock.Now };
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("v1/health", UriKind.Relative), Stop)).StatusCode);
        served.Daemon.Snapshot = served.Daemon.Snapshot with { At = Understudy.Linux.Clocks.BootClock.Now - TimeSpan.FromMinutes(1) };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync(new Uri("v1/health", UriKind.Relative), Stop)).StatusCode);
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("Bearer wrong", 401)]
    [InlineData("Basic " + ServedDaemon.Token, 401)]
    [InlineData("Bearer " + ServedDaemon.Token + "x", 401)]
    [InlineData("Bearer " + ServedDaemon.Token, 200)]
    [InlineData("bearer " + ServedDaemon.Token, 200)]
    public async Task Over_TCP_nobody_is_served_without_the_token(string? authorization, int status)
    {
        await using var served = await ServedDaemon.StartAsync(tcp: true);
        using var client = new HttpClient { BaseAddress = new Uri($"http://{served.Tcp}/") };
        foreach (var path in (string[])["v1/status", "metrics", "v1/health"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (authorization is not null)
            {
                Assert.True(request.Headers.TryAddWithoutValidation("Authorization", authorization));
            }

            using var answer = await client.SendAsync(request, Stop);
            Assert.Equal(status, path == "v1/health" && answer.StatusCode == HttpStatusCode.ServiceUnavailable ? 200 : (int)answer.StatusCode);
        }
    }

    [Fact]
    public async Task An_order_over_TCP_without_the_token_does_not_reach_the_loop()
    {
        await using var served = await ServedDaemon.StartAsync(tcp: true);
        using var client = new HttpClient { BaseAddress = new Uri($"http://{served.Tcp}/") };
        using var answer = await client.PostAsync(new Uri("v1/duties/web/handover", UriKind.Relative), null, Stop);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Empty(served.Daemon.Orders);
        using var local = served.Client();
        Assert.Equal(HttpStatusCode.OK, (await local.GetAsync(new Uri("v1/status", UriKind.Relative), Stop)).StatusCode);
    }

    [Fact]
    public async Task TCP_without_a_token_is_not_begun() =>
        await Assert.ThrowsAsync<ArgumentException>(() => ApiHost.StartAsync(
            new ApiSettings("/nowhere/x.sock", new IPEndPoint(IPAddress.Loopback, 0), null), null, new FakeDaemon(), Understudy.Daemon.NoGuards.Here, (_, _) => [], _ => Task.FromResult(HostProxies.None), Stop));

    [Fact]
    public void A_feed_has_room_for_a_bounded_number_of_followers_and_forgets_those_that_left()
    {
        var feed = new LedgerFeed();
        var all = Enumerable.Range(0, 64).Select(_ => feed.Subscribe()).ToList();
        Assert.Throws<InvalidOperationException>(feed.Subscribe);
        all[0].Dispose();
        feed.Subscribe().Dispose();
    }

    private static async Task<(int Status, string Error, string Hint)> ErrorAsync(HttpClient client, HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        using var answer = await client.SendAsync(request, Stop);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
        return ((int)answer.StatusCode, json.RootElement.GetProperty("error").GetString()!, json.RootElement.GetProperty("hint").GetString()!);
    }
}
