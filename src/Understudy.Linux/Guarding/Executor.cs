using System.Runtime.InteropServices;
using Understudy.Core;
using Understudy.Core.Wire;
using Understudy.Linux.Addresses;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Guarding;

/// <summary>What carrying out a will came to.</summary>
/// <param name="Duties">Duties that had something to do.</param>
/// <param name="Addresses">Removal messages that were sent for them.</param>
/// <param name="Removed">From the start to the acknowledged removal of the last address.</param>
/// <param name="Done">From the start to the end, commands included.</param>
/// <param name="Unfinished">Duties whose addresses or command could not be brought to an end; they said nothing to their peers.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct WillDone(int Duties, int Addresses, TimeSpan Removed, TimeSpan Done, int Unfinished);

/// <summary>Carries out a will. Everything is opened and rehearsed beforehand; it does not allocate. One thread uses it.</summary>
internal sealed unsafe class Executor : IDisposable
{
    private const int NoInterface = 0x7ffffff;
    private const int MaxEnvironment = 512;
    private const int PollMs = 5;
    private const int MostAddresses = Will.MaxRemovalBytes / 44; // the shortest removal message, of an IPv4 address

    /// <summary>A datagram may be lost: it is sent again after each of these pauses. Hearing it twice does no harm.</summary>
    private static readonly TimeSpan[] RepeatAfter = [TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(40), TimeSpan.Zero];

    private readonly Will will;
    private readonly RouteSocket route = new();
    private readonly int[] results = new int[MostAddresses];
    private readonly byte[] copy = GC.AllocateArray<byte>(Will.MaxRemovalBytes, pinned: true);
    private readonly Running[] running = new Running[Will.MaxDuties + 1];
    private readonly byte** environment;
    private readonly int inherited;
    private readonly byte** list;

    /// <summary>Opens what it needs in the calling thread's network namespace.</summary>
    /// <param name="will">The will.</param>
    /// <param name="environment">Zero-terminated list of the environment that commands inherit; lives as long as this.</param>
    /// <exception cref="IOException">The kernel refused a socket.</exception>
    internal Executor(Will will, byte** environment)
    {
        this.will = will;
        this.environment = environment;
        while (environment[inherited] is not null && inherited < MaxEnvironment)
        {
            inherited++;
        }

        list = (byte**)NativeMemory.AllocZeroed((nuint)((MaxEnvironment + (Will.MaxCommandBytes / 2) + 1) * sizeof(byte*)));
    }

    private enum Stage
    {
        Nothing,
        Free,
        Commanded,
        Unfinished,
    }

    /// <summary>Carries out the sections of all duties: addresses of all first, then commands side by side, then the words to the peers.</summary>
    internal WillDone CarryOut() => CarryOut(0, Will.MaxDuties, repeats: RepeatAfter.Length);

    /// <summary>Runs the whole way once against an interface that does not exist and the discard port of the loopback.</summary>
    internal void Rehearse()
    {
        Span<byte> message = stackalloc byte[AddressMessage.MaxBytes];
        var writer = new NetlinkWriter(message);
        _ = AddressMessage.WriteRemove(ref writer, new AddressSubject(NoInterface, WireAddress.Of([192, 0, 2, 1]), 32)); // RFC 5737
        var draft = new WillWriter.Draft(will, Will.MaxDuties);
        draft.Remove(message[..writer.Length]);
        var loopback = System.Net.IPAddress.Loopback;
        draft.Say(SockAddress.Of(loopback, 0), SockAddress.Of(loopback, 9), [0]); // RFC 863
        draft.Commit(Instant.Never);
        _ = RemoveOverdue(Will.MaxDuties, default, out _);
        _ = CarryOut(Will.MaxDuties, 1, repeats: 1); // once: nobody watches the daemon meanwhile
        Volatile.Write(ref will.Version(Will.MaxDuties), 0);
    }

    /// <summary>Removes the addresses of a duty whose deadline has passed, while the daemon may still be writing.</summary>
    /// <returns>0 when they are gone; else <c>-errno</c>.</returns>
    internal int RemoveOverdue(int duty, Instant deadline, out int stillThere)
    {
        stillThere = 0;
        for (var tries = 0; tries < 3; tries++)
        {
            var version = Volatile.Read(ref will.Version(duty));
            if (version == 0)
            {
                return 0;
            }

            var text = will.CopyOf(duty, version);
            var bytes = text.Removals;
            var count = text.RemovalCount;
            bytes.CopyTo(copy);
            var length = bytes.Length;
            if (Volatile.Read(ref will.Version(duty)) != version)
            {
                continue; // rewritten meanwhile
            }

            if (Volatile.Read(ref will.Deadline(duty)) > deadline.Ticks)
            {
                return 0; // renewed meanwhile
            }

            var result = Remove(copy.AsSpan(0, length), count, out stillThere);
            return result;
        }

        return -Errno.EAGAIN;
    }

    public void Dispose()
    {
        route.Dispose();
        NativeMemory.Free(list);
    }

