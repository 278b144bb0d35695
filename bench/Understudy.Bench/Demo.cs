using System.Globalization;
using Spectre.Console;
using Understudy.Bench.Vip;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Faults;
using Understudy.Lab.Worlds.Products;

namespace Understudy.Bench;

/// <summary>Shows in under a minute what happens to a pair when things break: a live table on a terminal, lines elsewhere.</summary>
internal static class Demo
{
    /// <summary>What is shown, in words of a person; how it is done is the lab's.</summary>
    private static readonly (string Fault, string Story)[] Acts =
    [
        ("handover", "planned work: alpha hands over"),
        ("carrier-lost", "somebody pulls alpha's plug"),
        ("daemon-frozen", "alpha's daemon freezes"),
        ("all-links-cut", "all of alpha's links go silent"),
        ("host-off", "alpha loses power"),
    ];

    internal static int Run(Options options)
    {
        var name = options.Text("product", "understudy");
        if ((VipWorld.Obstacle() ?? ProductLine.Obstacle(name)) is { } obstacle)
        {
            Console.Error.WriteLine(obstacle);
            return 1;
        }

        using var world = VipWorld.Build();
        using var product = name == "understudy"
            ? new UnderstudyProduct(world, TimeSpan.FromMilliseconds(600), failbackAfter: TimeSpan.FromSeconds(1))
            : ProductLine.Make(name, "plain", world);
        var stage = new DemoStage(world, product, [.. Acts.Select(a => a.Story)]);
        Console.WriteLine($"Two hosts, alpha and beta; one address, {Place.ServiceAddress}; a client asks it each millisecond. {product.Name}: {product.ConfigSummary}.");
        var harmless = Console.IsOutputRedirected ? PlayPlainly(stage, product) : PlayLive(stage, product);
        if (stage.Explained is { } explained)
        {
            Console.WriteLine();
            Console.WriteLine("understudy explain web (asked of alpha):");
            Console.WriteLine(explained);
        }

        return harmless ? 0 : 1;
    }

    /// <summary>Alpha has just been switched on: its daemon performs the duty before it answers questions.</summary>
    private static string Explain(UnderstudyProduct understudy)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return understudy.Ask(Host.Alpha, "explain", "web");
            }
            catch (InvalidOperationException) when (tries < 50)
            {
                LabClock.Pause(TimeSpan.FromMilliseconds(200));
            }
        }
    }

    private static bool PlayPlainly(DemoStage stage, IVipProduct product) => Play(stage, product, line => Console.WriteLine($"{stage.Elapsed,6} {line}"));

    private static bool PlayLive(DemoStage stage, IVipProduct product)
    {
        var harmless = false;
        Exception? failure = null;
        var play = new Thread(() =>
        {
            try
            {
                harmless = Play(stage, product, _ => { });
            }
            catch (Exception e)
            {
                failure = e;
            }
        });

        // The live table hides the cursor; a Ctrl-C must not leave it hidden.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => AnsiConsole.Cursor.Show();
        AnsiConsole.Live(stage.Draw()).Start(live =>
        {
            play.Start();
            while (!play.Join(100))
            {
                live.UpdateTarget(stage.Draw());
            }

            live.UpdateTarget(stage.Draw());
        });
        return failure is null ? harmless : throw new InvalidOperationException(failure.Message, failure);
    }

    /// <returns>False where both hosts had the address at any moment.</returns>
    private static bool Play(DemoStage stage, IVipProduct product, Action<string> say)
    {
        using var trial = new VipTrial(stage.World, product, new Random())
        {
            Pace = Pace.Brisk,
            Telling = what =>
            {
                stage.Now = what;
                say($"  {what}");
            },
        };
        var harmless = true;
        for (var i = 0; i < Acts.Length; i++)
        {
            var fault = VipFaults.Find(Acts[i].Fault);
            stage.Act = i;
            say(Acts[i].Story);
            var run = VipRun.Of(trial.Try(fault.Hold > TimeSpan.FromSeconds(3) ? fault with { Hold = TimeSpan.FromSeconds(3) } : fault));
            stage.Runs[i] = run;
            harmless &= run.DualTimes + run.HealDualTimes == 0;
            say($"  {DemoStage.Words(run)}");
        }

        stage.Explained = product is UnderstudyProduct understudy ? Explain(understudy) : null;      // while it still runs
        stage.Now = "done";
        return harmless;
    }
}

/// <summary>What the audience sees: written by the thread that plays, drawn by the one that owns the terminal.</summary>
internal sealed class DemoStage(VipWorld world, IVipProduct product, IReadOnlyList<string> stories)
{
    private readonly long begun = LabClock.Now;

    internal VipWorld World => world;

    internal VipRun?[] Runs { get; } = new VipRun?[stories.Count];

    internal int Act { get; set; } = -1;

    internal string Now { get; set; } = "starting";

    /// <summary>What the program said of its last move; null until the end, and for other products.</summary>
    internal string? Explained { get; set; }

    internal string Elapsed => ((LabClock.Now - begun) / (double)LabClock.Second).ToString("0.0", CultureInfo.InvariantCulture);

    internal static string Words(VipRun run) => string.Create(
        CultureInfo.InvariantCulture,
        $"client without answer {run.OutageMs:0} ms, both had the address {run.DualMs + run.HealDualMs:0.###} ms ({run.DualTimes + run.HealDualTimes} times), "
        + $"served meanwhile by {run.AtHeal}, way home {run.HealGapMs:0} ms without answer");

    internal Table Draw()
    {
        var table = new Table().Border(TableBorder.Rounded).Title($"{product.Name}, {Elapsed} s");
        table.AddColumns("what happens", "now", "client without answer", "both had the address", "served by", "way home");
        for (var i = 0; i < stories.Count; i++)
        {
            var run = Runs[i];
            var now = run is not null ? "over" : i == Act ? Now : string.Empty;
            table.AddRow(
                stories[i],
                now,
                run is null ? string.Empty : run.Recovered ? $"{run.OutageMs:0} ms" : "all the time",
                run is null ? string.Empty : run.DualTimes + run.HealDualTimes == 0 ? "[green]never[/]" : string.Create(CultureInfo.InvariantCulture, $"[red]{run.DualMs + run.HealDualMs:0.#} ms[/]"),
                run?.AtHeal ?? string.Empty,
                run is null ? string.Empty : $"{run.HealGapMs:0} ms");
        }

        table.Caption($"alpha {Has(Host.Alpha)}   beta {Has(Host.Beta)}   the client hears {Hears()}");
        return table;
    }

    private string Has(Host host) => world.Addresses.Has(host) ? "[green]has the address[/]" : "[grey]stands by[/]";

    private string Hears() => world.Client.SteadyAnswerer(TimeSpan.FromMilliseconds(100)) switch
    {
        'a' => "[green]alpha[/]",
        'b' => "[green]beta[/]",
        _ => "[yellow]nobody[/]",
    };
}
