using Graft.Hosting.Jobs;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Graft.Tests.Services.Hosting;

/// <summary>A service that does in each kind of call what a test says, under the names of the vector store.</summary>
internal sealed class ScriptedService(ScriptedService.Script script) : V1.VectorStoreService.VectorStoreServiceBase
{
    public override async Task<V1.GetArtifactResponse> GetArtifact(V1.GetArtifactRequest request, ServerCallContext context)
    {
        await script.RunAsync(context.CancellationToken);
        return new V1.GetArtifactResponse { Digest = request.Reference };
    }

    public override async Task ReadContent(
        V1.ReadContentRequest request, IServerStreamWriter<V1.ReadContentResponse> responseStream, ServerCallContext context)
    {
        await responseStream.WriteAsync(new V1.ReadContentResponse());
        await script.RunAsync(context.CancellationToken);
    }

    public override async Task<V1.WriteContentResponse> WriteContent(
        IAsyncStreamReader<V1.WriteContentRequest> requestStream, ServerCallContext context)
    {
        // So that the caller knows that it was let in.
        await context.WriteResponseHeadersAsync([]);
        await foreach (var _ in requestStream.ReadAllAsync(CancellationToken.None))
        {
        }

        await script.RunAsync(context.CancellationToken);
        return new V1.WriteContentResponse();
    }

    public static Task<TestHost> StartAsync(Func<CancellationToken, Task> script) => TestHost.StartAsync(
        builder =>
        {
            builder.Services.AddSingleton(new Script(script));
            builder.Services.AddJobs();
        },
        app =>
        {
            app.MapGrpcService<ScriptedService>();
            app.MapJobs();
        });

    public sealed record Script(Func<CancellationToken, Task> RunAsync);
}
