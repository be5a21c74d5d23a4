using System.Globalization;
using Graft.Artifacts.Recipes;
using Graft.Coordinator.Spec;

namespace Graft.Coordinator.Plan;

/// <summary>Models along the paths to merges. The ends of a path are models that the plan has anyway.</summary>
internal sealed class InterpolationSteps(PlanModels models, PlanCells cells)
{
    public void Add(InterpolationSpec? spec)
    {
        if (spec is null)
        {
            return;
        }

        foreach (var cell in cells.Of(spec.Cells, spec.Chosen))
        {
            if (spec.Paths.Contains(InterpolationPath.Vector))
            {
                AddVectorPath(cell, spec.Points);
            }

            if (spec.Paths.Contains(InterpolationPath.Barrier) && models.HasTuned(cell.Base))
            {
                AddBarrierPath(cell, [.. spec.Points.Where(point => point is >= 0 and <= 1)]);
            }
        }
    }

    // M_j + a * (FT_i - M_i): merges with other scales.
    private void AddVectorPath(MergeCell cell, IReadOnlyList<double> points)
    {
        foreach (var repetition in models.RepetitionsOf(cell.Source))
        {
            var key = models.KeyOf(cell.Source, 0, repetition);
            foreach (var point in points)
            {
                Evaluate(point == 0 ? models.Pretrained(cell.Base) : models.Merge(cell.Base, key, point), cell, repetition, "vector", point);
            }
        }
    }

    // (1 - a) * FT_j + a * merge: the vector of this interpolation is the merge minus FT_j.
    private void AddBarrierPath(MergeCell cell, IReadOnlyList<double> points)
    {
        foreach (var repetition in models.RepetitionsOf(cell.Source, cell.Base))
        {
            var name = $"{repetition.Prefix}{cell.Base}+{cell.Source}/barrier";
            var tuned = models.FineTuned(cell.Base, 0, repetition);
            var merge = models.Merge(cell.Base, models.KeyOf(cell.Source, 0, repetition), 1);
            PlanStep? vector = null;
            foreach (var point in points)
            {
                Source model = tuned;
                if (point == 1)
                {
                    model = merge;
                }
                else if (point != 0)
                {
                    vector ??= models.AddVector($"extract/{name}", merge, tuned, $"{repetition.Prefix}vec-{cell.Base}+{cell.Source}/barrier");
                    var place = point.ToString(CultureInfo.InvariantCulture);
                    model = models.AddMerge($"merge/{name}@{place}", tuned, [(vector, point)], new MergeMethod.Interpolation(), $"{name}/{place}");
                }

                Evaluate(model, cell, repetition, "barrier", point);
            }
        }
    }

    private void Evaluate(Source model, MergeCell cell, Repetition repetition, string path, double point) => models.Evaluate(
        model,
        string.Create(CultureInfo.InvariantCulture, $"interpolation/{repetition.Prefix}{cell.Base}+{cell.Source}/{path}@{point}"),
        new Cell("interpolation", cell.Base, cell.Source, 0, point) { Seed = repetition.Seed, Variant = path });
}
