using System.Collections.Concurrent;
using TorchSharp;

namespace Graft.Modeling.Weights;

/// <summary>
/// Scalars that are never collected. TorchSharp 0.107 turns a number argument into a temporary Scalar and passes only its native
/// handle on: a garbage collection of another thread during the call may free it, and the operation reads whatever lies there
/// (seen as "Expected false to be true ... toFloat" after minutes of evaluation, and it could as well be a wrong number). So every
/// operation here that takes a number takes one of these; add(x) and add_(x) make a hidden one, their factor. BannedSymbols.Tensors.txt holds the
/// services to it. Meant for constants: each distinct value is kept for good.
/// </summary>
public static class LastingScalar
{
    private static readonly ConcurrentDictionary<double, Scalar> _reals = new();
    private static readonly ConcurrentDictionary<long, Scalar> _integers = new();

    public static Scalar Of(double value) => _reals.GetOrAdd(value, static value => value.ToScalar());

    public static Scalar Of(long value) => _integers.GetOrAdd(value, static value => value.ToScalar());
}
