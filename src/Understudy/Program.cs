using Understudy.Cli;
using Understudy.Daemon;

return ShortWay.Of(args) switch
{
    ("run", { } options) => RunVerb.Execute(options),
    ("witness", { } options) => WitnessVerb.Execute(options),
    _ => CommandTree.Invoke(CommandTree.Build(RunVerb.Execute, WitnessVerb.Execute, DrillVerb.Execute), args, Console.Out, Console.Error),
};
