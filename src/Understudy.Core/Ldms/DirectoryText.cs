using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Understudy.Core.Ldms;

/// <summary>The JSON of a directory, read with any spacing and written in the real daemon's own.</summary>
public static class DirectoryText
{
    /// <summary>Bytes of JSON in one message at most; a longer directory is sent in parts.</summary>
    public const int MaxPart = 256 << 10;

    private static readonly SearchValues<char> s_escaped = SearchValues.Create([.. Enumerable.Range(0, 32).Select(i => (char)i), '"', '\\']);

    /// <summary>Reads a directory.</summary>
    /// <param name="why">What is wrong, as the end of a sentence that begins with the peer.</param>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out List<DirectoryEntry>? entries, out string why)
    {
        (entries, why) = (null, "");
        var found = new List<DirectoryEntry>();
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
            var seen = false;
            _ = reader.Read() && reader.TokenType == JsonTokenType.StartObject ? 0 : throw new JsonException("it is no object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var named = reader.ValueTextEquals("directory"u8);
                _ = reader.Read();
                if (named && reader.TokenType == JsonTokenType.StartArray)
                {
                    seen = true;
                    while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                    {
                        found.Add(Entry(ref reader));
                    }
                }
                else
                {
                    reader.Skip();
                }
            }

            _ = seen ? 0 : throw new JsonException("it has no list of sets");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)      // the reader's own ways to say that it is no such JSON
        {
            why = $"sent a directory that cannot be read: {e.Message}";
            return false;
        }

        entries = found;
        return true;
    }

    /// <summary>All sets, for who asks: in as many parts as are needed, without a NUL at the end, as the real daemon sends it.</summary>
    public static List<byte[]> List(IEnumerable<DirectoryEntry> entries)
    {
        var parts = new List<byte[]>();
        var text = new StringBuilder("{ \"directory\" : [");
        var count = 0;
        foreach (var entry in entries)
        {
            if (text.Length > MaxPart)
            {
                parts.Add(Encoding.UTF8.GetBytes(text.Append("]}").ToString()));
                text.Clear().Append("{ \"directory\" : [");
                count = 0;
            }

            Append(text.Append(count++ == 0 ? " " : ","), entry);
        }

        parts.Add(Encoding.UTF8.GetBytes(text.Append("]}").ToString()));
        return parts;
    }

    /// <summary>One set that came or changed, for those who asked for notice: with other spaces than the list, and a NUL.</summary>
    public static byte[] Notice(DirectoryEntry entry) => Encoding.UTF8.GetBytes(Append(new StringBuilder("{ \"directory\" : [  "), entry).Append(" ]}\0").ToString());

    private static StringBuilder Append(StringBuilder text, DirectoryEntry entry)
    {
        Quote(text.Append("{\"name\":"), entry.Name);
        Quote(text.Append(",\"schema\":"), entry.Schema);
        Quote(text.Append(",\"digest\":"), entry.Digest);
        Quote(text.Append(",\"flags\":"), entry.Flags);
        text.Append(
            CultureInfo.InvariantCulture,
            $",\"meta_size\":{entry.MetaSize},\"data_size\":{entry.DataSize},\"heap_size\":{entry.HeapSize},\"uid\":{entry.Uid},\"gid\":{entry.Gid},\"perm\":\"{entry.Permissions}\",\"card\":{entry.Card}");
        text.Append(CultureInfo.InvariantCulture, $",\"array_card\":{entry.ArrayCount},\"meta_gn\":{entry.MetaGeneration},\"data_gn\":{entry.DataGeneration}");
        text.Append(CultureInfo.InvariantCulture, $",\"timestamp\":{{\"sec\":{entry.TimeMicros / 1_000_000},\"usec\":{entry.TimeMicros % 1_000_000}}}");
        text.Append(CultureInfo.InvariantCulture, $",\"duration\":{{\"sec\":{entry.DurationMicros / 1_000_000},\"usec\":{entry.DurationMicros % 1_000_000}}},\"info\":[");
        for (var i = 0; i + 1 < entry.Info.Count; i += 2)
        {
            Quote(text.Append(i == 0 ? "{\"key\":" : ",{\"key\":"), entry.Info[i]);
            Quote(text.Append(",\"value\":"), entry.Info[i + 1]).Append('}');
        }

        return text.Append("]}");
    }

    private static StringBuilder Quote(StringBuilder text, string word)
    {
        text.Append('"');
        if (!word.AsSpan().ContainsAny(s_escaped))
        {
            return text.Append(word).Append('"');
        }

        foreach (var c in word)
        {
            _ = c switch
            {
                '"' or '\\' => text.Append('\\').Append(c),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        return text.Append('"');
    }

    private static DirectoryEntry Entry(ref Utf8JsonReader reader)
    {
        var entry = new DirectoryEntry("", "", "", "   ", 0, 0, 0, 0, 0, "", 0, 1, 0, 0, 0, 0, []);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString();
            _ = reader.Read();
            entry = key switch
            {
                "name" => entry with { Name = reader.GetString() ?? "" },
                "schema" => entry with { Schema = reader.GetString() ?? "" },
                "digest" => entry with { Digest = reader.GetString() ?? "" },
                "flags" => entry with { Flags = reader.GetString() ?? "" },
                "perm" => entry with { Permissions = reader.GetString() ?? "" },
                "meta_size" => entry with { MetaSize = reader.GetInt32() },
                "data_size" => entry with { DataSize = reader.GetInt32() },
                "heap_size" => entry with { HeapSize = reader.GetInt32() },
                "uid" => entry with { Uid = reader.GetUInt32() },
                "gid" => entry with { Gid = reader.GetUInt32() },
                "card" => entry with { Card = reader.GetInt32() },
                "array_card" => entry with { ArrayCount = reader.GetInt32() },
                "meta_gn" => entry with { MetaGeneration = reader.GetUInt64() },
                "data_gn" => entry with { DataGeneration = reader.GetUInt64() },
                "timestamp" => entry with { TimeMicros = Time(ref reader) },
                "duration" => entry with { DurationMicros = Time(ref reader) },
                "info" => entry with { Info = Info(ref reader) },
                _ => Skip(ref reader, entry),
            };
        }

        return entry.Name.Length > 0 ? entry : throw new JsonException("a set has no name");
    }

    private static DirectoryEntry Skip(ref Utf8JsonReader reader, DirectoryEntry entry)
    {
        reader.Skip();
        return entry;
    }

    private static long Time(ref Utf8JsonReader reader)
    {
        uint seconds = 0, micros = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isSeconds = reader.ValueTextEquals("sec"u8);
            _ = reader.Read();
            (seconds, micros) = isSeconds ? (reader.GetUInt32(), micros) : (seconds, reader.GetUInt32());
        }

        return (seconds * 1_000_000L) + micros;
    }

    private static ValueList<string> Info(ref Utf8JsonReader reader)
    {
        var words = new List<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var (key, value) = ("", "");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isKey = reader.ValueTextEquals("key"u8);
                _ = reader.Read();
                (key, value) = isKey ? (reader.GetString() ?? "", value) : (key, reader.GetString() ?? "");
            }

            words.AddRange([key, value]);
        }

        return words.ToValueList();
    }
}
