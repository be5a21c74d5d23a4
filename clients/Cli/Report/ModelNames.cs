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
    public const string Interpolation = "interpolation";
    public const string Soup = "soup";
}

/// <summary>The name of a cell's model in the study, as the coordinator names it in the store where it has a seed of its own or none.</summary>
internal static class ModelNames
{
    /// <summary>
    /// Null for a merge at another scale than 1 or with a vector of an earlier step, for points of paths and soups, and for an experiment
    /// that this report does not know.
    /// </summary>
    public static string? Of(V1.Cell cell) => cell.VectorStep != 0 ? null : cell.Experiment switch
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

    /// <summary>A name for any cell, step and seed included: "M3+M1@0.5", "M2+M1 (vector of step 40)", "M3-FT to M3+M1 at 0.5", "M2-FT/40, seed 1".</summary>
    public static string Describe(V1.Cell cell)
    {
        var name = cell.Experiment switch
        {
            Experiments.Merge => $"{cell.Base}+{cell.Source}{(cell.Scale is 1 ? "" : $"@{cell.Scale}")}",
            Experiments.Interpolation => new InterpolationPath(cell.Variant, cell.Base, cell.Source, []) is var path
                ? $"{path.Beginning} to {path.End} at {cell.Scale}" : "",
            Experiments.Soup => $"{cell.Base}+({cell.Source})",
            _ => Of(cell) ?? $"{cell.Experiment} {cell.Base} {cell.Source}".Trim(),
        };
        var step = cell.Step > 0 ? $"/{cell.Step}" : "";
        var vector = cell.VectorStep > 0 ? $" (vector of step {cell.VectorStep})" : "";
        return name + step + vector + (cell.HasSeed ? $", seed {cell.Seed}" : "");
    }
}
