namespace Graft.Coordinator.Plan;

/// <summary>What an evaluated model is in the study.</summary>
/// <param name="Experiment">"pt", "ft", "merge", "continual", "recurrent" or "control".</param>
/// <param name="Base">Checkpoint of the trajectory the model stands on.</param>
/// <param name="Source">Checkpoint the vector comes from; empty where there is none.</param>
/// <param name="Step">Training steps after the start; 0 for a model as it is.</param>
/// <param name="Scale">Scale of the vector; 0 where there is none.</param>
internal sealed record Cell(string Experiment, string Base, string Source, int Step, double Scale);
