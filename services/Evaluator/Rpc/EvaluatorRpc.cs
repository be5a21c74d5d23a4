using Graft.Artifacts.Rpc;
using Graft.Evaluator.Comparing;
using Graft.Evaluator.Jobs;
using Graft.Evaluator.Statistics;
using Graft.Evaluator.Validation;
using Graft.Faults;
using Graft.Hosting.Jobs;
using Graft.Modeling.Devices;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Graft.Evaluator.Rpc;

internal sealed class EvaluatorRpc(
    JobTable jobs, EvaluationJob evaluation, EvaluationComparison comparison, ComputeDevices devices, IOptions<EvaluatorOptions> options)
    : V1.EvaluatorService.EvaluatorServiceBase
{
    private DevicePool Pool => devices.Pool(options.Value.Device, EvaluatorOptions.DeviceName);

    public override Task<V1.EvaluateResponse> Evaluate(V1.EvaluateRequest request, ServerCallContext context)
    {
        var recipe = EvaluateRecipeCodec.FromProto(request.Recipe ?? throw FaultException.Invalid("The request has no recipe.", "recipe"));
        EvaluateRecipeCheck.Check(recipe);
        var id = RecipeCodec.DigestOf(recipe).ToString();
        Pool.RefuseUnlessFree(id);
        var job = jobs.Start(new JobRequest(id, "evaluate", (job, token) => evaluation.RunAsync(recipe, job, token)));
        return Task.FromResult(new V1.EvaluateResponse { Job = job });
    }

    public override Task<V1.DescribeEvaluatorResponse> DescribeEvaluator(V1.DescribeEvaluatorRequest request, ServerCallContext context)
    {
        var response = new V1.DescribeEvaluatorResponse { ComputeDtype = ManifestCodec.ToProto(Pool.DefaultComputeDType) };
        response.Devices.AddRange(Pool.Devices);
        return Task.FromResult(response);
    }

    public override async Task<V1.CompareEvaluationsResponse> CompareEvaluations(V1.CompareEvaluationsRequest request, ServerCallContext context)
    {
        var result = await comparison.CompareAsync(request.First, request.Second, request.Confidence, request.Seed, context.CancellationToken);
        var response = new V1.CompareEvaluationsResponse
        {
            Items = result.Items,
            OnlyFirst = result.OnlyFirst,
            OnlySecond = result.OnlySecond,
            Primary = result.Primary,
        };
        response.Metrics.AddRange(result.Metrics.Select(metric => ToProto(metric.Name, metric.Comparison)));
        return response;
    }

    private static V1.MetricComparison ToProto(string name, PairedComparison comparison) => new()
    {
        Metric = name,
        First = comparison.First,
        Second = comparison.Second,
        Difference = comparison.Difference,
        StandardError = comparison.StandardError,
        Low = comparison.Low,
        High = comparison.High,
        P = comparison.P,
        Test = comparison.Test switch
        {
            PairedTest.McNemar => V1.ComparisonTest.McNemar,
            PairedTest.Bootstrap => V1.ComparisonTest.PairedBootstrap,
        },
        FirstHigher = comparison.FirstHigher,
        SecondHigher = comparison.SecondHigher,
    };
}
