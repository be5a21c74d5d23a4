using Google.Protobuf.WellKnownTypes;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Graft.Hosting.Jobs;
using Graft.Merger.Comparing;
using Graft.Merger.Extracting;
using Graft.Merger.Merging;
using Grpc.Core;

namespace Graft.Merger.Rpc;

/// <summary>MergerService over the three jobs.</summary>
internal sealed class MergerRpc(JobTable jobs, ExtractJob extraction, MergeJob merging, CompareJob comparison)
    : V1.MergerService.MergerServiceBase
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

    public override async Task<V1.CompareResponse> Compare(V1.CompareRequest request, ServerCallContext context)
    {
        var recipe = RecipeCodec.FromProto(request.Recipe ?? throw NoRecipe());
        var work = await comparison.PrepareAsync(recipe, context.CancellationToken);
        return new V1.CompareResponse { Job = Start(recipe, "compare", work) };
    }

    public override async Task<V1.PlanMergeResponse> PlanMerge(V1.PlanMergeRequest request, ServerCallContext context)
    {
        var recipe = MergeRecipeCodec.FromProto(request.Recipe ?? throw NoRecipe());
        var plan = await merging.PlanAsync(recipe, context.CancellationToken);
        var response = new V1.PlanMergeResponse
        {
            Tensors = plan.Tensors,
            Parameters = plan.Parameters,
            ReadBytes = plan.ReadBytes,
            WriteBytes = plan.WriteBytes,
            MemoryBytes = plan.MemoryBytes,
            Estimate = plan.Estimate?.ToDuration(),
        };
        response.Problems.AddRange(plan.Problems.Select(problem => new V1.Problem { Field = problem.Field, Message = problem.Text }));
        return response;
    }

    private V1.Job Start(Recipe recipe, string kind, Func<JobContext, CancellationToken, Task> work) =>
        jobs.Start(new JobRequest(RecipeCodec.DigestOf(recipe).ToString(), kind, work));

    private static FaultException NoRecipe() => FaultException.Invalid("The request has no recipe.", "recipe");
}
