using Understudy.Core;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Xunit;

namespace Understudy.Tests.Collection;

/// <summary>One half of a pair and a peer that a test plays, in virtual time.</summary>
internal sealed class PairStage
{
    internal static readonly PairRules Rules = new("a11", 411, "sock", "a11", TimeSpan.FromSeconds(1), 2, AutoSwitch: true);

    internal PairStage(PairRules? rules = null) => Desk = new PairDesk("a10", rules ?? Rules) { Own = (8, true, []) };

    internal PairDesk Desk { get; }

    internal Instant Now { get; private set; } = new(TimeSpan.FromHours(1).Ticks);

    internal List<string> Notes { get; } = [];

    /// <summary>What was ordered since the last time, as text.</summary>
    internal string Orders()
    {
        var said = new List<string>();
        while (Desk.Orders.TryDequeue(out var order))
        {
            said.Add(order switch
            {
                PairOrder.Ask { Request: var r } => $"ask {r.GetType().Name}",
                PairOrder.Cover c => $"cover {c.Producer}",
                PairOrder.StandBy s => $"stand by {s.Producer}",
                PairOrder.Adopt a => $"adopt {string.Join('+', a.Memory.Items.Select(i => i.Name))}",
                _ => order.GetType().Name,
            });
        }

        while (Desk.Notes.TryDequeue(out var note))
        {
            Notes.Add(note.Text);
        }

        return string.Join(", ", said);
    }

    internal void Pass(double seconds)
    {
        var end = Now + TimeSpan.FromSeconds(seconds);
        for (var (turns, at) = (0, Now); Desk.Deadline <= end; turns = Now > at ? 0 : turns + 1, at = Now)
        {
            Assert.True(turns < 20, "the desk wants to be called again and again at one moment");
            Now = Instant.Later(Now, Desk.Deadline);
            Desk.Look(Now);
        }

        Now = end;
        Desk.Look(Now);
    }

    internal void Answer(PairRequest request, int code = 0, PairEcho? echo = null, string text = "") => Desk.Answered(request, new PairReply(code, text, echo), Now);

    internal void Tell(params ReadOnlySpan<string> producers)
    {
        foreach (var name in producers)
        {
            _ = Desk.Asked(new PairRequest.Told(Producer(name), Whole: true), Now);
        }
    }

    /// <summary>From the start to a pair whose peer collects these; its first echo is given.</summary>
    /// <param name="version">Of the peer's configuration; 0: a stock daemon.</param>
    internal void Pair(ulong version = 4, params ReadOnlySpan<string> producers)
    {
        if (Desk.Service == PairService.Stop)
        {
            Desk.Start(Now);
        }

        Desk.Connected(Now);
        Answer(new PairRequest.Pair("a10", PairDesk.Speaks));
        Tell(producers);
        Answer(new PairRequest.PeerConfig(), 0, Says(version));
        Answer(new PairRequest.Ping("a10"), 0, Says(version));
        _ = Orders();
    }

    /// <summary>Echoes each ping for a while.</summary>
    internal void Live(double seconds, PairEcho echo)
    {
        for (var left = seconds; left > 0; left -= 0.25)
        {
            Pass(Math.Min(left, 0.25));
            if (Desk.IsPinging)
            {
                Answer(new PairRequest.Ping("a10"), 0, echo);
            }
        }
    }

    internal static PairEcho Says(ulong version, params ReadOnlySpan<string> lacks) => new(1, (int)PairLink.Configured, PairMarks.Configured, version, ValueList.Create(lacks));

    internal static PairItem Producer(string name, int port = 411) => new PairItem.Producer(new ProducerRules(name, new ProducerTarget.Ldms("h", port, ""), TimeSpan.FromSeconds(1)));
}
