using System.CommandLine;
using Graft.Artifacts.Recipes;

namespace Graft.Cli.Commands;

/// <summary>The options of graft train for AdamW.</summary>
internal sealed class OptimizerOptions
{
    private readonly Option<double?> _beta1 = TrainingOptions.Real("--beta1", "AdamW: decay of the first moment. [default: 0.9]", 0, 1);
    private readonly Option<double?> _beta2 = TrainingOptions.Real("--beta2", "AdamW: decay of the second moment. [default: 0.95]", 0, 1);
    private readonly Option<double?> _epsilon = TrainingOptions.Real("--epsilon", "AdamW: added to the root of the second moment. [default: 1e-8]", 0, 1);
    private readonly Option<double?> _decay = TrainingOptions.Real("--weight-decay", "AdamW: decay of matrices. [default: 0]", 0, 1e3);
    private readonly Option<bool?> _exempt = new("--exempt-embeddings") { Description = "Leave the token embedding out of the decay. [default: false]", HelpName = "true|false" };
    private readonly Option<double?> _clip = TrainingOptions.Real("--clip", "Largest norm of the gradient; 0 for no clipping. [default: 1]", 0, 1e9);

    public IEnumerable<Option> All => [_beta1, _beta2, _epsilon, _decay, _exempt, _clip];

    public OptimizerSettings Settings(ParseResult result, OptimizerSettings preset) => new(
        result.GetValue(_beta1) ?? preset.Beta1,
        result.GetValue(_beta2) ?? preset.Beta2,
        result.GetValue(_epsilon) ?? preset.Epsilon,
        result.GetValue(_decay) ?? preset.WeightDecay,
        result.GetValue(_clip) ?? preset.ClipNorm)
    {
        ExemptEmbeddings = result.GetValue(_exempt) ?? preset.ExemptEmbeddings,
    };
}
