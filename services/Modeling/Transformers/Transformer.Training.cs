using Graft.Modeling.Configuration;
using Graft.Modeling.Weights;
using static TorchSharp.torch;

namespace Graft.Modeling.Transformers;

/// <summary>The forward pass in pieces, for training: it keeps some of them and computes others again.</summary>
public sealed partial class Transformer
{
    /// <summary>A model whose matrices have low-rank updates.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">Tensors by their Hugging Face names, all of one type and device.</param>
    /// <param name="updates">Updates by the names of the layers' matrices they belong to.</param>
    /// <exception cref="Graft.Faults.FaultException">Invalid: the weights are not those of the config; the message names the tensor.</exception>
    public Transformer(ModelConfig config, IReadOnlyDictionary<string, Tensor> weights, IReadOnlyDictionary<string, LowRankUpdate> updates)
        : this(config, weights, ScalarType.Float32, updates)
    {
    }

    /// <summary>[vocabulary, M]: the embedding itself where the two are tied.</summary>
    public Tensor Head => _head;

    /// <summary>A forward pass in pieces, in the caller's dispose scope.</summary>
    /// <param name="batch">B.</param>
    /// <param name="length">L.</param>
    /// <param name="begins">
    /// int64 [B, L]: where in its row the document of each token begins. A token looks at its own document only, and positions count
    /// from its beginning. Null when each row is one document.
    /// </param>
    public ForwardPass BeginPass(long batch, long length, Tensor? begins) => new(this, ContextOf(batch, length, begins));

    private AttentionContext ContextOf(long batch, long length, Tensor? begins)
    {
        if (begins is null)
        {
            return AttentionContext.Make(_rotary, DType, Config, batch, length, cache: null, keep_BS: null);
        }

        using var noGrad = no_grad();
        var places_L = arange(LastingScalar.Of(0), LastingScalar.Of(length), LastingScalar.Of(1), dtype: ScalarType.Int64, device: Device);
        var (cos, sin) = _rotary.At(places_L.sub(begins), length);
        if (Config.Architecture == ModelArchitecture.Llama && DType != ScalarType.Float32)
        {
            (cos, sin) = (cos.to_type(DType), sin.to_type(DType));
        }

        var causal_LL = places_L.unsqueeze(0).le(places_L.unsqueeze(1));
        var isHidden = causal_LL.logical_and(places_L.ge(begins.unsqueeze(2))).logical_not_().unsqueeze(1);
        var mask = zeros(isHidden.shape, dtype: DType, device: Device).masked_fill_(isHidden, LastingScalar.Of(double.NegativeInfinity));
        return new AttentionContext(Config, batch, length, _rotary, cos, sin, mask, Causal: false, Cache: null);
    }

    /// <summary>The pieces of one forward pass. N = B * L.</summary>
    public sealed class ForwardPass
    {
        private readonly Transformer _model;
        private readonly AttentionContext _context;

        internal ForwardPass(Transformer model, AttentionContext context) => (_model, _context) = (model, context);

        /// <summary>Ids [N], int64, to the first layer's input [N, M].</summary>
        public Tensor Embed(Tensor ids) => _model.Embed(ids);

        /// <summary>One layer, [N, M] to [N, M].</summary>
        public Tensor Layer(Tensor hidden, int layer) => _model.Layer(hidden, layer, _context);

        /// <summary>The final norm of the last layer's output [N, M].</summary>
        public Tensor Finish(Tensor hidden) => RmsNorm.Apply(hidden, _model._finalNorm, _model.Config);
    }
}
