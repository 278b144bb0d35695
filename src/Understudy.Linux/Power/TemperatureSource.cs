using System.Net;
using Understudy.Core.Power;
using Understudy.Core.Settings;
using Understudy.Linux.Commands;

namespace Understudy.Linux.Power;

/// <summary>Reads one temperature of the settings when asked: degrees Celsius, or why not. Never throws; ask again when it has answered.</summary>
/// <remarks>A sensor of the kernel is read on the thread pool, and may hang there (a bus that does not answer cannot be cancelled): until it comes back, which may be never, the source is Unread and holds
/// one thread, not more.</remarks>
public sealed class TemperatureSource : IDisposable
{
    private readonly TemperatureSettings settings;
    private readonly PowerCommands commands;
    private readonly TimeProvider time;
    private readonly SensorTree tree;
    private readonly HttpNumber? page;
    private Task<Measure>? hanging;

    /// <param name="time">The clock of the limit.</param>
    /// <param name="root">Where /sys is.</param>
    public TemperatureSource(TemperatureSettings settings, PowerCommands commands, TimeProvider time, string root = "/sys")
    {
        (this.settings, this.commands, this.time) = (settings, commands, time);
        tree = new SensorTree(root);
        page = settings is TemperatureSettings.Http http ? new HttpNumber(http.Url) : null;
    }

    public TemperatureSettings Settings => settings;

    public void Dispose() => page?.Dispose();

    public async Task<Measure> ReadAsync(CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(settings.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            return settings switch
            {
                TemperatureSettings.Hwmon s => await OfTree(() => tree.Hwmon(s.Chip, s.Sensor), either.Token),
                TemperatureSettings.Thermal s => await OfTree(() => tree.Thermal(s.Zone), either.Token),
                TemperatureSettings.File s => await OfTree(() => OfFile(s), either.Token),
                TemperatureSettings.Ipmi s => await OfProgram(commands.Ipmitool, ["-c", "sdr", "get", s.Sensor], TemperatureText.FromIpmi, either.Token),
                TemperatureSettings.Command s => await OfProgram(s.Path, [], TemperatureText.FromText, either.Token),
                TemperatureSettings.Http s => await page!.ReadAsync(s.Field, s.Subject, either.Token),
                _ => throw new System.Diagnostics.UnreachableException(settings.Subject),
            };
        }
        catch (OperationCanceledException)
        {
            return new Measure.Unread($"{settings.Subject}: no answer within {settings.Timeout.TotalMilliseconds.ToString("0", System.Globalization.CultureInfo.InvariantCulture)} ms");
        }
    }

    private async Task<Measure> OfTree(Func<Measure> read, CancellationToken stop)
    {
        if (hanging is { IsCompleted: false })
        {
            return new Measure.Unread($"{settings.Subject}: a reading that began before still hangs");
        }

        hanging = Task.Run(read, CancellationToken.None);
        return await hanging.WaitAsync(stop);
    }

    private static Measure OfFile(TemperatureSettings.File file)
    {
        try
        {
            using var reader = new StreamReader(file.Path);
            var room = new char[256];
            return TemperatureText.FromText(new string(room, 0, reader.ReadBlock(room)), file.Subject);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Measure.Unread($"{file.Subject}: {e.Message}");
        }
    }

    private async Task<Measure> OfProgram(string path, string[] arguments, Func<string, string, Measure> meaning, CancellationToken stop)
    {
        if (path.Length == 0)
        {
            return new Measure.Unread($"{settings.Subject}: the program ipmitool is not installed");
        }

        var (end, output) = await ProgramOnce.RunAsync(
            new ProgramCall(path, arguments, [.. CommandEnvironment.Common, CommandEnvironment.Entry("VERB", "temperature")], settings.Timeout, settings.Timeout / 4), time, stop);
        return ProgramOnce.Trouble(end) is { } trouble ? new Measure.Unread($"{settings.Subject}: {trouble}") : meaning(output, settings.Subject);
    }
}
