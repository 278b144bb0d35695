using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Understudy.Linux.Interop;
using Xunit;

namespace Understudy.Lab.Addresses;

public sealed class LayoutLab
{
    /// <summary>Asks the C compiler of this machine about each structure and number that we took from its headers.</summary>
    [Fact]
    public void The_c_compiler_agrees_about_structures_and_numbers()
    {
        if (!File.Exists("/usr/bin/cc"))
        {
            Assert.Skip("no C compiler");
        }

        var source = $$"""
            #define _GNU_SOURCE
            #include <stddef.h>
            #include <sys/socket.h>
            #include <sys/epoll.h>
            #include <sys/timerfd.h>
            #include <sys/eventfd.h>
            #include <sys/mman.h>
            #include <sys/prctl.h>
            #include <sys/syscall.h>
            #include <netinet/in.h>
            #include <poll.h>
            #include <time.h>
            #include <spawn.h>
            #include <signal.h>
            #include <errno.h>
            #include <linux/filter.h>
            #include <linux/if_packet.h>
            #include <linux/netlink.h>
            #include <linux/rtnetlink.h>
            #include <linux/if_addr.h>
            {{Size<SysSocket.IoVec>("struct iovec")}}
            {{Size<SysSocket.MsgHdr>("struct msghdr")}}
            {{Offset<SysSocket.MsgHdr>("struct msghdr", "msg_control", nameof(SysSocket.MsgHdr.Control))}}
            {{Offset<SysSocket.MsgHdr>("struct msghdr", "msg_controllen", nameof(SysSocket.MsgHdr.ControlLength))}}
            {{Offset<SysSocket.MsgHdr>("struct msghdr", "msg_flags", nameof(SysSocket.MsgHdr.Flags))}}
            {{Size<SysSocket.CMsgHdr>("struct cmsghdr")}}
            {{Offset<SysSocket.SockAddrLl>("struct sockaddr_ll", "sll_addr", nameof(SysSocket.SockAddrLl.Address))}}
            {{Size<SysSocket.SockAddrNl>("struct sockaddr_nl")}}
            {{Size<SysSocket.SockFilter>("struct sock_filter")}}
            {{Size<SysSocket.SockFprog>("struct sock_fprog")}}
            {{Size<Time.TimeSpec>("struct timespec")}}
            {{Size<SysTimerfd.ITimerSpec>("struct itimerspec")}}
            {{Size<SysEpoll.PollFd>("struct pollfd")}}
            {{Size<SockAddress>("struct sockaddr_in6")}}
            {{Same("sizeof(struct epoll_event)", SysEpoll.EventBytes)}}
            {{Same("offsetof(struct epoll_event, data)", SysEpoll.TagOffset)}}
            {{Same("offsetof(siginfo_t, si_status)", 24)}}
            {{Same("offsetof(siginfo_t, si_pid)", 16)}}
            _Static_assert(sizeof(posix_spawnattr_t) <= 512 && sizeof(sigset_t) <= 128, "spawn");
            {{Same("SOCK_NONBLOCK", SysSocket.SOCK_NONBLOCK)}}
            {{Same("SOCK_CLOEXEC", SysSocket.SOCK_CLOEXEC)}}
            {{Same("SO_PRIORITY", SysSocket.SO_PRIORITY)}}
            {{Same("SO_RCVTIMEO", SysSocket.SO_RCVTIMEO)}}
            {{Same("SO_BINDTODEVICE", SysSocket.SO_BINDTODEVICE)}}
            {{Same("SO_ATTACH_FILTER", SysSocket.SO_ATTACH_FILTER)}}
            {{Same("SO_RCVBUFFORCE", SysSocket.SO_RCVBUFFORCE)}}
            {{Same("SO_TIMESTAMPNS", SysSocket.SO_TIMESTAMPNS)}}
            {{Same("IP_FREEBIND", SysSocket.IP_FREEBIND)}}
            {{Same("IPV6_V6ONLY", SysSocket.IPV6_V6ONLY)}}
            {{Same("IPV6_TCLASS", SysSocket.IPV6_TCLASS)}}
            {{Same("CLOCK_BOOTTIME", Time.CLOCK_BOOTTIME)}}
            {{Same("TFD_TIMER_ABSTIME", SysTimerfd.TFD_TIMER_ABSTIME)}}
            {{Same("MCL_ONFAULT", SysMman.MCL_ONFAULT)}}
            {{Same("PR_SET_TIMERSLACK", SysPrctl.PR_SET_TIMERSLACK)}}
            {{Same("NETLINK_GET_STRICT_CHK", 12)}}
            {{Same("IFA_PROTO", 11)}}
            {{Same("IFA_F_NOPREFIXROUTE", (int)Core.Wire.AddressMessage.NoPrefixRoute)}}
            {{Same("RTM_DELADDR", Core.Wire.RouteMessage.DelAddress)}}
            {{Same("sizeof(struct ifaddrmsg)", Core.Wire.AddressMessage.BodyBytes)}}
            {{Same("sizeof(struct ifinfomsg)", Core.Wire.LinkMessage.BodyBytes)}}
            {{Same("EADDRNOTAVAIL", Errno.EADDRNOTAVAIL)}}
            {{Same("ENOBUFS", Errno.ENOBUFS)}}
            {{Same("ETIME", Errno.ETIME)}}
            """;
        using var compiler = Process.Start(new ProcessStartInfo("/usr/bin/cc", "-fsyntax-only -x c -")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        })!;
        compiler.StandardInput.Write(source);
        compiler.StandardInput.Close();
        var complaints = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, complaints);
    }

    private static string Same(string c, int ours) => $"_Static_assert(({c}) == {ours}, \"{c}\");";

    private static string Size<T>(string c) => Same($"sizeof({c})", Unsafe.SizeOf<T>());

    private static string Offset<T>(string c, string theirs, string ours) => Same($"offsetof({c}, {theirs})", (int)Marshal.OffsetOf<T>(ours));
}
