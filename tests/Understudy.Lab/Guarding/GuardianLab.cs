using System.Net;
using Understudy.Core;
using Understudy.Lab.Addresses;
using Understudy.Linux.Addresses;
using Understudy.Linux.Clocks;
using Understudy.Linux.Guarding;
using Understudy.Linux.Interop;
using Xunit;

namespace Understudy.Lab.Guarding;

/// <summary>The guarded child is a plain <c>sleep</c>; the test writes its will and ticks for it, as the daemon's loop does.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class GuardianLab(ITestOutputHelper output) : IDisposable
{
    private static readonly IPAddress V4 = IPAddress.Parse("10.99.0.100"), V6 = IPAddress.Parse("fd00:99::100");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Wires wires = new();
    private readonly string directory = Directory.CreateTempSubdirectory("understudy-guardian").FullName;

    public void Dispose()
    {
        wires.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void A_killed_daemon_leaves_no_address_and_its_peer_is_told()
    {
        using var guarded = new Guarded(wires, "1000");
        using var performer = Hold(guarded, Instant.Never);
        using var peer = wires.There(() => new UdpLink(IPAddress.Parse("10.99.0.9"), 1291));
        guarded.Writer.Tick(BootClock.Now);
        Announce(guarded, performer, command: null, limit: default);
        var start = BootClock.Now;
        Assert.Equal(0, Signal(guarded.ChildId, Kill));
        _ = Wires.Until(() => performer.IsPresent() == 0, Patience);
        var gone = BootClock.Now - start;
        var heard = Hear(peer);
        output.WriteLine($"killed: addresses seen gone after {gone.TotalMicroseconds:0} µs, peer told after {(heard - start).TotalMicroseconds:0} µs");
        _ = Wires.Until(() => guarded.Guardian.Deaths == 1, Patience);
        output.WriteLine($"{guarded.Guardian.LastDone}");
        Assert.Equal((1, 2, 0), (guarded.Guardian.LastDone.Duties, guarded.Guardian.LastDone.Addresses, guarded.Guardian.LastDone.Unfinished));
        _ = Wires.Until(() => guarded.ChildId > 0, Patience); // it lives again, with an empty will
        Assert.Contains("code 137", Assert.Single(guarded.Said), StringComparison.Ordinal);
    }

    [Fact]
    public void A_daemon_whose_lifeline_hangs_up_has_its_will_done_before_it_is_gone()
    {
        string Flag(string name) => Path.Combine(directory, name);
        var program = Script($"""
            until [ -e {Flag("take")} ]; do sleep 0.02; done
            exec 9>"$(cat {Flag("take")})"
            touch {Flag("taken")}
            until [ -e {Flag("die")} ]; do sleep 0.02; done
            exec 9>&-
            exec sleep 1000
            """);
        using var guarded = new Guarded(wires, program, "");
        using var performer = Hold(guarded, Instant.Never);
        using var will = Will.Open(guarded.Guardian.WillPath);
        Announce(guarded, performer, command: null, limit: default);
        File.WriteAllText(Flag("path"), $"/proc/{Environment.ProcessId}/fd/{will.Lifeline}");
        File.Move(Flag("path"), Flag("take"));
        _ = Wires.Until(() => File.Exists(Flag("taken")), Patience);
        Assert.Equal(1, performer.IsPresent());
        will.Lifeline = 0; // as the daemon says that it holds it
        Thread.Sleep(FreezeJudge.LongestPause + FreezeJudge.LongestPause); // the guardian has looked meanwhile
        Assert.Equal((1, 0), (performer.IsPresent(), guarded.Guardian.Deaths));
        var child = guarded.ChildId;
        File.WriteAllText(Flag("die"), "");
        _ = Wires.Until(() => performer.IsPresent() == 0, Patience);
        Assert.Equal(0, Signal(child, Kill)); // it was there to be killed: addresses went before the process
        _ = Wires.Until(() => guarded.Guardian.Deaths == 1, Patience);
    }

    [Fact]
    public void A_stopped_daemon_is_killed_and_its_will_is_done()
    {
        using var guarded = new Guarded(wires, "1000");
        using var performer = Hold(guarded, Instant.Never);
        using var peer = wires.There(() => new UdpLink(IPAddress.Parse("10.99.0.9"), 1291));
        guarded.Writer.LimitFreeze(TimeSpan.FromMilliseconds(200));
        Announce(guarded, performer, command: null, limit: default);
        for (var i = 0; i < 40; i++)
        {
            guarded.Writer.Tick(BootClock.Now);
            Thread.Sleep(20);
        }

        Assert.Equal(1, performer.IsPresent());
        var start = BootClock.Now;
        Assert.Equal(0, Signal(guarded.ChildId, Stop));
        _ = Wires.Until(() => performer.IsPresent() == 0, Patience);
        output.WriteLine($"stopped with a limit of 200 ms: gone after {(BootClock.Now - start).TotalMilliseconds:0} ms");
        Assert.True(Hear(peer) - start > TimeSpan.FromMilliseconds(150));
        _ = Wires.Until(() => !guarded.Said.IsEmpty, Patience);
        Assert.Contains("frozen", guarded.Said.First(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_deadline_is_kept_while_the_daemon_seems_to_turn()
    {
        using var guarded = new Guarded(wires, "1000");
        using var performer = Hold(guarded, Instant.Never);
        var due = BootClock.Now + TimeSpan.FromMilliseconds(300);
        Announce(guarded, performer, command: null, limit: default);
        guarded.Writer.SetDeadline(0, due);
        _ = Wires.Until(
            () =>
            {
                guarded.Writer.Tick(BootClock.Now);
                return performer.IsPresent() == 0;
            },
            Patience);
        var late = BootClock.Now - due;
        output.WriteLine($"removed {late.TotalMilliseconds:0.0} ms after the deadline");
        Assert.True(late > TimeSpan.Zero);
        Assert.Equal(0, guarded.Guardian.Deaths);
    }

    [Fact]
    public void The_command_runs_with_its_environment_before_the_peer_is_told()
    {
        using var guarded = new Guarded(wires, "1000");
        using var performer = Hold(guarded, Instant.Never);
        using var peer = wires.There(() => new UdpLink(IPAddress.Parse("10.99.0.9"), 1291));
        var trace = Path.Combine(directory, "trace");
        Announce(guarded, performer, Script($"echo \"$1 $UNDERSTUDY_EPOCH $$ $(cut -d' ' -f5 /proc/$$/stat)\" > {trace}"), TimeSpan.FromSeconds(5));
        guarded.Writer.Tick(BootClock.Now);
        Assert.Equal(0, Signal(guarded.ChildId, Kill));
        _ = Hear(peer);
        var words = File.ReadAllText(trace).Split(' ', StringSplitOptions.TrimEntries);
        Assert.Equal(["down", "42"], words[..2]);
        Assert.Equal(words[2], words[3]); // its own process group
    }

    [Fact]
    public void A_command_that_hangs_is_killed_with_its_children_and_the_peer_is_not_told()
    {
        using var guarded = new Guarded(wires, "1000");
        using var performer = Hold(guarded, Instant.Never);
        using var peer = wires.There(() => new UdpLink(IPAddress.Parse("10.99.0.9"), 1291));
        var trace = Path.Combine(directory, "trace");
        Announce(guarded, performer, Script($"sleep 1000 & echo $! > {trace}; wait"), TimeSpan.FromMilliseconds(300));
        guarded.Writer.Tick(BootClock.Now);
        Assert.Equal(0, Signal(guarded.ChildId, Kill));
        _ = Wires.Until(() => guarded.Guardian.Deaths == 1, Patience);
        Assert.Equal(1, guarded.Guardian.LastDone.Unfinished);
        Assert.Equal(0, performer.IsPresent());
        Assert.True(guarded.Guardian.LastDone.Removed < guarded.Guardian.LastDone.Done);
        var into = new byte[64];
        Assert.Equal(-Errno.EAGAIN, peer.Receive(into, out _, out _));
        var child = int.Parse(File.ReadAllText(trace), System.Globalization.CultureInfo.InvariantCulture);
        _ = Wires.Until(() => !File.Exists($"/proc/{child}/stat") || File.ReadAllText($"/proc/{child}/stat").Contains(") Z", StringComparison.Ordinal), Patience);
    }

    [Fact]
    public void A_command_that_fails_tells_the_peer_nothing()
    {
        using var guarded = new Guarded(wires, "1000");
        using var performer = Hold(guarded, Instant.Never);
        using var peer = wires.There(() => new UdpLink(IPAddress.Parse("10.99.0.9"), 1291));
        Announce(guarded, performer, Script("exit 1"), TimeSpan.FromSeconds(5));
        guarded.Writer.Tick(BootClock.Now);
        Assert.Equal(0, Signal(guarded.ChildId, Kill));
        _ = Wires.Until(() => guarded.Guardian.Deaths == 1, Patience);
        Assert.Equal(1, guarded.Guardian.LastDone.Unfinished);
        Assert.Equal(-Errno.EAGAIN, peer.Receive(new byte[64], out _, out _));
    }

    [Fact]
    public void An_orderly_end_is_final_and_gives_the_daemons_code()
    {
        using var guarded = new Guarded(wires, "0.3");
        guarded.Writer.Tick(BootClock.Now);
        Assert.Equal(0, guarded.Join(Patience));
        Assert.Empty(guarded.Said);
    }

    [Fact]
    public void A_daemon_that_never_began_is_not_started_again()
    {
        using var guarded = new Guarded(wires, "nonsense");
        Assert.Equal(1, guarded.Join(Patience));
        Assert.Equal(1, guarded.Guardian.Deaths);
    }

    [Fact]
    public void Stopping_the_guardian_stops_the_daemon()
    {
        using var guarded = new Guarded(wires, "1000");
        guarded.Writer.Tick(BootClock.Now);
        guarded.Guardian.Stop();
        Assert.Equal(128 + 15, guarded.Join(Patience));
        Assert.Equal(1, guarded.Guardian.Deaths);
    }

    private const int Kill = 9, Stop = 19;

    private static int Signal(int process, int signal) => Linux.Interop.Signal.Send(process, signal);

    private static Instant Hear(UdpLink peer)
    {
        var into = new byte[64];
        Instant at = default;
        _ = Wires.Until(() => peer.Receive(into, out _, out at) == 8, Patience);
        Assert.Equal("released"u8, into.AsSpan(0, 8));
        return at;
    }

    private static void Announce(Guarded guarded, AddressPerformer performer, string? command, TimeSpan limit)
    {
        var draft = guarded.Writer.Begin(0);
        draft.Remove(performer.Removals);
        draft.Say(SockAddress.Of(IPAddress.Parse("10.99.0.1"), 1291), SockAddress.Of(IPAddress.Parse("10.99.0.9"), 1291), "released"u8);
        if (command is not null)
        {
            draft.Run(command, "down", ["UNDERSTUDY_EPOCH=42"], limit);
        }

        draft.Commit(Instant.Never);
    }

    private AddressPerformer Hold(Guarded guarded, Instant until)
    {
        var performer = wires.Here(() => AddressPerformer.Open([(V4, 24, "here"), (V6, 64, "here")]));
        Assert.Equal(0, performer.Add(Timeout.InfiniteTimeSpan, until));
        Assert.True(guarded.ChildId > 0);
        return performer;
    }

    private string Script(string body)
    {
        var path = Path.Combine(directory, "command");
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    private sealed class Guarded : IDisposable
    {
        private readonly Thread thread;
        private int code = -1;

        internal Guarded(Wires wires, string seconds)
            : this(wires, "/bin/sleep", seconds)
        {
        }

        internal Guarded(Wires wires, string program, string argument)
        {
            Guardian = new Guardian(new GuardianSettings
            {
                Program = program,
                Arguments = [argument],
                HandleSignals = false,
                BePunctual = false,
                FirstPause = TimeSpan.FromMilliseconds(50),
                Say = Said.Enqueue,
            });
            Writer = WillWriter.Open(Guardian.WillPath);
            thread = new Thread(() => code = Namespaces.RunIn(wires.Near, Guardian.Run)) { IsBackground = true };
            thread.Start();
            _ = Wires.Until(() => ChildId > 0 || !thread.IsAlive || Guardian.Deaths > 0, Patience);
        }

        internal Guardian Guardian { get; }

        internal WillWriter Writer { get; }

        internal System.Collections.Concurrent.ConcurrentQueue<string> Said { get; } = new();

        internal int ChildId => Guardian.ChildId;

        public void Dispose()
        {
            Guardian.Stop();
            Assert.True(thread.Join(Patience));
            Writer.Dispose();
            Guardian.Dispose();
        }

        internal int Join(TimeSpan atMost)
        {
            Assert.True(thread.Join(atMost));
            return code;
        }
    }
}
