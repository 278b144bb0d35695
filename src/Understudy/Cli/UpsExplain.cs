using System.Globalization;
using System.Text;
using Understudy.Api;
using Understudy.Core.Ledger;
using Understudy.Core.Settings;
using Understudy.Core.Ups;
using Understudy.Linux.Clocks;
using Understudy.Linux.Ledger;
using Understudy.Linux.Ups;
using Understudy.Ups;

namespace Understudy.Cli;

/// <summary>One decision of a proxy, so many seconds ago.</summary>
internal sealed record UpsStep(double Ago, int Message, string Text);

/// <summary>What a proxy shows now, and the way there.</summary>
/// <param name="Runs">A proxy answers at the socket.</param>
/// <param name="Report">Its own word on itself; null where none runs, or one of an older version.</param>
internal sealed record UpsStory(string Ups, bool Runs, string? Primary, string? Status, IReadOnlyList<UpsStep> Steps, ProxyReport? Report = null);

/// <summary><c>understudy ups explain NAME</c>: why a proxy shows what it shows.</summary>
internal static class UpsExplain
{
    internal const int UsualSteps = 20;

    internal static int Execute(Terminal terminal, Func<string, string?> environment, string? conf, string? state, string name, int last)
    {
        var read = UpsConfFile.Read(new UpsFolders("/", environment).Conf(conf)).Conf;
        var places = UpsPlaces.Of(read, variable => variable == "NUT_STATEPATH" && state is not null ? state : environment(variable));
        using var call = new DriverCall(places.SocketOf(name));
        var runs = call.Open() is null;
        var report = runs ? HostProxiesSource.AskAsync(name, places.SocketOf(name), CancellationToken.None).GetAwaiter().GetResult().Report : null;
        var ledger = places.LedgerOf(name);
        if (!runs && !File.Exists(ledger))
        {
            return terminal.Fail(ExitCodes.Unreachable, $"no proxy {name} runs, and none has left a ledger at {ledger}", "");
        }

        // The ledger's instants are of this boot, as its folder is.
        var now = BootClock.Now;
        var steps = LedgerFiles.Last(new LedgerSettings(ledger, LedgerSettings.DefaultMaxBytes, 1), last).OfType<LedgerLine.Noted>()
            .Select(n => new UpsStep(Math.Round((now - n.At).TotalSeconds, 3), n.Message, n.Text)).ToList();
        var story = new UpsStory(name, runs, Value(call, "driver.primary.socketname"), Value(call, "ups.status"), steps, report);
        return terminal.Say(ExitCodes.Ok, story, FacesJson.Default.UpsStory, Text(story));
    }

    private static string? Value(DriverCall call, string name) => call.Tree.ValueOf(name) is { Length: > 0 } value ? value : null;

    private static string Text(UpsStory story)
    {
        var text = new StringBuilder();
        text.Append(
            !story.Runs ? $"{story.Ups}: no proxy answers; what the last one decided:" :
            story.Primary is null ? $"{story.Ups}: no source is shown; {story.Status}" :
            $"{story.Ups}: {story.Primary} is primary; {story.Status}");
        foreach (var source in story.Report?.Sources ?? [])
        {
            text.Append("\n  ").Append(ProxyText.Sentence(source));
        }

        foreach (var step in story.Steps)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{step.Ago,12:0.000} s ago  {step.Text}");
        }

        return text.ToString();
    }
}
