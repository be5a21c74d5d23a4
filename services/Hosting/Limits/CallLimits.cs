using System.Threading.RateLimiting;
using Graft.Faults;
using Graft.Hosting.Access;
using Graft.Hosting.Faults;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Graft.Hosting.Limits;

/// <summary>Bounds how long a call lasts and how many of them a caller has at one time. Comes after the caller is known.</summary>
internal sealed partial class CallLimits : IMiddleware, IDisposable
{
    private const string Upload = "/graft.v1.VectorStoreService/WriteContent";
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);

    private readonly LimitOptions _options;
    private readonly ILogger<CallLimits> _logger;
    private readonly PartitionedRateLimiter<Caller> _calls;
    private readonly PartitionedRateLimiter<Caller> _uploads;

    public CallLimits(IOptions<LimitOptions> options, ILogger<CallLimits> logger)
    {
        _options = options.Value;
        _logger = logger;
        _calls = PerCaller(_options.CallsPerCaller);
        _uploads = PerCaller(_options.UploadsPerCaller);
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        CallTimeout.Clamp(context.Request.Headers, _options.CallDuration);
        if (context.Features.Get<Caller>() is not { IsLimited: true } caller)
        {
            await next(context);
            return;
        }

        var isUpload = context.Request.Path == Upload;
        using var call = _calls.AttemptAcquire(caller);
        using var upload = isUpload && call.IsAcquired ? _uploads.AttemptAcquire(caller) : null;
        if (call.IsAcquired && upload is null or { IsAcquired: true })
        {
            await next(context);
            return;
        }

        var (limit, what, setting) = upload is null
            ? (_options.CallsPerCaller, "calls", nameof(LimitOptions.CallsPerCaller))
            : (_options.UploadsPerCaller, "uploads", nameof(LimitOptions.UploadsPerCaller));
        LogRefused(caller.Name, limit, what);
        GrpcAnswer.Refuse(context, new FaultException(
            FaultKind.Exhausted, $"{caller.Name} has {limit} {what} open, as many as one caller may have (Limits:{setting}); end some, or come back later.")
        {
            RetryAfter = _retryAfter,
        });
    }

    public void Dispose()
    {
        _calls.Dispose();
        _uploads.Dispose();
    }

    private static PartitionedRateLimiter<Caller> PerCaller(int limit) => PartitionedRateLimiter.Create<Caller, string>(
        caller => RateLimitPartition.GetConcurrencyLimiter(caller.Name, _ => new() { PermitLimit = limit, QueueLimit = 0 }));

    [LoggerMessage(130, LogLevel.Warning, "{Caller} was refused: {Limit} {What} are open.")]
    private partial void LogRefused(string caller, int limit, string what);
}
