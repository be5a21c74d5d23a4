using Graft.Cli;
using Graft.Cli.Commands;

return await GraftCommand.RunAsync(args, Terminal.OfProcess());
