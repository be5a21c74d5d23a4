using Graft.Faults;
using Graft.Modeling.Configuration;
using Graft.Modeling.Weights;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Graft.Modeling.Transformers;

// Shapes: B batch, L length of the input, S length with what the cache holds, H query heads, K key and value heads, D head_dim,
// N = B * L, M hidden size.

/// <summary>
/// A decoder of the OLMo 2 or Llama family, with the numerics of Hugging Face modeling_olmo2.py and modeling_llama.py. Works with and
/// without autograd, in fp32, bf16 and fp16. Holds references to the weights and does not own them; disposing it frees only its rotary
/// tables. One thread at a time.
/// </summary>
public sealed partial class Transformer : IDisposable
{
    private readonly LayerWeights[] _layers;
    private readonly Tensor _embedding;
    private readonly Tensor _finalNorm;
    private readonly Tensor _head;
    private readonly RotaryEmbedding _rotary;

    /// <param name="config">The model's shape.</param>
    /// <param name="weights">Tensors by their Hugging Face names, all of one type and device.</param>
    /// <exception cref="FaultException">Invalid: the weights are not those of the config; the message names the tensor.</exception>
    public Transformer(ModelConfig config, IReadOnlyDictionary<string, Tensor> weights)
        : this(config, weights, ScalarType.Float32)
    {
    }

    internal Transformer(
        ModelConfig config,
        IReadOnlyDictionary<string, Tensor> weights,
        ScalarType rotaryFrequencies,
        IReadOnlyDictionary<string, LowRankUpdate>? updates = null)
    {
        WeightCheck.Run(config, weights);
        Config = config;
        _layers = [.. Enumerable.Range(0, config.Layers).Select(layer => new LayerWeights(config, weights, updates, layer))];
        _embedding = weights[ParameterShapes.Embedding];
        _finalNorm = weights[ParameterShapes.FinalNorm];
        _head = config.TieWordEmbeddings ? _embedding : weights[ParameterShapes.Head];
        _rotary = new RotaryEmbedding(config, _embedding.device, rotaryFrequencies);
    }

    public ModelConfig Config { get; }

    public ScalarType DType => _embedding.dtype;

    public Device Device => _embedding.device;

    /// <summary>The hidden states [B, L, M] after the final norm.</summary>
    /// <param name="ids">Token ids [B, L], int64, on the weights' device.</param>
    /// <param name="cache">Keys and values of the tokens before these; these are added to it. Not with autograd.</param>
    /// <param name="keep">
    /// Bool [B, S], false where a left-padded row has padding: masked out, and positions count from the row's first kept token.
    /// The hidden states of padding mean nothing.
    /// </param>
    public Tensor Forward(Tensor ids, KeyValueCache? cache = null, Tensor? keep = null)
    {
        using var scope = NewDisposeScope();
        return Run(ids, AttentionContext.Make(_rotary, DType, Config, ids.shape[0], ids.shape[1], cache, keep)).MoveToOuterDisposeScope();
    }

    /// <summary>The hidden states [B, L, M] after the final norm of rows whose positions and mask are given.</summary>
    /// <param name="ids">Token ids [B, L], int64, on the weights' device.</param>
    /// <param name="layout">Where they stand and what they see.</param>
    /// <param name="cache">Keys and values of the tokens before these; these are added to it. Not with autograd.</param>
    public Tensor Forward(Tensor ids, TokenLayout layout, KeyValueCache? cache = null)
    {
        using var scope = NewDisposeScope();
        return Run(ids, AttentionContext.Make(_rotary, DType, Config, ids.shape[0], ids.shape[1], cache, layout)).MoveToOuterDisposeScope();
    }

    private Tensor Run(Tensor ids, AttentionContext context)
    {
        var hidden_NM = Embed(ids.reshape(-1));
        for (var layer = 0; layer < _layers.Length; layer++)
        {
            hidden_NM = Layer(hidden_NM, layer, context);
        }

        context.Cache?.Advance(context.Length);
        return RmsNorm.Apply(hidden_NM, _finalNorm, Config).view(context.Batch, context.Length, Config.HiddenSize);
    }

    /// <summary>[N] to [N, M]. The padding token's embedding gets no gradient, as from nn.Embedding(padding_idx) of the reference.</summary>
    private Tensor Embed(Tensor ids_N)
    {
        var rows_NM = _embedding.index_select(0, ids_N);
        return Config.PadId is { } pad && rows_NM.requires_grad
            ? where(ids_N.ne(LastingScalar.Of(pad)).unsqueeze(1), rows_NM, rows_NM.detach())
            : rows_NM;
    }

    /// <summary>Scores [..., vocabulary] of the next token, in the weights' type, for hidden states [..., M].</summary>
    public Tensor Logits(Tensor hidden) => F.linear(hidden, _head);

    public void Dispose() => _rotary.Dispose();

    private Tensor Layer(Tensor hidden_NM, int layer, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var weights = _layers[layer];
        if (Config.Architecture == ModelArchitecture.Olmo2)
        {
            var attended = Norm(Attention.Apply(hidden_NM, layer, weights, context), weights.PostAttentionNorm).add_(hidden_NM, LastingScalar.Of(1L));
            return Norm(FeedForward(attended, weights), weights.PostFeedForwardNorm!).add_(attended, LastingScalar.Of(1L)).MoveToOuterDisposeScope();
        }
        else
        {
            var attended = Attention.Apply(Norm(hidden_NM, weights.InputNorm!), layer, weights, context).add_(hidden_NM, LastingScalar.Of(1L));
            return FeedForward(Norm(attended, weights.PostAttentionNorm), weights).add_(attended, LastingScalar.Of(1L)).MoveToOuterDisposeScope();
        }
    }

    private static Tensor FeedForward(Tensor x_NM, LayerWeights weights) =>
        weights.Down.Apply(F.silu(weights.Gate.Apply(x_NM)).mul(weights.Up.Apply(x_NM)));

    private Tensor Norm(Tensor x, Tensor weight) => RmsNorm.Apply(x, weight, Config);
}
