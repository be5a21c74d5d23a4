using CsCheck;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Xunit;
using static Graft.Tests.Unit.Merger.Methods.Merged;

namespace Graft.Tests.Unit.Merger.Methods;

public sealed class SliceIndependenceTests
{
    private static readonly Gen<DType> _float = Gen.OneOf(Gen.Const(DType.BF16), Gen.Const(DType.F16), Gen.Const(DType.F32), Gen.Const(DType.F64));

    private static readonly Gen<MergeMethod> _method = Gen.OneOf(
        Gen.Const((MergeMethod)new MergeMethod.Linear()),
        Gen.Select(Gen.Double[0.01, 1], Gen.Double[-2, 2], (density, lambda) => (MergeMethod)new MergeMethod.Ties(density, lambda)),
        Gen.Select(Gen.Double[0, 0.99], Gen.ULong, (drop, seed) => (MergeMethod)new MergeMethod.Dare(drop, seed)));

    [Fact]
    public void No_method_and_no_element_type_can_tell_where_slices_begin() =>
        Gen.Select(
                _method,
                Gen.Select(_float, _float, _float, _float, _float.Nullable()),
                Gen.Int[1, 2000],
                Gen.Int[1, 6],
                Gen.Double[-2, 2].Array[1, 3],
                Gen.Int[0, 1000])
            .Sample(
                (method, types, length, blocks, scales, seed) =>
                {
                    var start = Weights(types.Item1, length, seed);
                    Term[] terms = [.. scales.Select((scale, k) => new Term(
                        Weights(types.Item2, length, seed + (2 * k) + 1), Weights(types.Item3, length, seed + (2 * k) + 2), scale))];

                    byte[] Merge(int slice) => Run(method, types.Item4, start, terms, cast: types.Item5, slice: slice);

                    Assert.Equal(Merge(0), Merge(blocks * 256));
                },
                iter: 300);

    [Fact]
    public void A_soup_is_the_mean_of_its_vectors() =>
        Gen.Select(Gen.Int[1, 600], Gen.Int[1, 5], Gen.Int[0, 1000]).Sample(
            (length, vectors, seed) =>
            {
                var start = Weights(DType.BF16, length, seed);
                Term[] terms = [.. Enumerable.Range(0, vectors).Select(k => RandomTerm(DType.BF16, length, seed + k + 1, 1.0 / vectors))];

                var soup = Numbers.Values(DType.F64, Run(new MergeMethod.Linear(), DType.F64, start, terms));

                for (var i = 0; i < length; i++)
                {
                    var mean = terms.Sum(term => (decimal)term.FineTuned.Values[i] - (decimal)term.Pretrained.Values[i]) / vectors;
                    Assert.Equal((double)((decimal)start.Values[i] + mean), soup[i], 1e-12);
                }
            },
            iter: 50);
}
