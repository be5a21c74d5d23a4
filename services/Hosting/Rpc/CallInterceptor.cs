using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Graft.Hosting.Rpc;

/// <summary>An interceptor that does the same around a call of any of the four kinds.</summary>
internal abstract class CallInterceptor : Interceptor
{
    /// <param name="context">The call.</param>
    /// <param name="call">What is inside: the next interceptor, or the service.</param>
    protected abstract Task<T> AroundAsync<T>(ServerCallContext context, Func<Task<T>> call);

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        AroundAsync(context, () => continuation(request, context));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        AroundAsync(context, () => continuation(Wrap(requestStream), context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) => AroundAsync(context, async () =>
        {
            await continuation(request, responseStream, context);
            return true;
        });

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) => AroundAsync(context, async () =>
        {
            await continuation(Wrap(requestStream), responseStream, context);
            return true;
        });

    /// <summary>The caller's stream as what is inside sees it.</summary>
    protected virtual IAsyncStreamReader<T> Wrap<T>(IAsyncStreamReader<T> requests) => requests;
}
