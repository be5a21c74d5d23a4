using System.Text.Json;
using System.Text.Json.Nodes;
using Graft.Client;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>A study from its plan to its proof: planned, left to a server, watched, cancelled, gone on with, and verified.</summary>
public class RunTests
{
    private const string Yaml = """
        name: lived
        seed: 1
        trajectory: {M1: MODELS/M1, M2: MODELS/M2}
        finetune:
          recipe:
            data: ./rows.jsonl
            layout: padded
            mask: completion
            steps: 60
            batch: 4
            length: 32
            every: 30
            schedule: {shape: linear, peak: 1e-4, warmup: 2}
        tasks:
          gsm: {requests: ./questions.jsonl, metric: bits_per_byte}
        experiments:
          matrix: {direction: forward}
        """;

    private const string Given = """
        name: given
        trajectory: {M1: MODELS/M1, M2: MODELS/M2}
        finetune:
          given: {M1: MODELS/M1-FT}
        tasks:
          gsm: {requests: ./questions.jsonl, metric: bits_per_byte}
        experiments:
          matrix: {direction: forward}
        """;

    [Fact]
    public async Task A_detached_run_is_watched_cancelled_and_gone_on_with_and_makes_what_its_recipes_make()
    {
        using var folder = new TemporaryFolder();
        var spec = Write(folder, Yaml);
        string[] store = ["--store", folder["store"]];

        await using (var homeless = GraftProcess.Start(["run", spec, "--detach", .. store]))
        {
            Assert.Equal(1, await homeless.ExitAsync());
            Assert.Contains($"Try: graft serve --store {folder["store"]}", homeless.Errors, StringComparison.Ordinal);
        }

        var before = await JsonAsync(["plan", spec, "--json", .. store]);
        Assert.Equal((0, 15), ((int)before["hits"]!, (int)before["misses"]!));
        await using var server = GraftProcess.Serve(folder["store"]);
        await server.ServesAsync();

        var id = (string)(await JsonAsync(["run", spec, "--detach", "--json", .. store]))["id"]!;
        Assert.Equal("cancelled", (string)(await JsonAsync(["cancel", id, "--json", .. store]))["state"]!);
        Assert.Equal([(id, "cancelled")], await RunsAsync(store));
        await using (var watch = GraftProcess.Start(["watch", id, .. store]))
        {
            Assert.Equal(1, await watch.ExitAsync());
            Assert.Contains($"graft retry {id}", watch.Errors, StringComparison.Ordinal);
        }

        await GraftProcess.RunAsync(["retry", id[..6], "--detach", .. store]);
        var watched = await GraftProcess.RunAsync(["watch", "lived", "--json", .. store]);
        Assert.Contains("\"state\":\"succeeded\",\"steps\":15", watched, StringComparison.Ordinal);
        Assert.Equal([(id, "succeeded")], await RunsAsync(store));
        var after = await JsonAsync(["plan", spec, "--json", .. store]);
        Assert.Equal((15, 0, 0), ((int)after["hits"]!, (int)after["misses"]!, (int)after["written_bytes"]!));

        var proof = JsonNode.Parse(await GraftProcess.RunAsync(
            ["verify-run", id, "--step", "finetune/M1@30", "--step", "merge/M2+M1", "--step", "evaluate/merge/M2+M1/gsm", "--json", .. store]))!.AsArray();
        Assert.Equal(["finetune/M1", "merge/M2+M1", "evaluate/merge/M2+M1/gsm"], proof.Select(step => (string)step!["step"]!));
        Assert.All(proof, step => Assert.True((bool)step!["equal"]!));
        Assert.Equal(["result", "step-30", "step-60"], proof[0]!["artifacts"]!.AsArray().Select(artifact => (string)artifact!["name"]!));
    }

    [Fact]
    public async Task A_result_that_its_recipe_does_not_make_is_found()
    {
        using var folder = new TemporaryFolder();
        var spec = Write(folder, Given);
        await GraftProcess.RunAsync(["run", spec, "--out", folder["out"], "--store", folder["honest"]]);
        var (merge, wrong) = await WithServerAsync(folder["honest"], async client => (
            Assert.Single((await client.Housekeeping.TraceAsync("given/M2+M1", depth: 1, TestContext.Current.CancellationToken))[0].Recipes),
            (await client.Store.GetArtifactAsync("given/M1", TestContext.Current.CancellationToken)).Digest));

        foreach (var name in new[] { "M1", "M2", "M1-FT" })
        {
            await GraftProcess.RunAsync(["import", SharedData.Require($"trajectory/{name}"), "--name", name, "--store", folder["forged"]]);
        }

        await WithServerAsync(folder["forged"], async client =>
        {
            await client.Store.PutResultAsync(merge, wrong, TestContext.Current.CancellationToken);
            return true;
        });
        await GraftProcess.RunAsync(["run", spec, "--out", folder["out"], "--store", folder["forged"]]);

        await using var proof = GraftProcess.Start(["verify-run", "given", "--step", "extract/M1", "merge/M2+M1", "--store", folder["forged"]]);
        Assert.Equal(1, await proof.ExitAsync());
        Assert.Contains($"DIFFERENT  merge/M2+M1  result  stored {wrong.Short}, made ", proof.Output, StringComparison.Ordinal);
        Assert.Contains("equal      extract/M1", proof.Output, StringComparison.Ordinal);
        Assert.Contains("1 of 2 steps make something else than the run has: merge/M2+M1.", proof.Errors, StringComparison.Ordinal);
    }

    private static async Task<T> WithServerAsync<T>(string store, Func<GraftClient, Task<T>> act)
    {
        await using var server = GraftProcess.Serve(store);
        using var client = new GraftClient(new ClientOptions { Server = await server.ServesAsync() }, TimeProvider.System);
        return await act(client);
    }

    private static async Task<JsonObject> JsonAsync(string[] arguments) => JsonNode.Parse(await GraftProcess.RunAsync(arguments))!.AsObject();

    private static async Task<(string, string)[]> RunsAsync(string[] store) =>
        [.. JsonNode.Parse(await GraftProcess.RunAsync(["runs", "--json", .. store]))!.AsArray().Select(run => ((string)run!["id"]!, (string)run["state"]!))];

    private static string Write(TemporaryFolder folder, string yaml)
    {
        File.WriteAllText(folder["study.yaml"], yaml.Replace("MODELS", SharedData.Require("trajectory"), StringComparison.Ordinal));
        File.WriteAllLines(folder["rows.jsonl"], Enumerable.Range(1, 40).Select(i => JsonSerializer.Serialize(
            new { prompt = $"Question: Tom has {i} apples and buys {i % 7} more. How many?\nAnswer:", completion = $" {i + (i % 7)}." })));
        File.WriteAllLines(folder["questions.jsonl"], File.ReadLines(SharedData.Require("trajectory/tasks/gsm8k_bpb.jsonl")).Take(3));
        return folder["study.yaml"];
    }
}
