namespace Understudy.Lab.Worlds;

/// <summary>One network namespace of ours: a host, or the wires between hosts.</summary>
public sealed class NetworkNamespace
{
    private const string Folder = "/run/netns";

    private readonly string identity;

    private NetworkNamespace(string name)
    {
        Name = name;
        identity = Inside(() => new FileInfo("/proc/thread-self/ns/net").LinkTarget!);
    }

    public string Name { get; }

    /// <summary>Opens a namespace that <c>ip netns add</c> has made.</summary>
    internal static NetworkNamespace Of(string name) => new(name);

    /// <summary>Runs something on a throw-away thread inside the namespace. What it opens stays there whoever uses it later; it must start
    /// nothing, as a new thread inherits the namespace of its maker.</summary>
    /// <exception cref="IOException">The namespace is gone, or we may not enter it.</exception>
    public T Inside<T>(Func<T> open)
    {
        T result = default!;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter();
                result = open();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result : throw new IOException($"inside {Name}: {failure.Message}", failure);
    }

    public void Write(string path, string text) =>
        Inside(() =>
        {
            File.WriteAllText(path, text);
            return true;
        });

    /// <summary>Runs <c>ip</c> on lines of a batch, all in this namespace.</summary>
    public void Ip(string lines) => Shell.Run("ip", lines, "-n", Name, "-batch", "-");

    /// <summary>Pids of all processes whose first thread is in this namespace, lowest first: so a parent comes before its children.
    /// Orphans and grandchildren are found too. The harness itself is never among them, as its first thread never leaves home.</summary>
    public IReadOnlyList<int> Pids()
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var pid) && pid != Environment.ProcessId && IsHere(folder))
            {
                found.Add(pid);
            }
        }

        found.Sort();
        return found;
    }

    /// <summary>Kills everything inside and removes the name; the kernel takes devices down with it.</summary>
    internal static void Remove(string name)
    {
        if (!File.Exists(Path.Combine(Folder, name)))
        {
            return;
        }

        try
        {
            var here = Of(name);
            LabClock.WaitUntil(() => here.KillAll() == 0, TimeSpan.FromSeconds(5));
        }
        catch (IOException)
        {
            // It went away meanwhile, and all processes in it before that.
        }

        _ = Shell.Try("ip", null, "netns", "del", name);
    }

    internal static IEnumerable<string> AllNames() =>
        Directory.Exists(Folder) ? Directory.EnumerateFiles(Folder).Select(p => Path.GetFileName(p)) : [];

    private int KillAll()
    {
        var pids = Pids();
        foreach (var pid in pids)
        {
            _ = LabLibc.kill(pid, LabLibc.SIGKILL);
        }

        return pids.Count;
    }

    private bool IsHere(string folder)
    {
        try
        {
            // A zombie has no namespaces left and reads as null.
            return new FileInfo($"{folder}/ns/net").LinkTarget == identity;
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Enter()
    {
        var fd = LabLibc.open(Path.Combine(Folder, Name), LabLibc.O_CLOEXEC);
        if (fd < 0)
        {
            throw new IOException($"open {Name}: {LabLibc.LastError}");
        }

        var done = LabLibc.setns(fd, LabLibc.CLONE_NEWNET);
        var error = LabLibc.LastError;
        _ = LabLibc.close(fd);
        if (done != 0)
        {
            throw new IOException($"setns {Name}: {error}");
        }
    }
}
