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

/// <summary>A task the evaluator knows by name; the requests are rows of its data as published.</summary>
public sealed record NamedTaskRules(string Name) : TaskRules;

/// <summary>A task of the user's own; the requests are rows of its data.</summary>
/// <param name="Yaml">The description's text.</param>
public sealed record DescribedTaskRules(string Yaml) : TaskRules;

/// <summary>Drawing the next token instead of taking the likeliest.</summary>
/// <param name="Temperature">Logits are divided by it: above 0.</param>
/// <param name="TopP">Only the likeliest tokens that together have this probability are drawn from: above 0, at most 1.</param>
/// <param name="Seed">A text depends on the seed and its item alone.</param>
public sealed record Sampling(double Temperature, double TopP, ulong Seed);

/// <summary>Scores of a checkpoint on a task.</summary>
/// <param name="Checkpoint">Digest of the checkpoint.</param>
/// <param name="Requests">Digest of a dataset with the requests, or with the rows a named or described task makes them of.</param>
/// <param name="Rules">What is done with each request.</param>
/// <param name="Version">Version of the scoring rules.</param>
/// <param name="ComputeDType">Element type of the computation.</param>
public sealed record EvaluateRecipe(Digest Checkpoint, Digest Requests, TaskRules Rules, int Version, DType ComputeDType) : Recipe
{
    /// <summary>Raised when a change of the scoring rules changes scores, be it in their last bits.</summary>
    public const int CurrentVersion = 2;

    /// <summary>Digest of a dataset with the examples shown before each question; null for none.</summary>
    public Digest? FewShot { get; init; }

    /// <summary>
    /// Longest sequence in tokens, new ones included: what a context has more is cut off on its left. 0: nothing is cut, and a sequence
    /// longer than the model's positions is an error.
    /// </summary>
    public int MaxLength { get; init; }

    /// <summary>Put the tokenizer's beginning token before each sequence.</summary>
    public bool AddBos { get; init; }

    /// <summary>Null: greedy.</summary>
    public Sampling? Sampling { get; init; }
}
