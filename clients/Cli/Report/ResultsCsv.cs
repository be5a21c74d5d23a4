using System.Globalization;
using System.Text;

namespace Graft.Cli.Report;

/// <summary>One line for each evaluation, with every field of its cell; RFC 4180 with line feeds.</summary>
internal static class ResultsCsv
{
    private const string Header =
        "task,metric,items,experiment,base,source,step,scale,seed,vector_step,variant,value,stderr,count,bits_per_byte,evaluation,recipe,model";

    public static string Write(Results results)
    {
        var steps = results.Run?.Steps.ToDictionary(step => step.Id) ?? [];
        var text = new StringBuilder(Header).Append('\n');
        foreach (var cell in results.Cells)
        {
            text.AppendJoin(',', Fields(cell, steps).Select(Quote)).Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<string> Fields(CellScore cell, Dictionary<string, StepFacts> steps)
    {
        var (of, score) = (cell.Cell, cell.Score);
        var step = steps.GetValueOrDefault(cell.Step);
        // An evaluation needs the model's step, where the model was not given.
        var model = step?.Needs.Select(steps.GetValueOrDefault).FirstOrDefault(need => need?.Kind is "checkpoint" or "merge")?.Artifact;
        return
        [
            cell.Task, cell.Metric, cell.Items.ToString(CultureInfo.InvariantCulture), of.Experiment, of.Base, of.Source,
            of.Step.ToString(CultureInfo.InvariantCulture), Number(of.Scale), of.HasSeed ? of.Seed.ToString(CultureInfo.InvariantCulture) : "",
            of.VectorStep.ToString(CultureInfo.InvariantCulture), of.Variant, Number(score.Value), Number(score.StandardError),
            score.Count?.ToString(CultureInfo.InvariantCulture) ?? "", score.BitsPerByte is { } loss ? Number(loss) : "",
            score.Evaluation.ToString(), step?.Recipe?.ToString() ?? "", model?.ToString() ?? "",
        ];
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Quote(string field) =>
        field.AsSpan().IndexOfAny(",\"\n\r") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
