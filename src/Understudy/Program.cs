using Understudy.Cli;

return CommandTree.Invoke(CommandTree.Build(run: _ => 1, witness: _ => 1, drill: _ => 1), args, Console.Out, Console.Error);
