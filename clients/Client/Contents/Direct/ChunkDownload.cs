using System.Net;
using Graft.Artifacts;
using Polly;
using Polly.Retry;

namespace Graft.Client.Contents.Direct;

/// <summary>How the fetching of a chunk ended.</summary>
internal enum ChunkOutcome
{
    /// <summary>The bytes are there and match their digest.</summary>
    Good,

    /// <summary>The bytes do not match their digest.</summary>
    Damaged,

    /// <summary>The address is not, or no longer, allowed.</summary>
    Refused,

    /// <summary>There is no such object.</summary>
    Missing,

    /// <summary>The server cannot be reached, or fails again and again.</summary>
    Unreachable,
}

/// <summary>Fetches encoded chunks by HTTP and checks them against their digests.</summary>
internal sealed class ChunkDownload : IDisposable
{
    private readonly HttpClient _http;
    private readonly TimeSpan _limit;
    private readonly ResiliencePipeline<ChunkOutcome> _retries;
    private readonly TimeProvider _time;

    /// <param name="limit">Longest time of one attempt.</param>
    /// <param name="time">Drives the waits between attempts.</param>
    public ChunkDownload(TimeSpan limit, TimeProvider time)
    {
        _limit = limit;
        _time = time;
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            // An answer from elsewhere than the address that was signed is no answer.
            AllowAutoRedirect = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _retries = new ResiliencePipelineBuilder<ChunkOutcome> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<ChunkOutcome>
            {
                MaxRetryAttempts = 3,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(100),
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is HttpRequestException failure && IsTransient(failure)),
            })
            .Build();
    }

    /// <summary>Fills <paramref name="encoded"/>, as long as the chunk is stored.</summary>
    /// <returns>How it ended, and the reason in words unless it is good.</returns>
    public async Task<(ChunkOutcome Outcome, string Reason)> FetchAsync(
        ChunkLocation chunk, Memory<byte> encoded, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await _retries.ExecuteAsync(async token => await FetchOnceAsync(chunk, encoded, token), cancellationToken);
            return (outcome, outcome.ToString());
        }
        catch (HttpRequestException exception)
        {
            var outcome = exception.StatusCode switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest => ChunkOutcome.Refused,
                HttpStatusCode.NotFound or HttpStatusCode.Gone => ChunkOutcome.Missing,
                _ => ChunkOutcome.Unreachable,
            };
            return (outcome, exception.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<ChunkOutcome> FetchOnceAsync(ChunkLocation chunk, Memory<byte> encoded, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = _time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), end, _limit, Timeout.InfiniteTimeSpan);
        try
        {
            using var response = await _http.GetAsync(chunk.Address, HttpCompletionOption.ResponseHeadersRead, end.Token);
            response.EnsureSuccessStatusCode();
            await using var body = await response.Content.ReadAsStreamAsync(end.Token);
            var length = await body.ReadAtLeastAsync(encoded, encoded.Length, throwOnEndOfStream: false, end.Token);
            return length == encoded.Length && await body.ReadAsync(new byte[1], end.Token) == 0 && Digest.Of(encoded.Span) == chunk.Blob
                ? ChunkOutcome.Good
                : ChunkOutcome.Damaged;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.Unknown, $"No answer within {_limit}.", exception);
        }
        catch (IOException exception)
        {
            // A connection that breaks in the middle of the body.
            throw new HttpRequestException(HttpRequestError.ResponseEnded, exception.Message, exception);
        }
    }

    // A refused connection or an unknown name stays so; what broke on the way, or a busy server, is worth another try.
    private static bool IsTransient(HttpRequestException failure) => failure.StatusCode is { } status
        ? (int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
        : failure.HttpRequestError is not (
            HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError);
}
