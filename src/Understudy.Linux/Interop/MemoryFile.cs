namespace Understudy.Linux.Interop;

/// <summary>A file without a name, in memory: memfd_create(2). It travels between processes as a descriptor, so that what is in it needs no room in any message.</summary>
public static unsafe class MemoryFile
{
    /// <summary>Makes one with these bytes.</summary>
    /// <returns>The descriptor, or <c>-errno</c>.</returns>
    public static int Write(string name, ReadOnlySpan<byte> bytes)
    {
        var fd = SysMman.MemFd(name);
        fixed (byte* at = bytes)
        {
            for (var done = 0; fd >= 0 && done < bytes.Length;)
            {
                var count = Unistd.Write(fd, at + done, bytes.Length - done);
                if (count <= 0 && count != -Errno.EINTR)
                {
                    Unistd.Close(fd);
                    return count;
                }

                done += Math.Max(count, 0);
            }
        }

        return fd;
    }

    /// <summary>All that is in one, from its beginning; null for more than <paramref name="most"/> bytes, and for what cannot be read so.</summary>
    public static byte[]? Read(int fd, int most)
    {
        var length = Unistd.Seek(fd, 0, Unistd.SEEK_END);
        if (length < 0 || length > most || Unistd.Seek(fd, 0, Unistd.SEEK_SET) != 0)
        {
            return null;
        }

        var bytes = new byte[length];
        fixed (byte* at = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var count = Unistd.Read(fd, at + done, bytes.Length - done);
                if (count <= 0 && count != -Errno.EINTR)
                {
                    return null;
                }

                done += Math.Max(count, 0);
            }
        }

        return bytes;
    }
}
