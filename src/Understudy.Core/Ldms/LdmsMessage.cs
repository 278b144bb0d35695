using System.Buffers.Binary;
using System.Text;

namespace Understudy.Core.Ldms;

/// <summary>What an LDMS message asks for or answers (LDMS 4.5.1 wire, docs/protocol/ldms.md). Answers have 0x100 set.</summary>
public enum LdmsCommand : uint
{
    Dir = 0,
    DirCancel = 1,
    Lookup = 2,
    SendMessage = 5,
    Auth = 6,
    CancelPush = 7,
    SetDelete = 9,
    SendQuota = 10,
    DirReply = 0x101,

    /// <summary>Unasked: a set was added or has changed; to those who asked for notice.</summary>
    DirUpdate = 0x103,
    LookupReply = 0x104,
    SetDeleteReply = 0x10a,
}

/// <summary>What a directory says of its sets.</summary>
public enum DirKind : uint
{
    /// <summary>These are all.</summary>
    List = 0,
    Deleted = 1,
    Added = 2,
    Updated = 3,
}

/// <summary>One LDMS message, read where it lies.</summary>
public readonly ref struct LdmsMessage
{
    /// <summary>Of a request before its payload; an answer has its code behind that.</summary>
    public const int HeadBytes = 16, AnswerHeadBytes = 20;

    private readonly ReadOnlySpan<byte> message;

    private LdmsMessage(ReadOnlySpan<byte> message) => this.message = message;

    /// <summary>The asker's own; the bytes as they are.</summary>
    public ulong Xid => BinaryPrimitives.ReadUInt64LittleEndian(message);

    public LdmsCommand Command => (LdmsCommand)BinaryPrimitives.ReadUInt32BigEndian(message[8..]);

    public bool IsAnswer => (uint)Command >= 0x100;

    /// <summary>Of an answer: 0, or an errno of Linux.</summary>
    public uint Code => IsAnswer ? BinaryPrimitives.ReadUInt32BigEndian(message[16..]) : 0;

    public ReadOnlySpan<byte> Payload => message[(IsAnswer ? AnswerHeadBytes : HeadBytes)..];

    /// <summary>A directory: why it is sent.</summary>
    public DirKind Kind => IsBare ? DirKind.List : (DirKind)BinaryPrimitives.ReadUInt32BigEndian(Payload);

    /// <summary>A request for a directory wants to hear of changes; of a directory, that more of it follows.</summary>
    public bool Flag => !IsBare && BinaryPrimitives.ReadUInt32BigEndian(Command is LdmsCommand.DirReply or LdmsCommand.DirUpdate ? Payload[4..] : Payload) != 0;

    /// <summary>How a look-up names its sets: 0 by instance, 1 by schema, 2 with a pattern. We answer the first.</summary>
    public uint LookupFlags => BinaryPrimitives.ReadUInt32BigEndian(Payload);

    /// <summary>A directory's JSON, the bytes of SendMessage and Auth, the name of Lookup and SetDelete without its NUL.</summary>
    public ReadOnlySpan<byte> Content => Command switch
    {
        LdmsCommand.DirReply or LdmsCommand.DirUpdate => IsBare ? default : Trim(Payload[12..]),
        LdmsCommand.SendMessage or LdmsCommand.Auth => Payload[4..],
        LdmsCommand.Lookup => Trim(Payload[8..]),
        LdmsCommand.SetDelete => Trim(Payload[4..]),
        _ => Payload,
    };

    /// <summary>A directory that was refused: a code and no more.</summary>
    private bool IsBare => message.Length == AnswerHeadBytes && Command is (LdmsCommand.DirReply or LdmsCommand.DirUpdate);

    /// <summary>The name that Lookup or SetDelete are about.</summary>
    public string Name => Encoding.UTF8.GetString(Content);

    /// <summary>Reads a message. Everything that the properties need for its command is there when it is read; a command that we do not know has a payload and no more.</summary>
    /// <param name="why">What is wrong, as the end of a sentence that begins with the peer.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out LdmsMessage message, out string why)
    {
        message = default;
        why = "";
        if (bytes.Length < HeadBytes)
        {
            why = $"sent an LDMS message of {bytes.Length} bytes";
            return false;
        }

        var (command, length) = ((LdmsCommand)BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]));
        var (lengthAt, content) = command switch
        {
            LdmsCommand.Dir => (-1, HeadBytes + 4),
            LdmsCommand.Lookup => (HeadBytes + 4, HeadBytes + 8),
            LdmsCommand.SendMessage or LdmsCommand.Auth or LdmsCommand.SetDelete => (HeadBytes, HeadBytes + 4),
            LdmsCommand.DirReply or LdmsCommand.DirUpdate when bytes.Length != AnswerHeadBytes || BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]) == 0 => (AnswerHeadBytes + 8, AnswerHeadBytes + 12),
            _ => (-1, (uint)command >= 0x100 ? AnswerHeadBytes : HeadBytes),
        };
        if (length != bytes.Length || bytes.Length < content || (lengthAt > 0 && BinaryPrimitives.ReadUInt32BigEndian(bytes[lengthAt..]) != bytes.Length - content))
        {
            why = $"sent an LDMS message 0x{(uint)command:x} of {bytes.Length} bytes whose lengths do not agree";
            return false;
        }

        message = new LdmsMessage(bytes);
        return true;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.IndexOf((byte)0) is >= 0 and var end ? text[..end] : text;
}
