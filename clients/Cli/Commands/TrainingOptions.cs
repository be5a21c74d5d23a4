using System.CommandLine;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Cli.Data;
using Graft.Trainer.Datasets;

namespace Graft.Cli.Commands;

/// <summary>The options of graft train that make its recipe. A null stands for what fits the data or the model.</summary>
internal sealed class TrainingOptions
{
    private readonly Option<int> _steps = Count("--steps", "Optimizer updates.", 1);
    private readonly Option<int> _batch = Count("--batch", "Sequences per step.", 1, 32);
    private readonly Option<int?> _length = new("--length") { Description = "Longest sequence in tokens. [default: 512, or what the model can]", HelpName = "N" };
    private readonly Option<string?> _layout = new("--layout")
    {
        Description = "padded: a row a sequence, shuffled; packed: one stream cut into sequences. [default: packed for plain text, else padded]",
    };

    private readonly RowOptions _rows = new();
    private readonly Option<string> _reduction = Choice("--reduction", "How token losses of a batch become one number.", "mean", "sum");
    private readonly Option<string> _schedule = Choice("--schedule", "Shape of the learning rate after the warm-up.", "linear", "cosine", "constant");
    private readonly Option<double> _rate = Real("--lr", "Highest learning rate.", 2e-5, 0, 1e3);
    private readonly Option<int?> _warmup = new("--warmup") { Description = "Steps of the warm-up. [default: a tenth of all steps]", HelpName = "N" };
    private readonly Option<double> _final = Real("--final", "Last learning rate, as a part of the highest.", 0.1, 0, 1);
    private readonly Option<double> _beta1 = Real("--beta1", "AdamW: decay of the first moment.", 0.9, 0, 1);
    private readonly Option<double> _beta2 = Real("--beta2", "AdamW: decay of the second moment.", 0.95, 0, 1);
    private readonly Option<double> _epsilon = Real("--epsilon", "AdamW: added to the root of the second moment.", 1e-8, 0, 1);
    private readonly Option<double> _decay = Real("--weight-decay", "AdamW: decay of matrices.", 0, 0, 1e3);
    private readonly Option<double> _clip = Real("--clip", "Largest norm of the gradient; 0 for no clipping.", 1, 0, 1e9);
    private readonly Option<int?> _every = new("--every") { Description = "Keep a checkpoint after each so many steps. [default: only the last]", HelpName = "N" };
    private readonly Option<long> _seed = new("--seed") { Description = "Order of the data, and random weights.", HelpName = "N" };
    private readonly Option<string> _compute = Choice("--compute", "Element type of the computation; master weights are always fp32.", "fp32", "bf16");
    private readonly Option<string?> _keep = new("--keep") { Description = "Element type of the checkpoints: fp32, bf16 or fp16. [default: that of the start]" };
    private readonly Option<double> _std = Real("--init-std", "Spread of random weights, when the start is a blueprint.", 0.02, 0, 1e3);

    public TrainingOptions()
    {
        _length.Validators.Add(Numbers.AtLeast(1));
        _warmup.Validators.Add(Numbers.AtLeast(0));
        _every.Validators.Add(Numbers.AtLeast(1));
        _seed.Validators.Add(Numbers.AtLeast(0));
        _layout.AcceptOnlyFromAmong("padded", "packed");
        _keep.AcceptOnlyFromAmong("fp32", "bf16", "fp16");
        _steps.Required = true;
    }

    public IEnumerable<Option> All =>
    [
        _steps, _batch, _length, _layout, _reduction, _rate, _schedule, _warmup, _final, _beta1, _beta2, _epsilon, _decay, _clip, _every, _seed,
        _compute, _keep, _std, .. _rows.All,
    ];

    /// <summary>Steps of the recipe.</summary>
    public int Steps(ParseResult result) => result.GetRequiredValue(_steps);

    /// <param name="result">The command line.</param>
    /// <param name="model">What training starts from.</param>
    /// <param name="data">What it reads; at least one.</param>
    public TrainRecipe Recipe(ParseResult result, StartingModel model, IReadOnlyList<TrainingDataset> data)
    {
        HashSet<RowForm> forms = [.. data.Select(dataset => dataset.Form)];
        var steps = Steps(result);
        var every = result.GetValue(_every) ?? steps;
        var seed = (ulong)result.GetValue(_seed);
        return new TrainRecipe
        {
            Start = model.IsBlueprint
                ? new RandomStart(model.Digest, result.GetValue(_std), seed)
                : new CheckpointStart(model.Digest),
            Phases =
            [
                new TrainPhase
                {
                    Dataset = data[0].Digest,
                    Weight = data[0].Weight,
                    MixedWith = [.. data.Skip(1).Select(dataset => new WeightedDataset(dataset.Digest, dataset.Weight))],
                    Template = _rows.Template(result),
                    Layout = (result.GetValue(_layout) ?? (forms.SetEquals([RowForm.Text]) ? "packed" : "padded")) == "padded" ? DataLayout.Padded : DataLayout.Packed,
                    Mask = _rows.Mask(result, forms),
                    Reduction = result.GetValue(_reduction) == "sum" ? LossReduction.Sum : LossReduction.Mean,
                    Steps = steps,
                    BatchSize = result.GetValue(_batch),
                    SequenceLength = result.GetValue(_length) ?? Math.Min(512, model.MaxPositions),
                    Schedule = new Schedule(
                        Shape(result.GetValue(_schedule)), result.GetValue(_rate), result.GetValue(_warmup) ?? steps / 10, result.GetValue(_final)),
                    AddBos = _rows.AddBos(result),
                    AddEos = _rows.AddEos(result),
                },
            ],
            Optimizer = new OptimizerSettings(
                result.GetValue(_beta1), result.GetValue(_beta2), result.GetValue(_epsilon), result.GetValue(_decay), result.GetValue(_clip)),
            CheckpointSteps = [.. Enumerable.Range(1, steps / every).Select(i => i * every).Where(step => step < steps), steps],
            Seed = seed,
            ComputeDType = Type(result.GetValue(_compute)!),
            CheckpointDType = result.GetValue(_keep) is { } keep ? Type(keep) : model.DType,
        };
    }

    private static ScheduleShape Shape(string? word) => word switch
    {
        "cosine" => ScheduleShape.Cosine,
        "constant" => ScheduleShape.Constant,
        _ => ScheduleShape.Linear,
    };

    private static DType Type(string word) => word switch
    {
        "bf16" => DType.BF16,
        "fp16" => DType.F16,
        _ => DType.F32,
    };

    private static Option<int> Count(string name, string description, int least, int? fallback = null)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N" };
        if (fallback is { } value)
        {
            option.DefaultValueFactory = _ => value;
        }

        option.Validators.Add(Numbers.AtLeast(least));
        return option;
    }

    private static Option<double> Real(string name, string description, double fallback, double low, double high)
    {
        var option = new Option<double>(name) { Description = description, HelpName = "X", DefaultValueFactory = _ => fallback };
        option.Validators.Add(Numbers.Within(low, high));
        return option;
    }


    private static Option<string> Choice(string name, string description, params string[] words)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => words[0] };
        option.AcceptOnlyFromAmong(words);
        return option;
    }
}
