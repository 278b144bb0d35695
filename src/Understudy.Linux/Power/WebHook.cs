using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Understudy.Linux.Probing;

namespace Understudy.Linux.Power;

/// <summary>Posts notices as JSON: <c>{"text":…,"guard":…,"node":…,"what":…}</c>; "text" is what chat servers show.</summary>
public sealed class WebHook : IDisposable
{
    private readonly HttpMessageInvoker client = new(PlainHttp.Handler(), disposeHandler: true);

    public void Dispose() => client.Dispose();

    /// <summary>The document that is posted.</summary>
    internal static string Body(PowerNotice notice)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("text", notice.Text);
            json.WriteString("guard", notice.Guard);
            json.WriteString("node", notice.Node);
            json.WriteString("what", notice.What);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Posts, and waits for the status. Never throws.</summary>
    /// <returns>Why it was not taken; null when it was (2xx).</returns>
    internal async Task<string?> PostAsync(Uri url, PowerNotice notice, TimeSpan limit, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        either.CancelAfter(limit);
        try
        {
            using var content = new StringContent(Body(notice));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var request = PlainHttp.Request(HttpMethod.Post, url, content);
            using var response = await client.SendAsync(request, either.Token);
            return response.IsSuccessStatusCode ? null : string.Create(CultureInfo.InvariantCulture, $"http {(int)response.StatusCode}");
        }
        catch (OperationCanceledException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"no answer within {limit.TotalMilliseconds:0} ms");
        }
        catch (HttpRequestException e)
        {
            return (e.InnerException ?? e).Message;
        }
    }
}
