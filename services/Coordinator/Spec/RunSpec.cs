using Graft.Faults;

namespace Graft.Coordinator.Spec;

/// <summary>A workflow as its author wrote it; README.md beside this file describes the format.</summary>
public sealed record RunSpec
{
    /// <summary>Names in the store of what the run makes begin with it and a slash.</summary>
    public required string Name { get; init; }

    /// <summary>Stands in for each seed that is not given.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Checkpoints that exist, in training order; empty when <see cref="Pretrain"/> makes them.</summary>
    public required IReadOnlyList<GivenCheckpoint> Trajectory { get; init; }

    public required PretrainSpec? Pretrain { get; init; }

    public required FinetuneSpec? Finetune { get; init; }

    /// <summary>In the order written.</summary>
    public required IReadOnlyList<TaskSpec> Tasks { get; init; }

    /// <summary>Holds for the merges of every experiment.</summary>
    public required MergeSpec Merge { get; init; }

    public required MatrixSpec? Matrix { get; init; }

    public required ContinualSpec? Continual { get; init; }

    public required RecurrentSpec? Recurrent { get; init; }

    public required ControlSpec? Control { get; init; }

    /// <summary>Every reference in the order of the text; one text may occur several times.</summary>
    public required IReadOnlyList<SpecReference> References { get; init; }

    /// <summary>Names of the checkpoints of the trajectory, in training order.</summary>
    public IReadOnlyList<string> CheckpointNames => Pretrain is { } pretrain
        ? [.. pretrain.Checkpoints.Select(checkpoint => checkpoint.Name)]
        : [.. Trajectory.Select(checkpoint => checkpoint.Name)];

    /// <exception cref="FaultException">Invalid: every mistake with its line and column.</exception>
    public static RunSpec Parse(string yaml) => SpecParser.Parse(yaml);
}
