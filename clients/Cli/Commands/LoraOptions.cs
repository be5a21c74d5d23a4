using System.CommandLine;
using Graft.Artifacts.Recipes;

namespace Graft.Cli.Commands;

/// <summary>The options of graft train for low-rank updates.</summary>
internal sealed class LoraOptions
{
    private readonly Option<int?> _rank = TrainingOptions.Count("--lora-rank", "Train updates of this rank (LoRA) instead of all weights. Checkpoints have them merged in.", 1);
    private readonly Option<double?> _alpha = TrainingOptions.Real("--lora-alpha", "Scale of the updates, over their rank. [default: twice the rank]", 0, 1e6);
    private readonly Option<string[]> _targets = new("--lora-targets")
    {
        Description = "Matrices of layers that get updates, with * for any characters. [default: *_proj.weight, all of them]",
        HelpName = "PATTERN",
        AllowMultipleArgumentsPerToken = true,
    };

    public IEnumerable<Option> All => [_rank, _alpha, _targets];

    /// <returns>Null without a rank.</returns>
    public LoraSettings? Settings(ParseResult result, ulong seed) => result.GetValue(_rank) is { } rank
        ? new LoraSettings(rank, result.GetValue(_alpha) ?? 2.0 * rank, result.GetValue(_targets) is { Length: > 0 } targets ? targets : ["*_proj.weight"], seed)
        : null;
}
