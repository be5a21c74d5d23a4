using Graft.Modeling.Configuration;

namespace Graft.Trainer.Metrics;

/// <summary>
/// Floating operations a token costs in forward and backward, as utilisation is usually counted (Chowdhery et al., "PaLM", 2022,
/// appendix B): 6 for each weight of a product, and 12 * layers * heads * headDim * length for attention. What is computed again to
/// save memory does not count.
/// </summary>
internal static class ModelFlops
{
    public static double PerToken(ModelConfig config, double length)
    {
        var weights = config.Parameters
            .Where(parameter => parameter.Shape.Length == 2 && (parameter.Name != "model.embed_tokens.weight" || config.TieWordEmbeddings))
            .Sum(parameter => (double)parameter.Shape[0] * parameter.Shape[1]);
        return (6 * weights) + (12.0 * config.Layers * config.Heads * config.HeadDim * length);
    }
}
