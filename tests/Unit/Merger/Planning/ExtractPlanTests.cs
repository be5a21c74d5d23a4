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
    public void Floating_element_types_may_differ()
    {
        var plan = ExtractPlan.Of(FineTuned([.. Tensors().Select(tensor => tensor with { DType = DType.F32 })]), Pretrained());

        Assert.All(plan.Pairs, pair => Assert.Equal((DType.F32, DType.BF16), (pair.FineTuned.DType, pair.Pretrained.DType)));
    }

    [Fact]
    public void A_floating_element_type_for_whole_numbers_is_refused() => AssertRefused(
        FineTuned([Tensor("counts", 3) with { DType = DType.I64 }]), Pretrained([Tensor("counts", 3)]), "counts", "I64", "BF16");

    [Fact]
    public void Whole_numbers_are_left_out_when_they_are_the_same_and_refused_when_not()
    {
        var counts = Tensor("counts", 3) with { DType = DType.I64 };

        Assert.Empty(ExtractPlan.Of(FineTuned([counts]), Pretrained([counts])).Pairs);
        AssertRefused(FineTuned([counts with { Sha256 = Digest.Of("other"u8) }]), Pretrained([counts]), "counts", "I64", "floating");
    }

    [Fact]
    public void A_head_that_is_tied_in_one_of_them_only_is_refused_with_what_to_do() => AssertRefused(
        FineTuned(), Pretrained([.. Tensors()[1..]]), TensorFit.Head, "tied", "leave it away");

    [Fact]
    public void Checkpoints_without_tensors_are_refused() => AssertRefused(FineTuned([]), Pretrained([]), "no tensors");

    [Fact]
    public void Another_model_type_is_refused() => AssertRefused(FineTuned(type: "llama"), Pretrained(), "llama", "olmo2");

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
