using Graft.Modeling.Configuration;

namespace Graft.Trainer.Backpropagation.Fused;

/// <summary>Cosines and sines of the rotary embedding, fp32 [positions, headDim / 2], angles in fp32 as Hugging Face computes them.</summary>
internal sealed class RotaryTable
{
    public RotaryTable(ModelConfig config, int positions)
    {
        var half = config.HeadDim / 2;
        Cosine = new float[positions * half];
        Sine = new float[positions * half];
        for (var position = 0; position < positions; position++)
        {
            for (var i = 0; i < half; i++)
            {
                var frequency = 1f / (float)Math.Pow(config.RopeTheta, 2.0 * i / config.HeadDim);
                var angle = position * frequency;
                Cosine[(position * half) + i] = MathF.Cos(angle);
                Sine[(position * half) + i] = MathF.Sin(angle);
            }
        }
    }

    public float[] Cosine { get; }

    public float[] Sine { get; }
}
