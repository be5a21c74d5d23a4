using System.Text;

namespace Graft.Evaluator.Tasks;

/// <summary>How a response was judged.</summary>
/// <param name="Metrics">By name; the same names for all items of a task.</param>
/// <param name="IsRight">Whether the answer is right; null where that is no question.</param>
/// <param name="Facts">What the judgement is based on, for readers: text, number, truth value or null by name.</param>
internal sealed record Grade(IReadOnlyList<(string Name, double Value)> Metrics, bool? IsRight, params (string Name, object? Value)[] Facts)
{
    public double this[string metric] => Metrics.First(known => known.Name == metric).Value;

    /// <summary>Bits the model needs for a text, per byte of its UTF-8.</summary>
    public static double BitsPerByte(ChoiceScore score, string text) => -score.LogLikelihood / Math.Log(2) / Encoding.UTF8.GetByteCount(text);
}
