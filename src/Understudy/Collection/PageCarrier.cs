using System.Collections.Immutable;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Linux.Collection;

namespace Understudy.Collection;

/// <summary>Pages in the formats of OpenMetrics and Prometheus: one scrape feeds all sets that a page has become. Scrapes run on the thread pool; what they bring is taken in on the loop's thread.</summary>
internal sealed class PageCarrier(CollectionLoop loop) : IProducerCarrier, IDisposable
{
    private readonly ScrapeClients clients = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Dictionary<ProducerDesk, Page> pages = [];

    public void Connect(ProducerDesk producer, in Moment at)
    {
        var target = (ProducerTarget.Page)producer.Rules.Target;
        pages[producer] = new Page(clients.Open(new ScrapeTarget(new Uri(target.Url), target.Limit, Authorization: target.Secret is null ? ScrapeAuthorization.None : ScrapeAuthorization.Bearer, SecretFile: target.Secret ?? "", Insecure: target.IsInsecure, Headers: target.Headers)), producer.Generation, NameOf(producer.Name.TrimStart('#'), target.Set));
        Scrape(producer, pages[producer]);
    }

    public void Disconnect(ProducerDesk producer) => pages.Remove(producer);

    public void List(ProducerDesk producer, in Moment at)
    {
        if (pages.TryGetValue(producer, out var page))
        {
            loop.Desk.Listed(producer, page.Names, whole: true, at);
        }
    }

    public void LookUp(SetSource source, in Moment at)
    {
        if (pages.TryGetValue(source.Producer, out var page) && page.Of(source.Name) is { } set)
        {
            loop.Desk.LookedUp(source, set.Layout, set, at);
        }
        else
        {
            loop.Desk.LookUpFailed(source, "the page has no such set any more", at);
        }
    }

    public void Pull(SetSource source, in Moment at)
    {
        if (pages.TryGetValue(source.Producer, out var page))
        {
            page.Waiting.Add(source);
            if (!page.Runs)
            {
                Scrape(source.Producer, page);
            }
        }
    }

    public void Dispose()
    {
        stop.Cancel();
        clients.Dispose();
        stop.Dispose();
    }

    private static (string Job, string Target) NameOf(string producer, string? set) => set?.Split('/', 2) switch
    {
        [var job, var target] => (job, target),
        [var target] => ("page", target),
        _ => ("page", producer),
    };

    private void Scrape(ProducerDesk producer, Page page)
    {
        page.Runs = true;
        page.Began = CollectionLoop.Now;
        _ = ScrapeAsync(producer, page);
    }

    private async Task ScrapeAsync(ProducerDesk producer, Page page)
    {
        Scrape scrape;
        try
        {
            scrape = await page.Client.ReadAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            return;      // the daemon ends
        }

        _ = loop.Post(now => Take(producer, page, scrape, now));
    }

    /// <summary>Hands out what a scrape brought. The next one begins only after that: it would write over the values, and move the moment at which these were asked for.</summary>
    private void Take(ProducerDesk producer, Page page, in Scrape scrape, in Moment at)
    {
        if (!pages.TryGetValue(producer, out var known) || known != page)
        {
            return;
        }

        if (scrape.Why.Length > 0)
        {
            pages.Remove(producer);
            loop.Desk.Closed(producer, page.Generation, scrape.Why, at);
            loop.Carry(at);
            return;
        }

        if (page.Learn(producer.Name) && producer.State == ProducerState.Connected)
        {
            loop.Desk.Listed(producer, page.Names, whole: true, at);
            loop.Carry(at);
        }

        if (producer.State == ProducerState.Connecting)
        {
            loop.Desk.Opened(producer, page.Generation, at);
            loop.Carry(at);
        }

        page.Count++;
        foreach (var source in page.Take())
        {
            if (page.Of(source.Name) is { } set)
            {
                OpenMetricsSets.Write(set, page.Client.Reader.Values, page.SampleOf(set), page.Began.Micros, at.Now - page.Began.Now, page.Count);
                loop.Desk.Sampled(source, set.Layout, page.SampleOf(set), at);
            }
            else
            {
                loop.Desk.PullFailed(source, "the page has no such set any more", at);
            }

            loop.Carry(at);
        }

        page.Runs = false;
        if (page.Waiting.Count > 0)
        {
            Scrape(producer, page);
        }
    }

    private sealed class Page(ScrapeClient client, int generation, (string Job, string Target) name)
    {
        private readonly Dictionary<string, (OpenMetricsSet Set, byte[] Sample)> sets = new(StringComparer.Ordinal);
        private readonly List<SetSource> taken = [];
        private OpenMetricsTemplate? template;
        private ulong metaGeneration;

        internal ScrapeClient Client => client;

        internal int Generation => generation;

        internal bool Runs { get; set; }

        internal Moment Began { get; set; }

        internal ulong Count { get; set; }

        internal List<SetSource> Waiting { get; } = [];

        internal (string Instance, string Schema)[] Names { get; private set; } = [];

        internal OpenMetricsSet? Of(string name) => sets.TryGetValue(name, out var set) ? set.Set : null;

        internal byte[] SampleOf(OpenMetricsSet set) => sets[set.Layout.Instance].Sample;

        /// <returns>True where the page has other series than before.</returns>
        internal bool Learn(string producer)
        {
            if (ReferenceEquals(template, client.Reader.Template) || client.Reader.Template is not { } now)
            {
                return false;
            }

            template = now;
            ImmutableArray<OpenMetricsSet> all = OpenMetricsSets.Of(now, name.Job, name.Target, producer.TrimStart('#'), ++metaGeneration);
            sets.Clear();
            foreach (var set in all)
            {
                sets[set.Layout.Instance] = (set, set.Layout.NewSample());
            }

            Names = [.. all.Select(s => (s.Layout.Instance, s.Layout.Schema))];
            return true;
        }

        /// <summary>Those that this scrape is for; who asks while it is handed out waits for the next.</summary>
        internal List<SetSource> Take()
        {
            taken.Clear();
            taken.AddRange(Waiting);
            Waiting.Clear();
            return taken;
        }
    }
}
