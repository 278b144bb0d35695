using System.Runtime.ExceptionServices;

namespace Understudy.Linux.Interop;

/// <summary>Opens things inside another network namespace. A socket stays in the namespace it was opened in, whoever uses it.</summary>
public static class Namespaces
{
    private const int StackBytes = 256 * 1024;

    /// <summary>
    /// Runs a function on a thread of its own that has entered the namespace, and waits for it. The thread ends with it: a
    /// namespace belongs to a thread and would leak into whatever threads that one starts, so the function must start none.
    /// </summary>
    /// <param name="open">What to do there.</param>
    /// <param name="path">As <c>/run/netns/NAME</c> or <c>/proc/PID/ns/net</c>; null runs it here.</param>
    /// <exception cref="IOException">The namespace cannot be opened or entered (ENOENT, EPERM).</exception>
    public static T RunIn<T>(string? path, Func<T> open)
    {
        if (path is null)
        {
            return open();
        }

        T result = default!;
        ExceptionDispatchInfo? thrown = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    Enter(path);
                    result = open();
                }
                catch (Exception e) // carried over to the caller's thread, whole
                {
                    thrown = ExceptionDispatchInfo.Capture(e);
                }
            },
            StackBytes)
        { IsBackground = true, Name = "in namespace" };
        thread.Start();
        thread.Join();
        thrown?.Throw();
        return result;
    }

    private static void Enter(string path)
    {
        var fd = Errno.Require(Unistd.Open(path, Unistd.O_RDONLY), $"open {path}");
        var entered = Sched.SetNs(fd, Sched.CLONE_NEWNET);
        Unistd.Close(fd);
        _ = Errno.Require(entered, $"setns {path}");
    }
}
