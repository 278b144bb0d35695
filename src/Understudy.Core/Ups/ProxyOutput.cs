namespace Understudy.Core.Ups;

/// <summary>What a proxy wants done.</summary>
public enum ProxyDeed
{
    /// <summary>Send bytes to source <see cref="ProxyOutput.To"/>.</summary>
    ToSource = 0,

    /// <summary>Send bytes to client <see cref="ProxyOutput.To"/>, in one write.</summary>
    ToClient,

    /// <summary>Say goodbye to a client: its bytes are sent, then it is closed.</summary>
    CloseClient,

    /// <summary>Close the connection to a source; it is connected anew when its socket answers.</summary>
    CloseSource,

    /// <summary>Leave, as SIGTERM would have it.</summary>
    Exit,

    /// <summary>Read the settings again; the result is told with <see cref="UpsProxy.Done"/>.</summary>
    Reload,

    /// <summary>Read the settings again, and leave where the running process cannot take them.</summary>
    ReloadOrExit,

    /// <summary>Have the device cut its power, over one source at a time (<see cref="ShutdownPlan"/>); the result is told with <see cref="UpsProxy.Done"/>.</summary>
    Shutdown,

    /// <summary>Write down the operator's words and the primary: they outlive this process.</summary>
    Remember,
}

/// <summary>One thing to do, in order.</summary>
/// <param name="Ticket">Under which the result is told; null where nobody waits for one.</param>
public readonly record struct ProxyOutput(ProxyDeed Deed, int To, ReadOnlyMemory<byte> Bytes, string? Ticket = null);

/// <summary>One decision with its sentence, for the ledger and for people.</summary>
/// <param name="What">primary, no_primary, owner, override, command or contradiction.</param>
public sealed record ProxyDecision(Instant At, string What, string Why);

/// <summary>What a proxy is called, for the variables that every driver shows.</summary>
/// <param name="Program">The driver's name: the base name of the executable.</param>
/// <param name="Parameters">Its section, for driver.parameter.NAME and driver.flag.NAME.</param>
public sealed record ProxyIdentity(string Program, string Version, int ProcessId, ValueList<UpsConfEntry> Parameters);
