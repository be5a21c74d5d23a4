using Graft.Artifacts;
using Graft.Faults;
using Graft.Merger.Planning;
using Xunit;
using static Graft.Tests.Unit.Merger.Planning.Sources;

namespace Graft.Tests.Unit.Merger.Planning;

public sealed class ExtractPlanTests
{
    [Fact]
    public void Tensors_are_paired_in_order_of_their_names()
    {
        var plan = ExtractPlan.Of(FineTuned([.. Tensors().Reverse()]), Pretrained());

        Assert.Equal(
            [TensorFit.Head, TensorFit.Embedding, "model.norm.weight"], plan.Pairs.Select(pair => pair.FineTuned.Name));
        Assert.All(plan.Pairs, pair => Assert.Equal(pair.FineTuned.Name, pair.Pretrained.Name));
    }

    [Fact]
    public void A_grown_vocabulary_is_taken()
    {
        var plan = ExtractPlan.Of(FineTuned(Tensors(rows: Rows + 3)), Pretrained());

        Assert.Equal((Rows + 3, Rows), (plan.Pairs[0].FineTuned.Shape[0], plan.Pairs[0].Pretrained.Shape[0]));
    }

    [Fact]
    public void A_vocabulary_that_shrank_is_refused() =>
        AssertRefused(FineTuned(Tensors(rows: Rows - 1)), Pretrained(), TensorFit.Embedding, "[15, 4]", "[16, 4]");

    [Fact]
    public void Other_tensors_may_not_grow() => AssertRefused(
        FineTuned([.. Tensors()[..2], Tensor("model.norm.weight", 5)]), Pretrained(), "model.norm.weight", "[5]", "[4]");

    [Fact]
    public void A_vocabulary_may_not_grow_in_width() => AssertRefused(
        FineTuned([Tensors()[0], Tensor(TensorFit.Embedding, Rows, 5), Tensors()[2]]), Pretrained(), TensorFit.Embedding);

    [Fact]
    public void Missing_and_surplus_tensors_are_all_named() => AssertRefused(
        FineTuned([.. Tensors()[..2], Tensor("extra")]),
        Pretrained(),
        "model.norm.weight of PT", "missing in FT", "extra of FT", "missing in PT");

    [Fact]
    public void Another_element_type_is_refused() => AssertRefused(
        FineTuned([.. Tensors().Select(tensor => tensor with { DType = DType.F32 })]), Pretrained(), "model.norm.weight", "F32", "BF16");

    [Fact]
    public void Whole_numbers_are_refused()
    {
        TensorEntry[] tensors = [Tensor("counts", 3) with { DType = DType.I64 }];

        AssertRefused(FineTuned(tensors), Pretrained(tensors), "counts", "I64", "floating");
    }

    [Fact]
    public void Checkpoints_without_tensors_are_refused() => AssertRefused(FineTuned([]), Pretrained([]), "no tensors");

    [Fact]
    public void Another_model_type_is_refused() => AssertRefused(FineTuned(type: "llama"), Pretrained(), "llama", "olmo2");

    [Fact]
    public void A_tensor_too_large_for_one_array_is_refused()
    {
        TensorEntry[] tensors = [Tensor("huge", 1 << 20, 1 << 10)];

        AssertRefused(FineTuned(tensors), Pretrained(tensors), "huge", "2147483648 bytes");
    }

    [Fact]
    public void A_long_list_of_problems_is_cut()
    {
        TensorEntry[] tensors = [.. Enumerable.Range(0, 50).Select(i => Tensor($"layer.{i}", 1))];

        AssertRefused(FineTuned(tensors), Pretrained([Tensor("other", 1)]), "other", "And 41 more.");
    }

    private static void AssertRefused(Source fineTuned, Source pretrained, params string[] words)
    {
        var fault = Assert.Throws<FaultException>(() => ExtractPlan.Of(fineTuned, pretrained));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains(fault.Field, new[] { "recipe.fine_tuned", "recipe.pretrained" });
        Assert.All(words, word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
    }
}