    private WillDone CarryOut(int first, int count, int repeats)
    {
        var start = BootClock.Now;
        int duties = 0, addresses = 0, unfinished = 0;
        for (var i = first; i < first + count; i++)
        {
            running[i] = default;
            var version = Volatile.Read(ref will.Version(i));
            if (version == 0)
            {
                continue;
            }

            var text = will.CopyOf(i, version);
            duties++;
            addresses += text.RemovalCount;
            running[i].Version = version;
            running[i].Stage = Remove(text.Removals, text.RemovalCount, out _) == 0 ? Stage.Free : Stage.Unfinished;
        }

        var removed = BootClock.Now - start;
        for (var i = first; i < first + count; i++)
        {
            var group = Volatile.Read(ref will.Group(i));
            if (group > 1)
            {
                _ = Signal.Send(-group, Signal.SIGKILL); // a command of the dead daemon: it would act for a duty that is let go
            }

            if (running[i].Stage != Stage.Nothing)
            {
                StartCommand(i);
            }
        }

        Finish(first, count, repeats);
        for (var i = first; i < first + count; i++)
        {
            unfinished += running[i].Stage == Stage.Unfinished ? 1 : 0;
        }

        return new WillDone(duties, addresses, removed, BootClock.Now - start, unfinished);
    }

    private int Remove(Span<byte> messages, int count, out int stillThere)
    {
        stillThere = 0;
        if (count <= 0 || messages.IsEmpty || Removal.Count(messages) != count)
        {
            return 0;
        }

        var exchanged = route.Order(messages, results.AsSpan(0, count));
        if (exchanged < 0)
        {
            return exchanged;
        }

        foreach (var result in results.AsSpan(0, count))
        {
            stillThere += result == 0 ? 1 : 0;
        }

        return Removal.FirstFailure(results.AsSpan(0, count));
    }

    private void StartCommand(int duty)
    {
        ref var one = ref running[duty];
        var text = will.CopyOf(duty, one.Version);
        var command = text.Command;
        if (command.IsEmpty || command[^1] != 0)
        {
            return;
        }

        // path, verb, then lines; all lie in the shared block, which does not move and nobody writes any more.
        var arguments = stackalloc byte*[3];
        var strings = 0;
        for (var i = 0; i < inherited; i++)
        {
            list[i] = environment[i];
        }

        var lines = inherited;
        fixed (byte* bytes = command)
        {
            for (var at = 0; at < command.Length; at += command[at..].IndexOf((byte)0) + 1)
            {
                if (strings < 2)
                {
                    arguments[strings++] = bytes + at;
                }
                else
                {
                    list[lines++] = bytes + at;
                }
            }

            list[lines] = null;
            arguments[2] = null;
            var child = Spawn.Start(arguments, list, ownGroup: true);
            one.Child = child;
            one.Until = BootClock.Now + TimeSpan.FromTicks(Math.Clamp(text.CommandLimit, 0, TimeSpan.TicksPerHour));
            one.Stage = child > 0 && one.Stage == Stage.Free ? Stage.Commanded : Stage.Unfinished;
        }
    }

    /// <summary>Awaits the commands, each to its limit, and says of each duty that has come to its end that it is released.</summary>
    private void Finish(int first, int count, int repeats)
    {
        while (true)
        {
            var left = 0;
            var now = BootClock.Now;
            for (var i = first; i < first + count; i++)
            {
                ref var one = ref running[i];
                Await(ref one, now);
                if (one.Stage == Stage.Free && one.Said < repeats && now >= one.SayAt)
                {
                    Say(i);
                    one.SayAt = now + RepeatAfter[one.Said++];
                }

                left += one.Child > 0 || (one.Stage == Stage.Free && one.Said < repeats) ? 1 : 0;
            }

            if (left == 0)
            {
                return;
            }

            _ = SysEpoll.Poll(null, 0, PollMs);
        }
    }

    private static void Await(ref Running one, Instant now)
    {
        if (one.Child <= 0)
        {
            return;
        }

        if (Signal.TryReap(one.Child, out var code))
        {
            one.Stage = code == 0 && one.Stage == Stage.Commanded ? Stage.Free : Stage.Unfinished;
            one.Child = 0;
        }
        else if (now >= one.Until)
        {
            _ = Signal.Send(-one.Child, Signal.SIGKILL);
            one.Stage = Stage.Unfinished;
            one.Until = Instant.Never; // once; it is reaped in a later round
        }
    }

    private void Say(int duty)
    {
        var datagrams = new Will.Datagrams(will.CopyOf(duty, running[duty].Version).Datagrams);
        while (datagrams.Next(out var from, out var to, out var datagram))
        {
            Send(from, to, datagram);
        }
    }

    private static void Send(in SockAddress from, in SockAddress to, ReadOnlySpan<byte> datagram)
    {
        var fd = SysSocket.Open(to.IsV6 ? SysSocket.AF_INET6 : SysSocket.AF_INET, SysSocket.SOCK_DGRAM, 0);
        if (fd < 0)
        {
            return; // out of descriptors or memory: the claim's own end says the same, later
        }

        fixed (byte* bytes = datagram)
        fixed (SockAddress* target = &to, own = &from)
        {
            if (!from.IsEmpty && SysSocket.Bind(fd, own, from.Length) == -Errno.EADDRINUSE)
            {
                var any = from.WithPort(0);
                _ = SysSocket.Bind(fd, &any, any.Length);
            }

            _ = SysSocket.SendTo(fd, bytes, datagram.Length, SysSocket.MSG_DONTWAIT, target, target->Length);
        }

        Unistd.Close(fd);
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Running
    {
        internal long Version;
        internal Stage Stage;
        internal int Said;
        internal Instant SayAt;
        internal int Child;
        internal Instant Until;
    }
}
