using System.CommandLine;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Cli.Data;
using Graft.Coordinator.Spec;
using Graft.Trainer.Datasets;

namespace Graft.Cli.Commands;

/// <summary>The options of graft train that make its recipe. One that is not given is the preset's; a null of that stands for what fits the data or the model.</summary>
internal sealed class TrainingOptions
{
    private readonly Option<string?> _preset = new("--preset")
    {
        Description = $"Recipe to take for all options that are not given: {string.Join("; ", TrainingPreset.All.Select(preset => $"{preset.Name}, {preset.About}"))}.",
        HelpName = "NAME",
    };

    private readonly Option<int?> _steps = Count("--steps", "Optimizer updates. Needed without a preset.", 1);
    private readonly Option<int?> _batch = Count("--batch", "Sequences per step. [default: 32]", 1);
    private readonly Option<int?> _micro = Count("--micro-batch", "Sequences whose gradient is computed at one time; a step adds them up. [default: all of the step]", 1);
    private readonly Option<int?> _length = Count("--length", "Longest sequence in tokens. [default: 512, or what the model can]", 1);
    private readonly Option<string?> _layout = Choice(
        "--layout",
        "padded: a row a sequence, shuffled; packed-rows: as many as fit, none of which sees another; packed: one stream cut into sequences. [default: packed for plain text, else padded]",
        "padded",
        "packed-rows",
        "packed");

    private readonly RowOptions _rows = new();
    private readonly Option<string?> _reduction = Choice("--reduction", "How token losses of a batch become one number. [default: mean]", "mean", "sum");
    private readonly Option<string?> _schedule = Choice("--schedule", "Shape of the learning rate after the warm-up. [default: linear]", "linear", "cosine", "constant");
    private readonly Option<double?> _rate = Real("--lr", "Highest learning rate. [default: 2e-5]", 0, 1e3);
    private readonly Option<int?> _warmup = Count("--warmup", "Steps of the warm-up. [default: a tenth of all steps]", 0);
    private readonly Option<double?> _final = Real("--final", "Last learning rate, as a part of the highest. [default: 0.1]", 0, 1);
    private readonly Option<int?> _decaySteps = Count("--decay-steps", "Where the decay of the learning rate ends. [default: with the last step]", 0);
    private readonly Option<int?> _every = Count("--every", "Keep a checkpoint after each so many steps. [default: only the last]", 1);
    private readonly Option<long?> _seed = new("--seed") { Description = "Order of the data, and random weights. [default: 0]", HelpName = "N" };
    private readonly Option<string?> _compute = Choice("--compute", "Element type of the computation. [default: bf16 on a GPU, fp32 on a CPU]", "fp32", "bf16");
    private readonly Option<string?> _keep = Choice("--keep", "Element type of the checkpoints. [default: that of the start]", "fp32", "bf16", "fp16");
    private readonly Option<double?> _std = Real("--init-std", "Spread of random weights, when the start is a blueprint. [default: 0.02]", 0, 1e3);
    private readonly Option<double?> _cutoff = Real("--init-cutoff", "Cut random weights off at so many times the spread; 0 for no cut. [default: 0]", 0, 100);
    private readonly Option<double?> _zLoss = Real("--z-loss", "Weight of the squared log-partition in the loss. [default: 0]", 0, 1e3);
    private readonly OptimizerOptions _optimizer = new();
    private readonly MemoryOptions _memory = new();
    private readonly LoraOptions _lora = new();

    public TrainingOptions()
    {
        _preset.AcceptOnlyFromAmong([.. TrainingPreset.All.Select(preset => preset.Name)]);
        _seed.Validators.Add(Numbers.AtLeast(0));
    }

    public IEnumerable<Option> All =>
    [
        _preset, _steps, _batch, _micro, _length, _layout, _reduction, _rate, _schedule, _warmup, _final, _decaySteps, .. _optimizer.All, _zLoss, _every, _seed,
        _compute, _keep, _std, _cutoff, .. _memory.All, .. _lora.All, .. _rows.All,
    ];

    /// <summary>What one option alone cannot say.</summary>
    public void Validate(System.CommandLine.Parsing.CommandResult result)
    {
        if (result.GetValue(_preset) is null && result.GetValue(_steps) is null)
        {
            result.AddError("Say how many --steps, or name a --preset that does.");
        }
    }

    /// <summary>The element type of the computation, where the command line says it or leaves no choice.</summary>
    public DType? Compute(ParseResult result) =>
        result.GetValue(_compute) is { } word ? Type(word) : _memory.Settings(result).Master == MasterFormat.Split ? DType.BF16 : null;

