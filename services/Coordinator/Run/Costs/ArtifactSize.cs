namespace Graft.Coordinator.Run.Costs;

/// <summary>How large an artifact is.</summary>
/// <param name="Bytes">Of its own contents.</param>
/// <param name="Parameters">Elements of its tensors; of a blueprint, those that a model made of it has.</param>
/// <param name="ReadBytes">What a job that takes it reads: of a diff vector, the two checkpoints it is the difference of.</param>
internal sealed record ArtifactSize(long Bytes, long Parameters, long ReadBytes);
