using System.Globalization;
using System.Text;

namespace Graft.Trainer.Training;

/// <summary>
/// Per-step metrics as JSON lines: step, loss, lr, gradient_norm, tokens (seen so far in the loss); for a skipped step, null in place
/// of what is no number, and "skipped", how many were so far. No times: a job that was interrupted writes the same bytes as one that
/// was not.
/// </summary>
internal sealed class TrainingLog
{
    private readonly StringBuilder _lines = new();

    public TrainingLog(string lines = "") => _lines.Append(lines);

    public void Add(TrainingCounts counts, StepResult result)
    {
        _lines.Append(
            CultureInfo.InvariantCulture,
            $"{{\"step\":{counts.Step},\"loss\":{Number(result.Loss)},\"lr\":{result.LearningRate:R},\"gradient_norm\":{Number(result.GradientNorm)},\"tokens\":{counts.Tokens}");
        if (result.IsSkipped)
        {
            _lines.Append(CultureInfo.InvariantCulture, $",\"skipped\":{counts.Skipped}");
        }

        _lines.Append("}\n");
    }

    public override string ToString() => _lines.ToString();

    // JSON has neither NaN nor infinities.
    private static string Number(double value) => double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "null";
}