    /// <param name="result">The command line.</param>
    /// <param name="model">What training starts from.</param>
    /// <param name="data">What it reads; at least one.</param>
    /// <param name="compute">Element type of the computation.</param>
    public TrainRecipe Recipe(ParseResult result, StartingModel model, IReadOnlyList<TrainingDataset> data, DType compute)
    {
        var preset = TrainingPreset.Find(result.GetValue(_preset));
        var steps = result.GetValue(_steps) ?? preset.Steps!.Value;
        var every = result.GetValue(_every) ?? preset.Every ?? steps;
        var seed = (ulong)(result.GetValue(_seed) ?? preset.Seed);
        return new TrainRecipe
        {
            Start = model.IsBlueprint
                ? new RandomStart(model.Digest, result.GetValue(_std) ?? preset.InitStd, seed) { Cutoff = result.GetValue(_cutoff) ?? preset.InitCutoff }
                : new CheckpointStart(model.Digest),
            Phases = [Phase(result, preset, steps, model, data)],
            Optimizer = _optimizer.Settings(result, preset.Optimizer),
            CheckpointSteps = [.. Enumerable.Range(1, steps / every).Select(i => i * every).Where(step => step < steps), steps],
            Seed = seed,
            ComputeDType = compute,
            CheckpointDType = result.GetValue(_keep) is { } keep ? Type(keep) : preset.Keep ?? model.DType,
            Memory = _memory.Settings(result),
            Lora = _lora.Settings(result, seed),
            ZLoss = result.GetValue(_zLoss) ?? preset.ZLoss,
        };
    }

    private TrainPhase Phase(ParseResult result, TrainingPreset preset, int steps, StartingModel model, IReadOnlyList<TrainingDataset> data)
    {
        HashSet<RowForm> forms = [.. data.Select(dataset => dataset.Form)];
        var isText = forms.SetEquals([RowForm.Text]);
        return new TrainPhase
        {
            Dataset = data[0].Digest,
            Weight = data[0].Weight,
            MixedWith = [.. data.Skip(1).Select(dataset => new WeightedDataset(dataset.Digest, dataset.Weight))],
            Template = _rows.Template(result) ?? (isText ? null : preset.Template),
            Layout = Layout(result.GetValue(_layout)) ?? preset.Layout ?? (isText ? DataLayout.Packed : DataLayout.Padded),
            Mask = _rows.GivenMask(result) ?? preset.Mask ?? _rows.Mask(result, forms),
            Reduction = result.GetValue(_reduction) is { } reduction ? (reduction == "sum" ? LossReduction.Sum : LossReduction.Mean) : preset.Reduction,
            Steps = steps,
            BatchSize = result.GetValue(_batch) ?? preset.Batch,
            MicroBatchSize = result.GetValue(_micro) ?? 0,
            SequenceLength = result.GetValue(_length) ?? preset.Length ?? Math.Min(512, model.Config.MaxPositions),
            Schedule = new Schedule(
                Shape(result.GetValue(_schedule)) ?? preset.Shape,
                result.GetValue(_rate) ?? preset.Rate,
                result.GetValue(_warmup) ?? Scaled(preset, preset.Warmup, steps) ?? steps / 10,
                result.GetValue(_final) ?? preset.Final)
            {
                DecaySteps = result.GetValue(_decaySteps) ?? Scaled(preset, preset.DecaySteps, steps) ?? 0,
            },
            AddBos = _rows.AddBos(result),
            AddEos = _rows.AddEos(result),
        };
    }

    /// <summary>A number of the preset's steps, in proportion where the steps are not the preset's; null without a preset that has it.</summary>
    private static int? Scaled(TrainingPreset preset, int? part, int steps) =>
        part is { } count && preset.Steps is { } whole ? (int)Math.Round((double)count * steps / whole) : null;

    private static DataLayout? Layout(string? word) => word switch
    {
        "padded" => DataLayout.Padded,
        "packed-rows" => DataLayout.PackedRows,
        "packed" => DataLayout.Packed,
        _ => null,
    };

    private static ScheduleShape? Shape(string? word) => word switch
    {
        "linear" => ScheduleShape.Linear,
        "cosine" => ScheduleShape.Cosine,
        "constant" => ScheduleShape.Constant,
        _ => null,
    };

    private static DType Type(string word) => word switch
    {
        "bf16" => DType.BF16,
        "fp16" => DType.F16,
        _ => DType.F32,
    };

    internal static Option<int?> Count(string name, string description, int least)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "N" };
        option.Validators.Add(Numbers.AtLeast(least));
        return option;
    }

    internal static Option<double?> Real(string name, string description, double low, double high)
    {
        var option = new Option<double?>(name) { Description = description, HelpName = "X" };
        option.Validators.Add(Numbers.Within(low, high));
        return option;
    }

    internal static Option<string?> Choice(string name, string description, params string[] words)
    {
        var option = new Option<string?>(name) { Description = description };
        option.AcceptOnlyFromAmong(words);
        return option;
    }
}
