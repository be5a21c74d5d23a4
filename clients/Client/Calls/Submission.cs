using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;

namespace Graft.Client.Calls;

/// <summary>Recipes as calls to the worker that executes them.</summary>
internal static class Submission
{
    /// <summary>One attempt.</summary>
    public static async Task<V1.Job> OnceAsync(Endpoint worker, Recipe recipe, CancellationToken cancellationToken)
    {
        var message = RecipeCodec.ToProto(recipe);
        return message.KindCase switch
        {
            V1.Recipe.KindOneofCase.Train => (await worker.CallOnceAsync(
                options => new V1.TrainerService.TrainerServiceClient(worker.Invoker)
                    .TrainAsync(new V1.TrainRequest { Recipe = message.Train }, options), cancellationToken)).Job,
            V1.Recipe.KindOneofCase.Extract => (await worker.CallOnceAsync(
                options => new V1.MergerService.MergerServiceClient(worker.Invoker)
                    .ExtractAsync(new V1.ExtractRequest { Recipe = message.Extract }, options), cancellationToken)).Job,
            V1.Recipe.KindOneofCase.Merge => (await worker.CallOnceAsync(
                options => new V1.MergerService.MergerServiceClient(worker.Invoker)
                    .MergeAsync(new V1.MergeRequest { Recipe = message.Merge }, options), cancellationToken)).Job,
            V1.Recipe.KindOneofCase.Compare => (await worker.CallOnceAsync(
                options => new V1.MergerService.MergerServiceClient(worker.Invoker)
                    .CompareAsync(new V1.CompareRequest { Recipe = message.Compare }, options), cancellationToken)).Job,
            V1.Recipe.KindOneofCase.Evaluate => (await worker.CallOnceAsync(
                options => new V1.EvaluatorService.EvaluatorServiceClient(worker.Invoker)
                    .EvaluateAsync(new V1.EvaluateRequest { Recipe = message.Evaluate }, options), cancellationToken)).Job,
            _ => throw new ArgumentOutOfRangeException(nameof(recipe), message.KindCase, "No worker executes this recipe."),
        };
    }
}
