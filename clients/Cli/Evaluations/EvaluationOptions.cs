using System.CommandLine;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Cli.Commands;
using Graft.Cli.Imports;
using Graft.Client;
using Graft.Evaluator.Tasks.Described;
using Graft.Faults;

namespace Graft.Cli.Evaluations;

/// <summary>What "graft eval" can be told about a task, and the recipe it makes.</summary>
internal sealed class EvaluationOptions
{
    // What OLMES gives every model, whatever it could read.
    private const int OlmesLength = 2048;

    private readonly Option<string?> _task = new("--task")
    {
        Description = "A known task such as gsm8k::tulu or arc_challenge:rc::olmes (services/Evaluator/README.md lists them), a task of your own in "
            + "YAML, or requests as JSON lines, a file or a dataset of the store: {\"doc_id\", \"choice\", \"context\", \"continuation\", \"gold\"} "
            + "asks for log-likelihoods, {\"prompt\", \"answer\"} for generated answers.",
        HelpName = "NAME|FILE",
    };

    private readonly Option<string[]> _data = new("--data")
    {
        Description = "Rows of a known task or of your own: JSON lines (.jsonl or .jsonl.gz; may be given several times), or a dataset of the store.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _fewShot = new("--fewshot")
    {
        Description = "Examples shown before each question: JSON lines, or OLMES's sources as JSON.",
        HelpName = "FILE",
    };

    private readonly Option<int?> _maxLength = new("--max-length")
    {
        Description = "Longest sequence in tokens; longer contexts lose their beginning. [default: 2048 for a known task, as OLMES has it; else the model's positions, and a longer one is an error]",
        HelpName = "N",
    };

    private readonly Option<bool> _bos = new("--bos") { Description = "Put the beginning token before each sequence." };

    private readonly Option<int> _maxNewTokens = new("--max-new-tokens")
    {
        Description = "Longest generated answer, of requests.",
        HelpName = "N",
        DefaultValueFactory = _ => 256,
    };

    private readonly Option<string> _extract = new("--extract")
    {
        Description = "What of a generated text is compared with the answer, of requests.",
        DefaultValueFactory = _ => "last_number",
    };

    private readonly Option<string[]> _stop = new("--stop")
    {
        Description = "A generated text ends before this, of requests; may be given several times.",
        HelpName = "TEXT",
    };

    private readonly Option<double> _temperature = new("--temperature") { Description = "Draw tokens instead of taking the likeliest. [default: 0, greedy]", HelpName = "T" };

    private readonly Option<double> _topP = new("--top-p")
    {
        Description = "Draw from the likeliest tokens that together have this probability.",
        HelpName = "P",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<ulong> _seed = new("--seed") { Description = "Of the drawing.", HelpName = "N" };

    private readonly Option<string?> _compute = new("--compute")
    {
        Description = "Element type of the computation: fp32 or bf16. [default: bf16 on a GPU, fp32 on a CPU]",
        HelpName = "TYPE",
    };

    public EvaluationOptions()
    {
        _compute.AcceptOnlyFromAmong("fp32", "bf16");
        _maxLength.Validators.Add(Numbers.AtLeast(2));
        _maxNewTokens.Validators.Add(Numbers.AtLeast(1));
        _temperature.Validators.Add(Numbers.Within(0, 100));
        _topP.Validators.Add(Numbers.Within(0, 1));
        _extract.AcceptOnlyFromAmong("last_number", "whole");
    }

    public IEnumerable<Option> All => [_task, _data, _fewShot, _maxLength, _bos, _maxNewTokens, _extract, _stop, _temperature, _topP, _seed, _compute];

    /// <summary>Those that say what is measured, and nothing of drawing: for commands that train too, whose --bos and --seed are the training's.</summary>
    public IEnumerable<Option> Greedy => [_task, _data, _fewShot, _maxLength, _maxNewTokens, _extract, _stop];

    /// <summary>Whether a task is named on the command line.</summary>
    public bool IsGiven(System.CommandLine.Parsing.CommandResult result) => result.GetResult(_task) is { Implicit: false };

    /// <summary>The recipe, its data brought into the store.</summary>
    /// <exception cref="FaultException">Data is missing or cannot be read, or the task's description has mistakes.</exception>
    public async Task<EvaluateRecipe> RecipeAsync(
        ParseResult result, StoreClient store, EvaluatorClient evaluator, Digest checkpoint, CancellationToken cancellationToken)
    {
        var task = result.GetValue(_task)!;
        var temperature = result.GetValue(_temperature);
        var (rules, data, fewShot) = await TaskAsync(result, task, store, cancellationToken);
        return new EvaluateRecipe(checkpoint, data, rules, EvaluateRecipe.CurrentVersion, await ComputeAsync(result, evaluator, cancellationToken))
        {
            FewShot = fewShot,
            MaxLength = result.GetValue(_maxLength) ?? (rules is NamedTaskRules ? OlmesLength : 0),
            AddBos = result.GetValue(_bos),
            Sampling = temperature > 0 ? new Sampling(temperature, result.GetValue(_topP), result.GetValue(_seed)) : null,
        };
    }

    private async Task<DType> ComputeAsync(ParseResult result, EvaluatorClient evaluator, CancellationToken cancellationToken) => result.GetValue(_compute) switch
    {
        "fp32" => DType.F32,
        "bf16" => DType.BF16,
        _ => ManifestCodec.FromProto((await evaluator.DescribeAsync(cancellationToken)).ComputeDtype, "compute_dtype"),
    };

    private async Task<(TaskRules Rules, Digest Data, Digest? FewShot)> TaskAsync(
        ParseResult result, string task, StoreClient store, CancellationToken cancellationToken)
    {
        var data = result.GetValue(_data) ?? [];
        var fewShot = result.GetValue(_fewShot);
        if (task.EndsWith(".yaml", StringComparison.Ordinal) || task.EndsWith(".yml", StringComparison.Ordinal))
        {
            return await DescribedAsync(task, data, fewShot, store, cancellationToken);
        }

        if (task.Contains("::", StringComparison.Ordinal))
        {
            return (
                new NamedTaskRules(task),
                data.Length > 0 ? await TaskFiles.ImportAsync(store, data, cancellationToken) : throw NoData(task),
                fewShot is null ? null : await TaskFiles.ImportAsync(store, [fewShot], cancellationToken));
        }

        var requests = await Datasets.FindAsync(store, task, cancellationToken);
        return (await RequestRulesAsync(result, store, requests, cancellationToken), requests.Digest, null);
    }

    private static async Task<(TaskRules Rules, Digest Data, Digest? FewShot)> DescribedAsync(
        string file, string[] data, string? fewShot, StoreClient store, CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
        {
            throw FaultException.Invalid($"There is no file {file}.");
        }

        var yaml = await File.ReadAllTextAsync(file, cancellationToken);
        var description = TaskDescription.Parse(yaml, file);
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        data = data.Length > 0 ? data : description.Data is { } own ? [Path.Combine(folder, own)] : throw NoData(file);
        fewShot ??= description.FewShotData is { } shots ? Path.Combine(folder, shots) : null;
        return (
            new DescribedTaskRules(yaml),
            await TaskFiles.ImportAsync(store, data, cancellationToken),
            fewShot is null ? null : await TaskFiles.ImportAsync(store, [fewShot], cancellationToken));
    }

    private async Task<TaskRules> RequestRulesAsync(ParseResult result, StoreClient store, ArtifactInfo requests, CancellationToken cancellationToken) =>
        await Datasets.IsGenerationAsync(store, requests, cancellationToken)
            ? new GenerationRules(
                result.GetRequiredValue(_maxNewTokens),
                result.GetValue(_stop) ?? [],
                result.GetRequiredValue(_extract) == "whole" ? Extraction.Whole : Extraction.LastNumber)
            : new LogLikelihoodRules();

    private static FaultException NoData(string task) => FaultException.Invalid($"{task} needs its rows: --data FILE.jsonl.");
}
