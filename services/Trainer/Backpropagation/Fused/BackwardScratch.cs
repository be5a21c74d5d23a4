using Graft.Modeling.Configuration;

namespace Graft.Trainer.Backpropagation.Fused;

/// <summary>Gradients that live only while one layer's backward pass runs.</summary>
internal sealed class BackwardScratch(ModelConfig config, int capacity) : IDisposable
{
    public Workspace Hidden { get; } = new(capacity, config.HiddenSize);

    public Workspace Activated { get; } = new(capacity, config.IntermediateSize);

    public Workspace Attended { get; } = new(capacity, config.Heads * config.HeadDim);

    public Workspace Rotated { get; } = new(capacity, (config.Heads + config.KeyValueHeads) * config.HeadDim);

    public Workspace Projected { get; } = new(capacity, (config.Heads + (2 * config.KeyValueHeads)) * config.HeadDim);

    public void Dispose()
    {
        Hidden.Dispose();
        Activated.Dispose();
        Attended.Dispose();
        Rotated.Dispose();
        Projected.Dispose();
    }
}
