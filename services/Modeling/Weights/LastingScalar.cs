using System.Collections.Concurrent;
using TorchSharp;

namespace Graft.Modeling.Weights;

/// <summary>
/// Scalars that are never collected. TorchSharp 0.107 turns a number argument into a temporary Scalar and passes only its native
/// handle on: a garbage collection of another thread during the call may free it, and the operation reads whatever lies there
/// (seen as "Expected false to be true ... toFloat" after minutes of evaluation, and it could as well be a wrong number). So every
/// operation here that takes a number takes one of these, or one that is disposed after the call. Some operations make a hidden one and are
/// not called at all: add(x), whose factor it is, square, arange(stop). A test of the architecture finds both in the compiled services. Meant
/// for constants: each distinct value is kept for good.
/// </summary>
public static class LastingScalar
{
    private static readonly ConcurrentDictionary<double, Scalar> _reals = new();
    private static readonly ConcurrentDictionary<long, Scalar> _integers = new();

    public static Scalar Of(double value) => _reals.GetOrAdd(value, static value => value.ToScalar());

    public static Scalar Of(long value) => _integers.GetOrAdd(value, static value => value.ToScalar());
}
