using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Evaluator.Validation;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Validation;

public sealed class EvaluateRecipeCheckTests
{
    private static readonly Digest _digest = Digest.Of([1]);

    [Fact]
    public void Possible_recipes_pass()
    {
        EvaluateRecipeCheck.Check(Recipe(new LogLikelihoodRules()));
        EvaluateRecipeCheck.Check(Recipe(new GenerationRules(12, ["\n"], Extraction.Whole)) with { Sampling = new Sampling(0.6, 1, 0) });
        EvaluateRecipeCheck.Check(Recipe(new NamedTaskRules("minerva_math:bpb::tulu")) with { MaxLength = 2048 });
        EvaluateRecipeCheck.Check(Recipe(new DescribedTaskRules("prompt: x\ngenerate: {answer: a}")));
    }

    [Fact]
    public void Impossible_field_is_named()
    {
        var rules = new LogLikelihoodRules();

        Assert.Equal("recipe.version", Field(Recipe(rules) with { Version = 1 }));
        Assert.Equal("recipe.compute_dtype", Field(Recipe(rules) with { ComputeDType = DType.I64 }));
        Assert.Equal("recipe.generation.max_new_tokens", Field(Recipe(new GenerationRules(0, [], Extraction.Whole))));
        Assert.Equal("recipe.max_length", Field(Recipe(rules) with { MaxLength = -1 }));
        Assert.Equal("recipe.sampling.temperature", Field(Recipe(rules) with { Sampling = new Sampling(0, 1, 0) }));
        Assert.Equal("recipe.sampling.temperature", Field(Recipe(rules) with { Sampling = new Sampling(double.NaN, 1, 0) }));
        Assert.Equal("recipe.sampling.top_p", Field(Recipe(rules) with { Sampling = new Sampling(1, 1.5, 0) }));
        Assert.Equal("recipe.task.name", Field(Recipe(new NamedTaskRules("arc_challenge:bpb::olmes"))));
        Assert.Equal("recipe.described.yaml", Field(Recipe(new DescribedTaskRules("prompt: x"))));
        Assert.Equal("recipe.generation.stop", Field(Recipe(new GenerationRules(1, ["a", ""], Extraction.Whole))));
    }

    private static EvaluateRecipe Recipe(TaskRules rules) => new(_digest, _digest, rules, EvaluateRecipe.CurrentVersion, DType.F32);

    private static string? Field(EvaluateRecipe recipe) => Assert.Throws<FaultException>(() => EvaluateRecipeCheck.Check(recipe)).Field;
}
