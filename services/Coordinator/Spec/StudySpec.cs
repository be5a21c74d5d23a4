using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Spec;

/// <summary>What every model of the run is evaluated on.</summary>
/// <param name="Name">Short, as in the tables.</param>
/// <param name="Requests">A dataset of requests.</param>
/// <param name="Metric">The one shown in the tables; the evaluation holds all there are.</param>
/// <param name="Rules">What is done with each request.</param>
public sealed record TaskSpec(string Name, SpecReference Requests, string Metric, TaskRules Rules);

/// <summary>Whose config and tokenizer the merges of a run get; both of the fine-tuning unless the spec says otherwise, as in the study.</summary>
public sealed record MergeSpec(Provenance ConfigFrom, Provenance TokenizerFrom);

/// <summary>Which way vectors are carried: to later checkpoints, to earlier ones, or both.</summary>
public enum Direction
{
    Forward,
    Backward,
    Both,
}

/// <summary>Which merges are trained on: all forward ones, those with the nearest predecessor's vector, or all both ways.</summary>
public enum CellChoice
{
    Forward,
    Nearest,
    All,
}

/// <summary>All merges of one checkpoint with the vector of another, evaluated.</summary>
public sealed record MatrixSpec(Direction Direction, IReadOnlyList<double> Scales);

/// <summary>The fine-tuning recipe started from merges of scale 1.</summary>
public sealed record ContinualSpec(CellChoice Cells, ulong Seed);

/// <summary>M*_i = FT(M_i + (M*_(i-1) - M_(i-1))), beginning with M*_1 = FT(M_1).</summary>
public sealed record RecurrentSpec(ulong Seed);

/// <summary>Each fine-tuned checkpoint trained for a second budget: what continual training must be compared with.</summary>
public sealed record ControlSpec(ulong Seed);
