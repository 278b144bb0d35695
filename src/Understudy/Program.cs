using Understudy.Cli;
using Understudy.Daemon;

return CommandTree.Invoke(CommandTree.Build(RunVerb.Execute, WitnessVerb.Execute, DrillVerb.Execute), args, Console.Out, Console.Error);
