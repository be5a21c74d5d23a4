using System.CommandLine;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Cli.Commands;

/// <summary>The options of graft train that make its recipe. A null stands for what fits the data or the model.</summary>
internal sealed class TrainingOptions
{
    private readonly Option<int> _steps = Count("--steps", "Optimizer updates.", 1);
    private readonly Option<int> _batch = Count("--batch", "Sequences per step.", 1, 32);
    private readonly Option<int?> _length = new("--length") { Description = "Longest sequence in tokens. [default: 512, or what the model can]", HelpName = "N" };
    private readonly Option<string?> _layout = new("--layout")
    {
        Description = "padded: a row a sequence, shuffled; packed: one stream cut into sequences. [default: padded for prompts with completions, else packed]",
    };

    private readonly Option<string?> _mask = new("--mask")
    {
        Description = "Tokens that count in the loss: all, or those of the completion. [default: completion for prompts with completions, else all]",
    };

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
    private readonly Option<bool> _bos = Flag("--bos", "Put the beginning token before each document.");
    private readonly Option<bool> _eos = Flag("--eos", "Put the end token behind each document.");
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
        _mask.AcceptOnlyFromAmong("completion", "all");
        _keep.AcceptOnlyFromAmong("fp32", "bf16", "fp16");
        _steps.Required = true;
    }

    public IEnumerable<Option> All =>
    [
        _steps, _batch, _length, _layout, _mask, _reduction, _rate, _schedule, _warmup, _final, _beta1, _beta2, _epsilon, _decay, _clip, _every, _seed,
        _bos, _eos, _compute, _keep, _std,
    ];

    /// <summary>Steps of the recipe.</summary>
    public int Steps(ParseResult result) => result.GetRequiredValue(_steps);

    /// <param name="result">The command line.</param>
    /// <param name="model">What training starts from.</param>
    /// <param name="dataset">What it reads.</param>
    /// <param name="hasCompletions">Whether the rows are prompts with completions.</param>
    public TrainRecipe Recipe(ParseResult result, StartingModel model, Digest dataset, bool hasCompletions)
    {
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
                    Dataset = dataset,
                    Layout = (result.GetValue(_layout) ?? (hasCompletions ? "padded" : "packed")) == "padded" ? DataLayout.Padded : DataLayout.Packed,
                    Mask = (result.GetValue(_mask) ?? (hasCompletions ? "completion" : "all")) == "all" ? LossMask.All : LossMask.Completion,
                    Reduction = result.GetValue(_reduction) == "sum" ? LossReduction.Sum : LossReduction.Mean,
                    Steps = steps,
                    BatchSize = result.GetValue(_batch),
                    SequenceLength = result.GetValue(_length) ?? Math.Min(512, model.MaxPositions),
                    Schedule = new Schedule(
                        Shape(result.GetValue(_schedule)), result.GetValue(_rate), result.GetValue(_warmup) ?? steps / 10, result.GetValue(_final)),
                    AddBos = result.GetValue(_bos),
                    AddEos = result.GetValue(_eos),
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

    private static Option<bool> Flag(string name, string description) =>
        new(name) { Description = description, HelpName = "true|false", DefaultValueFactory = _ => true, Arity = ArgumentArity.ExactlyOne };

    private static Option<string> Choice(string name, string description, params string[] words)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => words[0] };
        option.AcceptOnlyFromAmong(words);
        return option;
    }
}
