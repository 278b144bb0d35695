using System.Globalization;
using System.Text.Json.Nodes;
using Understudy.Core.Settings;

namespace Understudy.Tests.Settings;

/// <summary>Writes a collection as <see cref="SettingsWriter"/> writes a file.</summary>
internal static class CollectionWriter
{
    internal static JsonObject Write(CollectionSettings c) => SettingsWriter.Only(new()
    {
        ["listen"] = c.Listen?.ToString(),
        ["auth"] = Auth(c.Auth),
        ["producers"] = c.Producers.Count == 0 ? null : SettingsWriter.Map(c.Producers, p => p.Name, Producer),
        ["updaters"] = SettingsWriter.Map(c.Updaters, u => u.Name, Updater),
        ["stores"] = c.Stores.Count == 0 ? null : SettingsWriter.Map(c.Stores, s => s.Name, Store),
        ["share"] = SettingsWriter.Only(new()
        {
            ["nodes"] = SettingsWriter.List(c.Share.Nodes, n => n),
            ["weights"] = c.Share.Weights.Count == 0 ? null : SettingsWriter.Map(c.Share.Weights, w => w.Node, w => w.Weight),
            ["capacity"] = c.Share.Capacity?.ToString(CultureInfo.InvariantCulture) ?? "none",
            ["drain"] = SettingsWriter.List(c.Share.Drain, n => n),
            ["ping"] = SettingsWriter.Span(c.Share.Ping),
            ["factor"] = c.Share.Factor,
            ["standby"] = c.Share.Warm ? "warm" : "cold",
        }),
        ["metrics"] = c.Metrics is { } m ? new JsonObject { ["listen"] = m.Listen!.ToString(), ["stale_after"] = SettingsWriter.Span(m.StaleAfter) } : null,
    });

    private static JsonNode Auth(LdmsAuthSettings auth) => auth is LdmsAuthSettings.Ovis o ? new JsonObject { ["ovis"] = o.Path } : "none";

    private static JsonObject Producer(ProducerSettings p)
    {
        var o = p switch
        {
            ProducerSettings.LdmsPeer l => new JsonObject { ["ldms"] = l.Subject["ldms ".Length..], ["auth"] = Auth(l.Auth), ["reconnect"] = SettingsWriter.Span(l.Reconnect) },
            ProducerSettings.OpenMetrics m => new()
            {
                ["openmetrics"] = m.Url.AbsoluteUri,
                ["timeout"] = SettingsWriter.Span(m.Timeout),
                ["headers"] = m.Headers.Count == 0 ? null : SettingsWriter.Map(m.Headers, h => h.Name, h => h.Value),
                ["bearer_file"] = m.BearerFile,
                ["insecure"] = m.Insecure,
                ["instance"] = m.Instance,
            },
            ProducerSettings.Sampler s => new()
            {
                ["sampler"] = s.Plugin,
                ["instance"] = p.Home is null ? null : s.Instance,
                ["interval"] = SettingsWriter.Span(s.Interval),
                ["offset"] = SettingsWriter.Span(s.Offset),
                ["component_id"] = s.Component,
            },
            _ => throw new InvalidOperationException(p.ToString()),
        };
        (o["home"], o["weight"]) = (p.Home, p.Weight);
        return SettingsWriter.Only(o);
    }

    private static JsonObject Updater(UpdaterSettings u) => new()
    {
        ["interval"] = SettingsWriter.Span(u.Interval),
        ["offset"] = SettingsWriter.Span(u.Offset),
        ["auto_interval"] = u.ByHints,
        ["timeout"] = u.Timeout is { } t ? SettingsWriter.Span(t) : "usual",
        ["stalled"] = u.Stalled,
        ["producers"] = u.Producers.Text,
        ["match"] = SettingsWriter.List(u.Match, m => new JsonObject { [m.BySchema ? "schema" : "instance"] = m.Sets.Text }),
    };

    private static JsonObject Store(StoreSettings s) => SettingsWriter.Only(new()
    {
        ["csv"] = (s as StoreSettings.Csv)?.Folder,
        ["roll"] = s is StoreSettings.Csv c ? c.Roll is { } r ? SettingsWriter.Span(r) : "never" : null,
        ["postgres"] = (s as StoreSettings.Postgres)?.Connection,
        ["into"] = (s as StoreSettings.Postgres)?.Into,
        ["schema"] = SettingsWriter.List(s.Schemas, n => n),
        ["producers"] = s.Producers.Text,
        ["metrics"] = SettingsWriter.List(s.Metrics, n => n),
        ["writer"] = s.Writer is StoreWriterSettings.Holder h ? new JsonObject { ["duty"] = h.Duty } : s.Writer.ToString(),
    });
}
