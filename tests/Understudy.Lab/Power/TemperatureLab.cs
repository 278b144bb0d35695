using Understudy.Core.Power;
using Understudy.Core.Settings;
using Understudy.Lab.Probing;
using Understudy.Linux.Clocks;
using Understudy.Linux.Power;
using Xunit;

namespace Understudy.Lab.Power;

/// <summary>Each kind of temperature, from what gives it.</summary>
public sealed class TemperatureLab : IDisposable
{
    private readonly Recorders recorders = new();

    public void Dispose() => recorders.Dispose();

    [Fact]
    public async Task A_board_s_sensor_is_asked_through_ipmitool()
    {
        recorders.Answer("ipmitool", "echo 'Inlet Temp,23,degrees C,ok,7.1,System Board'; echo more");
        Assert.Equal(23.0, Degrees(await Read(new TemperatureSettings.Ipmi("Inlet Temp"))));
        Assert.Equal("ipmitool|-c|sdr|get|Inlet Temp", Assert.Single(recorders.Calls()));
        recorders.Answer("ipmitool", "echo 'Could not open device' >&2; exit 1");
        Assert.Equal(new Measure.Unread("ipmi Inlet Temp: exit code 1"), await Read(new TemperatureSettings.Ipmi("Inlet Temp")));
        Assert.Equal(new Measure.Unread("ipmi Inlet Temp: the program ipmitool is not installed"), await Read(new TemperatureSettings.Ipmi("Inlet Temp"), recorders.Commands() with { Ipmitool = "" }));
    }

    [Theory]
    [InlineData("echo 23.5", 23.5)]
    [InlineData("echo 23500; echo noise", 23.5)]
    [InlineData("echo 23.5; exit 1", null)]
    [InlineData("echo warm", null)]
    [InlineData("exit 0", null)]
    [InlineData("sleep 100", null)]
    public async Task A_command_s_first_line_counts_where_it_exits_with_0(string script, double? degrees)
    {
        var path = recorders.Answer("inlet", script);
        Assert.Equal(degrees, Degrees(await Read(new TemperatureSettings.Command(path) { Timeout = TimeSpan.FromSeconds(2) })));
    }

    [Fact]
    public async Task A_file_is_read_anew_each_time()
    {
        var path = $"{recorders.Folder}/inlet.txt";
        using var source = new TemperatureSource(new TemperatureSettings.File(path), recorders.Commands(), new BootTime());
        Assert.IsType<Measure.Unread>(await source.ReadAsync(TestContext.Current.CancellationToken));
        await File.WriteAllTextAsync(path, "21.5\n", TestContext.Current.CancellationToken);
        Assert.Equal(21.5, Degrees(await source.ReadAsync(TestContext.Current.CancellationToken)));
        await File.WriteAllTextAsync(path, "38000\n", TestContext.Current.CancellationToken);
        Assert.Equal(38.0, Degrees(await source.ReadAsync(TestContext.Current.CancellationToken)));
        await File.WriteAllTextAsync(path, new string('7', 100_000), TestContext.Current.CancellationToken);
        Assert.IsType<Measure.Unread>(await source.ReadAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A pipe that nobody writes hangs as a broken bus does: it costs its limit once, and then one thread and no time.</summary>
    [Fact]
    public async Task A_file_that_hangs_is_unread_and_is_not_read_a_second_time_meanwhile()
    {
        var path = $"{recorders.Folder}/pipe";
        _ = Worlds.Shell.Run("mkfifo", null, path);
        using var source = new TemperatureSource(new TemperatureSettings.File(path) { Timeout = TimeSpan.FromMilliseconds(200) }, recorders.Commands(), new BootTime());
        Assert.Contains("no answer within 200 ms", Assert.IsType<Measure.Unread>(await source.ReadAsync(TestContext.Current.CancellationToken)).Why, StringComparison.Ordinal);
        Assert.Contains("still hangs", Assert.IsType<Measure.Unread>(await source.ReadAsync(TestContext.Current.CancellationToken)).Why, StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, "20.0\n", TestContext.Current.CancellationToken);      // the bus is well again: one reading comes back late, the next is good
        Addresses.Wires.Until(
            () =>
            {
                using var writer = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
                writer.Write("21.0\n"u8);
                writer.Flush();
                return source.ReadAsync(TestContext.Current.CancellationToken).GetAwaiter().GetResult() is not Measure.Unread { Why: var why } || !why.Contains("still hangs", StringComparison.Ordinal);
            },
            TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData("""{"inlet":{"celsius":23.5}}""", "inlet.celsius", 200, 23.5)]
    [InlineData("23.5\n", null, 200, 23.5)]
    [InlineData("""{"inlet":{"celsius":23.5}}""", "inlet.celsius", 503, null)]
    [InlineData("""{"inlet":{}}""", "inlet.celsius", 200, null)]
    [InlineData("<html>", "inlet.celsius", 200, null)]
    public async Task A_page_is_a_number_or_has_one(string body, string? field, int status, double? degrees)
    {
        await using var server = new WebServer(WebServer.Page(status, body));
        Assert.Equal(degrees, Degrees(await Read(new TemperatureSettings.Http(server.Url, field))));
    }

    [Fact]
    public async Task A_page_without_an_end_or_an_answer_is_unread()
    {
        await using var long_ = new WebServer(WebServer.Page(200, new string(' ', 70_000) + "23.5"));
        Assert.Contains("larger than", Assert.IsType<Measure.Unread>(await Read(new TemperatureSettings.Http(long_.Url, null))).Why, StringComparison.Ordinal);
        await using var silent = new WebServer(answer: null);
        Assert.Contains("no answer within", Assert.IsType<Measure.Unread>(await Read(new TemperatureSettings.Http(silent.Url, null) { Timeout = TimeSpan.FromMilliseconds(200) })).Why, StringComparison.Ordinal);
        Assert.IsType<Measure.Unread>(await Read(new TemperatureSettings.Http(new Uri("http://does-not-exist.invalid/"), null)));
    }

    private static double? Degrees(Measure measure) => measure is Measure.Taken taken ? taken.Number : null;

    private Task<Measure> Read(TemperatureSettings settings) => Read(settings, recorders.Commands());

    private static async Task<Measure> Read(TemperatureSettings settings, PowerCommands commands)
    {
        using var source = new TemperatureSource(settings, commands, new BootTime());
        return await source.ReadAsync(TestContext.Current.CancellationToken);
    }
}
