using Graft.Modeling.Weights;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Graft.Modeling.Transformers;

/// <summary>A low-rank update of a matrix W [out, in] (LoRA, Hu et al., 2021): it acts as W + scale * B A without ever being formed.</summary>
/// <param name="A">[rank, in], of the weights' type.</param>
/// <param name="B">[out, rank], likewise.</param>
/// <param name="Scale">alpha / rank.</param>
public sealed record LowRankUpdate(Tensor A, Tensor B, double Scale);

/// <summary>A matrix of a layer, with a low-rank update where one is trained.</summary>
internal sealed record Projection(Tensor Weight, LowRankUpdate? Update)
{
    /// <summary>[..., in] to [..., out].</summary>
    public Tensor Apply(Tensor x) => Update is null
        ? F.linear(x, Weight)
        : F.linear(x, Weight).add_(F.linear(F.linear(x, Update.A), Update.B), LastingScalar.Of(Update.Scale));
}
