using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;

namespace Understudy.Bench.Footprint;

/// <summary>One process at rest.</summary>
/// <param name="Name">The program, and which of them where a host runs several.</param>
/// <param name="CpuPercent">Of one core, user and system, over the time watched; its grain is one clock tick of 10 ms.</param>
/// <param name="RssMb">Resident memory, shared pages in full.</param>
/// <param name="PssMb">Resident memory, each shared page divided by how many share it.</param>
internal sealed record ProcessFootprint(string Name, double CpuPercent, double RssMb, double PssMb);

/// <summary>All processes of a product on one host at rest, and their sums.</summary>
internal sealed record HostFootprint(string Product, string Config, string Role, double CpuPercent, double RssMb, double PssMb, IReadOnlyList<ProcessFootprint> Processes);

/// <summary>What <c>bench/results/footprint.json</c> holds.</summary>
internal sealed record FootprintResults(string Kernel, int Cores, string Measured, int Seconds, IReadOnlyList<HostFootprint> Rows, WarmPath? WarmPath, StartTimes? Start);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FootprintResults))]
internal sealed partial class FootprintJson : JsonSerializerContext;

/// <summary>What products cost while nothing happens, beside each other in one run.</summary>
internal static class FootprintBench
{
    internal static int Run(Options options)
    {
        var products = options.List("products", ProductLine.All);
        var seconds = options.Number("seconds", 30);
        var json = options.Text("out", Path.Combine("bench", "results", "footprint.json"));
        if ((VipWorld.Obstacle() ?? products.Select(ProductLine.Obstacle).FirstOrDefault(o => o is not null)) is { } obstacle)
        {
            Console.Error.WriteLine(obstacle);
            return 1;
        }

        var ours = products.Contains("understudy", StringComparer.Ordinal);
        var results = new FootprintResults(
            Machine.Kernel,
            Environment.ProcessorCount,
            Machine.Today,
            seconds,
            [.. products.SelectMany(p => AtRest(p, seconds))],
            ours ? WarmPathBench.Run(options.Number("moves", 1000)) : null,
            ours ? StartBench.Run(options.Number("starts", 9)) : null);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(json))!);
        File.WriteAllText(json, JsonSerializer.Serialize(results, FootprintJson.Default.FootprintResults) + "\n");
        var table = Table(results);
        File.WriteAllText(Path.ChangeExtension(json, ".md"), table);
        Console.WriteLine(table);
        return 0;
    }

    private static List<HostFootprint> AtRest(string name, int seconds)
    {
        using var world = VipWorld.Build();
        using var product = ProductLine.Make(name, "TTL 600 ms", world);
        using var trial = new VipTrial(world, product, new Random());
        trial.AwaitReady();

        // The first seconds after a start are not rest.
        LabClock.Pause(TimeSpan.FromSeconds(5));
        (Host Host, string Role)[] roles = product.HasWitness
            ? [(Host.Alpha, "active"), (Host.Beta, "standby"), (Host.Witness, "witness")]
            : [(Host.Alpha, "active"), (Host.Beta, "standby")];
        var before = roles.ToDictionary(r => r.Host, r => product.Pids(r.Host).ToDictionary(pid => pid, ProcessCost.CpuTicks));
        LabClock.Pause(TimeSpan.FromSeconds(seconds));
        return [.. roles.Select(r => Sum(product, r.Role, Processes(product, before[r.Host], seconds)))];
    }

    private static List<ProcessFootprint> Processes(IVipProduct product, Dictionary<int, long> before, int seconds) =>
        [.. before.OrderBy(p => p.Key).Select((p, i) => new ProcessFootprint(
            product is UnderstudyProduct && before.Count == 2 ? (i == 0 ? "guardian" : "daemon") : $"{File.ReadAllText($"/proc/{p.Key}/comm").Trim()} {i + 1}",
            Math.Round((ProcessCost.CpuTicks(p.Key) - p.Value) / ProcessCost.TicksPerSecond / seconds * 100, 2),
            ProcessCost.Megabytes(p.Key, "Rss:"),
            ProcessCost.Megabytes(p.Key, "Pss:")))];

    private static HostFootprint Sum(IVipProduct product, string role, List<ProcessFootprint> processes) => new(
        product.Name,
        product.ConfigSummary,
        role,
        Math.Round(processes.Sum(p => p.CpuPercent), 2),
        Math.Round(processes.Sum(p => p.RssMb), 1),
        Math.Round(processes.Sum(p => p.PssMb), 1),
        processes);

    private static string Table(FootprintResults results)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Kernel {results.Kernel}, {results.Cores} cores, {results.Measured}; at rest for {results.Seconds} s, one duty.").AppendLine();
        text.AppendLine("| product | role | CPU, % of a core | RSS MB | PSS MB | each process: CPU %, RSS, PSS |").AppendLine("|---|---|---|---|---|---|");
        foreach (var row in results.Rows)
        {
            var each = string.Join("; ", row.Processes.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name}: {p.CpuPercent}, {p.RssMb}, {p.PssMb}")));
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row.Product} | {row.Role} | {row.CpuPercent} | {row.RssMb} | {row.PssMb} | {each} |");
        }

        if (results.WarmPath is { } warm)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Warm decision to first ARP frame on the wire, {warm.Count} hand-overs: median {warm.MedianUs} µs, p99 {warm.P99Us} µs, max {warm.MaxUs} µs.");
        }

        if (results.Start is { } start)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"From the start of the program, {start.Count} times: first heartbeat on the wire after {start.BeatMedianMs} ms in the middle, {start.BeatMaxMs} ms at most; API ready after {start.ApiMedianMs} ms, {start.ApiMaxMs} ms at most.");
        }

        return text.ToString();
    }
}
