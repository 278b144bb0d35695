using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Interop;

#pragma warning disable CA1416 // file modes exist wherever this assembly runs: on Linux

namespace Understudy.Linux.Collection;

/// <summary>
/// Rows in files as LDMS's store_csv has them. Hosts whose sets of one schema have other metrics (another kernel) get a file of their own, <c>schema.vXXXXXXXX</c>, named by a sum over the first line:
/// store_csv puts such rows under the wrong names.
/// </summary>
/// <remarks>A batch is written file by file, each with one write(2) of whole rows; nothing waits in memory between batches. It is not forced to the disk, as store_csv does not either: a power cut may cost the last seconds.</remarks>
public sealed class CsvSink(CsvSettings settings) : IStoreSink
{
    private readonly Dictionary<string, CsvFile> files = new(StringComparer.Ordinal);
    private readonly ConditionalWeakTable<StoreColumns, Place> places = new();
    private readonly Dictionary<string, string> firstOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CsvRowsThere> stored = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> row = new();

    /// <summary>Which file rows of some columns belong into.</summary>
    private sealed record Place(string Name, byte[] Header);

    public void Reopen()
    {
        Dispose();
        places.Clear();
        firstOf.Clear();
        stored.Clear();
    }

    /// <summary>A row has no set's name in it: what another has written is known by the rows themselves.</summary>
    public void Settle(IReadOnlyList<StoreSample> samples, bool goesOn)
    {
        var oldest = samples.Where(s => !s.IsDone).Select(s => new SampleReader(s.Layout, s.Sample).Id.Micros).DefaultIfEmpty(0).Min();
        foreach (var sample in samples)
        {
            if (sample.IsDone || !new SampleReader(sample.Layout, sample.Sample).IsConsistent)
            {
                continue;
            }

            var place = PlaceOf(sample);
            if (!stored.TryGetValue(place.Name, out var rows))
            {
                stored.Add(place.Name, rows = CsvRowsThere.Read(settings.Folder, place.Name, oldest));
            }

            row.ResetWrittenCount();
            _ = CsvRows.Write(row, sample.Layout, sample.Columns, sample.Sample, sample.Producer);
            sample.WasThere = rows.HasAll(row.WrittenSpan);
            sample.IsDone = sample.WasThere;
        }

        if (!goesOn)
        {
            stored.Clear();
        }
    }

    public void Write(IReadOnlyList<StoreSample> samples)
    {
        try
        {
            Append(samples);
        }
        catch (StoreUnavailableException)
        {
            // What waits in other files is of samples that come again; opened anew, each file also gets the first line that it may lack.
            Dispose();
            throw;
        }
    }

    private void Append(IReadOnlyList<StoreSample> samples)
    {
        foreach (var sample in samples)
        {
            if (sample.IsDone)
            {
                continue;
            }

            var reader = new SampleReader(sample.Layout, sample.Sample);
            if (!reader.IsConsistent)
            {
                (sample.IsDone, sample.Refused) = (true, $"{sample.Layout.Instance}: a sample that was still being written");
                continue;
            }

            var place = PlaceOf(sample);
            var file = FileOf(place, reader.Id.Micros);
            file.Rows += CsvRows.Write(file.Pending, sample.Layout, sample.Columns, sample.Sample, sample.Producer);
            file.Samples.Add(sample);
        }

        foreach (var file in files.Values)
        {
            if (file.Pending.WrittenCount > 0)
            {
                file.Flush();
            }
        }
    }

    public void Dispose()
    {
        foreach (var file in files.Values)
        {
            file.Dispose();
        }

        files.Clear();
    }

    private CsvFile FileOf(Place place, long micros)
    {
        var stretch = settings.Stretch(micros);
        if (files.TryGetValue(place.Name, out var file))
        {
            var full = settings.Roll == CsvRoll.Rows ? file.Rows >= settings.RollOver : settings.Roll == CsvRoll.Bytes && file.Size + file.Pending.WrittenCount >= settings.RollOver;
            // A sample that comes late, after its stretch is over, stays in the file that is open.
            if (stretch <= file.Stretch && !full)
            {
                return file;
            }

            file.Flush();
            file.Dispose();
            _ = files.Remove(place.Name);
        }

        file = Open(place, stretch, micros / 1_000_000);
        files.Add(place.Name, file);
        return file;
    }

    private CsvFile Open(Place place, long stretch, long seconds)
    {
        MakeFolder();
        var ending = settings.Roll == CsvRoll.Never ? "" : string.Create(CultureInfo.InvariantCulture, $".{seconds}");
        var path = Path.Combine(settings.Folder, place.Name) + ending;
        for (var again = 1; settings.Roll is CsvRoll.Rows or CsvRoll.Bytes && File.Exists(path); again++)
        {
            path = Path.Combine(settings.Folder, place.Name) + string.Create(CultureInfo.InvariantCulture, $".{seconds + again}");     // two in one second
        }

        var file = CsvFile.Open(path, stretch, settings.Permissions);
        if (settings.SeparateHeader)
        {
            using var header = CsvFile.Open(Path.Combine(settings.Folder, place.Name) + ".HEADER" + ending, 0, settings.Permissions);
            if (header.Size == 0)
            {
                header.Pending.Write(place.Header);
                header.Flush();
            }
        }
        else if (file.Size == 0)
        {
            file.Pending.Write(place.Header);
        }

        return file;
    }

    private void MakeFolder()
    {
        try
        {
            _ = settings.Permissions == 0 ? Directory.CreateDirectory(settings.Folder) : Directory.CreateDirectory(settings.Folder, (UnixFileMode)settings.Permissions);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    private Place PlaceOf(StoreSample sample)
    {
        if (!places.TryGetValue(sample.Columns, out var place))
        {
            places.Add(sample.Columns, place = PlaceOf(sample.Layout, sample.Columns));
        }

        return place;
    }

    /// <summary>The schema's own file is for the columns that it has already, or that came first.</summary>
    private Place PlaceOf(SetLayout layout, StoreColumns columns)
    {
        var header = CsvRows.Header(layout, columns);
        var name = FileName(layout.Schema);
        var line = Encoding.UTF8.GetString(header);
        if (!firstOf.TryGetValue(name, out var first))
        {
            first = FirstLine(Path.Combine(settings.Folder, name)) ?? FirstLine(Path.Combine(settings.Folder, name) + ".HEADER") ?? line;
            firstOf.Add(name, first);
        }

        return new Place(first == line ? name : $"{name}.v{Sum(header):x8}", header);
    }

    private static string? FirstLine(string path)
    {
        try
        {
            using var file = new StreamReader(path, Encoding.UTF8);
            return file.ReadLine() is { } line && line.StartsWith('#') ? line + "\n" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A schema is anybody's text: no folder, and nothing hidden, comes of it.</summary>
    private static string FileName(string schema) =>
        schema.Length == 0 ? "_" : string.Create(schema.Length, schema, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++)
            {
                to[i] = from[i] is '/' or '\0' || char.IsControl(from[i]) || (i == 0 && from[i] == '.') ? '_' : from[i];
            }
        });

    /// <summary>FNV-1a, 32 bits (Fowler, Noll, Vo): the same after every restart.</summary>
    private static uint Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0x811c9dc5u;
        foreach (var b in bytes)
        {
            sum = (sum ^ b) * 0x01000193u;
        }

        return sum;
    }
}
