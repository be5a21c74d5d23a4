using Graft.Faults;

namespace Graft.Coordinator.Spec;

/// <summary>A workflow as its author wrote it; README.md beside this file describes the format.</summary>
public sealed record RunSpec
{
    /// <summary>Names in the store of what the run makes begin with it and a slash.</summary>
    public required string Name { get; init; }

    /// <summary>Stands in for each seed that is not given.</summary>
    public required ulong Seed { get; init; }

    /// <summary>
    /// Trainings with the fine-tuning recipe are done once for each, with their own seeds plus this one. One or more, all different.
    /// </summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>Checkpoints that exist, in training order; empty when <see cref="Pretrain"/> makes them.</summary>
    public required IReadOnlyList<GivenCheckpoint> Trajectory { get; init; }

    public required PretrainSpec? Pretrain { get; init; }

    public required FinetuneSpec? Finetune { get; init; }

    /// <summary>Fine-tunings by others, in the order written.</summary>
    public required IReadOnlyList<GivenVector> Vectors { get; init; }

    /// <summary>In the order written.</summary>
    public required IReadOnlyList<TaskSpec> Tasks { get; init; }

    /// <summary>Holds for the merges of every experiment.</summary>
    public required MergeSpec Merge { get; init; }

    public MatrixSpec? Matrix { get; init; }

    public ContinualSpec? Continual { get; init; }

    public RecurrentSpec? Recurrent { get; init; }

    public OneStepSpec? OneStep { get; init; }

    public ControlSpec? Control { get; init; }

    public InterpolationSpec? Interpolation { get; init; }

    /// <summary>In the order written.</summary>
    public IReadOnlyList<SoupSpec> Soups { get; init; } = [];

    public CompareSpec? Compare { get; init; }

    /// <summary>Every reference in the order of the text; one text may occur several times.</summary>
    public required IReadOnlyList<SpecReference> References { get; init; }

    /// <summary>Names of the checkpoints of the trajectory, in training order.</summary>
    public IReadOnlyList<string> CheckpointNames => Pretrain is { } pretrain
        ? [.. pretrain.Checkpoints.Select(checkpoint => checkpoint.Name)]
        : [.. Trajectory.Select(checkpoint => checkpoint.Name)];

    /// <exception cref="FaultException">Invalid: every mistake with its line and column.</exception>
    public static RunSpec Parse(string yaml)
    {
        var context = new SpecContext();
        var spec = SpecParser.Parse(yaml, context);
        context.Mistakes.ThrowIfAny();
        return spec!;
    }

    /// <summary>Reads a spec as far as it can be read.</summary>
    /// <param name="yaml">Its text.</param>
    /// <returns>
    /// What was understood, null when it is no YAML; and every mistake in the order of the text. Only a spec without mistakes can be run.
    /// </returns>
    public static (RunSpec? Spec, IReadOnlyList<SpecMistake> Mistakes) Read(string yaml)
    {
        var context = new SpecContext();
        var spec = SpecParser.Parse(yaml, context);
        return (spec, context.Mistakes.Found);
    }
}
