using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Understudy.Lab.Worlds;
using Understudy.Linux.Interop;

namespace Understudy.Lab.Ups;

/// <summary>
/// What systemd does with a unit's descriptors, where there is none: it takes FDSTORE, FDSTOREREMOVE and BARRIER at NOTIFY_SOCKET (sd_notify(3)), and passes what it keeps to the program that it starts, from
/// descriptor 3 on (sd_listen_fds(3)).
/// </summary>
internal sealed class StoreKeeper : IDisposable
{
    private const int Room = 64;

    private readonly NutStage stage;
    private readonly string path;
    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly List<(string Name, int Fd)> kept = [];
    private readonly Lock locked = new();
    private readonly Thread thread;
    private volatile bool ended;

    internal StoreKeeper(NutStage stage)
    {
        this.stage = stage;
        path = Path.Combine(stage.Conf, "notify.socket");
        socket.Bind(new UnixDomainSocketEndPoint(path));
        thread = new Thread(Listen) { IsBackground = true };
        thread.Start();
    }

    /// <summary>The names of what is kept, sorted.</summary>
    internal string Kept
    {
        get
        {
            lock (locked)
            {
                return string.Join(' ', kept.Select(k => k.Name).Order(StringComparer.Ordinal));
            }
        }
    }

    /// <summary>Everything that was said, but for descriptors.</summary>
    internal List<string> Said { get; } = [];

    /// <summary>Keeps a descriptor that nobody of ours has stored.</summary>
    internal void Slip(string name, int fd)
    {
        DescriptorSocket.Keep(fd, closedAtExec: false);
        lock (locked)
        {
            kept.Add((name, fd));
        }
    }

    /// <summary>Starts a program of the stage as the unit's: what is kept is its too.</summary>
    /// <param name="through">Something stands between us and it, as upsdrvctl does: the descriptors are for that.</param>
    internal Process Start(string log, bool through, string program, params IEnumerable<string> arguments)
    {
        (string Name, int Fd)[] passed;
        lock (locked)
        {
            passed = [.. kept];
        }

        stage.Check(passed.All(p => p.Fd >= 3 + passed.Length), "the numbers of what is passed are free at the other side");
        var script = new StringBuilder("export NOTIFY_SOCKET=\"$1\" FDSTORE=\"$2\"; shift 2; ");
        if (passed.Length > 0)
        {
            script.Append(CultureInfo.InvariantCulture, $"export LISTEN_PID=$$ LISTEN_FDS={passed.Length} LISTEN_FDNAMES={string.Join(':', passed.Select(p => p.Name))}; ");
        }

        var redirections = string.Concat(passed.Select((p, i) => string.Create(CultureInfo.InvariantCulture, $" {3 + i}<&{p.Fd} {p.Fd}<&-")));
        script.Append(through ? $"\"$@\"{redirections}; exit $?" : $"exec \"$@\"{redirections}");
        return stage.Launch(log, "/bin/bash", ["-c", script.ToString(), "bash", path, Room.ToString(CultureInfo.InvariantCulture), program, .. arguments]);
    }

    public void Dispose()
    {
        ended = true;
        thread.Join();
        socket.Dispose();
        kept.ForEach(k => UnixSocket.Close(k.Fd));
    }

    private void Listen()
    {
        var fd = (int)socket.Handle;
        var bytes = new byte[4096];
        while (!ended)
        {
            var descriptors = new List<int>();
            if (!UnixSocket.AwaitInput(fd, TimeSpan.FromMilliseconds(100)) || DescriptorSocket.Receive(fd, bytes, descriptors, closeAtExec: false) is not (> 0 and var count))
            {
                continue;
            }

            var lines = Encoding.UTF8.GetString(bytes, 0, count).Split('\n');
            var name = lines.FirstOrDefault(l => l.StartsWith("FDNAME=", StringComparison.Ordinal))?["FDNAME=".Length..] ?? "stored";
            lock (locked)
            {
                if (lines.Contains("FDSTORE=1"))
                {
                    kept.AddRange(descriptors.Select(d => (name, d)));
                    continue;
                }

                if (lines.Contains("FDSTOREREMOVE=1"))
                {
                    kept.Where(k => k.Name == name).ToList().ForEach(k => UnixSocket.Close(k.Fd));
                    kept.RemoveAll(k => k.Name == name);
                }
                else if (lines is not ["BARRIER=1"])
                {
                    Said.AddRange(lines);
                }
            }

            descriptors.ForEach(UnixSocket.Close);
        }
    }
}
