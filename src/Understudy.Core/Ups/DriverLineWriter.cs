using System.Buffers;
using System.Globalization;

namespace Understudy.Core.Ups;

/// <summary>
/// Writes lines of a driver, and of upsd to a driver, always escaped: a bare <c>#</c> makes upsd throw away the line and the rest of what it just read. Lines are
/// collected, so that a reply, and a whole change of source, leaves in one write: some readers take only what one read gives them.
/// </summary>
public sealed class DriverLineWriter
{
    /// <summary>Of a value, behind the escape signs: NUT keeps 255 (ST_MAX_VALUE_LEN less its end).</summary>
    public const int MaxValueChars = 255;

    private readonly ArrayBufferWriter<byte> bytes = new(4096);

    public ReadOnlyMemory<byte> Written => bytes.WrittenMemory;

    public int Length => bytes.WrittenCount;

    public void Clear() => bytes.ResetWrittenCount();

    public DriverLineWriter SetInfo(string name, string value) => Put("SETINFO ", name).Value(value).End();

    public DriverLineWriter DelInfo(string name) => Put("DELINFO ", name).End();

    public DriverLineWriter AddEnum(string name, string value) => Put("ADDENUM ", name).Value(value).End();

    public DriverLineWriter DelEnum(string name, string value) => Put("DELENUM ", name).Value(value).End();

    public DriverLineWriter AddRange(string name, int low, int high) => Put("ADDRANGE ", name).Number(low).Number(high).End();

    public DriverLineWriter DelRange(string name, int low, int high) => Put("DELRANGE ", name).Number(low).Number(high).End();

    public DriverLineWriter SetAux(string name, int length) => Put("SETAUX ", name).Number(length).End();

    /// <summary>Without a flag there is no such line: flags cannot be taken away over the wire.</summary>
    public DriverLineWriter SetFlags(string name, VariableTraits flags)
    {
        if (flags == VariableTraits.None)
        {
            return this;
        }

        Put("SETFLAGS ", name);
        Put(flags.HasFlag(VariableTraits.Writable) ? " RW" : "");
        Put(flags.HasFlag(VariableTraits.Text) ? " STRING" : "");
        Put(flags.HasFlag(VariableTraits.Number) ? " NUMBER" : "");
        return End();
    }

    public DriverLineWriter AddCommand(string name) => Put("ADDCMD ", name).End();

    public DriverLineWriter DelCommand(string name) => Put("DELCMD ", name).End();

    /// <summary>A line without arguments: DUMPDONE, DATAOK, DATASTALE, PONG, PING, DUMPALL, NOBROADCAST, LOGOUT, OK Goodbye.</summary>
    public DriverLineWriter Bare(string word) => Put(word).End();

    public DriverLineWriter Pid(int pid) => Put("PID").Number(pid).End();

    public DriverLineWriter Tracking(string id, int result) => Put("TRACKING ", id).Number(result).End();

    /// <summary>A line of our own: a head that needs no quotes, and pairs of a key and a value. What is null is left out.</summary>
    public DriverLineWriter Facts(string head, params ReadOnlySpan<(string Key, string? Value)> facts)
    {
        Put(head);
        foreach (var (key, value) in facts)
        {
            if (value is not null)
            {
                Put(" ", key).Value(value);
            }
        }

        return End();
    }

    /// <summary>To a source: sets a variable. The answer comes as TRACKING with this id.</summary>
    public DriverLineWriter Set(string name, string value, string? id) => Put("SET ", name).Value(value).Tracked(id).End();

    /// <summary>To a source: an instant command, its parameter quoted so that it arrives as one word.</summary>
    public DriverLineWriter Command(string name, string? parameter, string? id)
    {
        Put("INSTCMD ", name);
        return (parameter is null ? this : Value(parameter)).Tracked(id).End();
    }

    private DriverLineWriter Tracked(string? id) => id is null ? this : Put(" TRACKING ", id);

    private DriverLineWriter Put(string word, string name = "")
    {
        Put(word.AsSpan());
        Put(name.AsSpan());
        return this;
    }

    private void Put(ReadOnlySpan<char> text)
    {
        var into = bytes.GetSpan(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            into[i] = UpsWords.Printable(text[i]) ? (byte)text[i] : (byte)'?';
        }

        bytes.Advance(text.Length);
    }

    private DriverLineWriter Number(int n)
    {
        Span<char> digits = stackalloc char[12];
        digits[0] = ' ';
        _ = n.TryFormat(digits[1..], out var count, provider: CultureInfo.InvariantCulture);
        Put(digits[..(count + 1)]);
        return this;
    }

    /// <summary>Quoted, escaped, printable, and cut where the receiver would cut it.</summary>
    private DriverLineWriter Value(string value)
    {
        var into = bytes.GetSpan(MaxValueChars + 3);
        into[0] = (byte)' ';
        into[1] = (byte)'"';
        var count = 2;
        foreach (var c in value)
        {
            var signs = c is '"' or '#' or '\\' ? 2 : 1;
            if (count + signs > MaxValueChars + 2)
            {
                break;
            }

            if (signs == 2)
            {
                into[count++] = (byte)'\\';
            }

            if (UpsWords.Printable(c))
            {
                into[count++] = (byte)c;
            }
        }

        into[count++] = (byte)'"';
        bytes.Advance(count);
        return this;
    }

    private DriverLineWriter End()
    {
        bytes.Write("\n"u8);
        return this;
    }
}
