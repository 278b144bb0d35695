using System.Globalization;
using System.Text;
using Understudy.Core.Power;
using Understudy.Linux.Probing;

namespace Understudy.Linux.Power;

/// <summary>Gets a page that holds a temperature: a JSON document, or the number itself. At most <see cref="MostBytes"/> of body.</summary>
internal sealed class HttpNumber : IDisposable
{
    internal const int MostBytes = 64 * 1024;

    private readonly Uri url;
    private readonly HttpMessageInvoker client;

    internal HttpNumber(Uri url)
    {
        this.url = url;
        client = new HttpMessageInvoker(PlainHttp.Handler(), disposeHandler: true);
    }

    public void Dispose() => client.Dispose();

    /// <param name="field">Where in the JSON; null where the body is the number.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    internal async Task<Measure> ReadAsync(string? field, string where, CancellationToken stop)
    {
        try
        {
            using var request = PlainHttp.Request(HttpMethod.Get, url);
            using var response = await client.SendAsync(request, stop);
            if (!response.IsSuccessStatusCode)
            {
                return new Measure.Unread(string.Create(CultureInfo.InvariantCulture, $"{where}: http {(int)response.StatusCode}"));
            }

            await using var body = await response.Content.ReadAsStreamAsync(stop);
            var room = new byte[MostBytes + 1];
            var have = await body.ReadAtLeastAsync(room, room.Length, throwOnEndOfStream: false, stop);
            return have > MostBytes ? new Measure.Unread(string.Create(CultureInfo.InvariantCulture, $"{where}: the page is larger than {MostBytes} bytes"))
                : field is null ? TemperatureText.FromText(Encoding.UTF8.GetString(room, 0, have), where)
                : TemperatureText.FromJson(room.AsMemory(0, have), field, where);
        }
        catch (HttpRequestException e)
        {
            return new Measure.Unread($"{where}: {(e.InnerException ?? e).Message}");
        }
        catch (IOException e)   // the connection broke in the body
        {
            return new Measure.Unread($"{where}: {e.Message}");
        }
    }
}
