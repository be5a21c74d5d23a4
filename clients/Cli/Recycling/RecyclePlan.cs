using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;

namespace Graft.Cli.Recycling;

/// <summary>A job that recycling will need.</summary>
/// <param name="What">In words.</param>
/// <param name="IsDone">Its result is in the store; null where that depends on jobs before it.</param>
internal sealed record PlannedJob(string What, bool? IsDone);

/// <summary>What recycling will do, job by job, in order.</summary>
internal static class RecyclePlan
{
    public static async Task<IReadOnlyList<PlannedJob>> OfAsync(RecycleRequest request, StoreClient store, CancellationToken cancellationToken)
    {
        List<PlannedJob> jobs = [];
        await AddAsync($"measure {request.NewBase.Name}", request.Evaluate(request.NewBase.Digest));
        foreach (var given in request.Given)
        {
            await AddAsync($"measure {given.FineTuned.Name}", request.Evaluate(given.FineTuned.Digest));
        }

        foreach (var given in request.Given)
        {
            var vector = await AddAsync($"extract {given.FineTuned.Name} - {given.Pretrained.Name}", new ExtractRecipe(given.FineTuned.Digest, given.Pretrained.Digest));
            foreach (var scale in request.Scales)
            {
                var name = request.MergeName(given, scale);
                var merge = await AddAsync($"merge {name}", vector is { } known ? Recycler.MergeOf(request.NewBase.Digest, known, scale) : null);
                await AddAsync($"measure {name}", merge is { } made ? request.Evaluate(made) : null);
            }
        }

        jobs.Add(new PlannedJob(
            request.Train is null
                ? "name the best merge; there is nothing to train with (--train-data), whatever it reaches"
                : "if the best merge falls short of the target: train it on, and measure each checkpoint",
            null));
        return jobs;

        async Task<Digest?> AddAsync(string what, Recipe? recipe)
        {
            var result = recipe is null ? null : await store.LookUpResultAsync(recipe, cancellationToken);
            jobs.Add(new PlannedJob(what, recipe is null ? null : result is not null));
            return result;
        }
    }

    public static IEnumerable<string> Lines(IReadOnlyList<PlannedJob> jobs)
    {
        foreach (var job in jobs)
        {
            yield return $"{job.IsDone switch { true => "HIT ", false => "MISS", null => "wait" }}  {job.What}";
        }

        yield return $"{jobs.Count(job => job.IsDone == true)} of {jobs.Count} are done already.";
    }

    public static JsonArray ToJson(IReadOnlyList<PlannedJob> jobs) => new([.. jobs.Select(job => new JsonObject
    {
        ["job"] = job.What,
        ["state"] = job.IsDone switch { true => "hit", false => "miss", null => "waiting" },
    })]);
}
