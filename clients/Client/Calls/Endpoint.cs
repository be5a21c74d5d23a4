using Graft.Client.Calls.Placement;
using Graft.Faults;
using Grpc.Core;
using Polly;
using Polly.Retry;

namespace Graft.Client.Calls;

/// <summary>One server as its callers need it: where it is, deadlines, faults instead of statuses, and patience while it is away.</summary>
internal sealed class Endpoint
{
    private static readonly ResiliencePropertyKey<Patience> _patience = new("patience");

    private readonly string _name;
    private readonly Func<ClientOptions, Uri?> _address;
    private readonly ClientOptions _options;
    private readonly TimeProvider _time;
    private readonly Channels _channels;
    private readonly Lazy<CallInvoker> _invoker;
    private readonly ResiliencePipeline _retries;

    /// <param name="name">For people: "vector store".</param>
    /// <param name="setting">The option that overrides <see cref="ClientOptions.Server"/>, for people.</param>
    /// <param name="address">That option.</param>
    /// <param name="options">Read on the first call, so that a server that takes a free port can be started before.</param>
    /// <param name="channels">Shared with the other endpoints.</param>
    /// <param name="time">Drives the waits between attempts.</param>
    public Endpoint(
        string name, string setting, Func<ClientOptions, Uri?> address, ClientOptions options, Channels channels, TimeProvider time)
    {
        _name = name;
        _address = address;
        _options = options;
        _time = time;
        _channels = channels;
        // PublicationOnly: an address that is missing now may be there for the next call.
        _invoker = new Lazy<CallInvoker>(
            () => channels.Open(Address() ?? throw FaultException.Invalid(
                $"No address of the {name} is set: set {ClientOptions.Section}:Server or {ClientOptions.Section}:{setting}.",
                $"{ClientOptions.Section}:{setting}")),
            LazyThreadSafetyMode.PublicationOnly);
        _retries = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(100),
                MaxDelay = TimeSpan.FromSeconds(2),
                ShouldHandle = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is FaultException { Kind: FaultKind.Unavailable }
                    && arguments.Context.Properties.GetValue(_patience, null!).Left),
            })
            .Build();
    }

    public CallInvoker Invoker => _invoker.Value;

    /// <summary>Which of the server's pods has which job; for a server with an address.</summary>
    public JobPlacement Placement => _channels.PlacementOf(Address()!);

    /// <summary>Whether several pods may be behind the address: names are looked up for dns alone.</summary>
    public bool HasPods => Address() is { Scheme: not ("http" or "https") };

    public TimeProvider Time => _time;

    /// <summary>Longest time of a single exchange.</summary>
    public TimeSpan Deadline => _options.Deadline;

    private string Description => $"{_name} at {Address()}";

    /// <summary>A unary call that may be repeated: tried again with growing waits while the server is away.</summary>
    /// <exception cref="FaultException">What the server answered, or Unavailable.</exception>
    public Task<T> CallAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken) =>
        RetryAsync((_, token) => CallOnceAsync(call, token), cancellationToken);

    /// <summary>A unary call that is tried once.</summary>
    /// <exception cref="FaultException">What the server answered, or Unavailable.</exception>
    public async Task<T> CallOnceAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(Options(_options.Deadline, cancellationToken));
        }
        catch (RpcException exception)
        {
            throw Translate(exception, cancellationToken);
        }
    }

    /// <summary>
    /// Runs <paramref name="attempt"/> again, with growing waits, while it throws Unavailable and no longer than the client's
    /// patience; an attempt that gets ahead calls <see cref="Patience.Restore"/>.
    /// </summary>
    public async Task<T> RetryAsync<T>(Func<Patience, CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        var patience = new Patience(_time, _options.Patience);
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(_patience, patience);
        try
        {
            return await _retries.ExecuteAsync(
                static async (context, state) => await state.attempt(state.patience, context.CancellationToken), context, (attempt, patience));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    public CallOptions StreamOptions(CancellationToken cancellationToken) => Options(_options.StreamDeadline, cancellationToken);

    /// <summary>The fault of a failed call, or the cancellation when the caller wanted it.</summary>
    public Exception Translate(RpcException exception, CancellationToken cancellationToken) =>
        exception.StatusCode == StatusCode.Cancelled && cancellationToken.IsCancellationRequested
            ? new OperationCanceledException("The call was cancelled.", exception, cancellationToken)
            : StatusFaults.ToFault(exception, Description);

    private Uri? Address() => _address(_options) ?? _options.Server;

    // The gRPC library compares deadlines with the system's clock, so they are made from that clock whatever drives the waits.
    private static CallOptions Options(TimeSpan limit, CancellationToken cancellationToken) =>
        new(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + limit, cancellationToken: cancellationToken);
}
