namespace Graft.Coordinator.Spec;

/// <summary>What the experiments of a spec can name.</summary>
internal sealed class SpecModels(IReadOnlyList<string> checkpoints, FinetuneSpec? finetune, IReadOnlyList<GivenVector> vectors)
{
    /// <summary>In training order.</summary>
    public IReadOnlyList<string> Checkpoints => checkpoints;

    /// <summary>Whether there is a recipe to train with.</summary>
    public bool CanTrain => finetune?.Recipe is not null;

    /// <summary>Whose vectors there are: fine-tuned checkpoints of the trajectory, then vectors of others.</summary>
    public IReadOnlyList<string> Sources { get; } =
        [.. checkpoints.Where(name => IsTuned(finetune, name)), .. vectors.Select(vector => vector.Name)];

    /// <summary>Steps of the fine-tuning that are kept, ascending.</summary>
    public IReadOnlyList<int> KeptSteps { get; } = finetune?.Recipe?.CheckpointSteps ?? [];

    /// <summary>Whether a checkpoint has a fine-tuning.</summary>
    public bool HasTuned(string checkpoint) => IsTuned(finetune, checkpoint);

    /// <summary>Whether a source is trained here, and so has several steps.</summary>
    public bool IsTrained(string source) => CanTrain && checkpoints.Contains(source) && !finetune!.Given.ContainsKey(source);

    private static bool IsTuned(FinetuneSpec? finetune, string checkpoint) => finetune is not null && (finetune.Recipe is not null || finetune.Given.ContainsKey(checkpoint));
}
