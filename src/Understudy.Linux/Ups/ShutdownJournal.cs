using Understudy.Core.Ups;
using Understudy.Linux.Clocks;

namespace Understudy.Linux.Ups;

/// <summary>
/// The journal of a shutdown, held for as long as one runs: nobody else commands the device meanwhile, and whoever comes later knows what was done. Where there is no folder to keep it in, or it cannot
/// be written, a shutdown goes on without.
/// </summary>
public sealed class ShutdownJournal : IDisposable
{
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(100);

    private readonly FileStream? file;

    private ShutdownJournal(FileStream? file, IReadOnlyList<ShutdownRecord> records) => (this.file, Records) = (file, records);

    /// <summary>What it held when it was opened.</summary>
    public IReadOnlyList<ShutdownRecord> Records { get; }

    /// <summary>Opens it, and waits for whoever holds it, up to a limit.</summary>
    /// <returns>Null when somebody still holds it after that.</returns>
    public static ShutdownJournal? Open(string path, TimeSpan limit)
    {
        for (var until = BootClock.Now + limit; ;)
        {
            try
            {
                // FileShare.None is flock(2) on Linux: it ends with the process that holds it.
                var held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
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
            catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException || (e is IOException && !IsHeld(path)))
            {
                return new ShutdownJournal(null, []);
            }
            catch (IOException)
            {
                if (BootClock.Now >= until)
                {
                    return null;
                }

                BootClock.Pause(s_again);
            }
        }
    }

    public void Append(ShutdownRecord record)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(record.Text() + "\n"));
            file.Flush();
        }
        catch (IOException)
        {
            // full: the device matters more
        }
    }

    public void Dispose() => file?.Dispose();

    /// <summary>It is there and can be written, so that what failed was the lock.</summary>
    private static bool IsHeld(string path)
    {
        try
        {
            using var look = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
