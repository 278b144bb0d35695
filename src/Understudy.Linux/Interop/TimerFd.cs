using Understudy.Core;

namespace Understudy.Linux.Interop;

/// <summary>An alarm at an instant of the boot clock. It counts suspended time, and fires at once when its instant has passed.</summary>
public sealed unsafe class TimerFd : IDisposable
{
    private int fd;

    /// <summary>An alarm that is not set.</summary>
    /// <param name="blocking">True makes <see cref="Read"/> wait for the alarm; false returns <c>-EAGAIN</c>.</param>
    /// <exception cref="IOException">The kernel refused.</exception>
    public TimerFd(bool blocking = false) =>
        fd = Errno.Require(SysTimerfd.Create(Time.CLOCK_BOOTTIME, blocking ? 0 : SysTimerfd.TFD_NONBLOCK), "timerfd_create");

    public int Fd => fd;

    /// <summary>Sets the alarm, replacing the one before; <see cref="Instant.Never"/> takes it away. Any thread. 0 or <c>-errno</c>.</summary>
    public int Arm(Instant at)
    {
        SysTimerfd.ITimerSpec to = default;
        if (at != Instant.Never)
        {
            to.Value = Time.TimeSpec.FromTicks(Math.Max(at.Ticks, 1)); // a value of 0 would take the alarm away
        }

        return SysTimerfd.Set(fd, SysTimerfd.TFD_TIMER_ABSTIME, &to);
    }

    /// <summary>How often the alarm went off since the last read, or <c>-EAGAIN</c> when it did not.</summary>
    public int Read()
    {
        ulong count;
        var n = Unistd.Read(fd, &count, sizeof(ulong));
        return n < 0 ? n : (int)Math.Min(count, int.MaxValue);
    }

    public void Dispose()
    {
        Unistd.Close(fd);
        fd = -1;
    }
}
