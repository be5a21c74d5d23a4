using System.Globalization;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Cli.Lineage;

/// <summary>Recipes in a line each: what was done, with the parameters that people tell them apart by.</summary>
internal static class RecipeWords
{
    /// <summary>"merge linear, scales 1", "train 240 steps, peak 0.001, batch 32".</summary>
    public static string Of(Recipe recipe) => recipe switch
    {
        TrainRecipe train => Of(train),
        CheckpointRecipe checkpoint => $"{Of(checkpoint.Train)}; step {checkpoint.Step}",
        ExtractRecipe => "diff",
        MergeRecipe merge => Of(merge),
        CompareRecipe => "compare",
        EvaluateRecipe { Rules: GenerationRules rules } => $"evaluate, generation of up to {rules.MaxNewTokens} tokens",
        EvaluateRecipe => "evaluate, log-likelihood",
        _ => recipe.GetType().Name,
    };

    /// <summary>What the recipe was given, and as what.</summary>
    public static IReadOnlyList<(string Role, Digest Artifact)> InputsOf(Recipe recipe) => recipe switch
    {
        TrainRecipe train => InputsOf(train),
        CheckpointRecipe checkpoint => InputsOf(checkpoint.Train),
        ExtractRecipe extract => [("FT", extract.FineTuned), ("PT", extract.Pretrained)],
        MergeRecipe merge => [("base", merge.Base), .. merge.Vectors.Select(vector => ($"vector @ {Text(vector.Scale)}", vector.Vector))],
        CompareRecipe compare => [.. compare.Artifacts.Select(artifact => ("", artifact))],
        EvaluateRecipe evaluate => [("checkpoint", evaluate.Checkpoint), ("requests", evaluate.Requests)],
        _ => [],
    };

    private static string Of(TrainRecipe train)
    {
        var first = train.Phases[0];
        var start = train.Start is RandomStart random ? $" from random weights (seed {random.Seed})" : "";
        return $"train {train.Steps} steps{start}, peak {Text(first.Schedule.Peak)}, batch {first.BatchSize} x {first.SequenceLength}";
    }

    private static string Of(MergeRecipe merge)
    {
        var method = merge.Method switch
        {
            MergeMethod.Ties ties => $"TIES, density {Text(ties.Density)}, lambda {Text(ties.Lambda)}",
            MergeMethod.Dare dare => $"DARE, drop {Text(dare.Drop)}, seed {dare.Seed}",
            _ => "linear",
        };
        var scales = merge.TensorScales.Count > 0 ? $", {merge.TensorScales.Count} tensor scales" : "";
        return $"merge {method}{scales}{(merge.DType is { } dtype ? $", {dtype}" : "")}{(merge.CastInputs ? ", inputs cast" : "")}";
    }

    private static (string Role, Digest Artifact)[] InputsOf(TrainRecipe train) =>
    [
        train.Start switch
        {
            CheckpointStart start => ("start", start.Checkpoint),
            RandomStart start => ("blueprint", start.Blueprint),
            _ => throw new ArgumentOutOfRangeException(nameof(train), train.Start.GetType().Name, "The input of this start is not known."),
        },
        .. train.Phases.SelectMany(phase => phase.Datasets).Select(data => data.Dataset).Distinct().Select(dataset => ("data", dataset)),
    ];

    private static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
