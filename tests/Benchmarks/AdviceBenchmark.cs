using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Cli.Advice;
using Graft.Cli.Connections;
using Graft.Cli.Demo;
using Graft.Cli.Report;
using Graft.Cli.Report.Statistics;
using Graft.Client;

namespace Graft.Tests.Benchmarks;

/// <summary>
/// How often graft advise picks the true best cell of a column of the demo's matrix, against taking the nearest predecessor's vector. The
/// truth is the score on the demo's test; the advice sees held-out problems that are neither in the test nor in the fine-tuning's data.
/// </summary>
internal sealed class AdviceBenchmark(GraftClient client, DemoPreset preset)
{
    private const int Samples = 256;

    // Another draw of problems than any seed of the demo makes.
    private const ulong HeldOutSeed = 500_000_000;

    private static readonly double[] _scales = [0.5, 0.75, 1];
    private static readonly Metric _metric = Metric.Of("exact_match");

    /// <param name="args">"advise", then --seeds 0,1,2 --preset quick --store DIR, all optional.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        string Option(string name, string fallback) => Array.IndexOf(args, name) is > 0 and var at && at + 1 < args.Length ? args[at + 1] : fallback;
        var preset = Enum.Parse<DemoPreset>(Option("--preset", "quick"), ignoreCase: true);
        var store = Option("--store", "");
        var folder = store.Length > 0 ? Path.GetFullPath(store) : Directory.CreateTempSubdirectory("graft-advice-").FullName;
        await using var server = await LocalServer.StartAsync(new LocalServerSettings(folder), CancellationToken.None);
        using var client = new GraftClient(new ClientOptions { Server = server.Address }, TimeProvider.System);
        List<AdviceTrial> trials = [];
        foreach (var seed in Option("--seeds", "0,1,2").Split(',').Select(ulong.Parse))
        {
            trials.AddRange(await new AdviceBenchmark(client, preset).MeasureAsync(seed));
        }

