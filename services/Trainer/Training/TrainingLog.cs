using System.Globalization;
using System.Text;

namespace Graft.Trainer.Training;

/// <summary>
/// Per-step metrics as JSON lines: step, loss, lr, gradient_norm, tokens (seen so far in the loss). No times: a job that was
/// interrupted writes the same bytes as one that was not.
/// </summary>
internal sealed class TrainingLog
{
    private readonly StringBuilder _lines = new();

    public TrainingLog(string lines = "") => _lines.Append(lines);

    public void Add(int step, StepResult result, double learningRate, long tokens) =>
        _lines.Append(CultureInfo.InvariantCulture,
            $"{{\"step\":{step},\"loss\":{result.Loss:R},\"lr\":{learningRate:R},\"gradient_norm\":{result.GradientNorm:R},\"tokens\":{tokens}}}\n");

    public override string ToString() => _lines.ToString();
}
