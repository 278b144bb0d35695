using System.Text.Json;
using Understudy.Cli;
using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Clocks;
using Understudy.Linux.Collection;
using Understudy.Tests.Simulation.Collection;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>The supervisor as it is started, over real connections, beside servers that behave as stock daemons do.</summary>
public sealed class SupervisorLab : IDisposable
{
    private static readonly LdmsEnd s_end = new();

    private readonly Lock world = new();
    private readonly string folder = Directory.CreateTempSubdirectory("understudy").FullName;
    private readonly CancellationTokenSource stop = new();
    private readonly LdmsServed?[] served = new LdmsServed?[3];
    private readonly StringWriter output = new();
    private readonly StockWorld stock;
    private readonly Thread clock;
    private readonly Thread guard;
    private int code = -1;

    public SupervisorLab()
    {
        for (var i = 0; i < 3; i++)
        {
            Serve(i, 0);
        }

        var ports = served.Select(s => s!.Port).ToArray();
        stock = StockWorld.Nine(1, 100_000, ports);
        stock.StartAll(BootClock.Now);
        clock = new Thread(Pump) { IsBackground = true };
        clock.Start();
        guard = new Thread(Guard) { IsBackground = true };
        guard.Start();
    }

    private StockDaemon A10 => stock.At(served[0]?.Port ?? a10Port)!;

    private int a10Port;

    private string Ledger => Path.Combine(folder, "ledger");

    private string Status => Path.Combine(folder, "status");

    [Fact]
    public void A_killed_aggregator_is_covered_and_gets_its_own_back()
    {
        Until(() => Care() == "home" && Copies() == 2, "copies");
        a10Port = served[0]!.Port;
        With(() => A10.Kill());
        served[0]!.Dispose();
        served[0] = null;
        var killed = BootClock.Now;
        Until(() => Fresh(killed), "fresh data at level 2");
        Assert.True(BootClock.Now - killed < TimeSpan.FromSeconds(5), $"{BootClock.Now - killed}\n{output}");
        Assert.Equal("covered", Care());
        Serve(0, a10Port);
        With(() => stock.At(a10Port)!.Start(BootClock.Now));
        Until(() => Care() == "home", "a10 collects itself again");
        var back = BootClock.Now;
        Until(() => Fresh(back), "fresh data at level 2");
        stop.Cancel();
        guard.Join();
        Assert.Equal(0, code);
        Assert.Contains(File.ReadLines(Ledger), l => l.Contains("collects in its place", StringComparison.Ordinal));
        Assert.Contains(File.ReadLines(Ledger), l => l.Contains("collects itself again", StringComparison.Ordinal));
        With(() => Assert.All(stock.Daemons.Where(d => d.Name is "a10" or "a11").SelectMany(d => d.Producers.Values).Where(p => p.Name.StartsWith("fo_", StringComparison.Ordinal)), p => Assert.Equal("STOPPED", p.State)));
    }

    [Fact]
    public void A_hung_aggregator_is_covered_and_level_2_is_led_away_from_it()
    {
        Until(() => Care() == "home" && Copies() == 2, "copies");
        With(() => A10.IsHung = true);
        served[0]!.IsHung = true;
        var hung = BootClock.Now;
        Until(() => Fresh(hung), "fresh data at level 2");
        Assert.True(BootClock.Now - hung < TimeSpan.FromSeconds(5), $"{BootClock.Now - hung}\n{output}");
        With(() => Assert.Equal("STOPPED", stock.At(served[2]!.Port)!.Producers["prdcr_a10"].State));
        With(() => A10.IsHung = false);
        served[0]!.IsHung = false;
        Until(() => Care() == "home", "a10 collects itself again");
        With(() => Assert.NotEqual("STOPPED", stock.At(served[2]!.Port)!.Producers["prdcr_a10"].State));
    }

    public void Dispose()
    {
        stop.Cancel();
        guard.Join();
        clock.Join();
        foreach (var one in served)
        {
            one?.Dispose();
        }

        output.Dispose();
        stop.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private void Serve(int i, int port) => served[i] = new LdmsServed(s_end, [], m => Answer(i, m), port);

    private ConfigMessage? Answer(int i, ConfigMessage request)
    {
        var command = LdmsdWire.FromWire(request.Code, request.Attributes.Select(a => ((uint)a.Word, a.Bytes.Count == 0 ? null : (string?)a.Text)), new LdmsdPlace("wire", 1, 1));
        LdmsdAnswer answer;
        lock (world)
        {
            if (stock?.At(served[i]?.Port ?? a10Port) is not { } daemon)
            {
                return null;
            }

            answer = daemon.Answer(command, BootClock.Now);
        }

        return new ConfigMessage(IsAnswer: true, 0, (uint)answer.Code, answer.Json is { } json ? [ConfigValue.OfJson(json)] : answer.Text.Length > 0 ? [ConfigValue.Of(ConfigWord.String, answer.Text)] : []);
    }

    private void Pump()
    {
        for (var before = BootClock.Now; !stop.IsCancellationRequested;)
        {
            _ = stop.Token.WaitHandle.WaitOne(5);
            lock (world)
            {
                var now = BootClock.Now;
                stock.Step(before, now);
                before = now;
            }
        }
    }

    private void Guard()
    {
        var rules = new SupervisorRules { LookEvery = TimeSpan.FromMilliseconds(200) };
        code = LdmsGuardVerb.Execute(
            new Terminal(TextWriter.Synchronized(output), TextWriter.Synchronized(output), Json: false),
            new LdmsGuardOptions([.. served.Select(s => $"127.0.0.1:{s!.Port}")], [], rules, LdmsVersion.Default, Ledger, Status, null, null, Remove: false), stop.Token);
    }

    private void With(Action act)
    {
        lock (world)
        {
            act();
        }
    }

    /// <summary>Level 2 has a sample of each set of a10's samplers that was taken after this.</summary>
    private bool Fresh(Instant since)
    {
        lock (world)
        {
            var sets = stock.At(served[2]!.Port)!.Sets;
            return new[] { "s00/a", "s00/b", "s01/a", "s01/b" }.All(i => sets.TryGetValue(i, out var set) && set.Micros > StockWorld.Micros(since));
        }
    }

    private string Care() => Side()?.GetProperty("care").GetString() ?? "";

    private int Copies() => Side()?.GetProperty("copies").GetInt32() ?? 0;

    private JsonElement? Side()
    {
        if (!File.Exists(Status))
        {
            return null;
        }

        using var json = JsonDocument.Parse(File.ReadAllText(Status));
        return json.RootElement.GetProperty("sides")[0].Clone();
    }

    private void Until(Func<bool> holds, string what)
    {
        for (var end = BootClock.Now + TimeSpan.FromSeconds(30); !holds(); _ = stop.Token.WaitHandle.WaitOne(10))
        {
            Assert.True(BootClock.Now < end, $"no {what} within 30 s\n{output}");
        }
    }
}
