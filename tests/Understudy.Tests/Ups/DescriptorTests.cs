using System.Text;
using Understudy.Linux.Interop;
using Understudy.Linux.Ups;
using Understudy.Ups;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>Descriptors and streams on their way from one owner to the next.</summary>
public sealed class DescriptorTests
{
    [Fact]
    public void A_message_brings_its_bytes_and_as_many_descriptors_as_the_kernel_lets_it_have()
    {
        var (one, other) = UnixSocket.Pair();
        var (file, _) = UnixSocket.Pair();
        var many = Enumerable.Repeat(file, DescriptorSocket.MostAtOnce).ToArray();
        Assert.Equal(0, DescriptorSocket.Send(one, "hello"u8, many));
        var came = new List<int>();
        var bytes = new byte[64];
        Assert.Equal(5, DescriptorSocket.Receive(other, bytes, came));
        Assert.Equal("hello", Encoding.ASCII.GetString(bytes, 0, 5));
        Assert.Equal(many.Length, came.Count);
        Assert.All(came, fd => Assert.Equal(DescriptorSocket.NameOf(file), DescriptorSocket.NameOf(fd)));
        came.ForEach(UnixSocket.Close);
        Assert.Equal(0, DescriptorSocket.Send(one, "x"u8, []));
        Assert.Equal(1, DescriptorSocket.Receive(other, bytes, came));
        Assert.Equal(-Errno.EAGAIN, DescriptorSocket.Receive(other, bytes, came));
        Assert.True(DescriptorSocket.IsOurs(one));
        Assert.Equal(Environment.ProcessId, DescriptorSocket.Peer(one).Process);
        UnixSocket.Close(other);
        Assert.True(DescriptorSocket.Send(one, "x"u8, []) < 0);
        UnixSocket.Close(one);
    }

    [Fact]
    public void A_memory_file_is_read_as_it_was_written_and_not_beyond_its_bound()
    {
        var bytes = Enumerable.Range(0, 300_000).Select(i => (byte)i).ToArray();
        var fd = MemoryFile.Write("test", bytes);
        Assert.Equal(bytes, MemoryFile.Read(fd, bytes.Length));
        Assert.Null(MemoryFile.Read(fd, bytes.Length - 1));
        UnixSocket.Close(fd);
        Assert.Null(MemoryFile.Read(fd, bytes.Length));
    }

    [Fact]
    public void A_stream_goes_on_in_the_middle_of_a_line_and_of_what_was_to_be_sent()
    {
        var (near, far) = UnixSocket.Pair();
        using var peer = new LineSocket(far);
        var old = new LineSocket(near);      // not disposed of: its descriptor is the next one's
        var heard = new List<string>();
        Assert.True(peer.Send("PING\nDUMP"u8.ToArray()));
        Assert.True(old.Read(l => heard.Add(Encoding.ASCII.GetString(l))));
        var sent = new StringBuilder();
        for (var i = 0; !old.Waits; i++)
        {
            var line = string.Concat(Enumerable.Repeat($"line {i} ", 100)) + "\n";
            sent.Append(line);
            Assert.True(old.Send(Encoding.ASCII.GetBytes(line)));
        }

        Assert.True(old.Send("last\n"u8.ToArray()));
        sent.Append("last\n");
        var (begun, skips, unsent) = old.Leave();
        Assert.Equal(("DUMP", false), (begun, skips));

        using var next = new LineSocket(near);
        next.Resume(begun, skips, unsent);
        Assert.True(next.Waits);
        Assert.True(peer.Send("ALL\n"u8.ToArray()));
        Assert.True(next.Read(l => heard.Add(Encoding.ASCII.GetString(l))));
        Assert.Equal(["PING", "DUMPALL"], heard);
        var came = new StringBuilder();
        for (var turns = 0; turns < 1000 && (next.Waits || turns < 3); turns++)
        {
            Assert.True(peer.Read(l => came.Append(Encoding.ASCII.GetString(l)).Append('\n')) && next.Flush());
        }

        Assert.True(peer.Read(l => came.Append(Encoding.ASCII.GetString(l)).Append('\n')));
        Assert.Equal(sent.ToString(), came.ToString());
    }

    [Fact]
    public void Without_a_store_nothing_is_taken_and_nothing_can_be_left()
    {
        var store = new UpsStore(_ => null);
        Assert.Null(store.Take("ups"));
        Assert.False(store.HasRoom(1));
        Assert.False(new UpsStore(n => n == "FDSTORE" ? "64" : null).HasRoom(1));
        Assert.True(new UpsStore(n => n switch { "FDSTORE" => "64", "NOTIFY_SOCKET" => "/nowhere", _ => null }).HasRoom(64));
    }

    [Fact]
    public void Descriptors_that_were_passed_to_somebody_else_are_not_touched()
    {
        var store = new UpsStore(n => n switch { "LISTEN_FDS" => "1", "LISTEN_PID" => "999999999", "LISTEN_FDNAMES" => "understudy-ups", _ => null });
        var was = DescriptorSocket.NameOf(3);
        Assert.Null(store.Take("ups"));
        Assert.Equal(was, DescriptorSocket.NameOf(3));
    }
}
