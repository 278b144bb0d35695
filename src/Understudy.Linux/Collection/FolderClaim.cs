using System.Globalization;
using System.Text;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Collection;

/// <summary>
/// The claim on a folder of files: a lock on <c>.understudy-writer</c> in it, and in that file the epoch and the holder. On a local file system the kernel holds the lock for exactly as long as we
/// live and let nobody else have it.
/// </summary>
/// <remarks>
/// On a shared file system it is worth what that one's locks are: NFS 4 keeps it on the server and gives it to others when we were silent for the lease (90 s by default), after which our own kernel says EIO to
/// the descriptor; Lustre and GPFS have it with their lock option alone, and say ENOSYS or ENOLCK without, which is no claim. A writer that was cut off and comes back finds a greater epoch in
/// the file, and stops; between that look and its write lies a moment in which a shared file system can have two writers. The folder's files are each written by appending whole lines, so even then no line is torn.
/// </remarks>
public sealed unsafe class FolderClaim(string folder, string holder) : IStoreClaim
{
    /// <summary>Beside the store's own files, hidden from who lists them.</summary>
    public const string FileName = ".understudy-writer";

    private const int Mode = 0x1A4;      // 0644: who waits for the claim reads who has it
    private readonly string path = Path.Combine(folder, FileName);
    private int fd = -1;

    public ulong Epoch { get; private set; }

    public StoreClaimOutcome TryClaim()
    {
        if (StillMine())
        {
            return new StoreClaimOutcome(Epoch, "", holder);
        }

        LetGo();
        try
        {
            _ = Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return StoreClaimOutcome.No(e.Message);
        }

        fd = Unistd.Open(path, Unistd.O_RDWR, Mode);
        if (fd < 0)
        {
            return StoreClaimOutcome.No($"{path} cannot be opened: {Errno.Text(fd)}");
        }

        var taken = FileLock.TryTake(fd);
        if (taken < 0)
        {
            var there = Read();
            Close();
            return taken == -Errno.EAGAIN || taken == -Errno.EACCES
                ? StoreClaimOutcome.No($"{folder} is written by {there.Holder} (epoch {there.Epoch})", there.Holder)
                : StoreClaimOutcome.No($"{path} cannot be locked: {Errno.Text(taken)}; a shared file system needs its lock option");
        }

        var epoch = Read().Epoch + 1;
        if (Write(epoch) is < 0 and var refused)
        {
            Close();
            return StoreClaimOutcome.No($"{path} cannot be written: {Errno.Text(refused)}");
        }

        Epoch = epoch;
        return StillMine() ? new StoreClaimOutcome(epoch, "", holder) : Lost();

        StoreClaimOutcome Lost()
        {
            LetGo();
            return StoreClaimOutcome.No($"{path} was replaced while it was claimed");
        }
    }

    /// <summary>True while the file at the path says our epoch: not where it was removed, replaced, or claimed by another.</summary>
    public bool StillMine()
    {
        if (fd < 0)
        {
            return false;
        }

        try
        {
            var text = File.ReadAllText(path);
            return Parse(text) == (Epoch, holder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public void LetGo()
    {
        Close();
        Epoch = 0;
    }

    public void Dispose() => LetGo();

    private (ulong Epoch, string Holder) Read()
    {
        Span<byte> bytes = stackalloc byte[512];
        fixed (byte* into = bytes)
        {
            var length = Unistd.Seek(fd, 0, Unistd.SEEK_SET) < 0 ? 0 : Math.Max(0, Unistd.Read(fd, into, bytes.Length));
            return Parse(Encoding.UTF8.GetString(bytes[..length]));
        }
    }

    private static (ulong Epoch, string Holder) Parse(string text)
    {
        var words = text.TrimEnd('\n').Split(' ', 2);
        return ulong.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? (epoch, words.Length > 1 ? words[1] : "") : (0, "");
    }

    private int Write(ulong epoch)
    {
        var line = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{epoch} {holder}\n"));
        if (Unistd.Seek(fd, 0, Unistd.SEEK_SET) is < 0 and var lost)
        {
            return (int)lost;
        }

        fixed (byte* bytes = line)
        {
            // Over the old line first, and then cut: a crash between leaves an epoch that is at least as great.
            var written = Unistd.Write(fd, bytes, line.Length);
            return written != line.Length ? Math.Min(written, -1)
                : Unistd.Truncate(fd, line.Length) is < 0 and var cut ? cut
                : Unistd.DataSync(fd);
        }
    }

    private void Close()
    {
        Unistd.Close(fd);
        fd = -1;
    }
}
