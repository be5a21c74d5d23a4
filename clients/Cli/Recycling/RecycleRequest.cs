using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Cli.Recycling;

/// <summary>An artifact and what the user calls it.</summary>
internal sealed record NamedArtifact(string Name, Digest Digest);

/// <summary>A fine-tuning that is there, and the checkpoint it started from.</summary>
internal sealed record GivenFineTuning(NamedArtifact FineTuned, NamedArtifact Pretrained);

/// <summary>What is to be recycled.</summary>
/// <param name="NewBase">The base that has no fine-tuning yet.</param>
/// <param name="Given">Fine-tunings of earlier bases, at least one.</param>
/// <param name="Scales">To try with each vector.</param>
/// <param name="Evaluate">The recipe that measures a checkpoint on the task.</param>
internal sealed record RecycleRequest(
    NamedArtifact NewBase, IReadOnlyList<GivenFineTuning> Given, IReadOnlyList<double> Scales, Func<Digest, EvaluateRecipe> Evaluate)
{
    /// <summary>Metric that decides; null for the task's own primary one.</summary>
    public string? Metric { get; init; }

    /// <summary>Score that is good enough; null for that of the best given fine-tuning.</summary>
    public double? Target { get; init; }

    /// <summary>The recipe that trains a checkpoint on; null when there is nothing to train with.</summary>
    public Func<Digest, TrainRecipe>? Train { get; init; }

    /// <summary>"M6+M5-FT@0.5": the last parts of the names, where they tell the given fine-tunings apart.</summary>
    public string MergeName(GivenFineTuning given, double scale)
    {
        var isClear = Given.Select(one => Last(one.FineTuned.Name)).Distinct().Count() == Given.Count;
        return $"{Last(NewBase.Name)}+{(isClear ? Last(given.FineTuned.Name) : given.FineTuned.Name)}{(scale == 1 ? "" : $"@{scale:0.###}")}";
    }

    private static string Last(string name) => name[(name.LastIndexOf('/') + 1)..];
}
