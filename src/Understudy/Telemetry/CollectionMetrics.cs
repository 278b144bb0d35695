using Understudy.Collection;

namespace Understudy.Telemetry;

/// <summary>The collection as metrics. Where nothing is collected, there is no family of it either. What is collected itself is at an address of its own (<c>collection.metrics</c>).</summary>
internal static class CollectionMetrics
{
    internal static void Put(MetricsPage page, CollectionView? collection)
    {
        if (collection is null)
        {
            return;
        }

        static (string, string)[] Producer(ProducerView p) => [("producer", p.Name)];
        page.Each("understudy_producer_collects", "1 when this host pulls the producer, else 0", collection.Producers, p => Flag(p.Part == "collect"), Producer);
        page.Each("understudy_producer_warm", "1 when this host stands by for whoever pulls it, else 0", collection.Producers, p => Flag(p.Part == "warm"), Producer);
        page.Each("understudy_producer_connected", "1 while there is a connection, else 0", collection.Producers, p => Flag(p.State == "CONNECTED"), Producer);
        page.Each("understudy_producer_sets", "Sets that it offers", collection.Producers, p => p.Sets.Count, Producer);
        page.Each("understudy_producer_lag_seconds", "Age of the newest sample of its oldest set; absent where this host has none", collection.Producers, p => p.LagMs / 1000.0, Producer);
        page.Each("understudy_producer_samples_total", "counter", "Different samples that this host had of its present sets", collection.Producers, p => p.Had, Producer);
        page.Each("understudy_producer_lost_samples_total", "counter", "Samples that its samplers made and that this host never had, of its present sets", collection.Producers, p => p.Lost, Producer);
        page.Each("understudy_producer_connection_losses_total", "counter", "Connections that were lost", collection.Producers, p => p.Losses, Producer);
        page.Each("understudy_store_writer", "1 when this host has the claim on a store, else 0", collection.Stores, s => Flag(s.Epoch > 0), s => [("store", s.Name)]);
        page.Each("understudy_store_written_total", "counter", "Samples that this host wrote", collection.Stores, s => s.Written, s => [("store", s.Name)]);
        page.Each("understudy_store_waiting", "Samples that wait for the store", collection.Stores, s => s.Waiting, s => [("store", s.Name)]);
        page.Each("understudy_store_dropped_total", "counter", "Samples that found no room before the store", collection.Stores, s => s.Dropped, s => [("store", s.Name)]);
        page.Each("understudy_collection_member_there", "1 when a node takes its share, else 0", collection.Members, m => Flag(m.IsThere), m => [("node", m.Name)]);
        page.Each("understudy_collection_member_producers", "Producers that are dealt to a node, as this host sees it", collection.Members, m => m.Owns, m => [("node", m.Name)]);
    }

    private static double Flag(bool isSo) => isSo ? 1 : 0;
}
