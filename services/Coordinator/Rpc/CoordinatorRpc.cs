using Graft.Artifacts;
using Graft.Coordinator.Run;
using Graft.Faults;
using Grpc.Core;

namespace Graft.Coordinator.Rpc;

/// <summary>Runs over gRPC.</summary>
internal sealed class CoordinatorRpc(RunRegistry runs) : V1.CoordinatorService.CoordinatorServiceBase
{
    // A step takes 200 to 600 bytes, a message at most 4 MB.
    private const int StepsPerMessage = 4_000;
    private const int LargestRun = 3 << 20;

    public override async Task<V1.PlanRunResponse> PlanRun(V1.PlanRunRequest request, ServerCallContext context)
    {
        var (yaml, inputs) = Spec(request.Spec);
        var plan = PlanCodec.ToProto(await runs.PlanAsync(yaml, inputs, context.CancellationToken), int.MaxValue).ToList();
        plan[0].Run.Steps.AddRange(plan[1].Run.Steps);
        return plan[0].CalculateSize() <= LargestRun
            ? plan[0]
            : throw new FaultException(
                FaultKind.Exhausted, $"A plan of {plan[0].Run.StepCount} steps does not fit into one answer; StreamPlan gives it in parts.");
    }

    public override async Task StreamPlan(
        V1.PlanRunRequest request, IServerStreamWriter<V1.PlanRunResponse> responseStream, ServerCallContext context)
    {
        var (yaml, inputs) = Spec(request.Spec);
        var plan = await runs.PlanAsync(yaml, inputs, context.CancellationToken);
        foreach (var part in PlanCodec.ToProto(plan, StepsPerMessage))
        {
            await responseStream.WriteAsync(part, context.CancellationToken);
        }
    }

    public override async Task<V1.StartRunResponse> StartRun(V1.StartRunRequest request, ServerCallContext context)
    {
        var (yaml, inputs) = Spec(request.Spec);
        return new V1.StartRunResponse { Run = Answer(await runs.StartAsync(yaml, inputs, context.CancellationToken)) };
    }

    public override async Task<V1.GetRunResponse> GetRun(V1.GetRunRequest request, ServerCallContext context) =>
        new() { Run = Answer(await runs.GetAsync(Id(request.Id), context.CancellationToken)) };

    public override async Task<V1.CancelRunResponse> CancelRun(V1.CancelRunRequest request, ServerCallContext context) =>
        new() { Run = Answer(await runs.CancelAsync(Id(request.Id), context.CancellationToken)) };

    public override async Task<V1.ListRunsResponse> ListRuns(V1.ListRunsRequest request, ServerCallContext context)
    {
        var (page, next) = await runs.ListAsync(request.PageSize, request.PageToken, context.CancellationToken);
        var response = new V1.ListRunsResponse { NextPageToken = next };
        response.Runs.AddRange(page.Select(RunCodec.ToProto));
        return response;
    }

    public override async Task WatchRun(V1.WatchRunRequest request, IServerStreamWriter<V1.WatchRunResponse> responseStream, ServerCallContext context)
    {
        var board = await runs.FindToWatchAsync(Id(request.Id), context.CancellationToken);
        var isFirst = true;
        await foreach (var change in runs.WatchAsync(board, context.CancellationToken))
        {
            foreach (var part in RunCodec.ToProto(change, StepsPerMessage))
            {
                part.Spec = isFirst ? RunCodec.SpecOf(board) : null;
                isFirst = false;
                await responseStream.WriteAsync(new V1.WatchRunResponse { Run = part }, context.CancellationToken);
            }
        }
    }

    // A run that does not fit into one answer comes without its steps; WatchRun sends them in parts.
    private static V1.Run Answer(RunBoard board)
    {
        var run = RunCodec.ToProto(board);
        if (run.CalculateSize() > LargestRun)
        {
            run.Steps.Clear();
        }

        return run;
    }

    private static (string Yaml, IReadOnlyDictionary<string, Digest> Inputs) Spec(V1.RunSpec? spec)
    {
        if (spec is null)
        {
            throw FaultException.Invalid("The request has no spec.", "spec");
        }

        Dictionary<string, Digest> inputs = [];
        for (var i = 0; i < spec.Inputs.Count; i++)
        {
            var artifact = Digest.Parse(spec.Inputs[i].Artifact, $"spec.inputs[{i}].artifact");
            if (inputs.TryGetValue(spec.Inputs[i].Reference, out var other) && other != artifact)
            {
                throw FaultException.Invalid($"'{spec.Inputs[i].Reference}' stands for two artifacts.", $"spec.inputs[{i}].reference");
            }

            inputs[spec.Inputs[i].Reference] = artifact;
        }

        return (spec.Yaml, inputs);
    }

    private static string Id(string id) => id.Length == 16 && id.All(char.IsAsciiHexDigitLower)
        ? id
        : throw FaultException.Invalid($"'{id}' is no id of a run: 16 lower-case hex digits are expected.", "id");
}
