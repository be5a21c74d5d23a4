using static TorchSharp.torch;

namespace Graft.Modeling.Transformers;

/// <summary>
/// Where the tokens of a batch stand and what each may look at, when a row is not simply one text: several continuations of one text,
/// say, of which none sees another.
/// </summary>
/// <param name="Positions">Position of each token [B, L], int64.</param>
/// <param name="Bound">One more than the highest position.</param>
/// <param name="Allowed">Bool [B, L, S] with S the cache's tokens and then these: true where the token may look. Each looks somewhere.</param>
public sealed record TokenLayout(Tensor Positions, long Bound, Tensor Allowed);
