using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Understudy.Core;
using Understudy.Linux.Addresses;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Guarding;

/// <summary>
/// The daemon's end of the will: what the guardian shall do for each duty when this process dies or freezes. The loop writes;
/// nothing allocates. A duty's section says nothing until its first <see cref="Draft.Commit"/>.
/// </summary>
public sealed class WillWriter : IDisposable
{
    /// <summary>Names the block for the child: <c>/proc/PID/fd/NUMBER</c> of the guardian.</summary>
    public const string EnvironmentVariable = "UNDERSTUDY_WILL";

    private readonly Will will;

    private WillWriter(Will will) => this.will = will;

    /// <summary>Opens the will of the guardian that started this process, and asks to be told by SIGTERM when that guardian dies.</summary>
    /// <returns>Null when nobody guards us: the variable is not set.</returns>
    /// <exception cref="IOException">There should be a guardian, but it is gone, or its block cannot be opened.</exception>
    public static WillWriter? OpenAsChild()
    {
        var path = Environment.GetEnvironmentVariable(EnvironmentVariable);
        if (string.IsNullOrEmpty(path))
        {
            return null;
        }

        Environment.SetEnvironmentVariable(EnvironmentVariable, null); // commands that we run are nobody's guard child
        _ = Errno.Require(SysPrctl.Set(SysPrctl.PR_SET_PDEATHSIG, Signal.SIGTERM), "prctl(PR_SET_PDEATHSIG)");
        var parts = path.Split('/');
        var guardian = parts.Length > 2 ? int.Parse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture) : 0;
        if (Unistd.ParentId() != guardian)
        {
            throw new IOException($"the guardian {guardian} has ended"); // before we asked to be told of it
        }

        var writer = Open(path);
        Lifeline.Hold(guardian, writer.will.Lifeline);
        writer.will.Lifeline = 0;
        return writer;
    }

    /// <summary>Opens a block by its path.</summary>
    /// <exception cref="IOException">It cannot be opened, or another version of this program made it.</exception>
    public static WillWriter Open(string path) => new(Will.Open(path));

    /// <summary>Says how old the tick may become before the guardian kills this process; <see cref="TimeSpan.Zero"/> for never.</summary>
    public void LimitFreeze(TimeSpan limit) => will.FreezeLimit = limit.Ticks;

    /// <summary>The loop turned. At least three times in the freeze limit, or a slow moment looks like a frozen one.</summary>
    public void Tick(Instant now) => will.Tick = now.Ticks;

    /// <summary>Moves the instant at which the guardian removes the duty's addresses if they are still there; <see cref="Instant.Never"/> for none.</summary>
    public void SetDeadline(int duty, Instant at) => Volatile.Write(ref will.Deadline(duty), at.Ticks);

    /// <summary>Names the process group of the command that runs for the duty now, which is killed with us; 0 for none.</summary>
    public void SetRunningGroup(int duty, int processGroup) => Volatile.Write(ref will.Group(duty), processGroup);

    /// <summary>Begins a new text for a duty; the old one is valid until <see cref="Draft.Commit"/>.</summary>
    public Draft Begin(int duty) => new(will, duty);

    /// <summary>The duty was let go in order: nothing is to be done for it.</summary>
    public void Clear(int duty)
    {
        Volatile.Write(ref will.Deadline(duty), long.MaxValue);
        Volatile.Write(ref will.Version(duty), 0);
    }

    /// <summary>This process ends because it was told to: the guardian shall not start it again.</summary>
    public void EndOrderly() => will.Orderly = true;

    public void Dispose() => will.Dispose();

    /// <summary>A text in the making.</summary>
    public ref struct Draft
    {
        private readonly Will will;
        private readonly int duty;
        private readonly long version;
        private readonly Will.Copy copy;

        internal Draft(Will will, int duty)
        {
            this.will = will;
            this.duty = duty;
            var last = Volatile.Read(ref will.Version(duty));
            version = last + 1 + (last == 0 ? 1 : 0); // never 0; odd and even take turns
            copy = will.CopyOf(duty, version);
            copy.RemovalBytes = 0;
            copy.RemovalCount = 0;
            copy.CommandBytes = 0;
            copy.DatagramBytes = 0;
        }

        /// <summary>The addresses to remove, first of all (<see cref="AddressPerformer.Removals"/>).</summary>
        /// <exception cref="ArgumentException">Not such messages, or more than the section holds (190 IPv6 addresses).</exception>
        public readonly void Remove(ReadOnlySpan<byte> removals)
        {
            var count = Removal.Count(removals);
            if (count < 0 || removals.Length > Will.MaxRemovalBytes)
            {
                throw new ArgumentException("not removal messages, or too many", nameof(removals));
            }

            removals.CopyTo(copy.RemovalArea);
            copy.RemovalBytes = removals.Length;
            copy.RemovalCount = count;
        }

        /// <summary>The command to run once the addresses are gone, in a process group of its own.</summary>
        /// <param name="path">The program.</param>
        /// <param name="verb">Its one argument, as <c>down</c>.</param>
        /// <param name="environment">Lines <c>NAME=value</c> beside the guardian's own environment.</param>
        /// <param name="limit">After this its whole group is killed, and the datagrams of this duty are not sent: the stop is not confirmed.</param>
        /// <exception cref="ArgumentException">Longer than the section holds (4 KiB together), or a string has a zero in it.</exception>
        public readonly void Run(string path, string verb, IReadOnlyList<string> environment, TimeSpan limit)
        {
            var length = Append(0, path);
            length = Append(length, verb);
            for (var i = 0; i < environment.Count; i++)
            {
                length = Append(length, environment[i]);
            }

            copy.CommandBytes = length;
            copy.CommandLimit = limit.Ticks;
        }

        /// <summary>A datagram that says "released". It is sent, repeatedly, once the addresses are gone and the command ended with code 0.</summary>
        /// <param name="from">The local address and port; another port is taken where this one is still in use.</param>
        /// <param name="to">Who shall hear it.</param>
        /// <param name="datagram">As it shall be on the wire.</param>
        /// <exception cref="ArgumentException">More than the section holds (14 KiB together).</exception>
        public readonly void Say(in SockAddress from, in SockAddress to, ReadOnlySpan<byte> datagram)
        {
            var at = copy.DatagramBytes;
            var needed = Will.Datagrams.HeadBytes + ((datagram.Length + 3) & ~3);
            if (needed > Will.MaxDatagramBytes - at)
            {
                throw new ArgumentException("more datagrams than a will holds", nameof(datagram));
            }

            var place = copy.DatagramArea.Slice(at, needed);
            MemoryMarshal.Write(place, from);
            MemoryMarshal.Write(place[SockAddress.Bytes..], to);
            MemoryMarshal.Write(place[(2 * SockAddress.Bytes)..], datagram.Length);
            datagram.CopyTo(place[Will.Datagrams.HeadBytes..]);
            copy.DatagramBytes = at + needed;
        }

        /// <summary>Makes the text valid, with its deadline, in the place of the old one.</summary>
        public readonly void Commit(Instant deadline)
        {
            Volatile.Write(ref will.Version(duty), version);
            Volatile.Write(ref will.Deadline(duty), deadline.Ticks);
        }

        private readonly int Append(int length, string text)
        {
            var area = copy.CommandArea[length..];
            if (text.Contains('\0', StringComparison.Ordinal) || !Encoding.UTF8.TryGetBytes(text, area, out var written) || written >= area.Length)
            {
                throw new ArgumentException("a command that does not fit a will", nameof(text));
            }

            area[written] = 0;
            return length + written + 1;
        }
    }
}
