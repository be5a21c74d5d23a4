namespace Graft.Coordinator.Plan;

/// <summary>What an evaluated model is in the study.</summary>
/// <param name="Experiment">"pt", "ft", "merge", "continual", "recurrent", "control", "interpolation" or "soup".</param>
/// <param name="Base">Checkpoint of the trajectory the model stands on.</param>
/// <param name="Source">Whose vector: a checkpoint, or a vector of others; of several, all, joined by "+"; empty where there is none.</param>
/// <param name="Step">Training steps after the start; 0 for a model as it is.</param>
/// <param name="Scale">Scale of the vector, or the place on the path of an interpolation; 0 where there is none.</param>
internal sealed record Cell(string Experiment, string Base, string Source, int Step, double Scale)
{
    /// <summary>Which of the spec's seeds the trainings behind the model have; null where none is behind it, or where there is one seed.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Step of the fine-tuning the vector was taken at; 0 for its last.</summary>
    public int VectorStep { get; init; }

    /// <summary>Of an interpolation "vector" or "barrier", of a soup its name, otherwise empty.</summary>
    public string Variant { get; init; } = "";
}
