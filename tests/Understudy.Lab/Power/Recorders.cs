using Understudy.Lab.Worlds;
using Understudy.Linux.Power;

namespace Understudy.Lab.Power;

/// <summary>Programs in the place of those that tell, stop and power off: each writes down how it was called, and answers as it is told. Gone when disposed.</summary>
internal sealed class Recorders : IDisposable
{
    private static readonly string[] s_names = ["systemctl", "shutdown", "poweroff", "busctl", "wall", "logger", "ipmitool"];

    private readonly string folder = Directory.CreateTempSubdirectory("understudy-power-").FullName;

    internal Recorders()
    {
        foreach (var name in s_names)
        {
            Answer(name, "");
        }
    }

    internal string Folder => folder;

    internal PowerCommands Commands(bool systemd = true) => PowerCommands.In(folder, systemd);

    /// <summary>Every call so far, in order: the program's name and its arguments, apart by '|'. The questions of busctl are left out.</summary>
    internal string[] Calls() => Lines.Where(l => !l.StartsWith("busctl", StringComparison.Ordinal)).ToArray();

    internal int Questions() => Lines.Count(l => l.StartsWith("busctl", StringComparison.Ordinal));

    /// <summary>What a program does after it has written its call down: lines of sh.</summary>
    internal string Answer(string name, string script)
    {
        // Another process writes it: a descriptor of ours that a child inherits for a moment would make the file busy.
        var path = $"{folder}/{name}";
        _ = Shell.Run("tee", $"#!/bin/sh\n(printf '%s' {name}; for a; do printf '|%s' \"$a\"; done; echo) >>{Record}\n{script}\n", $"{path}.new");
        File.SetUnixFileMode($"{path}.new", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Move($"{path}.new", path, overwrite: true);
        return path;
    }

    internal void Remove(string name) => File.Delete($"{folder}/{name}");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Record => $"{folder}/record";

    private string[] Lines => File.Exists(Record) ? File.ReadAllLines(Record) : [];
}
