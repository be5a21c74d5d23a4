using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.Modeling.Configuration;
using Graft.Modeling.Transformers;
using Graft.Modeling.Weights;
using Graft.Trainer.Backpropagation;
using Graft.Trainer.Backpropagation.Fused;
using Graft.Trainer.Data;
using Graft.Trainer.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Graft.Trainer.Training;

/// <summary>A model in training: weights, optimizer, data and how far they are. Everything that a saved state must hold is here.</summary>
internal sealed class TrainingSession : IDisposable
{
    private readonly TrainRecipe _recipe;
    private readonly IReadOnlyList<IBatches> _batches;
    private readonly IBackpropagation _backpropagation;

    /// <param name="recipe">What to do.</param>
    /// <param name="config">The model.</param>
    /// <param name="batches">One for each phase.</param>
    /// <param name="device">Where to compute.</param>
    public TrainingSession(TrainRecipe recipe, ModelConfig config, IReadOnlyList<IBatches> batches, Device device)
    {
        _recipe = recipe;
        _batches = batches;
        Parameters = new FlatParameters(config, TensorBytes.ToScalarType(recipe.ComputeDType), device);
        Optimizer = new AdamW(Parameters, recipe.Optimizer);
        _backpropagation = Choose(recipe, config, device);
    }

    public FlatParameters Parameters { get; }

    public AdamW Optimizer { get; }

    public TrainingLog Log { get; set; } = new();

    /// <summary>Updates done, over all phases.</summary>
    public int Step { get; set; }

    /// <summary>Tokens that counted in the loss so far.</summary>
    public long Tokens { get; set; }

    /// <summary>Matrices from N(0, std^2) in order of their names, vectors one.</summary>
    public void Initialize(RandomStart start)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var generator = new Generator(start.Seed, CPU);
        Parameters.Master.fill_(LastingScalar.Of(1.0));
        foreach (var name in Parameters.Views.Keys.Order(StringComparer.Ordinal))
        {
            var view = Parameters.View(Parameters.Master, name);
            if (view.shape.Length >= 2)
            {
                view.copy_(randn(view.shape, float32, CPU, generator: generator).mul_(LastingScalar.Of(start.Std)));
            }
        }

        Parameters.Publish();
    }

    /// <summary>One update.</summary>
    /// <returns>What it did, and the learning rate it used.</returns>
    /// <exception cref="FaultException">Precondition: the loss or the gradient is not finite; nothing of this step is saved.</exception>
    public (StepResult Result, double LearningRate) Advance()
    {
        var (phase, begin) = PhaseAt(Step);
        var settings = _recipe.Phases[phase];
        var learningRate = settings.Schedule.At(Step - begin, settings.Steps);
        var batch = _batches[phase].At(Step - begin);
        var loss = _backpropagation.Run(batch, settings.Reduction);
        var result = new StepResult(loss, Optimizer.Step(Step + 1, learningRate), batch.Targets.Count(target => target != Batch.Ignored));
        if (!double.IsFinite(result.Loss) || !double.IsFinite(result.GradientNorm))
        {
            throw FaultException.Precondition(
                $"Training diverged at step {Step + 1}: loss {result.Loss}, gradient norm {result.GradientNorm}. A lower learning rate than {learningRate:G3} or a longer warm-up may help.");
        }

        Step++;
        Tokens += result.Tokens;
        Log.Add(Step, result, learningRate, Tokens);
        return (result, learningRate);
    }

    public void Dispose()
    {
        _backpropagation.Dispose();
        Optimizer.Dispose();
        Parameters.Dispose();
    }

    private IBackpropagation Choose(TrainRecipe recipe, ModelConfig config, Device device)
    {
        var longest = recipe.Phases.Max(phase => phase.SequenceLength);
        return recipe.ComputeDType == DType.F32 && device.type == DeviceType.CPU && FusedBackpropagation.Supports(config, longest)
            ? new FusedBackpropagation(config, Parameters, recipe.Phases.Max(phase => phase.BatchSize * phase.SequenceLength), longest)
            : new AutogradBackpropagation(new Transformer(config, Parameters.Views), device);
    }

    private (int Phase, int Begin) PhaseAt(int step)
    {
        var begin = 0;
        for (var phase = 0; ; begin += _recipe.Phases[phase++].Steps)
        {
            if (step < begin + _recipe.Phases[phase].Steps)
            {
                return (phase, begin);
            }
        }
    }
}
