namespace Graft.Artifacts.Recipes;

/// <summary>How the answer is found in generated text.</summary>
public enum Extraction
{
    /// <summary>The whole text, trimmed.</summary>
    Whole = 1,

    /// <summary>The last number in the text.</summary>
    LastNumber = 2,
}

/// <summary>What is done with each request of a task.</summary>
public abstract record TaskRules;

/// <summary>Log-likelihood of each continuation after its context.</summary>
public sealed record LogLikelihoodRules : TaskRules;

/// <summary>Greedy text after each prompt; its extracted answer is compared with the gold one.</summary>
/// <param name="MaxNewTokens">Tokens at most.</param>
/// <param name="Stop">The text ends before the first of these; the end token always ends it.</param>
/// <param name="Extraction">How the answer is found.</param>
public sealed record GenerationRules(int MaxNewTokens, IReadOnlyList<string> Stop, Extraction Extraction) : TaskRules;

/// <summary>Scores of a checkpoint on a task.</summary>
/// <param name="Checkpoint">Digest of the checkpoint.</param>
/// <param name="Requests">Digest of a dataset with the requests.</param>
/// <param name="Rules">What is done with each request.</param>
/// <param name="Version">Version of the scoring rules.</param>
/// <param name="ComputeDType">Element type of the computation.</param>
public sealed record EvaluateRecipe(Digest Checkpoint, Digest Requests, TaskRules Rules, int Version, DType ComputeDType) : Recipe
{
    /// <summary>Raised when a change of the scoring rules changes scores.</summary>
    public const int CurrentVersion = 1;
}
