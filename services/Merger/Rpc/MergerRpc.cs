using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Graft.Hosting.Jobs;
using Graft.Merger.Extracting;
using Graft.Merger.Merging;
using Grpc.Core;

namespace Graft.Merger.Rpc;

/// <summary>MergerService over the two jobs.</summary>
internal sealed class MergerRpc(JobTable jobs, ExtractJob extraction, MergeJob merging) : V1.MergerService.MergerServiceBase
{
    public override async Task<V1.ExtractResponse> Extract(V1.ExtractRequest request, ServerCallContext context)
    {
        var recipe = RecipeCodec.FromProto(request.Recipe ?? throw NoRecipe());
        var work = await extraction.PrepareAsync(recipe, context.CancellationToken);
        return new V1.ExtractResponse { Job = Start(recipe, "extract", work) };
    }

    public override async Task<V1.MergeResponse> Merge(V1.MergeRequest request, ServerCallContext context)
    {
        var recipe = MergeRecipeCodec.FromProto(request.Recipe ?? throw NoRecipe());
        var work = await merging.PrepareAsync(recipe, context.CancellationToken);
        return new V1.MergeResponse { Job = Start(recipe, "merge", work) };
    }

    private V1.Job Start(Recipe recipe, string kind, Func<JobContext, CancellationToken, Task> work) =>
        jobs.Start(new JobRequest(RecipeCodec.DigestOf(recipe).ToString(), kind, work));

    private static FaultException NoRecipe() => FaultException.Invalid("The request has no recipe.", "recipe");
}
