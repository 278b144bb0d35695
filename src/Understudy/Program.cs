using Understudy.Cli;
using Understudy.Daemon;
using Understudy.Ups;

if (UpsDriver.IsOurName(Environment.ProcessPath))
{
    return UpsDriver.Execute(args);
}

return ShortWay.Of(args) switch
{
    ("run", { } options) => RunVerb.Execute(options),
    ("witness", { } options) => WitnessVerb.Execute(options),
    _ => CommandTree.Invoke(CommandTree.Build(RunVerb.Execute, WitnessVerb.Execute, DrillVerb.Execute), args, Console.Out, Console.Error),
};
