using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Evaluator;
using Graft.Faults;
using Graft.VectorStore;
using Microsoft.Extensions.Options;
using Xunit;

namespace Graft.Tests.Services.Evaluator;

public sealed class EvaluatorServiceTests
{
    private static readonly GenerationRules _generation = new(6, [], Extraction.LastNumber);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Evaluation_is_an_artifact_and_the_result_of_its_recipe()
    {
        await using var host = await StartAsync();
        var recipe = await RecipeAsync(host, new LogLikelihoodRules(), Choices());

        var jobs = await RunAsync(host, recipe);

        var job = jobs[^1];
        Assert.Equal((JobState.Succeeded, null), (job.State, job.Error));
        Assert.Equal((30, 30, "items"), (job.Progress!.Completed, job.Progress.Total, job.Progress.Unit));
        var digest = job.Outputs["result"];
        Assert.Equal(digest, await host.Client.Store.LookUpResultAsync(recipe, Token));
        var evaluation = await host.Client.Store.GetArtifactAsync(digest.ToString(), Token);
        Assert.Equal(ArtifactKind.Evaluation, evaluation.Manifest.Kind);
        var (scores, samples) = (await TextAsync(host, evaluation, "scores.json"), await TextAsync(host, evaluation, "samples.jsonl"));
        using var document = JsonDocument.Parse(scores);
        Assert.Equal(10, document.RootElement.GetProperty("items").GetInt32());
        Assert.Equal("acc_raw", document.RootElement.GetProperty("primary").GetString());
        var right = samples.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => line.Contains("\"correct\":true", StringComparison.Ordinal));
        Assert.Equal(right / 10.0, document.RootElement.GetProperty("metrics").GetProperty("acc_raw").GetProperty("value").GetDouble());
        Assert.Equal(10, samples.Count(character => character == '\n'));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Digest_of_an_evaluation_does_not_depend_on_the_batch_budget(bool generation)
    {
        List<Digest> digests = [];
        foreach (var budget in new[] { "1", "50", "100000" })
        {
            await using var host = await StartAsync(("Evaluator:BatchTokens", budget));
            var recipe = await RecipeAsync(host, generation ? _generation : new LogLikelihoodRules(), generation ? Prompts(60) : Choices());
            digests.Add((await RunAsync(host, recipe))[^1].Outputs["result"]);
        }

        Assert.Single(digests.Distinct());
    }

    [Fact]
    public async Task Result_that_is_already_there_is_taken()
    {
        await using var host = await StartAsync();
        var recipe = await RecipeAsync(host, _generation, Prompts(3));
        // Any artifact will do: the evaluator believes its store.
        await host.Client.Store.PutResultAsync(recipe, recipe.Requests, Token);

        var job = (await RunAsync(host, recipe))[^1];

        Assert.Equal(recipe.Requests, job.Outputs["result"]);
    }

    [Fact]
    public async Task Recipe_that_cannot_be_is_refused_at_once_with_its_field()
    {
        await using var host = await StartAsync();
        var recipe = await RecipeAsync(host, _generation with { MaxNewTokens = 0 }, Prompts(1));

        var fault = await Assert.ThrowsAsync<FaultException>(() => host.Client.Workers.StartAsync(recipe, Token));

        Assert.Equal((FaultKind.Invalid, "recipe.generation.max_new_tokens"), (fault.Kind, fault.Field));
    }

    [Fact]
    public async Task Fault_in_a_request_or_a_checkpoint_is_the_jobs()
    {
        await using var host = await StartAsync();
        var recipe = await RecipeAsync(host, _generation, [.. Prompts(2), "{\"prompt\": 5}"]);
        var checkpoint = (await host.Client.Store.GetArtifactAsync("tiny", Token)).Manifest;
        var bare = await host.Client.Store.PutArtifactAsync(checkpoint with { Files = [checkpoint.File("config.json")!] }, null, Token);

        var line = (await RunAsync(host, recipe))[^1];
        var tokenizer = (await RunAsync(host, recipe with { Checkpoint = bare }))[^1];
        var missing = (await RunAsync(host, recipe with { Checkpoint = Digest.Of([1]) }))[^1];
        var kind = (await RunAsync(host, recipe with { Rules = new LogLikelihoodRules() }))[^1];

        Assert.Equal((JobState.Failed, FaultKind.Invalid), (line.State, line.Error!.Kind));
        Assert.Contains("requests.jsonl, line 3: \"prompt\" is 5", line.Error.Message);
        Assert.Contains("has no tokenizer.json", tokenizer.Error!.Message);
        Assert.Equal(FaultKind.NotFound, missing.Error!.Kind);
        Assert.Contains("requests.jsonl, line 1 is a generation request", kind.Error!.Message);
    }

    [Theory]
    [InlineData("Evaluator:Threads", "0")]
    [InlineData("Evaluator:BatchTokens", "-1")]
    public async Task Impossible_setting_stops_the_host_before_it_serves(string name, string value) =>
        await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync((name, value)));

    [Fact]
    public async Task Cancelled_job_stops_and_leaves_no_result()
    {
        await using var host = await StartAsync();
        var recipe = await RecipeAsync(host, _generation with { MaxNewTokens = 4000 }, Prompts(60));

        await host.Client.Workers.StartAsync(recipe, Token);
        await host.Client.Workers.CancelAsync(recipe, Token);
        var job = await host.Client.Workers.WatchAsync(recipe, Token).LastAsync(Token);

        Assert.Equal(JobState.Cancelled, job.State);
        Assert.Null(await host.Client.Store.LookUpResultAsync(recipe, Token));
    }

    private static Task<TestHost> StartAsync(params (string Name, string Value)[] settings) => TestHost.StartAsync(
        builder => builder.AddVectorStore().AddEvaluator(),
        app =>
        {
            app.MapVectorStore();
            app.MapEvaluator();
        },
        settings.ToDictionary(setting => setting.Name, setting => (string?)setting.Value));

    private static async Task<EvaluateRecipe> RecipeAsync(TestHost host, TaskRules rules, IEnumerable<string> lines)
    {
        await TinyModel.PutAsync(host.Client.Store);
        var checkpoint = await host.Client.Store.GetArtifactAsync("tiny", Token);
        var requests = await TinyModel.PutRequestsAsync(host.Client.Store, lines);
        return new EvaluateRecipe(checkpoint.Digest, requests, rules, EvaluateRecipe.CurrentVersion, DType.F32);
    }

    private static async Task<List<JobStatus>> RunAsync(TestHost host, EvaluateRecipe recipe)
    {
        await host.Client.Workers.StartAsync(recipe, Token);
        return await host.Client.Workers.WatchAsync(recipe, Token).ToListAsync(Token);
    }

    private static async Task<string> TextAsync(TestHost host, ArtifactInfo artifact, string path)
    {
        var file = artifact.Manifest.File(path)!;
        return Encoding.UTF8.GetString(await host.Client.Store.ReadAsync(file.Sha256, file.Size, Token));
    }

    private static IEnumerable<string> Choices() => Enumerable.Range(0, 30).Select(i =>
        $$"""{"doc_id": {{i / 3}}, "choice": {{i % 3}}, "context": "w{{i / 3}} w2", "continuation": " w{{i}} w{{i % 7}}", "gold": {{i / 3 % 3}}}""");

    private static IEnumerable<string> Prompts(int count) =>
        Enumerable.Range(0, count).Select(i => $$"""{"prompt": "w{{i % TinyModel.Words}} w{{i / 7}}{{(i % 2 == 0 ? " w5" : "")}}", "answer": "{{i % 3}}"}""");
}
