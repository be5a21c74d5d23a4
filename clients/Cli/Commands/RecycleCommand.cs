using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Cli.Connections;
using Graft.Cli.Data;
using Graft.Cli.Evaluations;
using Graft.Cli.Jobs;
using Graft.Cli.Recycling;

namespace Graft.Cli.Commands;

/// <summary>graft recycle</summary>
internal sealed class RecycleCommand
{
    private readonly Option<string> _newBase = new("--new-base") { Description = "The checkpoint that has no fine-tuning yet.", HelpName = "NAME", Required = true };
    private readonly Option<string[]> _tuned = Names("--fine-tuned", "Fine-tuned checkpoints of earlier bases.");
    private readonly Option<string[]> _pretrained = Names("--pretrained", "The checkpoints they started from, in the same order.");
    private readonly Option<double[]> _scales = new("--scales")
    {
        Description = "Scales to try with each vector.",
        HelpName = "X",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [1, 0.5],
    };

    private readonly Option<string?> _metric = new("--metric") { Description = "The metric that decides. [default: the task's own]" };
    private readonly Option<double?> _target = new("--target")
    {
        Description = "A score that is good enough, as in scores.json (0.75 for 75 %). [default: that of the best of --fine-tuned]",
        HelpName = "X",
    };

    private readonly Option<string[]> _trainData = new("--train-data")
    {
        Description = "What the best merge is trained on with when it falls short; with the options of graft train. Left away, nothing is trained.",
        HelpName = "FILE|NAME[:WEIGHT]",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string> _name = new("--name") { Description = "Name of the winner in the store.", Required = true };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print the plan and do nothing." };
    private readonly EvaluationOptions _evaluation = new();
    private readonly TrainingOptions _training = new();
    private readonly TrainerSettings _trainer;
    private readonly CommandHost _host;

    private RecycleCommand(CommandHost host)
    {
        _host = host;
        _trainer = new TrainerSettings(host);
    }

    public static Command Create(CommandHost host) => new RecycleCommand(host).Create();

    private Command Create()
    {
        var command = _host.Create(
            "recycle",
            "Carry fine-tunings over to a new base: merge, measure, train on where a merge falls short, name the winner.",
            """
            Every step is a job whose result is kept: stopped or killed, the same command goes on, and a finished one answers at once. The plan is
            printed first.
            """,
            "graft recycle --new-base M6 --fine-tuned M5-FT --pretrained M5 --task gsm8k::tulu --data test.jsonl --fewshot shots.json --name M6-FT",
            "graft recycle --new-base M6 --fine-tuned M5-FT M4-FT --pretrained M5 M4 --task heldout.jsonl --name M6-FT --dry-run",
            "graft recycle --new-base M6 --fine-tuned M5-FT --pretrained M5 --task heldout.jsonl --target 0.75 --train-data train.jsonl --steps 1000 --every 500 --name M6-FT");
        foreach (var option in (Option[])
            [_newBase, _tuned, _pretrained, .. _evaluation.Greedy, _scales, _metric, _target, _trainData, .. _training.All, .. _trainer.All, _name, _dryRun])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(Validate);
        command.Validators.Add(_trainer.Validate);
        _host.AddConnection(command);
        _host.Run(command, RunAsync);
        return command;
    }

    private void Validate(CommandResult result)
    {
        if (!_evaluation.IsGiven(result))
        {
            result.AddError("Say what the models are measured on: --task NAME, FILE.yaml or FILE.jsonl.");
        }

        var (tuned, pretrained) = (result.GetValue(_tuned)?.Length ?? 0, result.GetValue(_pretrained)?.Length ?? 0);
        if (tuned != pretrained)
        {
            result.AddError($"--fine-tuned names {tuned} and --pretrained {pretrained}; each fine-tuned checkpoint needs the one it started from.");
        }

        if (result.GetResult(_trainData) is { Implicit: false })
        {
            _training.Validate(result);
        }
    }

    private async Task RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        // A training's last save takes what it takes; a second Ctrl-C does not wait for it.
        _host.Interruption.HasNoLimit = true;
        await using var connection = await _host.ConnectAsync(result, _trainer.Settings(result), cancellationToken);
        var request = await RequestAsync(result, connection, cancellationToken);
        var plan = await RecyclePlan.OfAsync(request, connection.Store, cancellationToken);
        if (result.GetValue(_dryRun))
        {
            ShowPlan(result, plan);
            return;
        }

        foreach (var line in RecyclePlan.Lines(plan))
        {
            Terminal.WriteLine(_host.IsJson(result) ? _host.Terminal.Error : _host.Terminal.Output, line);
        }

        var recycler = new Recycler(
            connection.Store,
            async (recipe, title, token) => (await JobExecution.RunAsync(_host, connection, recipe, title, token))[JobExecution.Result],
            (recipe, token) => TrainAsync(connection, recipe, token));
        var outcome = await recycler.RunAsync(request, cancellationToken);
        var name = result.GetRequiredValue(_name);
        await connection.Store.SetNameAsync(name, outcome.Winner.Model.Digest, cancellationToken);
        var view = new RecycleView(outcome, name);
        if (_host.IsJson(result))
        {
            JsonOutput.Write(_host.Terminal, view.ToJson());
            return;
        }

        view.Show(_host.Terminal);
    }

