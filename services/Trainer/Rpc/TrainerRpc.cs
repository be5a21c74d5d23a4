using Graft.Artifacts.Rpc;
using Graft.Faults;
using Graft.Hosting.Jobs;
using Graft.Trainer.Training;
using Graft.Trainer.Validation;
using Grpc.Core;

namespace Graft.Trainer.Rpc;

internal sealed class TrainerRpc(JobTable jobs, TrainingJob training) : V1.TrainerService.TrainerServiceBase
{
    public override Task<V1.TrainResponse> Train(V1.TrainRequest request, ServerCallContext context)
    {
        var recipe = TrainRecipeCodec.FromProto(request.Recipe ?? throw FaultException.Invalid("The request has no recipe.", "recipe"));
        TrainRecipeCheck.Check(recipe);
        var id = RecipeCodec.DigestOf(recipe);
        var job = jobs.Start(new JobRequest(id.ToString(), "train", (job, token) => training.RunAsync(recipe, job, token)));
        return Task.FromResult(new V1.TrainResponse { Job = job });
    }
}
