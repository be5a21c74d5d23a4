using Graft.Cli.Commands;
using Graft.Client;

namespace Graft.Cli.Runs;

/// <summary>Which run a user means: by its id, the first digits of it, or its name.</summary>
internal static class RunReference
{
    // Fewer digits are more likely a name.
    private const int FewestDigits = 4;

    /// <returns>The run, without its steps; of several of one name the newest.</returns>
    /// <exception cref="AdvisedException">There is none, or several begin so.</exception>
    public static async Task<V1.Run> FindAsync(CoordinatorClient coordinator, string which, Terminal terminal, CancellationToken cancellationToken) =>
        await TryFindAsync(coordinator, which, terminal, cancellationToken)
        ?? throw new AdvisedException($"There is no run '{which}'.", $"{terminal.CommandName} runs");

    /// <summary>The same; null when there is none.</summary>
    public static async Task<V1.Run?> TryFindAsync(CoordinatorClient coordinator, string which, Terminal terminal, CancellationToken cancellationToken)
    {
        var runs = await coordinator.ListAsync(cancellationToken).ToListAsync(cancellationToken);
        var meant = which.Length < FewestDigits ? [] : runs.Where(run => run.Id.StartsWith(which, StringComparison.OrdinalIgnoreCase)).ToList();
        return meant switch
        {
            [var run] => run,
            [] => runs.FirstOrDefault(run => run.Name == which),
            _ => throw new AdvisedException(
                $"{meant.Count} runs begin with '{which}': {string.Join(", ", meant.Select(run => run.Id))}.", $"{terminal.CommandName} runs"),
        };
    }
}
