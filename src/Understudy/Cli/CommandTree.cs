using System.CommandLine;
using System.CommandLine.Invocation;
using Understudy.Api;
using Understudy.Collection;
using Understudy.Core.Collection;
using Understudy.Core.Ldms;
using Understudy.Guards;
using Understudy.Ups;

namespace Understudy.Cli;

/// <summary>Every verb with its arguments (docs/reference/cli.md). What `run`, `witness` and `drill` do is handed in.</summary>
public static class CommandTree
{
    public static RootCommand Build(Func<RunOptions, int> run, Func<RunOptions, int> witness, Func<DrillOptions, int> drill) =>
        new Tree().Build(run, witness, drill);

    /// <summary>Runs the verb that the arguments name. A wrong command line ends with 2.</summary>
    public static int Invoke(RootCommand root, IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var parsed = root.Parse(arguments);
        if (parsed.Action is ParseErrorAction || (parsed.Errors.Count > 0 && parsed.Action is { ClearsParseErrors: false }))
        {
            foreach (var problem in parsed.Errors)
            {
                error.WriteLine($"understudy: {problem.Message}");
            }

            error.WriteLine("'understudy --help' lists the verbs, 'understudy VERB --help' what each takes.");
            return ExitCodes.Usage;
        }

        return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    /// <summary>A verb of a group, by its whole name, which is also the heading of its section in docs/reference/cli.md.</summary>
    private sealed class SubCommand(string name, string description) : Command(name[(name.IndexOf(' ', StringComparison.Ordinal) + 1)..], description);

    /// <summary>The options that several verbs share, so that each is told once.</summary>
    private sealed class Tree
    {
        private static readonly string[] s_passedOver = ["-m", "-P", "-r", "-B", "-l", "-C"];

        private readonly Option<bool> json = new("--json") { Description = "Answer in JSON", Recursive = true };
        private readonly Option<string?> socket = new("--socket") { Description = "The daemon's socket (default: /run/understudy/NODE.sock)", HelpName = "PATH" };
        private readonly Option<string?> config = new("--config") { Description = "The daemon's settings file, to find its socket", HelpName = "FILE" };
        private readonly Option<string?> node = new("--node") { Description = "Which of the nodes this host is (default: the file's word, then the host name)", HelpName = "NAME" };
        private readonly Option<bool> seedWords = new("--seed-words") { Description = "Say UP, RECOVER and FAIL" };
        private readonly Option<string?> reason = new("--reason") { Description = "Why, for the ledger", HelpName = "TEXT" };
        private readonly Argument<string> duty = new("DUTY") { Description = "The duty's name" };
        private readonly Argument<string> subject = new("DUTY|UPS") { Description = "A duty's name, or a proxy's" };
        private readonly Argument<string> file = new("FILE") { Description = "The settings file", DefaultValueFactory = _ => RunOptions.DefaultFile };

        internal RootCommand Build(Func<RunOptions, int> run, Func<RunOptions, int> witness, Func<DrillOptions, int> drill) =>
            new("Understudy keeps a duty, an address and the command that serves it, on exactly one host.")
            {
                json,
                Run(run),
                Witness(witness),
                With(new Command("check", "Print every mistake in a settings file"), [file, node], r => FileVerbs.Check(TerminalOf(r), r.GetValue(file)!, r.GetValue(node))),
                Keygen(),
                Ask(new Command("status", "Show every duty, link, guard and proxy; 0 when all duties are served, else 4"), [seedWords], (v, r) => v.Status(r.GetValue(seedWords))),
                Ask(new Command("explain", "Tell who holds a duty, on what evidence, and what would make it move; or what a proxy shows, and why"), [subject], (v, r) => v.Explain(r.GetValue(subject)!)),
                Watch(),
                Events(),
                Ask(new Command("hold", "Keep this host out of a duty"), [duty, reason], (v, r) => v.Order(r.GetValue(duty)!, "hold", new OrderBody(r.GetValue(reason)))),
                Ask(new Command("release", "End a hold, or clear a fault"), [duty, reason], (v, r) => v.Order(r.GetValue(duty)!, "release", new OrderBody(r.GetValue(reason)))),
                Handover(),
                Seize(),
                Ask(new Command("reload", "Make the daemon read its settings again"), [], (v, _) => v.Reload()),
                Replay(),
                With(new Command("drill", "Go through a take-over without effects, and print how long it takes"), [file, node], r => drill(new DrillOptions(r.GetValue(file)!, r.GetValue(node), r.GetValue(json)))),
                Guard(),
                Wake(),
                Ups(),
                Ldms(),
                Careful(),
                Ldmsd(),
                With(new Command("version", "Print the versions of the program and of the peer protocol"), [], r => FileVerbs.Version(TerminalOf(r))),
            };

        private Command Run(Func<RunOptions, int> run)
        {
            var alone = new Option<bool>("--no-guardian") { Description = "Run without the guardian: when the daemon dies, only the kernel ends its addresses" };
            return With(new Command("run", "The daemon, with its guardian as the parent"), [file, node, alone], r => run(new RunOptions(r.GetValue(file)!, r.GetValue(node), !r.GetValue(alone), r.GetValue(json))));
        }

        private Command Witness(Func<RunOptions, int> witness) =>
            With(new Command("witness", "The arbiter, for a third machine"), [file, node], r => witness(new RunOptions(r.GetValue(file)!, r.GetValue(node), Guardian: false, r.GetValue(json))));

        private Command Keygen()
        {
            var path = new Argument<string>("PATH") { Description = "Where to write it", DefaultValueFactory = _ => "/etc/understudy/secret" };
            return With(new Command("keygen", "Make a secret, readable by its owner alone"), [path], r => FileVerbs.Keygen(TerminalOf(r), r.GetValue(path)!));
        }

        private Command Watch()
        {
            var times = new Option<int>("--times") { Description = "End after so many looks, four a second (default: never)", HelpName = "N" };
            return Ask(new Command("watch", "The status, kept up to date"), [seedWords, times], (v, r) => v.Watch(r.GetValue(seedWords), r.GetValue(times)));
        }

        private Command Events()
        {
            var which = new Argument<string?>("DUTY") { Description = "Only this duty's", Arity = ArgumentArity.ZeroOrOne };
            var last = new Option<int>("--last") { Description = "How many of the past, up to 1000", HelpName = "N", DefaultValueFactory = _ => 20 };
            var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what happens from now on" };
            return Ask(new Command("events", "Print what happened, one line each"), [which, last, follow], (v, r) => v.Events(r.GetValue(which), r.GetValue(last), r.GetValue(follow)));
        }

        private Command Handover()
        {
            var to = new Option<string?>("--to") { Description = "To this node (default: the best that is fit)", HelpName = "NODE" };
            return Ask(new Command("handover", "Move a duty now; ask its holder"), [duty, to, reason], (v, r) => v.Order(r.GetValue(duty)!, "handover", new OrderBody(r.GetValue(reason), r.GetValue(to))));
        }

        private Command Seize()
        {
            var off = new Option<bool>("--peer-is-off") { Description = "You vouch that every other candidate is off: power, not ping" };
            var seize = new Command("seize", "Take a duty without the arbiter");
            seize.Validators.Add(r =>
            {
                if (!r.GetValue(off))
                {
                    r.AddError("seize takes a duty that no arbiter grants: say --peer-is-off when you have made sure that every other candidate is off.");
                }
            });
            return Ask(seize, [duty, off, reason], (v, r) => v.Order(r.GetValue(duty)!, "seize", new OrderBody(r.GetValue(reason), null, r.GetValue(off))));
        }

        private Command Replay()
        {
            var ledger = new Argument<string>("LEDGER") { Description = "A ledger file" };
            return With(new Command("replay", "Make every recorded decision again, and compare"), [ledger], r => FileVerbs.Replay(TerminalOf(r), r.GetValue(ledger)!));
        }

        private Command Guard()
        {
            var one = new Argument<string>("GUARD") { Description = "The guard's name" };
            var any = new Argument<string?>("GUARD") { Description = "Only this guard", Arity = ArgumentArity.ZeroOrOne };
            var why = new Option<string?>("--why") { Description = "Why: told to everybody on the host, and kept in the ledger", HelpName = "TEXT" };
            var needed = new Option<string>("--why") { Description = "Why: told to everybody on the host, and kept in the ledger", HelpName = "TEXT", Required = true };
            var countdown = new Option<string?>("--countdown") { Description = "How long before the first step, for instance 2m (default: the guard's countdown)", HelpName = "SPAN" };
            var evidence = new Argument<string>("EVIDENCE") { Description = "A file of evidence, as the daemon writes it" };
            var settings = new Argument<string>("FILE") { Description = "The settings file" };
            var careful = new Option<bool>("--careful") { Description = "Tell beside it what the program of seed 002 would have done" };
            return new Command("guard", "Power guards: what they believe of the mains, and what they would do")
            {
                AskGuards(new SubCommand("guard status", "Show witnesses, grace, heat and plan; 0 while the mains are there, else 4"), [any], (v, r) => v.Status(r.GetValue(any))),
                AskGuards(new SubCommand("guard explain", "Tell in sentences what a guard believes, why, and what would happen when"), [any], (v, r) => v.Explain(r.GetValue(any))),
                AskGuards(new SubCommand("guard arm", "Arm a guard's plan whatever the mains are: the host goes down after the countdown"), [one, needed, countdown],
                    (v, r) => v.Order(r.GetValue(one)!, "arm", new GuardBody(r.GetValue(needed), r.GetValue(countdown)))),
                AskGuards(new SubCommand("guard abort", "Call a guard's plan off, for as long as this outage lasts"), [one, needed], (v, r) => v.Order(r.GetValue(one)!, "abort", new GuardBody(r.GetValue(needed)))),
                AskGuards(new SubCommand("guard drill", "Walk through a guard's plan and only say what it would do"), [one, why, countdown],
                    (v, r) => v.Order(r.GetValue(one)!, "drill", new GuardBody(r.GetValue(why), r.GetValue(countdown)))),
                With(new SubCommand("guard replay", "Judge recorded evidence again by the settings of a file; nothing is done"), [settings, evidence, node, careful],
                    r => GuardReplayVerb.Execute(TerminalOf(r), r.GetValue(settings)!, r.GetValue(evidence)!, r.GetValue(node), r.GetValue(careful))),
            };
        }

        private Command Wake()
        {
            var one = new Argument<string>("GUARD") { Description = "The guard's name" };
            var no = new Option<bool>("--no") { Description = "Wake nobody any more" };
            return AskGuards(new Command("wake", "Wake the hosts of a guard's 'return' as soon as the mains are stable and the UPS is charged"), [one, no],
                (v, r) => v.Order(r.GetValue(one)!, "wake", new GuardBody(Wanted: !r.GetValue(no))));
        }

        private Command AskGuards(Command command, Symbol[] takes, Func<GuardVerbs, ParseResult, int> act) =>
            Ask(command, takes, (v, r) => act(new GuardVerbs(TerminalOf(r), v), r));

        private Command Ups()
        {
            var conf = new Option<string?>("--conf") { Description = "The folder of ups.conf (default: NUT_CONFPATH, then /etc/nut)", HelpName = "DIR" };
            var state = new Option<string?>("--state") { Description = "The folder of the drivers' sockets (default: NUT_STATEPATH, then statepath of ups.conf, then /run/nut)", HelpName = "DIR" };
            var drivers = new Option<string?>("--driverpath") { Description = "The folder of NUT's drivers (default: driverpath of ups.conf, then /lib/nut, then /usr/lib/nut)", HelpName = "DIR" };
            var root = new Option<string>("--root") { Description = "What all defaults are below, for an image that is not running", HelpName = "DIR", DefaultValueFactory = _ => "/" };
            var dry = new Option<bool>("--dry-run") { Description = "Only say what would be done" };
            var name = new Argument<string>("NAME") { Description = "The proxy's section of ups.conf" };
            var last = new Option<int>("--last") { Description = "How many decisions, up to 1000", HelpName = "N", DefaultValueFactory = _ => UpsExplain.UsualSteps };
            return new Command("ups", "One UPS from several NUT drivers")
            {
                With(new SubCommand("ups check", "Print everything in ups.conf that a shutdown should not have to find out"), [conf, state], r => Verbs(r).Check(r.GetValue(conf), r.GetValue(state))),
                With(new SubCommand("ups install", "Put our driver into NUT's folder and in the order of units, and print its section for ups.conf"), [drivers, conf, root, dry],
                    r => Verbs(r).Install(r.GetValue(drivers), r.GetValue(conf), r.GetValue(root)!, r.GetValue(dry))),
                With(new SubCommand("ups explain", "Tell what a proxy shows, and every decision on the way there"), [name, conf, state, last],
                    r => UpsExplain.Execute(TerminalOf(r), Environment.GetEnvironmentVariable, r.GetValue(conf), r.GetValue(state), r.GetValue(name)!, r.GetValue(last))),
                With(new SubCommand("ups metrics", "Print what the proxies of this host say of themselves, as Prometheus' text"), [conf, state],
                    r => UpsMetricsVerb.Execute(TerminalOf(r), new HostProxiesSource(Environment.GetEnvironmentVariable, r.GetValue(conf), r.GetValue(state)))),
                With(new SubCommand("ups remove", "Take away what install made"), [drivers, conf, root, dry], r => Verbs(r).Remove(r.GetValue(drivers), r.GetValue(conf), r.GetValue(root)!, r.GetValue(dry))),
            };

            UpsVerbs Verbs(ParseResult r) => new(TerminalOf(r), UpsCaller.This);
        }

        private Command Ldms() => new Command("ldms", "LDMS daemons: what they have, what they are told, and a supervisor beside two of them")
        {
            LdmsLs(),
            LdmsControl(),
            LdmsGuard(),
        };

        private Command LdmsLs()
        {
            var names = new Argument<string[]>("NAME") { Description = "Only these sets", Arity = ArgumentArity.ZeroOrMore };
            var values = new Option<bool>("-l") { Description = "With every metric and its value" };
            var table = new Option<bool>("-v") { Description = "A table of the sets: sizes, owner, last update" };
            var user = new Option<bool>("-u") { Description = "With -l, the metrics' user data too" };
            var regex = new Option<bool>("-E") { Description = "The names are regular expressions" };
            var schema = new Option<bool>("-S") { Description = "The names are schemas" };
            var format = new Option<string>("-f") { Description = "json, or tab", HelpName = "FORMAT", DefaultValueFactory = _ => "" };
            format.AcceptOnlyFromAmong("", "json", "tab");
            var peer = new LdmsOptions();
            return With(new SubCommand("ldms ls", "List the sets of an LDMS daemon, as ldms_ls does"), [names, .. peer.All, values, table, user, regex, schema, format],
                r => peer.Call(TerminalOf(r), r, (to, limit) => LdmsLsVerb.Execute(TerminalOf(r), to,
                    new(r.GetValue(names) ?? [], r.GetValue(values), r.GetValue(table), r.GetValue(user), r.GetValue(regex), r.GetValue(schema), r.GetValue(json) ? "json" : r.GetValue(format)!, limit))));
        }

        private Command LdmsControl()
        {
            var command = new Option<string?>("--cmd") { Description = "One command (default: those on standard input, one a line)", HelpName = "COMMAND" };
            var source = new Option<string?>("--source") { Description = "The commands of a file", HelpName = "FILE" };
            var format = new Option<string>("-f") { Description = "json: answers as they came", HelpName = "FORMAT", DefaultValueFactory = _ => "" };
            format.AcceptOnlyFromAmong("", "json");
            var version = new Option<string>("--ldms-version") { Description = "The daemon's version: 4.3, 4.4 or 4.5", HelpName = "VERSION", DefaultValueFactory = _ => LdmsVersion.Default.Name };
            var peer = new LdmsOptions();
            return With(new SubCommand("ldms control", "Give an LDMS daemon commands over its configuration channel, as ldmsd_controller does"), [.. peer.All, command, source, format, version],
                r => peer.Call(TerminalOf(r), r, (to, limit) => LdmsVersion.Find(r.GetValue(version)!) is not { } spoken
                    ? TerminalOf(r).Fail(ExitCodes.Usage, $"there is no table for LDMS {r.GetValue(version)}", $"one of {string.Join(", ", LdmsVersion.All.Select(v => v.Name))}")
                    : LdmsControlVerb.Lines(r.GetValue(command), r.GetValue(source), Console.In, out var place, out var problem) is not { } lines
                        ? TerminalOf(r).Fail(ExitCodes.Bad, problem, "")
                        : LdmsControlVerb.Execute(TerminalOf(r), to, lines, place, spoken, r.GetValue(json) || r.GetValue(format) == "json", limit)));
        }

        private Command LdmsGuard()
        {
            var own = new Argument<string>("OWN") { Description = "One aggregator: HOST:PORT, or HOST:PORT:ovis" };
            var other = new Argument<string>("OTHER") { Description = "The other one" };
            var above = new Option<string[]>("--level2") { Description = "A daemon that aggregates both, HOST:PORT[:ovis]; may be given several times", HelpName = "DAEMON" };
            var words = new Option<string[]>("-A") { Description = "For ovis: conf=FILE with the line secretword=WORD", HelpName = "NAME=VALUE" };
            var prefix = new Option<string>("--prefix") { Description = "What the names of copies begin with; what begins so is taken for ours", HelpName = "TEXT", DefaultValueFactory = _ => new SupervisorRules().Prefix };
            var version = new Option<string>("--ldms-version") { Description = "The daemons' version: 4.3, 4.4 or 4.5", HelpName = "VERSION", DefaultValueFactory = _ => LdmsVersion.Default.Name };
            var ping = new Option<int>("--ping") { Description = "Milliseconds from ping to ping; three misses count", HelpName = "MS", DefaultValueFactory = _ => 100 };
            var look = new Option<int>("--look") { Description = "Milliseconds from one look at the samples' times to the next", HelpName = "MS", DefaultValueFactory = _ => 500 };
            var ledger = new Option<string?>("--ledger") { Description = "A ledger of every move", HelpName = "FILE" };
            var status = new Option<string?>("--status") { Description = "Keep the state here, as JSON", HelpName = "FILE" };
            var holder = new Option<string?>("--duty") { Description = "Act only while the daemon of this host holds this duty", HelpName = "DUTY" };
            var dry = new Option<bool>("--dry-run") { Description = "Only say what would be sent" };
            var remove = new Option<bool>("--remove") { Description = "Remove the copies at the end" };
            return With(new SubCommand("ldms guard", "Stand by two LDMS aggregators: when one is gone or stalls, the other collects in its place"),
                [own, other, above, words, prefix, version, ping, look, ledger, status, holder, socket, config, node, dry, remove], r =>
                {
                    var terminal = TerminalOf(r);
                    if (LdmsVersion.Find(r.GetValue(version)!) is not { } spoken)
                    {
                        return terminal.Fail(ExitCodes.Usage, $"there is no table for LDMS {r.GetValue(version)}", $"one of {string.Join(", ", LdmsVersion.All.Select(v => v.Name))}");
                    }

                    if (r.GetValue(prefix) is not { Length: > 0 and <= 32 } text || text.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')))
                    {
                        return terminal.Fail(ExitCodes.Usage, $"'{r.GetValue(prefix)}' is no prefix", "give 1 to 32 letters, digits, '_' and '-'");
                    }

                    if (r.GetValue(ping) is < 20 or > 10_000 || r.GetValue(look) is < 50 or > 60_000)
                    {
                        return terminal.Fail(ExitCodes.Usage, "--ping and --look are out of range", "--ping takes 20 to 10000 ms, --look 50 to 60000 ms");
                    }

                    string? problem = null;
                    var at = r.GetValue(holder) is null ? null : DaemonClient.SocketOf(r.GetValue(socket), r.GetValue(config), r.GetValue(node), out problem);
                    var rules = new SupervisorRules { Prefix = text, DryRun = r.GetValue(dry), PingEvery = TimeSpan.FromMilliseconds(r.GetValue(ping)), LookEvery = TimeSpan.FromMilliseconds(r.GetValue(look)) };
                    return problem is not null
                        ? terminal.Fail(ExitCodes.Bad, problem, "")
                        : LdmsGuardVerb.Execute(terminal, new(
                            [r.GetValue(own)!, r.GetValue(other)!, .. r.GetValue(above) ?? []], r.GetValue(words) ?? [], rules, spoken, r.GetValue(ledger), r.GetValue(status), r.GetValue(holder), at, r.GetValue(remove)));
                });
        }

        private Command Careful()
        {
            var witness = new Argument<string>("IP") { Description = "Something that is fed like the cooling" };
            var normal = new Argument<string>("NORMAL") { Description = "From one ping to the next: minutes, or a span like 90s" };
            var wait = new Argument<string>("WAIT") { Description = "How long a loss is borne before the ping that decides: minutes, or a span" };
            var dry = new Option<bool>("--dry-run") { Description = "Only say what would be done" };
            return With(new Command("careful", "Power this host off when one thing that is fed like the cooling was lost, and still is after a while"), [witness, normal, wait, dry],
                r => CarefulVerb.Execute(TerminalOf(r), r.GetValue(witness)!, r.GetValue(normal)!, r.GetValue(wait)!, r.GetValue(dry)));
        }

        private Command Ldmsd()
        {
            var files = new Option<string[]>("-c") { Description = "A configuration file of ldmsd; may be given more than once", HelpName = "FILE" };
            var listen = new Option<string[]>("-x") { Description = "Listen: sock:PORT or sock:PORT:HOST; may be given more than once", HelpName = "XPRT:PORT" };
            var name = new Option<string?>("-n") { Description = "This daemon's name, which a failover peer knows it by", HelpName = "NAME" };
            var auth = new Option<string?>("-a") { Description = "How both ends prove who they are: none or ovis", HelpName = "PLUGIN" };
            var authWords = new Option<string[]>("-A") { Description = "Of the plugin: conf=FILE", HelpName = "ATTR=VALUE" };
            var level = new Option<string?>("-v") { Description = "QUIET, DEBUG, INFO, WARN, ERROR or CRITICAL", HelpName = "LEVEL" };
            var state = new Option<string?>("--state") { Description = "Keep there what a failover peer collects, so that a restart while it is dead can cover it (default: $STATE_DIRECTORY of systemd, else nowhere)", HelpName = "FOLDER" };
            var passed = s_passedOver.Select(o => new Option<string?>(o) { Description = "As ldmsd has it; without effect here", HelpName = "VALUE" }).ToArray();
            var front = new Option<bool>("-F") { Description = "As ldmsd has it: it always stays in the foreground" };
            return With(new Command("ldmsd", "Aggregate LDMS sets as ldmsd does, with its configuration and its failover"), [files, listen, name, auth, authWords, level, state, front, .. passed], r =>
            {
                var options = new List<(string Option, string[] Words)>();
                options.AddRange((r.GetValue(listen) ?? []).Select(x => ("-x", new[] { x })));
                options.AddRange(new[] { ("-n", r.GetValue(name)), ("-v", r.GetValue(level)) }.Where(o => o.Item2 is not null).Select(o => (o.Item1, new[] { o.Item2! })));
                if (r.GetValue(auth) is { } plugin)
                {
                    options.Add(("-a", [plugin, .. (r.GetValue(authWords) ?? []).SelectMany(w => new[] { "-A", w })]));
                }

                return Collection.LdmsdVerb.Execute(TerminalOf(r), r.GetValue(files) ?? [], options, r.GetValue(state));
            });
        }

        private Command Ask(Command command, Symbol[] takes, Func<DaemonVerbs, ParseResult, int> act) =>
            With(command, [.. takes, socket, config, node], r => act(new DaemonVerbs(TerminalOf(r), r.GetValue(socket), r.GetValue(config), r.GetValue(node)), r));

        private static Command With(Command command, Symbol[] takes, Func<ParseResult, int> act)
        {
            foreach (var symbol in takes)
            {
                if (symbol is Argument argument)
                {
                    command.Add(argument);
                }
                else
                {
                    command.Add((Option)symbol);
                }
            }

            command.SetAction(act);
            return command;
        }

        private Terminal TerminalOf(ParseResult r) => new(r.InvocationConfiguration.Output, r.InvocationConfiguration.Error, r.GetValue(json));
    }
}
