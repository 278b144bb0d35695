using System.Net;
using Understudy.Core.Ldms;
using Understudy.Linux.Clocks;
using Understudy.Linux.Interop;

namespace Understudy.Linux.Collection;

/// <summary>
/// One connection to one LDMS daemon for somebody who has nothing else to do than to ask and to wait: every question returns with its answer, or with null when <see cref="Why"/> there is none. It has a loop of its own and belongs to
/// one thread.
/// </summary>
public sealed class LdmsCall : ILdmsEars, IDisposable
{
    /// <summary>How long one wait of the loop takes at most, so that limits are kept to this.</summary>
    private const int TurnMs = 50;

    private readonly EpollSet epoll = new();
    private readonly LdmsSockets sockets;
    private readonly LdmsConnection connection;
    private readonly TimeSpan limit;
    private readonly Ready[] ready = new Ready[EpollSet.MaxReady];
    private readonly List<DirectoryEntry> listed = [];
    private bool isListed;
    private bool isClosed;
    private (RemoteSet? Set, string Why)? lookedUp;
    private (byte[]? Sample, string Why)? pulled;
    private ConfigMessage? answer;

    /// <param name="limit">How long opening, and each question, may take.</param>
    public LdmsCall(IPAddress address, int port, LdmsEnd end, TimeSpan limit)
    {
        this.limit = limit;
        sockets = new LdmsSockets(epoll, NoSets.Here, firstTag: 1);
        connection = sockets.Connect(address, port, end with { OpenLimit = limit, AnswerLimit = limit }, this);
    }

    /// <summary>Why there was no answer, as the end of a sentence that begins with the daemon's name.</summary>
    public string Why { get; private set; } = "";

    /// <summary>Waits until both sides know and trust each other.</summary>
    public bool Open() => Until(() => connection.IsOpen);

    /// <summary>Every set that the daemon has.</summary>
    public IReadOnlyList<DirectoryEntry>? Directory()
    {
        listed.Clear();
        isListed = false;
        if (!connection.IsOpen)
        {
            return null;
        }

        connection.AskDirectory(notify: false);
        return Until(() => isListed) ? listed : null;
    }

    /// <summary>A set, and its newest sample.</summary>
    public (SetLayout Layout, byte[] Sample)? Read(string instance)
    {
        (lookedUp, pulled) = (null, null);
        if (!connection.IsOpen)
        {
            return null;
        }

        connection.LookUp(instance);
        if (!Until(() => lookedUp is not null) || lookedUp is not { Set: { } set })
        {
            Why = lookedUp?.Why ?? Why;
            return null;
        }

        if (!connection.Pull(set) || !Until(() => pulled is not null) || pulled is not { Sample: { } sample })
        {
            Why = pulled?.Why ?? Why;
            return null;
        }

        connection.LetGo(set);
        return (set.Layout, sample);
    }

    /// <summary>A command, and what came back.</summary>
    /// <param name="request">Its number is set here.</param>
    public ConfigMessage? Ask(ConfigMessage request)
    {
        answer = null;
        if (!connection.IsOpen)
        {
            return null;
        }

        var number = connection.NextConfigNumber();
        connection.SendConfig(request with { Number = number });
        return Until(() => answer?.Number == number) ? answer : null;
    }

    public void Dispose()
    {
        sockets.Dispose();
        epoll.Dispose();
    }

    void ILdmsEars.Closed(LdmsConnection connection, string why) => (isClosed, Why) = (true, why);

    void ILdmsEars.Listed(LdmsConnection connection, IReadOnlyList<DirectoryEntry> entries, bool isLast)
    {
        listed.AddRange(entries);
        isListed = isLast;
    }

    void ILdmsEars.Removed(LdmsConnection connection, string instance) => pulled ??= lookedUp is { Set: { } set } && set.Instance == instance ? (null, $"has deleted {instance}") : null;

    void ILdmsEars.LookedUp(LdmsConnection connection, string instance, RemoteSet? set, string why) => lookedUp = (set, why);

    void ILdmsEars.Sampled(LdmsConnection connection, RemoteSet set, ReadOnlySpan<byte> sample) => pulled = (sample.ToArray(), "");

    void ILdmsEars.PullFailed(LdmsConnection connection, RemoteSet set, string why) => pulled = (null, why);

    void ILdmsEars.ConfigHeard(LdmsConnection connection, ConfigMessage message) => answer = message.IsAnswer ? message : answer;

    /// <summary>Turns the loop until something holds, the connection is gone, or the time is over.</summary>
    private bool Until(Func<bool> holds)
    {
        var end = BootClock.Now + limit;
        while (!holds())
        {
            var now = BootClock.Now;
            if (isClosed || now >= end)
            {
                Why = isClosed ? Why : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"did not answer within {limit.TotalSeconds:0.###} s");
                return false;
            }

            sockets.Flush();
            var count = epoll.Wait(ready, (int)Math.Clamp(Math.Ceiling((end - now).TotalMilliseconds), 1, TurnMs));
            now = BootClock.Now;
            for (var i = 0; i < count; i++)
            {
                sockets.Turn(ready[i].Tag, now);
            }

            sockets.Tick(now);
        }

        return true;
    }
}
