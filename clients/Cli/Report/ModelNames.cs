namespace Graft.Cli.Report;

/// <summary>Names of the experiments a cell can belong to; see coordinator.proto.</summary>
internal static class Experiments
{
    public const string Pretrained = "pt";
    public const string FineTuned = "ft";
    public const string Merge = "merge";
    public const string Continual = "continual";
    public const string Recurrent = "recurrent";
    public const string Control = "control";
}

/// <summary>The name of a cell's model in the study, as the coordinator names it in the store.</summary>
internal static class ModelNames
{
    /// <summary>Null for a merge at another scale than 1, and for an experiment that this report does not know.</summary>
    public static string? Of(V1.Cell cell) => cell.Experiment switch
    {
        Experiments.Pretrained => cell.Base,
        Experiments.FineTuned => $"{cell.Base}-FT",
        Experiments.Merge when cell.Scale is 1 => $"{cell.Base}+{cell.Source}",
        Experiments.Continual => $"{cell.Base}+{cell.Source}-CT",
        Experiments.Recurrent when cell.Step == 0 => $"{cell.Base}+rec",
        Experiments.Recurrent => $"{cell.Base}+rec-CT",
        Experiments.Control => $"{cell.Base}-FT-CT",
        _ => null,
    };
}
