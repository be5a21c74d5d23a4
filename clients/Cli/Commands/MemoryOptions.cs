using System.CommandLine;
using Graft.Artifacts.Recipes;

namespace Graft.Cli.Commands;

/// <summary>The options of graft train for what is kept in memory, and how.</summary>
internal sealed class MemoryOptions
{
    // Tokens of logits at one time: 0.2 GB in fp32 at a vocabulary of 100,000.
    private const int SmallChunk = 512;

    private readonly Option<bool> _small = new("--small-memory")
    {
        Description = $"Short for --master split --moments 8bit --recompute true --loss-chunk {SmallChunk}: 8 bytes a parameter, for 7B on one GPU of 80 GB. Computes in bf16.",
    };

    private readonly Option<string?> _master = TrainingOptions.Choice("--master", "Weights of the optimizer: in fp32 beside bf16 ones, or as these and the 16 bits that are missing. [default: fp32]", "fp32", "split");
    private readonly Option<string?> _moments = TrainingOptions.Choice("--moments", "Moments of AdamW: in fp32, or in a byte each. [default: fp32]", "fp32", "8bit");
    private readonly Option<bool?> _recompute = new("--recompute") { Description = "Compute layers again in the backward pass instead of keeping what they computed. [default: false]", HelpName = "true|false" };
    private readonly Option<int?> _chunk = TrainingOptions.Count("--loss-chunk", "Tokens whose logits exist at one time; 0 for all. [default: 0]", 0);

    public IEnumerable<Option> All => [_small, _master, _moments, _recompute, _chunk];

    public MemorySettings Settings(ParseResult result)
    {
        var preset = result.GetValue(_small) ? new MemorySettings(MasterFormat.Split, MomentFormat.Block8, true, SmallChunk) : MemorySettings.Default;
        return new MemorySettings(
            result.GetValue(_master) is { } master ? (master == "split" ? MasterFormat.Split : MasterFormat.Full) : preset.Master,
            result.GetValue(_moments) is { } moments ? (moments == "8bit" ? MomentFormat.Block8 : MomentFormat.Full) : preset.Moments,
            result.GetValue(_recompute) ?? preset.RecomputeActivations,
            result.GetValue(_chunk) ?? preset.LossChunk);
    }
}
