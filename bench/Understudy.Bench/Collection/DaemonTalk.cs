using System.Net;
using Understudy.Core.Ldms;
using Understudy.Lab.Worlds;
using Understudy.Linux.Clocks;
using Understudy.Linux.Collection;
using Understudy.Linux.Interop;

namespace Understudy.Bench.Collection;

/// <summary>A conversation with one daemon over its configuration channel: a command, its answer. On the caller's thread.</summary>
internal sealed class DaemonTalk : ILdmsEars, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly EpollSet epoll = new();
    private readonly LdmsSockets sockets;
    private readonly LdmsConnection connection;
    private readonly Ready[] ready = new Ready[EpollSet.MaxReady];
    private ConfigMessage? answer;
    private string? closed;

    /// <exception cref="IOException">It could not be reached.</exception>
    internal DaemonTalk(NetworkNamespace? where, IPAddress address, int port)
    {
        sockets = new LdmsSockets(epoll, NoSets.Here, 0);
        connection = where is null ? Connect() : where.Inside(Connect);
        Turn(() => connection.IsOpen);

        LdmsConnection Connect() => sockets.Connect(address, port, new LdmsEnd(), this);
    }

    /// <summary>Says a line of ldmsd's configuration language, of words alone that need no quotes.</summary>
    /// <exception cref="IOException">It hung up, or did not answer.</exception>
    /// <exception cref="InvalidOperationException">It refused.</exception>
    internal string Say(string line)
    {
        var words = line.Split(' ');
        var place = new LdmsdPlace("bench", 1, 1);
        var wire = LdmsdWire.ToWire(new LdmsdCommand(words[0], [.. words.Skip(1).Select(w => w.Split('=', 2)).Select(w => new LdmsdWord(w[0], w.ElementAtOrDefault(1), place))], place))!;
        answer = null;
        connection.SendConfig(new ConfigMessage(IsAnswer: false, connection.NextConfigNumber(), wire.RequestId, [.. wire.Attributes.Select(a => ConfigValue.Of((ConfigWord)a.Id, a.Value ?? ""))]));
        Turn(() => answer is not null);
        var text = answer![ConfigWord.Json] ?? answer[ConfigWord.String] ?? "";
        return answer.Code == 0 ? text : throw new InvalidOperationException($"{line}: error {answer.Code}: {text}");
    }

    public void ConfigHeard(LdmsConnection connection, ConfigMessage message) => answer = message.IsAnswer ? message : answer;

    public void Closed(LdmsConnection connection, string why) => closed = why;

    public void Dispose()
    {
        sockets.Dispose();
        epoll.Dispose();
    }

    private void Turn(Func<bool> done)
    {
        var end = LabClock.Now + LabClock.Of(Patience);
        while (!done())
        {
            if (closed is not null || LabClock.Now > end)
            {
                throw new IOException($"{connection.Name} {closed ?? "does not answer"}");
            }

            sockets.Flush();
            var count = epoll.Wait(ready, 10);
            for (var i = 0; i < count; i++)
            {
                sockets.Turn(ready[i].Tag, BootClock.Now);
            }
        }
    }
}
