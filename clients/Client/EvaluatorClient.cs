using Graft.Client.Calls;
using Graft.Faults;

namespace Graft.Client;

/// <summary>What the evaluator does besides executing recipes.</summary>
public sealed class EvaluatorClient
{
    private readonly Endpoint _endpoint;

    internal EvaluatorClient(Endpoint endpoint) => _endpoint = endpoint;

    /// <summary>What it computes on.</summary>
    public Task<V1.DescribeEvaluatorResponse> DescribeAsync(CancellationToken cancellationToken) =>
        _endpoint.CallAsync(
            options => new V1.EvaluatorService.EvaluatorServiceClient(_endpoint.Invoker).DescribeEvaluatorAsync(new V1.DescribeEvaluatorRequest(), options), cancellationToken);

    /// <summary>Whether two evaluations differ, metric by metric, on the items both have.</summary>
    /// <exception cref="FaultException">NotFound; Invalid: one is no evaluation, or they have nothing in common.</exception>
    public Task<V1.CompareEvaluationsResponse> CompareAsync(V1.CompareEvaluationsRequest request, CancellationToken cancellationToken) =>
        _endpoint.CallAsync(
            options => new V1.EvaluatorService.EvaluatorServiceClient(_endpoint.Invoker).CompareEvaluationsAsync(request, options), cancellationToken);
}
