using Graft.Artifacts.Recipes;
using Graft.Coordinator.Plan;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Plan;

public class RecurrentTests
{
    private static readonly Made _made = new(DemoSpec.PlanOf(DemoSpec.Yaml));

    [Theory]
    [InlineData("M2")]
    [InlineData("M3")]
    [InlineData("M4")]
    public void What_is_subtracted_is_the_raw_checkpoint(string name)
    {
        var extract = Assert.IsType<ExtractRecipe>(_made[$"extract/{name}+rec"]);

        Assert.Equal(_made.Artifact($"pretrain/{name}"), extract.Pretrained);
        Assert.Equal(_made.Artifact($"recurrent/{name}@240"), extract.FineTuned);
    }

    [Theory]
    [InlineData("M3", "M2")]
    [InlineData("M4", "M3")]
    [InlineData("M5", "M4")]
    public void The_vector_of_the_last_round_goes_onto_the_next_raw_checkpoint(string name, string before)
    {
        var merge = Assert.IsType<MergeRecipe>(_made[$"merge/{name}+rec"]);

        Assert.Equal(_made.Artifact($"pretrain/{name}"), merge.Base);
        Assert.Equal([new ScaledVector(_made.Artifact($"extract/{before}+rec"), 1)], merge.Vectors);
        Assert.Equal(new CheckpointStart(_made.Artifact($"merge/{name}+rec")), Assert.IsType<TrainRecipe>(_made[$"recurrent/{name}"]).Start);
    }

    [Fact]
    public void The_first_two_rounds_are_those_of_one_step_merging()
    {
        // D_iter = D_dir for i = 1, 2: the same recipes, so the same artifacts.
        Assert.Equal(_made.DigestOf("merge/M2+M1"), _made.DigestOf("merge/M2+rec"));
        Assert.Equal(_made.DigestOf("continual/M2+M1"), _made.DigestOf("recurrent/M2"));
        Assert.Equal(_made.DigestOf("continual/M2+M1@240"), _made.DigestOf("recurrent/M2@240"));
        Assert.Equal(_made.DigestOf("evaluate/continual/M2+M1@240/facts"), _made.DigestOf("evaluate/recurrent/M2@240/facts"));
    }

    [Fact]
    public void From_the_third_round_on_they_differ()
    {
        Assert.NotEqual(_made.DigestOf("merge/M3+M2"), _made.DigestOf("merge/M3+rec"));
        Assert.NotEqual(_made.DigestOf("continual/M3+M2"), _made.DigestOf("recurrent/M3"));
    }

    [Fact]
    public void Another_seed_shares_the_merge_but_not_the_training()
    {
        var made = new Made(DemoSpec.PlanOf(DemoSpec.Yaml.Replace("recurrent: {seed: 501}", "recurrent: {seed: 502}", StringComparison.Ordinal)));

        Assert.Equal(made.DigestOf("merge/M2+M1"), made.DigestOf("merge/M2+rec"));
        Assert.NotEqual(made.DigestOf("continual/M2+M1"), made.DigestOf("recurrent/M2"));
    }

    [Fact]
    public void The_vector_of_the_last_checkpoint_is_not_extracted() =>
        Assert.DoesNotContain(DemoSpec.PlanOf(DemoSpec.Yaml).Steps, step => step is { Kind: StepKind.Extract, Id: "extract/M5+rec" });
}
