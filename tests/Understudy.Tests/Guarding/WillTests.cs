using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Understudy.Core;
using Understudy.Core.Wire;
using Understudy.Linux.Guarding;
using Understudy.Linux.Interop;
using Xunit;

namespace Understudy.Tests.Guarding;

public sealed class WillTests : IDisposable
{
    private static readonly SockAddress From = SockAddress.Of(IPAddress.Parse("10.0.0.1"), 1291), To = SockAddress.Of(IPAddress.Parse("fd00::2"), 7);
    private readonly Will will;
    private readonly int fd;
    private readonly WillWriter writer;

    public WillTests()
    {
        will = Will.Create(out fd);
        writer = WillWriter.Open($"/proc/self/fd/{fd}");
    }

    public void Dispose()
    {
        writer.Dispose();
        will.Dispose();
        Unistd.Close(fd);
    }

    [Fact]
    public void What_the_daemon_writes_the_guardian_reads()
    {
        writer.Tick(new Instant(77));
        writer.LimitFreeze(TimeSpan.FromMilliseconds(300));
        var draft = writer.Begin(63);
        draft.Remove(Removals(2));
        draft.Run("/etc/understudy/web", "down", ["A=1", "B=ä"], TimeSpan.FromSeconds(3));
        draft.Say(From, To, [1, 2, 3]);
        draft.Say(To, From, []);
        draft.Commit(new Instant(1234));
        Assert.Equal((77, 3_000_000, 1234), (will.Tick, will.FreezeLimit, will.Deadline(63)));
        var text = will.CopyOf(63, will.Version(63));
        Assert.Equal(Convert.ToHexString(Removals(2)), Convert.ToHexString(text.Removals));
        Assert.Equal(2, text.RemovalCount);
        Assert.Equal("/etc/understudy/web\0down\0A=1\0B=ä\0", Encoding.UTF8.GetString(text.Command));
        Assert.Equal(TimeSpan.FromSeconds(3).Ticks, text.CommandLimit);
        var datagrams = new Will.Datagrams(text.Datagrams);
        Assert.True(datagrams.Next(out var from, out var to, out var datagram));
        Assert.Equal((From, To, "010203"), (from, to, Convert.ToHexString(datagram)));
        Assert.True(datagrams.Next(out from, out to, out datagram));
        Assert.Equal((To, From, 0), (from, to, datagram.Length));
        Assert.False(datagrams.Next(out _, out _, out _));
    }

    [Fact]
    public void A_death_in_the_middle_of_a_sentence_leaves_the_sentence_before()
    {
        for (var epoch = 1; epoch <= 5; epoch++)
        {
            var draft = writer.Begin(3);
            draft.Say(From, To, [(byte)epoch]);
            draft.Commit(new Instant(epoch));
            var unfinished = writer.Begin(3);
            unfinished.Remove(Removals(1));
            unfinished.Say(From, To, [99]);
            var text = will.CopyOf(3, will.Version(3));
            var datagrams = new Will.Datagrams(text.Datagrams);
            Assert.True(datagrams.Next(out _, out _, out var datagram));
            Assert.Equal(epoch, datagram[0]);
            Assert.Equal((0, epoch), (text.RemovalCount, will.Deadline(3)));
        }
    }

    [Fact]
    public void What_was_let_go_in_order_is_not_done_again()
    {
        writer.Begin(0).Commit(new Instant(5));
        writer.Clear(0);
        Assert.Equal((0, long.MaxValue), (will.Version(0), will.Deadline(0)));
        writer.Begin(0).Commit(new Instant(6));
        will.Clear();
        Assert.Equal((0, long.MaxValue), (will.Version(0), will.Deadline(0)));
    }

    [Fact]
    public void Too_much_is_refused_and_the_old_text_stays()
    {
        writer.Begin(0).Commit(new Instant(5));
        Assert.Throws<ArgumentException>(() => writer.Begin(0).Remove(Removals(400)));
        Assert.Throws<ArgumentException>(() => writer.Begin(0).Remove([1, 2, 3]));
        Assert.Throws<ArgumentException>(() => writer.Begin(0).Run(new string('x', 5000), "down", [], default));
        Assert.Throws<ArgumentException>(() => writer.Begin(0).Run("a\0b", "down", [], default));
        Assert.Throws<ArgumentException>(() => writer.Begin(0).Say(From, To, new byte[20_000]));
        Assert.ThrowsAny<ArgumentException>(() => writer.Begin(66));
        Assert.Equal(5, will.Deadline(0));
        Assert.Equal(0, will.CopyOf(0, will.Version(0)).RemovalCount);
    }

    [Fact]
    public void Any_bytes_are_datagrams_or_the_end() => Prop.ForAll<byte[], int>((bytes, length) =>
    {
        if (bytes.Length >= 60)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(56), length);
        }

        var datagrams = new Will.Datagrams(bytes);
        var count = 0;
        while (datagrams.Next(out _, out _, out _))
        {
            count++;
        }

        return count <= bytes.Length / Will.Datagrams.HeadBytes;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Writing_does_not_allocate()
    {
        var removals = Removals(2);
        var datagram = new byte[200];
        Write(removals, datagram);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Write(removals, datagram);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(9, will.Tick);
    }

    [Fact]
    public void Another_files_bytes_are_no_will() => Assert.Throws<IOException>(() =>
    {
        var other = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(other, new byte[8 << 20]);
            using var never = WillWriter.Open(other);
        }
        finally
        {
            File.Delete(other);
        }
    });

    private static byte[] Removals(int count)
    {
        var buffer = new byte[count * AddressMessage.MaxBytes];
        var to = new NetlinkWriter(buffer);
        for (var i = 0; i < count; i++)
        {
            _ = AddressMessage.WriteRemove(ref to, new AddressSubject(i + 1, WireAddress.Of([10, 0, 0, (byte)i]), 24));
        }

        return buffer[..to.Length];
    }

    private void Write(byte[] removals, byte[] datagram)
    {
        writer.Tick(new Instant(9));
        var draft = writer.Begin(1);
        draft.Remove(removals);
        draft.Say(From, To, datagram);
        draft.Commit(new Instant(10));
        writer.SetDeadline(1, new Instant(11));
    }
}
