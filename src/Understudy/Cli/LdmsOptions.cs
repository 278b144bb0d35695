using System.CommandLine;

namespace Understudy.Cli;

/// <summary>The options with which LDMS's own tools name a daemon (ldms_ls(8), ldmsd_controller(8)): -x, -h, -p, -a, -A and -w. One set of them for each verb.</summary>
internal sealed class LdmsOptions
{
    private readonly Option<string> transport = new("--xprt", "-x") { Description = "The transport: sock", HelpName = "XPRT", DefaultValueFactory = _ => "sock" };
    private readonly Option<string> host = new("--host", "-h") { Description = "The daemon's host", HelpName = "HOST", DefaultValueFactory = _ => "localhost" };
    private readonly Option<string> port = new("--port", "-p") { Description = "Its port", HelpName = "PORT", DefaultValueFactory = _ => LdmsPeer.DefaultPort };
    private readonly Option<string> auth = new("--auth", "-a") { Description = "How it knows us: none or ovis", HelpName = "AUTH", DefaultValueFactory = _ => "none" };
    private readonly Option<string[]> words = new("--auth_arg", "-A") { Description = "For ovis: conf=FILE with the line secretword=WORD", HelpName = "NAME=VALUE" };
    private readonly Option<int> wait = new("-w") { Description = "Seconds that an answer may take", HelpName = "SECONDS", DefaultValueFactory = _ => 10 };

    internal Symbol[] All => [transport, host, port, auth, words, wait];

    /// <summary>Does it with the daemon that the command line names.</summary>
    internal int Call(Terminal terminal, ParseResult parsed, Func<LdmsPeer, TimeSpan, int> act)
    {
        var named = new LdmsPeerWords(parsed.GetValue(transport)!, parsed.GetValue(host)!, parsed.GetValue(port)!, parsed.GetValue(auth)!, parsed.GetValue(words) ?? []);
        return LdmsPeer.Of(named, Environment.GetEnvironmentVariable, out var problem) is { } peer
            ? act(peer, TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(wait), 1, 3600)))
            : terminal.Fail(ExitCodes.Bad, problem, "");
    }
}
