using System.Security.Authentication;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Graft.VectorStore.Objects.S3;

/// <summary>
/// Operations that survive a server which is away, slow or overloaded: each attempt has a limit, and attempts follow each other with
/// growing, jittered waits until the patience is used up. Only operations that may be repeated belong here.
/// </summary>
internal sealed partial class S3Retries
{
    private static readonly ResiliencePropertyKey<long> _begin = new("begin");

    private readonly S3Options _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _pipeline;

    public S3Retries(S3Options options, TimeProvider time, ILogger logger, StoreMetrics? metrics = null)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(50),
                MaxDelay = TimeSpan.FromSeconds(3),
                ShouldHandle = arguments => ValueTask.FromResult(
                    IsPassing(arguments.Outcome.Exception)
                    && _time.GetElapsedTime(arguments.Context.Properties.GetValue(_begin, 0)) < options.Patience),
                // A server that says when is believed, within reason.
                DelayGenerator = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is S3Refusal { RetryAfter: { } wait } && wait < options.Patience ? wait : (TimeSpan?)null),
                OnRetry = arguments =>
                {
                    metrics?.Retried();
                    LogRetry(arguments.AttemptNumber + 1, arguments.Outcome.Exception!.Message, (long)arguments.RetryDelay.TotalMilliseconds);
                    return ValueTask.CompletedTask;
                },
            })
            .AddTimeout(options.AttemptLimit)
            .Build();
    }

    /// <exception cref="Faults.FaultException">What could not be helped; see <see cref="S3Faults"/>.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(_begin, _time.GetTimestamp());
        try
        {
            return await _pipeline.ExecuteAsync(static async (context, attempt) => await attempt(context.CancellationToken), context, attempt);
        }
        catch (Exception exception) when (S3Faults.Find(exception, _options) is not null)
        {
            throw S3Faults.Find(exception, _options)!;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    public Task RunAsync(Func<CancellationToken, Task> attempt, CancellationToken cancellationToken) =>
        RunAsync(
            async token =>
            {
                await attempt(token);
                return true;
            },
            cancellationToken);

    private static bool IsPassing(Exception? exception) => exception switch
    {
        S3Refusal refusal => refusal.IsPassing,
        // A certificate that is refused will be refused again.
        HttpRequestException { InnerException: AuthenticationException } => false,
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => false,
        HttpRequestException or IOException or TimeoutRejectedException => true,
        _ => false,
    };

    [LoggerMessage(230, LogLevel.Information, "Attempt {Attempt} at the S3 server failed ({Reason}); the next follows in {Wait} ms.")]
    private partial void LogRetry(int attempt, string reason, long wait);
}
