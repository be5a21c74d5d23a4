using Graft.Faults;
using Grpc.Health.V1;

namespace Graft.Client;

public sealed partial class StoreClient
{
    /// <summary>Whether the store serves and reaches its objects. Asks once, without the patience of other calls.</summary>
    /// <exception cref="FaultException">Unavailable: it does not, or is away.</exception>
    public async Task CheckHealthAsync(CancellationToken cancellationToken)
    {
        var request = new HealthCheckRequest { Service = V1.VectorStoreService.Descriptor.FullName };
        var response = await _endpoint.CallOnceAsync(
            options => new Health.HealthClient(_endpoint.Invoker).CheckAsync(request, options), cancellationToken);
        if (response.Status != HealthCheckResponse.Types.ServingStatus.Serving)
        {
            throw new FaultException(FaultKind.Unavailable, "The vector store does not reach its objects; its log says why.");
        }
    }
}
