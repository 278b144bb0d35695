using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Understudy.Api;

/// <summary>Answers in the two forms that the API has: JSON and plain text.</summary>
internal static class Answers
{
    internal static async Task JsonAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, type);
        await BytesAsync(context, bytes, "application/json; charset=utf-8", status);
    }

    internal static Task TextAsync(HttpContext context, string text, string kind = "text/plain; charset=utf-8") =>
        BytesAsync(context, Encoding.UTF8.GetBytes(text), kind, StatusCodes.Status200OK);

    internal static Task ErrorAsync(HttpContext context, int status, string error, string hint) =>
        JsonAsync(context, new ErrorAnswer(error, hint), FacesJson.Default.ErrorAnswer, status);

    private static async Task BytesAsync(HttpContext context, byte[] bytes, string kind, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = kind;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }
}
