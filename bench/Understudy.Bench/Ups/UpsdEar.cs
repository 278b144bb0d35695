using Understudy.Lab.Ups;
using Understudy.Lab.Worlds;

namespace Understudy.Bench.Ups;

/// <summary>A client of upsd over TCP that asks for the load and the status of some UPSes, over and over, with a millisecond in between.</summary>
internal sealed class UpsdEar : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, (string Value, long At)> loads = new(StringComparer.Ordinal);
    private readonly UpsdClient client;
    private readonly Thread thread;
    private volatile string[] watched = [];
    private volatile bool strict;
    private volatile bool stopped;

    /// <exception cref="TimeoutException">upsd did not listen within 10 s.</exception>
    internal UpsdEar(int port)
    {
        UpsdClient? connected = null;
        if (!LabClock.WaitUntil(() => (connected = UpsdClient.TryConnect(port)) is not null, TimeSpan.FromSeconds(10)))
        {
            throw new TimeoutException("upsd does not listen");
        }

        client = connected!;
        thread = new Thread(Poll, 256 * 1024) { IsBackground = true, Name = "upsd ear" };
        thread.Start();
    }

    /// <summary>Answers since <see cref="BeStrict"/>.</summary>
    internal long Answers { get; private set; }

    /// <summary>Of these the errors, as upsmon would take for a loss of communication.</summary>
    internal long Errors { get; private set; }

    /// <summary>Of these the values that were empty.</summary>
    internal long Empty { get; private set; }

    internal void Watch(params IEnumerable<string> upses) => watched = [.. upses];

    /// <summary>All is there now: from here on each error counts.</summary>
    internal void BeStrict() => strict = true;

    internal long? Since(string ups, string load)
    {
        lock (gate)
        {
            return loads.TryGetValue(ups, out var l) && l.Value == load ? l.At : null;
        }
    }

    internal long? Await(string ups, string load, TimeSpan limit)
    {
        long? since = null;
        _ = LabClock.WaitUntil(() => (since = Since(ups, load)) is not null, limit);
        return since;
    }

    public void Dispose()
    {
        stopped = true;
        thread.Join();
        client.Dispose();
    }

    private void Poll()
    {
        try
        {
            while (!stopped)
            {
                foreach (var ups in watched)
                {
                    _ = Ask($"GET VAR {ups} ups.status");
                    if (Ask($"GET VAR {ups} ups.load") is { } load)
                    {
                        Keep(ups, load, LabClock.Now);
                    }
                }

                LabLibc.SleepUntil(LabClock.Now + LabClock.Millisecond);
            }
        }
        catch (IOException)
        {
            Errors++;      // upsd is gone: nobody will see another value
        }
    }

    /// <summary>The value, or null for an error.</summary>
    private string? Ask(string question)
    {
        var answer = client.Ask(question);
        var value = answer.StartsWith("VAR ", StringComparison.Ordinal) && answer.Split(' ', 4) is [_, _, _, ['"', .. var text, '"']] ? text : null;
        if (strict)
        {
            (Answers, Errors, Empty) = (Answers + 1, Errors + (value is null ? 1 : 0), Empty + (value is "" ? 1 : 0));
        }

        return value;
    }

    private void Keep(string ups, string load, long at)
    {
        lock (gate)
        {
            if (!loads.TryGetValue(ups, out var was) || was.Value != load)
            {
                loads[ups] = (load, at);
            }
        }
    }
}