        AdviceTrial.Write(trials);
        return 0;
    }

    private async Task<IReadOnlyList<AdviceTrial>> MeasureAsync(ulong seed)
    {
        var spec = new DemoSpec(preset, seed);
        var inputs = await DemoUpload.WriteAsync(client.Store, spec, CancellationToken.None);
        var models = await ModelsAsync(spec, inputs);
        var heldOut = await HeldOutAsync(spec);
        string[] names = [.. models.Keys.Where(name => !name.EndsWith("-FT", StringComparison.Ordinal))];
        List<AdviceTrial> trials = [];
        foreach (var target in names)
        {
            List<VectorChoice> choices = [];
            foreach (var source in names.Where(name => name != target))
            {
                choices.Add(new VectorChoice(source, await RunAsync(new ExtractRecipe(models[$"{source}-FT"], models[source]), "", CancellationToken.None), models[source]));
            }

            var ranked = await new Advisor(client.Store, RunAsync).RankAsync(models[target], choices, _scales, heldOut, addBos: true, CancellationToken.None);
            var truth = new Dictionary<(string, double), Score>();
            foreach (var candidate in ranked.Select(one => one.Candidate))
            {
                truth[(candidate.Choice.Name, candidate.Scale)] = await ScoreAsync(candidate.Merge!.Value, inputs[DemoInput.Test]);
            }

            trials.Add(Trial(seed, target, "all vectors, scale 1", ranked, truth, one => one.Scale == 1, names));
            trials.Add(Trial(seed, target, "all vectors, three scales", ranked, truth, _ => true, names));
            if (Array.IndexOf(names, target) > 1)
            {
                bool IsEarlier(Candidate one) => Array.IndexOf(names, one.Choice.Name) < Array.IndexOf(names, target);
                trials.Add(Trial(seed, target, "earlier vectors, scale 1", ranked, truth, one => one.Scale == 1 && IsEarlier(one), names));
                trials.Add(Trial(seed, target, "earlier vectors, three scales", ranked, truth, IsEarlier, names));
            }
        }

        return trials;
    }

    private static AdviceTrial Trial(
        ulong seed, string target, string among, IReadOnlyList<RankedCandidate> ranked, Dictionary<(string, double), Score> truth,
        Func<Candidate, bool> isCandidate, string[] names)
    {
        // Again, so that the probability is that among these candidates.
        var mine = Ranking.Of([.. ranked.Select(one => one.Candidate).Where(isCandidate)], new Random(0));
        var scores = mine.Select(one => truth[Key(one.Candidate)]).ToList();
        var best = scores.MaxBy(score => score.Value)!;
        var index = Array.IndexOf(names, target);
        // The first checkpoint has no predecessor: its other neighbour then.
        var predecessor = names[index > 0 ? index - 1 : 1];
        var nearest = mine.MinBy(one => (one.Candidate.Geometry.Distance, Math.Abs(one.Candidate.Scale - 1)))!;
        return new AdviceTrial(
            seed, target, among, mine.Count,
            Pick(truth[Key(mine[0].Candidate)]), Pick(truth[(predecessor, 1)]), Pick(truth[Key(nearest.Candidate)]),
            mine[0].Probability!.Value, $"{mine[0].Candidate.Choice.Name}@{mine[0].Candidate.Scale}");

        AdvicePick Pick(Score score) => new(
            score.Value == best.Value,
            best.Value - score.Value,
            score.Value == best.Value || Comparison.Of(_metric, best, score).P >= 0.05);

        static (string, double) Key(Candidate candidate) => (candidate.Choice.Name, candidate.Scale);
    }

    /// <summary>The demo's pretrained and fine-tuned checkpoints by name; a store that has them only looks them up.</summary>
    private async Task<IReadOnlyDictionary<string, Digest>> ModelsAsync(DemoSpec spec, IReadOnlyDictionary<DemoInput, Digest> inputs)
    {
        var message = new V1.RunSpec { Yaml = spec.ToYaml() };
        message.Inputs.AddRange(inputs.Select(input => new V1.Input { Reference = spec.NameOf(input.Key), Artifact = input.Value.ToString() }));
        var run = await client.Coordinator.StartAsync(message, CancellationToken.None);
        await foreach (var now in client.Coordinator.WatchAsync(run.Id, CancellationToken.None))
        {
            run = now;
        }

        var results = await ResultsBuilder.BuildAsync(run, new StudyInfo((long)spec.Seed, spec.PresetName, TimeSpan.Zero), client.Store, CancellationToken.None);
        return new OrderedDictionary<string, Digest>(results.Checkpoints.Where(model => !model.Key.Contains('+') && !model.Key.EndsWith("-CT", StringComparison.Ordinal)));
    }

    private async Task<Digest> HeldOutAsync(DemoSpec spec)
    {
        static string[] Lines(ReadOnlyMemory<byte> text) => Encoding.UTF8.GetString(text.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // A question stands in the test with its answer only, so prompts are compared, without the test's beginning token.
        static string Prompt(string line) => System.Text.Json.JsonElement.Parse(line).GetProperty("prompt").GetString()!.Replace("<eos> ", "", StringComparison.Ordinal);
        var own = ProblemSet.Write(spec.Seed, spec.NumProblems);
        var known = Lines(own.Training).Concat(Lines(own.Test)).Select(Prompt).ToHashSet();
        var fresh = Lines(ProblemSet.Write(HeldOutSeed + spec.Seed).Training).Where(line => !known.Contains(Prompt(line))).Take(Samples);
        var path = Path.Combine(Directory.CreateTempSubdirectory("graft-held-out-").FullName, "held-out.jsonl");
        await File.WriteAllLinesAsync(path, fresh);
        return await HeldOutSamples.WriteAsync(client.Store, path, Samples, CancellationToken.None);
    }

    private async Task<Score> ScoreAsync(Digest model, Digest test)
    {
        // As the demo's own task has it, so that its evaluations are hits.
        var recipe = new EvaluateRecipe(model, test, new GenerationRules(12, [], Extraction.LastNumber), EvaluateRecipe.CurrentVersion, DType.F32);
        var evaluation = await RunAsync(recipe, "", CancellationToken.None);
        return Evaluation.Parse(evaluation, await new StoredEvaluations(client.Store).ReadAsync(evaluation, CancellationToken.None)).Score("gsm-micro", "exact_match");
    }

    private async Task<Digest> RunAsync(Recipe recipe, string title, CancellationToken cancellationToken)
    {
        if (await client.Store.LookUpResultAsync(recipe, cancellationToken) is { } known)
        {
            return known;
        }

        await client.Workers.StartAsync(recipe, cancellationToken);
        await foreach (var job in client.Workers.WatchAsync(recipe, cancellationToken))
        {
            if (job.State == JobState.Succeeded)
            {
                return job.Outputs["result"];
            }
        }

        throw new InvalidOperationException($"A job of the benchmark did not succeed: {recipe}");
    }
}
