namespace Understudy.Core.Ldms;

/// <summary>What the commands of a file are held to together: names that are there, and none twice.</summary>
internal sealed class LdmsdCheck
{
    private readonly Dictionary<string, LdmsdPlace> producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LdmsdPlace> updaters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LdmsdPlace> policies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LdmsdPlace> plugins = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LdmsdPlace> domains = new(StringComparer.Ordinal);
    private readonly List<LdmsdProblem> problems;
    private readonly List<LdmsdProblem> notes;
    private LdmsdPlace? failover;
    private bool listens;

    private LdmsdCheck(List<LdmsdProblem> problems, List<LdmsdProblem> notes) => (this.problems, this.notes) = (problems, notes);

    /// <param name="orders">In the order in which they take effect.</param>
    internal static void Hold(List<LdmsdOrder> orders, List<LdmsdProblem> problems, List<LdmsdProblem> notes)
    {
        var check = new LdmsdCheck(problems, notes);
        foreach (var order in orders)
        {
            check.Take(order.Request, order.Place);
        }
    }

    private void Take(LdmsdRequest request, LdmsdPlace at)
    {
        switch (request)
        {
            case LdmsdRequest.Listen l:
                listens = true;
                Domain(l.Auth, at);
                break;
            case LdmsdRequest.AddAuth a:
                Add(domains, "auth domain", a.Name, at);
                break;
            case LdmsdRequest.LoadPlugin l:
                Add(plugins, "plugin", l.Name, at);
                break;
            case LdmsdRequest.ConfigurePlugin c:
                Need(plugins, "plugin", c.Name, at, "load it first");
                break;
            case LdmsdRequest.StartSampler s:
                Need(plugins, "plugin", s.Name, at, "load and configure it first");
                break;
            case LdmsdRequest.ProducerAdd p:
                Add(producers, "producer", p.Name, at);
                Domain(p.Auth, at);
                break;
            case LdmsdRequest.ProducerStart p:
                Need(producers, "producer", p.Name, at, "add it with prdcr_add");
                break;
            case LdmsdRequest.ProducerStartMatching m:
                Match(m.Names, at);
                break;
            case LdmsdRequest.ProducerDelete p:
                Need(producers, "producer", p.Name, at, "remove the line");
                producers.Remove(p.Name);
                break;
            case LdmsdRequest.UpdaterDelete u:
                Need(updaters, "updater", u.Name, at, "remove the line");
                updaters.Remove(u.Name);
                break;
            case LdmsdRequest.StorageDelete s:
                Need(policies, "storage policy", s.Name, at, "remove the line");
                policies.Remove(s.Name);
                break;
            case LdmsdRequest.UpdaterAdd u:
                Add(updaters, "updater", u.Name, at);
                break;
            case LdmsdRequest.UpdaterProducerAdd u:
                Need(updaters, "updater", u.Name, at, "add it with updtr_add");
                Match(u.Producers, at);
                break;
            case LdmsdRequest.UpdaterMatchAdd u:
                Need(updaters, "updater", u.Name, at, "add it with updtr_add");
                break;
            case LdmsdRequest.UpdaterStart u:
                Need(updaters, "updater", u.Name, at, "add it with updtr_add");
                break;
            case LdmsdRequest.StorageAdd s:
                Add(policies, "storage policy", s.Name, at);
                break;
            case LdmsdRequest.StorageProducerAdd s:
                Need(policies, "storage policy", s.Name, at, "add it with strgp_add");
                break;
            case LdmsdRequest.StorageMetricAdd s:
                Need(policies, "storage policy", s.Name, at, "add it with strgp_add");
                break;
            case LdmsdRequest.StorageStart s:
                Need(policies, "storage policy", s.Name, at, "add it with strgp_add");
                break;
            case LdmsdRequest.FailoverConfigure f:
                Failover(f, at);
                break;
            case LdmsdRequest.FailoverStart when failover is null:
                problems.Add(new(at, LdmsdRefusal.FailoverNotConfigured.Text));
                break;
            default:
                break;                                                 // needs nothing from the other lines
        }
    }

    private void Failover(LdmsdRequest.FailoverConfigure settings, LdmsdPlace at)
    {
        if (settings.Host is null && failover is null)
        {
            problems.Add(new(at, $"failover_config: {LdmsdRefusal.FailoverNeedsPeer.Text}; the first needs host=, port= and xprt="));
        }

        failover ??= at;
        if (settings.PeerName is null)
        {
            notes.Add(new(at, "failover_config: without peer_name= any daemon that asks is a peer; name it"));
        }

        if (!listens)
        {
            notes.Add(new(at, "failover_config: no listener is in this file; the command line must have one, -x sock:PORT"));
        }
    }

    private void Match(LdmsdPattern names, LdmsdPlace at)
    {
        if (!producers.Keys.Any(names.Matches))
        {
            notes.Add(new(at, $"{LdmsdProblem.Quote(names.Text)} matches none of the producers that are there by then{(producers.Count > 0 ? $": {string.Join(", ", producers.Keys.Take(8))}" : "")}"));
        }
    }

    private void Domain(string? name, LdmsdPlace at)
    {
        if (name is not (null or "DEFAULT"))
        {
            Need(domains, "auth domain", name, at, "add it with auth_add");
        }
    }

    private void Add(Dictionary<string, LdmsdPlace> all, string what, string name, LdmsdPlace at)
    {
        if (!all.TryAdd(name, at))
        {
            problems.Add(new(at, $"the {what} {LdmsdProblem.Quote(name)} is there already, from {all[name]}"));
        }
    }

    private void Need(Dictionary<string, LdmsdPlace> all, string what, string name, LdmsdPlace at, string remedy)
    {
        if (!all.ContainsKey(name))
        {
            problems.Add(new(at, $"there is no {what} {LdmsdProblem.Quote(name)}; {(Nearest.To(name, all.Keys) is { } meant ? $"did you mean '{meant}'?" : remedy)}"));
        }
    }
}
