namespace Graft.Artifacts.Recipes;

/// <summary>The full description of how an artifact is made. Its digest (RecipeCodec) is the key of its result.</summary>
public abstract record Recipe;

/// <summary>FT - PT.</summary>
public sealed record ExtractRecipe(Digest FineTuned, Digest Pretrained) : Recipe;

/// <summary>One vector of a merge and its factor.</summary>
public sealed record ScaledVector(Digest Vector, double Scale);

/// <summary>Which checkpoint a merge takes its config or tokenizer from.</summary>
public enum Provenance
{
    Base = 1,
    FineTuned = 2,
}

/// <summary>Geometry of two or more diff vectors or checkpoints of one shape, by tensor.</summary>
public sealed record CompareRecipe(IReadOnlyList<Digest> Artifacts) : Recipe;

/// <summary>The checkpoint a training job kept after a step.</summary>
public sealed record CheckpointRecipe(TrainRecipe Train, int Step) : Recipe;
