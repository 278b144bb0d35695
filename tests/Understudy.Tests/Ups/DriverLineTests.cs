using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Understudy.Core.Ups;
using Xunit;

namespace Understudy.Tests.Ups;

/// <summary>What drivers send, as it is on the wire.</summary>
public sealed class DriverLineTests
{
    [Theory]
    [InlineData("SETINFO ups.status \"OL CHRG\"", DriverWord.SetInfo, "ups.status", "OL CHRG")]
    [InlineData("setinfo ups.load 42", DriverWord.SetInfo, "ups.load", "42")]
    [InlineData("SETINFO v \"\"", DriverWord.SetInfo, "v", "")]
    [InlineData("SETINFO v \"A \\\"q\\\" b\\\\s \\#1\"", DriverWord.SetInfo, "v", "A \"q\" b\\s #1")]
    [InlineData("SETINFO v \"A \"q\" b\\s #1\"", DriverWord.SetInfo, "v", "A \"q\" b\\s #1")]
    [InlineData("DELINFO ups.alarm", DriverWord.DelInfo, "ups.alarm", "")]
    [InlineData("ADDENUM input.sensitivity \"low\"", DriverWord.AddEnum, "input.sensitivity", "low")]
    [InlineData("SETFLAGS v RW STRING", DriverWord.SetFlags, "v", "RW STRING")]
    [InlineData("ADDCMD test.battery.start", DriverWord.AddCommand, "test.battery.start", "")]
    [InlineData("DATAOK", DriverWord.DataOk, "", "")]
    [InlineData("DUMPDONE", DriverWord.DumpDone, "", "")]
    [InlineData("PONG", DriverWord.Pong, "", "")]
    [InlineData("OK Goodbye", DriverWord.Goodbye, "", "")]
    public void A_line_is_read(string line, DriverWord word, string name, string value)
    {
        Assert.True(DriverLines.TryRead(Encoding.ASCII.GetBytes(line), new char[DriverLines.MaxLineBytes], out var read));
        Assert.Equal((word, name, value), (read.Word, read.Name.ToString(), read.Value.ToString()));
    }

    [Theory]
    [InlineData("ADDRANGE v 10 20", 10, 20)]
    [InlineData("SETAUX v 32", 32, 0)]
    [InlineData("TRACKING some-id 3", 3, 0)]
    [InlineData("PID 4711", 4711, 0)]
    public void Numbers_are_read(string line, int first, int second)
    {
        Assert.True(DriverLines.TryRead(Encoding.ASCII.GetBytes(line), new char[DriverLines.MaxLineBytes], out var read));
        Assert.Equal((first, second), (read.First, read.Second));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HELLO")]
    [InlineData("SETINFO")]
    [InlineData("SETINFO v")]
    [InlineData("SETINFO v \"cut")]
    [InlineData("ADDRANGE v 20 10")]
    [InlineData("ADDRANGE v ten 20")]
    [InlineData("SETFLAGS v")]
    [InlineData("SETAUX v")]
    [InlineData("OK then")]
    public void What_is_no_line_of_a_driver_is_refused(string line) =>
        Assert.False(DriverLines.TryRead(Encoding.ASCII.GetBytes(line), new char[DriverLines.MaxLineBytes], out _));

    [Fact]
    public void What_we_write_reads_as_what_it_was() => Prop.ForAll<string>(text =>
    {
        var value = new string([.. (text ?? "").Where(c => c is >= ' ' and <= '~').Take(120)]);
        var writer = new DriverLineWriter().SetInfo("v", value);
        var bytes = writer.Written.Span;
        Assert.Equal((byte)'\n', bytes[^1]);
        Assert.True(DriverLines.TryRead(bytes[..^1], new char[DriverLines.MaxLineBytes], out var read));
        Assert.Equal(value, read.Value.ToString());

        // And as upsd would read it, by NUT's own grammar.
        var (at, words) = (0, new List<string>());
        Assert.Equal(WordsEnd.Line, UpsWords.Read(Encoding.ASCII.GetString(bytes), ref at, words));
        Assert.Equal(["SETINFO", "v", value], words);
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_long_value_is_cut_where_the_receiver_would_cut_it()
    {
        var writer = new DriverLineWriter().SetInfo("v", new string('#', 400));
        Assert.True(writer.Length < 512);
        Assert.True(DriverLines.TryRead(writer.Written.Span[..^1], new char[DriverLines.MaxLineBytes], out var read));
        Assert.Equal(new string('#', DriverLineWriter.MaxValueChars / 2), read.Value.ToString());
    }

    [Fact]
    public void Any_bytes_are_a_line_or_are_not() => Prop.ForAll<byte[]>(bytes =>
    {
        var read = DriverLines.TryRead(bytes ?? [], new char[DriverLines.MaxLineBytes], out var line);
        return read == (line.Word != DriverWord.Unknown);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_value_that_is_sent_again_allocates_nothing()
    {
        var tree = new VariableTree();
        var bytes = "SETINFO ups.load \"42\""u8.ToArray();
        var scratch = new char[DriverLines.MaxLineBytes];
        for (var i = 0; i < 100; i++)
        {
            DriverLines.TryRead(bytes, scratch, out var warm);
            tree.Apply(warm);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            DriverLines.TryRead(bytes, scratch, out var line);
            tree.Apply(line);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
