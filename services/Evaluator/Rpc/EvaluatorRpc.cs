using Graft.Artifacts.Rpc;
using Graft.Evaluator.Jobs;
using Graft.Evaluator.Validation;
using Graft.Faults;
using Graft.Hosting.Jobs;
using Grpc.Core;

namespace Graft.Evaluator.Rpc;

internal sealed class EvaluatorRpc(JobTable jobs, EvaluationJob evaluation) : V1.EvaluatorService.EvaluatorServiceBase
{
    public override Task<V1.EvaluateResponse> Evaluate(V1.EvaluateRequest request, ServerCallContext context)
    {
        var recipe = RecipeCodec.FromProto(request.Recipe ?? throw FaultException.Invalid("The request has no recipe.", "recipe"));
        EvaluateRecipeCheck.Check(recipe);
        var id = RecipeCodec.DigestOf(recipe);
        var job = jobs.Start(new JobRequest(id.ToString(), "evaluate", (job, token) => evaluation.RunAsync(recipe, job, token)));
        return Task.FromResult(new V1.EvaluateResponse { Job = job });
    }
}
