namespace Understudy.Lab.Worlds.Products;

/// <summary>A program that keeps the service address on one of two hosts, as the lab needs to handle it.</summary>
public interface IVipProduct : IDisposable
{
    /// <summary>As in the tables: <c>keepalived-0.1s</c>.</summary>
    string Name { get; }

    /// <summary>How it is configured, in a line or two, for whoever reads the numbers.</summary>
    string ConfigSummary { get; }

    /// <summary>It asks a third host, which can die too.</summary>
    bool HasWitness { get; }

    /// <summary>It looks at the health page of its own host.</summary>
    bool LooksAtHealth { get; }

    /// <summary>A parent process restarts the process that does the work when that dies.</summary>
    bool RestartsItsDaemon { get; }

    /// <summary>How long a fault is held at least, so that this product has had its time to act on it.</summary>
    TimeSpan TimeToAct { get; }

    /// <summary>Starts all of the product's processes on a host; does nothing where they run.</summary>
    void Start(Host host);

    /// <summary>Pids of all of the product's processes on a host, parents first.</summary>
    IReadOnlyList<int> Pids(Host host);

    /// <summary>Pids of the processes that do the work, without those that only watch over them.</summary>
    IReadOnlyList<int> DaemonPids(Host host);

    /// <summary>Moves the duty from alpha to beta in the way that the product offers for planned work.</summary>
    void HandOver();

    /// <summary>Ends planned work: alpha may serve again, and shall.</summary>
    void HandBack();
}
