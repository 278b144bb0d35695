using System.Runtime.InteropServices;
using System.Text;
using Understudy.Lab.Worlds;

namespace Understudy.Lab.Ups;

/// <summary>
/// A UPS at the end of a serial line: a pseudo terminal on which it speaks the Megatec protocol (networkupstools.org/protocols/megatec.html), for the stock driver blazer_ser. So a real driver can have a device that
/// falls silent, takes commands, and is told to cut its power.
/// </summary>
internal sealed unsafe partial class MegatecDevice : IDisposable
{
    /// <summary>fcntl.h.</summary>
    private const int O_RDWR = 2, O_NOCTTY = 0x100;

    private readonly int master;
    private readonly int slave;
    private readonly Thread thread;
    private readonly List<string> told = [];
    private readonly Lock locked = new();
    private volatile bool ended;

    internal MegatecDevice()
    {
        master = posix_openpt(O_RDWR | O_NOCTTY | LabLibc.O_CLOEXEC);
        var name = stackalloc byte[64];
        if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 || ptsname_r(master, name, 64) != 0)
        {
            throw new IOException($"no pseudo terminal: {LabLibc.LastError}");
        }

        Path = Marshal.PtrToStringUTF8((nint)name)!;

        // With its other end open for good, the line does not hang up when a driver leaves.
        slave = LabLibc.open(Path, O_RDWR | O_NOCTTY | LabLibc.O_CLOEXEC);
        thread = new Thread(Serve) { IsBackground = true };
        thread.Start();
    }

    /// <summary>The terminal, for <c>port</c>.</summary>
    internal string Path { get; }

    /// <summary>It does not answer any more: the line is broken.</summary>
    internal bool Silent { get; set; }

    /// <summary>Percent of load, which it reports.</summary>
    internal int Load { get; set; } = 14;

    /// <summary>Every command but questions for its state, in order.</summary>
    internal IReadOnlyList<string> Told
    {
        get
        {
            lock (locked)
            {
                return [.. told];
            }
        }
    }

    public void Dispose()
    {
        ended = true;
        thread.Join();
        _ = LabLibc.close(slave);
        _ = LabLibc.close(master);
    }

    private void Serve()
    {
        const int Most = 256;
        var buffer = stackalloc byte[Most];
        var line = new StringBuilder();
        var ready = new LabLibc.PollEntry { Fd = master, Events = LabLibc.POLLIN };
        while (!ended)
        {
            var count = LabLibc.poll(&ready, 1, 50) > 0 ? (int)read(master, buffer, Most) : 0;
            foreach (var c in Encoding.Latin1.GetString(buffer, Math.Max(count, 0)))
            {
                if (c != '\r')
                {
                    line.Append(c);
                    continue;
                }

                Take(line.ToString());
                line.Clear();
            }
        }
    }

    private void Take(string command)
    {
        if (command != "Q1")
        {
            lock (locked)
            {
                told.Add(command);      // a command that is obeyed has no answer
            }

            return;
        }

        if (!Silent)
        {
            // input, fault and output voltage, load, frequency, battery voltage, temperature; utility fail, battery low, bypass, failed, standby type, test, shutdown, beeper
            var reply = Encoding.ASCII.GetBytes($"(226.0 195.0 226.0 {Load:000} 50.0 27.5 30.0 00001000\r");
            fixed (byte* start = reply)
            {
                _ = write(master, start, (nuint)reply.Length);
            }
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int posix_openpt(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int grantpt(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlockpt(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ptsname_r(int fd, byte* name, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int fd, void* bytes, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int fd, void* bytes, nuint length);
}
