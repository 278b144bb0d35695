using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Understudy.Cli;

/// <summary>Where a verb speaks: to people in text, to programs in JSON.</summary>
internal sealed record Terminal(TextWriter Output, TextWriter Error, bool Json)
{
    /// <summary>Says it to whoever asked, and ends with the code.</summary>
    internal int Say<T>(int code, T value, JsonTypeInfo<T> type, string text)
    {
        if (Json)
        {
            Output.WriteLine(JsonSerializer.Serialize(value, type));
        }
        else
        {
            (code == ExitCodes.Ok ? Output : Error).WriteLine(text);
        }

        return code;
    }

    /// <summary>Says why it was not done.</summary>
    internal int Fail(int code, string error, string hint) =>
        Say(code, new Api.ErrorAnswer(error, hint), Api.FacesJson.Default.ErrorAnswer, hint.Length == 0 ? $"understudy: {error}" : $"understudy: {error}; {hint}");
}