    private void ShowPlan(ParseResult result, IReadOnlyList<PlannedJob> plan)
    {
        if (_host.IsJson(result))
        {
            JsonOutput.Write(_host.Terminal, new JsonObject { ["plan"] = RecyclePlan.ToJson(plan) });
            return;
        }

        foreach (var line in RecyclePlan.Lines(plan))
        {
            Terminal.WriteLine(_host.Terminal.Output, line);
        }
    }

    private async Task<RecycleRequest> RequestAsync(ParseResult result, Connection connection, CancellationToken cancellationToken)
    {
        var newBase = await FindAsync(connection, result.GetRequiredValue(_newBase), cancellationToken);
        List<GivenFineTuning> given = [];
        foreach (var (tuned, pretrained) in result.GetRequiredValue(_tuned).Zip(result.GetRequiredValue(_pretrained)))
        {
            given.Add(new GivenFineTuning(
                await FindAsync(connection, tuned, cancellationToken), await FindAsync(connection, pretrained, cancellationToken)));
        }

        var measure = await _evaluation.RecipeAsync(result, connection.Store, connection.Evaluator, newBase.Digest, cancellationToken);
        return new RecycleRequest(newBase, given, result.GetValue(_scales)!, checkpoint => measure with { Checkpoint = checkpoint })
        {
            Metric = result.GetValue(_metric),
            Target = result.GetValue(_target),
            Train = result.GetValue(_trainData) is { Length: > 0 } data ? await TrainingAsync(result, connection, newBase, data, cancellationToken) : null,
        };
    }

    /// <summary>The recipe is that of graft train, started from the new base's shape; only its start is the merge.</summary>
    private async Task<Func<Artifacts.Digest, TrainRecipe>> TrainingAsync(
        ParseResult result, Connection connection, NamedArtifact newBase, string[] data, CancellationToken cancellationToken)
    {
        List<TrainingDataset> datasets = [];
        foreach (var reference in data.Select(DataReference.Parse))
        {
            datasets.Add(await TrainingDataset.FindAsync(connection.Store, reference, cancellationToken));
        }

        var model = await StartingModel.ReadAsync(connection.Store, newBase.Digest.ToString(), cancellationToken);
        var compute = _training.Compute(result)
            ?? ManifestCodec.FromProto((await connection.Trainer.DescribeAsync(cancellationToken)).ComputeDtype, "compute_dtype");
        var recipe = _training.Recipe(result, model, datasets, compute);
        return start => recipe with { Start = new CheckpointStart(start) };
    }

    private async Task<IReadOnlyList<(int Step, Artifacts.Digest Digest)>> TrainAsync(
        Connection connection, TrainRecipe recipe, CancellationToken cancellationToken)
    {
        var outputs = await JobExecution.RunAsync(_host, connection, recipe, "train", cancellationToken);
        return [.. recipe.CheckpointSteps.Select(step => (step, outputs[$"step-{step}"]))];
    }

    private static async Task<NamedArtifact> FindAsync(Connection connection, string reference, CancellationToken cancellationToken) =>
        new(reference, (await connection.Store.GetArtifactAsync(reference, cancellationToken)).Digest);

    private static Option<string[]> Names(string name, string description) =>
        new(name) { Description = description, HelpName = "NAME", Required = true, AllowMultipleArgumentsPerToken = true };
}
