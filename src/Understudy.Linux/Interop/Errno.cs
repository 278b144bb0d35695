using System.Runtime.InteropServices;

namespace Understudy.Linux.Interop;

/// <summary>Error numbers of Linux (asm-generic/errno-base.h, errno.h) that callers meet as negative results.</summary>
public static class Errno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int ESRCH = 3;
    public const int EINTR = 4;
    public const int ENXIO = 6;
    public const int EAGAIN = 11;
    public const int EACCES = 13;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int ENODEV = 19;
    public const int EINVAL = 22;
    public const int ETIME = 62;
    public const int EPROTO = 71;
    public const int EMSGSIZE = 90;
    public const int EADDRINUSE = 98;
    public const int EADDRNOTAVAIL = 99;
    public const int ENETDOWN = 100;
    public const int ENETUNREACH = 101;
    public const int ENOBUFS = 105;
    public const int ETIMEDOUT = 110;
    public const int ECONNREFUSED = 111;
    public const int EINPROGRESS = 115;

    /// <summary>The C library's own words for a result of <c>-errno</c>. Allocates.</summary>
    public static string Text(int negative) => Marshal.GetPInvokeErrorMessage(-negative);

    /// <summary>A call's result as the kernel gives it: at least 0, or <c>-errno</c>.</summary>
    internal static int Or(int result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    internal static long Or(long result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    /// <summary>For opening things at start, where a refusal is for a person to read.</summary>
    /// <exception cref="IOException">The result is negative; the message is the call and errno's own text.</exception>
    internal static int Require(int result, string call) => result >= 0 ? result : throw new IOException($"{call}: {Text(result)}");
}
