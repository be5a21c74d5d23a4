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
    // A job that is cancelled while it calls the store resets the call, which gRPC's server logs as an error when it was still reading.
    private const int CallReset = 6;

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

    [Fact]
    public async Task It_says_what_it_computes_on()
    {
        await using var host = await StartAsync(("Evaluator:Device", "cpu"));

        var answer = await host.Client.Evaluator.DescribeAsync(Token);

        Assert.Equal(["cpu"], answer.Devices);
        Assert.Equal(V1.DType.F32, answer.ComputeDtype);
    }

    [Fact]
    public async Task A_device_that_is_not_there_is_a_fault_before_anything_is_read()
    {
        await using var host = await StartAsync(("Evaluator:Device", "cuda:7"));
        var recipe = await RecipeAsync(host, new LogLikelihoodRules(), Choices());

        var fault = await Assert.ThrowsAsync<FaultException>(() => RunAsync(host, recipe));

        Assert.Equal(FaultKind.Precondition, fault.Kind);
        Assert.StartsWith("Evaluator:Device is cuda:7", fault.Message, StringComparison.Ordinal);
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
        host.Expect(CallReset);
        var recipe = await RecipeAsync(host, _generation with { MaxNewTokens = 4000 }, Prompts(60));

        await host.Client.Workers.StartAsync(recipe, Token);
        await host.Client.Workers.CancelAsync(recipe, Token);
        var job = await host.Client.Workers.WatchAsync(recipe, Token).LastAsync(Token);

        Assert.Equal(JobState.Cancelled, job.State);
        Assert.Null(await host.Client.Store.LookUpResultAsync(recipe, Token));
    }

    [Fact]
    public async Task Stopped_evaluation_goes_on_where_it_was_in_another_process_and_ends_with_the_same_artifact()
    {
        var rules = _generation with { MaxNewTokens = 300 };
        await using var undisturbed = await StartAsync(("Evaluator:BatchTokens", "1"));
        var expected = (await RunAsync(undisturbed, await RecipeAsync(undisturbed, rules, Prompts(64))))[^1].Outputs["result"];
        var folder = Directory.CreateTempSubdirectory("graft-test-").FullName;
        EvaluateRecipe recipe;
        long done;
        await using (var first = await StartAsync(folder, ("Evaluator:BatchTokens", "1"), ("Evaluator:StateInterval", "00:00:00")))
        {
            first.Expect(CallReset);
            recipe = await RecipeAsync(first, rules, Prompts(64));
            await first.Client.Workers.StartAsync(recipe, Token);
            done = (await first.Client.Workers.WatchAsync(recipe, Token).FirstAsync(job => job.Progress?.Completed > 8, Token)).Progress!.Completed;
            await first.Client.Workers.CancelAsync(recipe, Token);
            Assert.Equal(JobState.Cancelled, (await first.Client.Workers.WatchAsync(recipe, Token).LastAsync(Token)).State);
            Assert.Single(await first.Client.Store.ListNamesAsync("evaluating/", Token).ToListAsync(Token));
        }

        await using var second = await StartAsync(folder);
        var jobs = await RunAsync(second, recipe);

        Assert.Equal(expected, jobs[^1].Outputs["result"]);
        Assert.All(jobs.Where(job => job.Progress is { Completed: > 0 }), job => Assert.True(job.Progress!.Completed >= done));
        Assert.Empty(await second.Client.Store.ListNamesAsync("evaluating/", Token).ToListAsync(Token));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Named_task_is_made_of_its_rows_and_examples()
    {
        await using var host = await StartAsync();
        var recipe = await RecipeAsync(host, new NamedTaskRules("naturalqs::olmes"), Rows(12)) with { MaxLength = 1000 };
        var shots = await TinyModel.PutRequestsAsync(host.Client.Store, Rows(5));

        var bare = (await RunAsync(host, recipe))[^1];
        var job = (await RunAsync(host, recipe with { FewShot = shots }))[^1];

        Assert.Contains("shows few-shot examples (OLMES:naturalqs)", bare.Error!.Message);
        Assert.Equal((JobState.Succeeded, null), (job.State, job.Error));
        var evaluation = await host.Client.Store.GetArtifactAsync(job.Outputs["result"].ToString(), Token);
        var scores = JsonElement.Parse(await TextAsync(host, evaluation, "scores.json"));
        Assert.Equal(
            ["f1", "exact_match", "squad_f1", "squad_exact_match", "bits_per_byte"], scores.GetProperty("metrics").EnumerateObject().Select(metric => metric.Name));
        Assert.Equal(("f1", 12), (scores.GetProperty("primary").GetString(), scores.GetProperty("items").GetInt32()));
        var sample = JsonElement.Parse((await TextAsync(host, evaluation, "samples.jsonl")).Split('\n')[3]);
        Assert.StartsWith("Question: w0 w1\nAnswer: w2\n\nQuestion: w1 w2\nAnswer: w3\n\n", sample.GetProperty("prompt").GetString());
        Assert.EndsWith("Question: w3 w4\nAnswer:", sample.GetProperty("prompt").GetString());
        Assert.Equal(sample.GetProperty("token_ids").GetArrayLength(), sample.GetProperty("log_probs").GetArrayLength());
        Assert.InRange(sample.GetProperty("choices")[0].GetProperty("log_likelihood").GetDouble(), -20, 0);
    }

    [Fact]
    public async Task Described_task_is_refused_with_its_line_and_otherwise_done()
    {
        await using var host = await StartAsync();
        const string Yaml = "prompt: \"{question}\"\nchoose:\n  choices: answer\n  gold: right\n";
        var recipe = await RecipeAsync(host, new DescribedTaskRules(Yaml), Enumerable.Range(0, 9).Select(i => $$"""{"question": "w{{i}}", "answer": ["w3", "w4"], "right": {{i % 2}}}"""));

        var fault = await Assert.ThrowsAsync<FaultException>(() => host.Client.Workers.StartAsync(recipe with { Rules = new DescribedTaskRules(Yaml + "stop: x") }, Token));
        var job = (await RunAsync(host, recipe))[^1];

        Assert.Equal((FaultKind.Invalid, "recipe.described.yaml"), (fault.Kind, fault.Field));
        Assert.Contains("line 5: there is no key 'stop' here", fault.Message);
        Assert.Equal(JobState.Succeeded, job.State);
    }

    [Fact]
    public async Task Two_evaluations_are_compared_on_their_items()
    {
        await using var host = await StartAsync();
        var recipe = await RecipeAsync(host, new LogLikelihoodRules(), Choices());
        var first = (await RunAsync(host, recipe))[^1].Outputs["result"];
        var second = (await RunAsync(host, recipe with { Requests = await TinyModel.PutRequestsAsync(host.Client.Store, Choices().Skip(6).Select(line => line.Replace("w2\"", "w7\"", StringComparison.Ordinal))) }))[^1].Outputs["result"];
        await host.Client.Store.SetNameAsync("other", second, Token);

        var compared = await host.Client.Evaluator.CompareAsync(new V1.CompareEvaluationsRequest { First = first.ToString(), Second = "other", Confidence = 0.9 }, Token);
        var same = await host.Client.Evaluator.CompareAsync(new V1.CompareEvaluationsRequest { First = first.ToString(), Second = first.ToString() }, Token);

        Assert.Equal((8, 2, 0, "acc_raw"), (compared.Items, compared.OnlyFirst, compared.OnlySecond, compared.Primary));
        Assert.Equal(["acc_raw", "acc_per_char", "bits_per_byte"], compared.Metrics.Select(metric => metric.Metric));
        Assert.Equal([V1.ComparisonTest.McNemar, V1.ComparisonTest.McNemar, V1.ComparisonTest.PairedBootstrap], compared.Metrics.Select(metric => metric.Test));
        Assert.All(compared.Metrics, metric => Assert.Equal(metric.First - metric.Second, metric.Difference, 1e-12));
        Assert.All(compared.Metrics, metric => Assert.True(metric.Low <= metric.Difference && metric.Difference <= metric.High));
        Assert.All(same.Metrics, metric => Assert.Equal((0, 1, 0, 0), (metric.Difference, metric.P, metric.FirstHigher, metric.SecondHigher)));
    }

    [Fact]
    public async Task Other_artifacts_are_no_evaluations()
    {
        await using var host = await StartAsync();
        await RecipeAsync(host, new LogLikelihoodRules(), Choices());

        var kind = await Assert.ThrowsAsync<FaultException>(() => host.Client.Evaluator.CompareAsync(new V1.CompareEvaluationsRequest { First = "tiny", Second = "tiny" }, Token));
        var missing = await Assert.ThrowsAsync<FaultException>(() => host.Client.Evaluator.CompareAsync(new V1.CompareEvaluationsRequest { First = "nothing", Second = "tiny" }, Token));
        var confidence = await Assert.ThrowsAsync<FaultException>(
            () => host.Client.Evaluator.CompareAsync(new V1.CompareEvaluationsRequest { First = "tiny", Second = "tiny", Confidence = 2 }, Token));

        Assert.Equal((FaultKind.Invalid, "first"), (kind.Kind, kind.Field));
        Assert.Contains("tiny is a Checkpoint", kind.Message);
        Assert.Equal(FaultKind.NotFound, missing.Kind);
        Assert.Equal("confidence", confidence.Field);
    }

    [Fact]
    public async Task What_cannot_be_evaluated_is_told_before_the_weights_are_read()
    {
        await using var host = await StartAsync();
        var recipe = await RecipeAsync(host, _generation, Prompts(2));
        var store = host.Client.Store;
        var tiny = (await store.GetArtifactAsync("tiny", Token)).Manifest;
        var other = await With("config.json", text => text.Replace("olmo2", "gpt_neox", StringComparison.Ordinal).Replace("Olmo2ForCausalLM", "GPTNeoXForCausalLM", StringComparison.Ordinal));
        var small = await With("tokenizer.json", text => text.Replace("\"w0\":0", "\"w0\":40", StringComparison.Ordinal));
        var empty = await TinyModel.PutRequestsAsync(store, []);

        Assert.Contains("gpt_neox", await ErrorAsync(recipe with { Checkpoint = other }));
        Assert.Contains("the tokenizer does not belong to this model", await ErrorAsync(recipe with { Checkpoint = small }));
        Assert.Contains("has no request", await ErrorAsync(recipe with { Requests = empty }));
        Assert.Contains("too long for the model's 4096 positions", await ErrorAsync(recipe with { Rules = _generation with { MaxNewTokens = 4096 } }));

        async Task<string> ErrorAsync(EvaluateRecipe asked) => (await RunAsync(host, asked))[^1].Error!.Message;
        async Task<Digest> With(string path, Func<string, string> change)
        {
            var file = tiny.File(path)!;
            var text = change(Encoding.UTF8.GetString(await store.ReadAsync(file.Sha256, file.Size, Token)));
            var changed = await store.WriteFileAsync(path, Encoding.UTF8.GetBytes(text), Token);
            return await store.PutArtifactAsync(tiny with { Files = [.. tiny.Files.Where(known => known.Path != path), changed] }, null, Token);
        }
    }

    private static Task<TestHost> StartAsync(params (string Name, string Value)[] settings) => StartAsync(null, settings);

    private static Task<TestHost> StartAsync(string? folder, params (string Name, string Value)[] settings) => TestHost.StartAsync(
        builder => builder.AddVectorStore().AddEvaluator(),
        app =>
        {
            app.MapVectorStore();
            app.MapEvaluator();
        },
        settings.ToDictionary(setting => setting.Name, setting => (string?)setting.Value),
        folder);

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

    private static IEnumerable<string> Rows(int count) =>
        Enumerable.Range(0, count).Select(i => $$"""{"question": "w{{i}} w{{i + 1}}", "answer": ["w{{i + 2}}"]}""");

    private static IEnumerable<string> Prompts(int count) =>
        Enumerable.Range(0, count).Select(i => $$"""{"prompt": "w{{i % TinyModel.Words}} w{{i / 7}}{{(i % 2 == 0 ? " w5" : "")}}", "answer": "{{i % 3}}"}""");
}
