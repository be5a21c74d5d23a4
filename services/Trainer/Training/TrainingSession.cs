using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.Modeling.Configuration;
using Graft.Trainer.Backpropagation;
using Graft.Trainer.Backpropagation.Fused;
using Graft.Trainer.Data;
using Graft.Trainer.Optimization;
using static TorchSharp.torch;

namespace Graft.Trainer.Training;

/// <summary>A model in training: weights, optimizer, data and how far they are. Everything that a saved state must hold is here.</summary>
internal sealed class TrainingSession : IDisposable
{
    private readonly TrainRecipe _recipe;
    private readonly IReadOnlyList<IBatches> _batches;
    private readonly IBackpropagation _backpropagation;
    private readonly NonFiniteSteps _nonFinite;
    private readonly TimeProvider _time;

    /// <param name="recipe">What to do.</param>
    /// <param name="config">The model.</param>
    /// <param name="batches">One for each phase.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="time">Measures, decides nothing.</param>
    /// <exception cref="FaultException">Invalid: a LoRA target that matches nothing.</exception>
    public TrainingSession(TrainRecipe recipe, ModelConfig config, IReadOnlyList<IBatches> batches, Device device, TimeProvider time)
    {
        _recipe = recipe;
        _batches = batches;
        _time = time;
        _nonFinite = new NonFiniteSteps(recipe);
        Model = TrainedModel.Create(recipe, config, device);
        Optimizer = new AdamW(Model.Parameters, recipe.Optimizer, recipe.Memory.Moments);
        _backpropagation = Choose(recipe, config, device);
    }

    public TrainedModel Model { get; }

    public FlatParameters Parameters => Model.Parameters;

    public AdamW Optimizer { get; }

    public TrainingLog Log { get; set; } = new();

    public TrainingCounts Counts { get; set; } = new(0, 0);

    /// <summary>Steps done, over all phases.</summary>
    public int Step => Counts.Step;

    /// <summary>Tensors that a saved state must hold, by name.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State => Parameters.Weights.State.Concat(Optimizer.Moments.State);

    /// <summary>
    /// One step: an update, or, when its loss or gradient is no number, none; the place in the data moves on all the same.
    /// </summary>
    /// <exception cref="FaultException">Precondition: the third step in a row without an update.</exception>
    public StepResult Advance()
    {
        var (phase, begin) = PhaseAt(Step);
        var settings = _recipe.Phases[phase];
        var began = _time.GetTimestamp();
        var batch = _batches[phase].At(Step - begin);
        var waited = _time.GetElapsedTime(began);
        var tokens = batch.Targets.Count(target => target != Batch.Ignored);
        var loss = 0.0;
        foreach (var part in MicroBatches.Of(batch, settings.RowsAtOnce))
        {
            loss += _backpropagation.Run(part, settings.Reduction, tokens);
        }

        var result = new StepResult(
            loss, Optimizer.GradientNorm(), settings.Schedule.At(Step - begin, settings.Steps), tokens, batch.Inputs.Length, waited);
        if (result.IsSkipped)
        {
            Optimizer.Discard();
        }
        else
        {
            Optimizer.Apply(Counts.Updates + 1, result.LearningRate, result.GradientNorm);
        }

        Counts = Counts.After(result);
        Log.Add(Counts, result);
        _nonFinite.Check(Counts, result, batch, phase, Step - 1 - begin);
        return result;
    }

    public void Dispose()
    {
        _backpropagation.Dispose();
        Optimizer.Dispose();
        Model.Dispose();
    }

    private IBackpropagation Choose(TrainRecipe recipe, ModelConfig config, Device device)
    {
        var longest = recipe.Phases.Max(phase => phase.SequenceLength);
        var isPlain = recipe is { ComputeDType: DType.F32, Lora: null, ZLoss: 0, Memory: { Master: MasterFormat.Full, RecomputeActivations: false, LossChunk: 0 } };
        return isPlain && device.type == TorchSharp.DeviceType.CPU && FusedBackpropagation.Supports(config, longest)
            ? new FusedBackpropagation(config, Parameters, recipe.Phases.Max(phase => phase.RowsAtOnce * phase.SequenceLength), longest)
            : new AutogradBackpropagation(
                Model.CreateTransformer(config), device, new LossSettings(recipe.Memory.LossChunk, recipe.ZLoss), recipe.Memory.RecomputeActivations);
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
