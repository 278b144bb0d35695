using System.Text;
using Understudy.Core;
using Understudy.Core.Ups;

namespace Understudy.Tests.Ups;

/// <summary>A proxy with scripted sources and one client that listens as upsd does: line by line, into a tree of its own. Times are milliseconds.</summary>
internal sealed class ProxyRig
{
    private readonly char[] scratch = new char[DriverLines.MaxLineBytes];
    private readonly VariableTree seen = new();

    internal ProxyRig(string section, double startMs = 0)
    {
        var errors = new List<string>();
        var conf = UpsConf.Read(section);
        var rules = ProxyRulesReader.Read(conf.Sections[0], errors) ?? throw new InvalidOperationException(string.Join('\n', errors));
        Now = At(startMs);
        Proxy = new UpsProxy(rules, new ProxyIdentity("understudy-ups", "0", 4711, []), Now);
        Proxy.ClientCame(0);
        Ask("DUMPALL");
    }

    internal UpsProxy Proxy { get; }

    internal Instant Now { get; private set; }

    /// <summary>What the client was told of freshness, last.</summary>
    internal bool? Fresh { get; private set; }

    /// <summary>Every status that the client saw, in order, without repetitions; "-" where there was none after there had been one.</summary>
    internal List<string> Statuses { get; } = [];

    internal List<string> ToSources { get; } = [];

    internal List<string> Replies { get; } = [];

    internal static Instant At(double ms) => new Instant(0) + TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(ms);

    internal string? this[string name] => seen.ValueOf(name);

    internal bool Offers(string command) => seen.Commands.Contains(command);

    internal ProxyRig Comes(int source, params string[] lines)
    {
        Proxy.SourceCame(source, Now);
        return Says(source, [.. lines, "DUMPDONE"]);
    }

    internal ProxyRig Says(int source, params string[] lines)
    {
        foreach (var line in lines)
        {
            Proxy.SourceSaid(source, Encoding.ASCII.GetBytes(line), Now);
        }

        return Settle();
    }

    internal ProxyRig Goes(int source)
    {
        Proxy.SourceWent(source, "end of file", Now);
        return Settle();
    }

    /// <summary>Time passes, and the proxy wakes whenever it wants to. Sources listed answer pings and say that they live.</summary>
    internal ProxyRig Pass(double ms, params int[] answering)
    {
        var end = Now + TimeSpan.FromMilliseconds(ms);
        for (var turns = 0; turns < 10_000; turns++)
        {
            var next = Proxy.Deadline(Now);
            if (next > end)
            {
                break;
            }

            Now = next > Now ? next : Now + TimeSpan.FromMilliseconds(1);
            Settle();
            foreach (var source in answering)
            {
                if (ToSources.RemoveAll(s => s == $"{source} PING") > 0)
                {
                    Says(source, "PONG");
                }
            }
        }

        Now = end;
        return Settle();
    }

    internal ProxyRig Ask(string line)
    {
        var (at, words) = (0, new List<string>());
        UpsWords.Read(line, ref at, words);
        Proxy.ClientSaid(0, words, Now);
        return Settle();
    }

    private ProxyRig Settle()
    {
        Proxy.Settle(Now);
        while (Proxy.Outputs.TryDequeue(out var output))
        {
            var lines = Encoding.ASCII.GetString(output.Bytes.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (output.Deed == ProxyDeed.ToSource)
            {
                ToSources.AddRange(lines.Select(l => $"{output.To} {l}"));
            }
            else if (output.Deed == ProxyDeed.ToClient)
            {
                foreach (var line in lines)
                {
                    Hear(line);
                }
            }
        }

        return this;
    }

    private void Hear(string text)
    {
        if (!DriverLines.TryRead(Encoding.ASCII.GetBytes(text), scratch, out var line))
        {
            throw new InvalidOperationException($"the proxy said '{text}'");
        }

        if (line.Word is DriverWord.Tracking or DriverWord.Pong or DriverWord.Pid)
        {
            Replies.Add(text);
        }

        Fresh = line.Word switch { DriverWord.DataOk => true, DriverWord.DataStale => false, _ => Fresh };
        var before = seen.ValueOf("ups.status");
        seen.Apply(line);
        if (seen.ValueOf("ups.status") is var status && status != before)
        {
            Statuses.Add(status ?? "-");
        }
    }
}
