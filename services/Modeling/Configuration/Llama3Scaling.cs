namespace Graft.Modeling.Configuration;

/// <summary>The "llama3" rule that stretches the low rotary frequencies to longer texts (Hugging Face modeling_rope_utils.py).</summary>
/// <param name="Factor">
/// Divides the frequencies whose wavelength is above <paramref name="OriginalMaxPositions"/> / <paramref name="LowFrequencyFactor"/>.
/// </param>
/// <param name="LowFrequencyFactor">Bounds the long wavelengths.</param>
/// <param name="HighFrequencyFactor">Wavelengths below <paramref name="OriginalMaxPositions"/> / this stay as they are.</param>
/// <param name="OriginalMaxPositions">Tokens of context before stretching.</param>
public sealed record Llama3Scaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalMaxPositions);
