using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Understudy.Core.Ups;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Ups;

/// <summary>
/// The journal of a shutdown, held for as long as one runs: nobody else commands the device meanwhile, and whoever comes later knows what was done. Where there is no folder to keep it in, or it cannot
/// be written, a shutdown goes on without.
/// </summary>
public sealed partial class ShutdownJournal : IDisposable
{
    // fcntl.h, sys/file.h
    private const int O_NOFOLLOW = 0x20000, LOCK_EX = 2, LOCK_NB = 4;

    /// <summary>Root makes it for -k, and the proxy that is not root writes it too: its folder is what keeps others out (0770 on Debian).</summary>
    private const int Mode = 0x1B6;      // 0666

    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(100);

    private readonly FileStream? file;

    private ShutdownJournal(FileStream? file, IReadOnlyList<ShutdownRecord> records) => (this.file, Records) = (file, records);

    /// <summary>What it held when it was opened.</summary>
    public IReadOnlyList<ShutdownRecord> Records { get; }

    /// <summary>Opens it, and waits for whoever holds it, up to a limit.</summary>
    /// <returns>Null when somebody still holds it after that.</returns>
    public static ShutdownJournal? Open(string path, TimeSpan limit)
    {
        // Not through a link: the folder may be another user's, and we may be root.
        var fd = Unistd.Open(path, Unistd.O_RDWR | O_NOFOLLOW, Mode);
        if (fd < 0)
        {
            return new ShutdownJournal(null, []);
        }

        _ = fchmod(fd, Mode);      // umask(2) has taken from it; where it is another's it stays as it is
        var held = new FileStream(new SafeFileHandle(fd, ownsHandle: true), FileAccess.ReadWrite);
        for (var until = BootClock.Now + limit; flock(fd, LOCK_EX | LOCK_NB) != 0; BootClock.Pause(s_again))
        {
            if (BootClock.Now >= until)
            {
                held.Dispose();
                return null;
            }
        }

        var records = new List<ShutdownRecord>();
        var reader = new StreamReader(held);
        while (reader.ReadLine() is { } line)
        {
            if (ShutdownRecord.Parse(line) is { } record)
            {
                records.Add(record);
            }
        }

        return new ShutdownJournal(held, records);
    }

    public void Append(ShutdownRecord record)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            file.Write(Encoding.UTF8.GetBytes(record.Text() + "\n"));
            file.Flush();
        }
        catch (IOException)
        {
            // full: the device matters more
        }
    }

    public void Dispose() => file?.Dispose();

    [LibraryImport("libc")]
    private static partial int fchmod(int fd, int mode);

    [LibraryImport("libc")]
    private static partial int flock(int fd, int operation);
}
