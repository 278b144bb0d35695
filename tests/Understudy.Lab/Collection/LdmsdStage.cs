using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Understudy.Core.Ldms;
using Understudy.Lab.Worlds;
using Understudy.Lab.Worlds.Products;
using Xunit;

namespace Understudy.Lab.Collection;

/// <summary>Real <c>understudy ldmsd</c> processes on loopback, each at a port of its own, ended by their ids.</summary>
internal sealed class LdmsdStage : IDisposable
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = Directory.CreateTempSubdirectory("understudy-ldmsd-").FullName;
    private readonly Dictionary<string, int> ports = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Process> processes = new(StringComparer.Ordinal);
    private readonly string program;

    internal LdmsdStage(params ReadOnlySpan<string> names)
    {
        HarnessTests.SkipWhere(UnderstudyProduct.Obstacle());
        program = UnderstudyProduct.FindProgram()!;
        var free = LoopbackPorts.Take(names.Length);
        for (var i = 0; i < names.Length; i++)
        {
            ports[names[i]] = free[i];
        }
    }

    internal string In(string name) => Path.Combine(folder, name);

    internal int PortOf(string name) => ports[name];

    /// <summary>Writes a daemon's file; <c>{s00}</c> in it is that daemon's port.</summary>
    internal void Write(string name, string text)
    {
        foreach (var (other, port) in ports)
        {
            text = text.Replace($"{{{other}}}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        }

        File.WriteAllText(In($"{name}.cfg"), text.Replace("{folder}", folder, StringComparison.Ordinal));
    }

    /// <summary>Starts a daemon as the seed does: <c>ldmsd -c NAME.cfg -x sock:PORT -n NAME</c>.</summary>
    /// <param name="remembers">It keeps on disk what its peer collects.</param>
    internal void Start(string name, string? called = null, bool remembers = false)
    {
        // The shell becomes the program: the process' id is the daemon's.
        string[] words = ["-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", In($"{name}.log"), program, "ldmsd", "-c", In($"{name}.cfg"), "-x", $"sock:{ports[name].ToString(CultureInfo.InvariantCulture)}:127.0.0.1", "-n", called ?? name];
        var start = new ProcessStartInfo("sh", words) { UseShellExecute = false, WorkingDirectory = folder };
        start.Environment["DOTNET_TieredPGO"] = "0";
        if (remembers)
        {
            start.Environment["STATE_DIRECTORY"] = In("state");
        }

        processes[name] = Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start");
    }

    internal void Signal(string name, int signal) => Assert.Equal(0, LabLibc.kill(processes[name].Id, signal));

    /// <summary>Ends a daemon and waits until it is gone.</summary>
    internal void End(string name, int signal = LabLibc.SIGKILL)
    {
        if (processes.Remove(name, out var process))
        {
            _ = LabLibc.kill(process.Id, signal);
            Assert.True(process.WaitForExit(Patience), $"{name} did not end");
            process.Dispose();
        }
    }

    internal bool IsAlive(string name) => !processes[name].HasExited;

    /// <summary>What a daemon offers now, in one line; empty where it does not answer.</summary>
    internal string List(string name)
    {
        using var reader = new LdmsReader(ports[name], follows: false);
        _ = LabClock.WaitUntil(() => reader.List is not null || reader.Trouble is not null, TimeSpan.FromSeconds(5));
        return reader.List is { } list ? string.Join(' ', list) : "";
    }

    internal void AwaitList(string name, string list, TimeSpan? limit = null)
    {
        var last = "";
        Assert.True(LabClock.WaitUntil(() => (last = List(name)) == list, limit ?? Patience), $"{name} offers [{last}] and not [{list}]\n{Logs()}");
    }

    /// <summary>A command over the wire: its errno, and its text or JSON.</summary>
    internal (uint Code, string Text) Command(string name, string line)
    {
        using var reader = new LdmsReader(ports[name], follows: false);
        var answer = reader.Command(line, TimeSpan.FromSeconds(20));
        Assert.True(answer is not null, $"{name} does not answer {line}: {reader.Trouble}\n{Logs()}");
        return (answer.Code, answer[ConfigWord.Json] ?? answer[ConfigWord.String] ?? "");
    }

    internal JsonElement Failover(string name)
    {
        using var json = JsonDocument.Parse(Command(name, "failover_status").Text);
        return json.RootElement.Clone();
    }

    internal string State(string name) => $"{Failover(name).GetProperty("failover_state").GetString()} {Failover(name).GetProperty("conn_state").GetString()}";

    internal void AwaitState(string name, string state)
    {
        var last = "";
        Assert.True(LabClock.WaitUntil(() => (last = State(name)) == state, Patience), $"{name} is {last} and not {state}\n{Logs()}");
    }

    /// <summary>Its copies: name, and whether it stands by.</summary>
    internal string Copies(string name)
    {
        using var json = JsonDocument.Parse(Command(name, "prdcr_status").Text);
        return string.Join(' ', json.RootElement.EnumerateArray().Where(p => p.GetProperty("name").GetString()!.StartsWith('#')).Select(p => $"{p.GetProperty("name").GetString()}:{p.GetProperty("state").GetString()}:{p.GetProperty("port")}"));
    }

    internal string Logs()
    {
        var all = new System.Text.StringBuilder();
        foreach (var file in Directory.GetFiles(folder, "*.log").Order(StringComparer.Ordinal))
        {
            all.Append("== ").AppendLine(Path.GetFileName(file));
            foreach (var line in File.ReadLines(file).TakeLast(40))
            {
                all.AppendLine(line);
            }
        }

        return all.ToString();
    }

    public void Dispose()
    {
        foreach (var process in processes.Values)
        {
            _ = LabLibc.kill(process.Id, LabLibc.SIGKILL);
            _ = process.WaitForExit(TimeSpan.FromSeconds(10));
            process.Dispose();
        }

        Directory.Delete(folder, recursive: true);
    }
}
