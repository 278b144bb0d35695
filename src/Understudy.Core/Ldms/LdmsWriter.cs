using System.Text;

namespace Understudy.Core.Ldms;

/// <summary>Writes LDMS messages, each in a SendReceive of zap.</summary>
/// <param name="to">Where the bytes go.</param>
public sealed class LdmsWriter(WireBuffer to)
{
    /// <summary>Most bytes of one message's payload.</summary>
    public const int MaxContent = ZapFrame.MaxBytes - 24 - LdmsMessage.AnswerHeadBytes - 12;

    private uint next;

    public WireBuffer To => to;

    /// <summary>Zap's number for the next message of ours. Real daemons count over all their connections; nobody depends on that, and we count each connection by itself.</summary>
    public uint NextXid() => ++next;

    /// <param name="notify">Tell me of sets that come, change and go, too.</param>
    public void Dir(ulong xid, bool notify)
    {
        Request(xid, LdmsCommand.Dir, 4);
        to.Put32(notify ? 1u : 0);
    }

    public void DirCancel(ulong xid) => Request(xid, LdmsCommand.DirCancel, 0);

    /// <summary>By the instance's name.</summary>
    public void Lookup(ulong xid, string instance)
    {
        var bytes = Encoding.UTF8.GetByteCount(instance) + 1;
        Request(xid, LdmsCommand.Lookup, 8 + bytes);
        to.Put32(0);
        to.Put32((uint)bytes);
        Put(instance, bytes);
    }

    /// <summary>A record of the configuration protocol, or anything else that travels so.</summary>
    public void SendMessage(ulong xid, ReadOnlySpan<byte> content) => Content(xid, LdmsCommand.SendMessage, content);

    public void Auth(ulong xid, ReadOnlySpan<byte> content) => Content(xid, LdmsCommand.Auth, content);

    /// <summary>A set that the peer has looked up is gone.</summary>
    public void SetDelete(ulong xid, string instance)
    {
        var bytes = Encoding.UTF8.GetByteCount(instance) + 1;
        Request(xid, LdmsCommand.SetDelete, 4 + bytes);
        to.Put32((uint)bytes);
        Put(instance, bytes);
    }

    /// <summary>We have let go of it too.</summary>
    /// <param name="nanoseconds">Now, since 1970.</param>
    public void SetDeleteReply(ulong xid, uint code, long nanoseconds)
    {
        Answer(xid, LdmsCommand.SetDeleteReply, code, 16);
        to.Put64((ulong)(nanoseconds / 1_000_000_000));
        to.Put64((ulong)(nanoseconds % 1_000_000_000));
    }

    /// <summary>A directory, or a part of it.</summary>
    /// <param name="command"><see cref="LdmsCommand.DirReply"/> to who asked, <see cref="LdmsCommand.DirUpdate"/> unasked.</param>
    /// <param name="more">Another part follows.</param>
    /// <param name="json">With a NUL at its end where the real daemon has one: <see cref="DirectoryText"/>.</param>
    public void Directory(ulong xid, LdmsCommand command, DirKind kind, bool more, ReadOnlySpan<byte> json)
    {
        Answer(xid, command, 0, 12 + json.Length);
        to.Put32((uint)kind);
        to.Put32(more ? 1u : 0);
        to.Put32((uint)json.Length);
        to.Put(json);
    }

    /// <summary>A directory or a look-up that failed.</summary>
    /// <param name="code">An errno of Linux.</param>
    public void Refuse(ulong xid, LdmsCommand command, uint code) => Answer(xid, command, code, 0);

    /// <summary>Quota that is given back.</summary>
    public void SendQuota(ulong xid, uint quota, int code)
    {
        Request(xid, LdmsCommand.SendQuota, 8);
        to.Put32(quota);
        to.Put32((uint)code);
    }

    private void Content(ulong xid, LdmsCommand command, ReadOnlySpan<byte> content)
    {
        Request(xid, command, 4 + content.Length);
        to.Put32((uint)content.Length);
        to.Put(content);
    }

    private void Put(string text, int bytes) => Encoding.UTF8.GetBytes(text, to.Take(bytes));

    private void Request(ulong xid, LdmsCommand command, int payload)
    {
        ZapWriter.SendHead(to, NextXid(), 0, LdmsMessage.HeadBytes + payload);
        to.Native64(xid);
        to.Put32((uint)command);
        to.Put32((uint)(LdmsMessage.HeadBytes + payload));
    }

    private void Answer(ulong xid, LdmsCommand command, uint code, int payload)
    {
        ZapWriter.SendHead(to, NextXid(), 0, LdmsMessage.AnswerHeadBytes + payload);
        to.Native64(xid);
        to.Put32((uint)command);
        to.Put32((uint)(LdmsMessage.AnswerHeadBytes + payload));
        to.Put32(code);
    }
}
