using System.Diagnostics.CodeAnalysis;
using Graft.Faults;
using Graft.Hosting.Rpc;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Graft.Hosting.Faults;

/// <summary>The edge of every service: turns whatever a call throws into its status, and logs it, once.</summary>
internal sealed partial class FaultInterceptor(TimeProvider time, ILogger<FaultInterceptor> logger) : CallInterceptor
{
    protected override IAsyncStreamReader<T> Wrap<T>(IAsyncStreamReader<T> requests) => new CallerStream<T>(requests);

    [SuppressMessage("Design", "CA1031", Justification = "The edge of a call: the framework would answer Unknown.")]
    protected override async Task<T> AroundAsync<T>(ServerCallContext context, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception exception)
        {
            throw ToRpcException(exception, context);
        }
    }

    private RpcException ToRpcException(Exception exception, ServerCallContext context)
    {
        switch (exception)
        {
            case RpcException downstream:
                LogDownstream(context.Method, downstream.StatusCode, downstream.Status.Detail);
                return downstream;
            case FaultException fault:
                // The stack is worth its lines only where we have to act.
                var level = FaultStatus.LevelOf(fault.Kind);
                LogFault(level, level >= LogLevel.Error ? fault : null, context.Method, fault.Kind, fault.Message);
                return FaultStatus.ToRpcException(fault);
            case OperationCanceledException:
            case IOException or InvalidOperationException when context.CancellationToken.IsCancellationRequested:
                // The last two are what a stream throws when its caller has gone.
                return Cancelled(context);
            default:
                LogBug(exception, context.Method);
                return FaultStatus.ToRpcException(new FaultException(
                    FaultKind.Internal, $"{context.Method} failed through a bug; the service's log tells more."));
        }
    }

    private RpcException Cancelled(ServerCallContext context)
    {
        var code = context.Deadline <= time.GetUtcNow().UtcDateTime ? StatusCode.DeadlineExceeded : StatusCode.Cancelled;
        LogCancelled(context.Method, code);
        return new RpcException(new Status(code, $"{context.Method} was given up before its end."));
    }

    [LoggerMessage(101, LogLevel.Error, "{Method} failed through a bug.")]
    private partial void LogBug(Exception exception, string method);

    [LoggerMessage(EventId = 102, Message = "{Method} refused as {Kind}: {Detail}")]
    private partial void LogFault(LogLevel level, Exception? exception, string method, FaultKind kind, string detail);

    [LoggerMessage(103, LogLevel.Warning, "{Method} passes on {StatusCode} from a call of its own: {Detail}")]
    private partial void LogDownstream(string method, StatusCode statusCode, string detail);

    [LoggerMessage(104, LogLevel.Debug, "{Method} ends as {StatusCode}.")]
    private partial void LogCancelled(string method, StatusCode statusCode);
}
