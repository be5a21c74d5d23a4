using Graft.Artifacts;
using Graft.Client.Calls;
using Graft.Faults;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Graft.Client.Contents.Direct;

/// <summary>Asks the store where contents lie, and remembers it until the addresses expire.</summary>
internal sealed partial class Locations(Endpoint endpoint, TimeProvider time, ILogger logger)
{
    // What the protocol takes in one request.
    private const int BatchSize = 1000;

    // An address has some 500 characters: about 50 MB, for 400 GB of weights. Beyond that everything is asked for anew.
    private const int MaxChunks = 100_000;

    // The store may have no addresses for a content of very many chunks, for which they would not fit into a message.
    private const int FewChunks = 100;

    // A chunk that is begun just before its address expires should be there in time, on clocks that differ a little.
    private static readonly TimeSpan _margin = TimeSpan.FromSeconds(30);

    // On a clock that is wrong every address looks expired; the server of the objects knows better. What has no address is not asked
    // for again with every range.
    private static readonly TimeSpan _alwaysFresh = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, (Task<ContentLocation?> Asking, long Since)> _known = [];
    private int _chunks;

    /// <summary>Whether the store has offered addresses so far, or was not asked yet.</summary>
    public bool AreOffered { get; private set; } = true;

    /// <summary>Where a content lies; null when it must be read through the service.</summary>
    public async Task<ContentLocation?> FindAsync(Digest content, CancellationToken cancellationToken)
    {
        while (AreOffered)
        {
            (Task<ContentLocation?> Asking, long Since) known;
            lock (_lock)
            {
                if (!_known.TryGetValue(content, out known))
                {
                    known = (AskAsync(content, cancellationToken), time.GetTimestamp());
                    _known[content] = known;
                }
            }

            try
            {
                var location = await known.Asking.WaitAsync(cancellationToken);
                if (IsFresh(location, known.Since))
                {
                    return location;
                }

                Forget(content, known.Asking);
            }
            catch (Exception exception) when (exception is FaultException or OperationCanceledException)
            {
                Forget(content, known.Asking);
                if (exception is FaultException || cancellationToken.IsCancellationRequested)
                {
                    throw;
                }

                // Whoever asked first gave up; not so this one.
            }
        }

        return null;
    }

    /// <summary>Asks for many at once, so that reading them one by one need not.</summary>
    public async Task PrepareAsync(IReadOnlyCollection<Digest> contents, CancellationToken cancellationToken)
    {
        List<Digest> unknown;
        lock (_lock)
        {
            unknown = [.. contents.Distinct().Where(content => !_known.ContainsKey(content))];
        }

        foreach (var batch in unknown.Chunk(BatchSize).TakeWhile(_ => AreOffered))
        {
            var locations = await AskAsync(batch, cancellationToken);
            foreach (var (content, location) in batch.Zip(locations))
            {
                Remember(content, location);
            }
        }
    }

    /// <summary>The addresses do not work: next time they are asked for anew.</summary>
    public void Forget(Digest content)
    {
        lock (_lock)
        {
            _known.Remove(content);
        }
    }

    private bool IsFresh(ContentLocation? location, long since) =>
        time.GetElapsedTime(since) < _alwaysFresh
        || (location is not null && (location.Expires is not { } expires || time.GetUtcNow() < expires - _margin));

    private void Forget(Digest content, Task<ContentLocation?> asked)
    {
        lock (_lock)
        {
            if (_known.TryGetValue(content, out var current) && current.Asking == asked)
            {
                _known.Remove(content);
            }
        }
    }

    private async Task<ContentLocation?> AskAsync(Digest content, CancellationToken cancellationToken)
    {
        // The lock is let go of first.
        await Task.Yield();
        var location = await AskAsync([content], cancellationToken) is [var only] ? only : null;
        Count(location);
        return location;
    }

    private void Remember(Digest content, ContentLocation? location)
    {
        Count(location);
        lock (_lock)
        {
            _known[content] = (Task.FromResult(location), time.GetTimestamp());
        }
    }

    private void Count(ContentLocation? location)
    {
        lock (_lock)
        {
            _chunks += location?.Chunks.Count * (location?.Parent is null ? 1 : 2) ?? 0;
            if (_chunks > MaxChunks)
            {
                _known.Clear();
                _chunks = 0;
            }
        }
    }

    // One for each content, or none when the store cannot tell; whatever is wrong with a content, reading it shows better.
    private async Task<IReadOnlyList<ContentLocation?>> AskAsync(Digest[] contents, CancellationToken cancellationToken)
    {
        try
        {
            var answers = await endpoint.RetryAsync((_, token) => AskOnceAsync(contents, token), cancellationToken);
            return answers.Count == contents.Length ? answers : [];
        }
        catch (FaultException fault) when (fault.InnerException is RpcException { StatusCode: StatusCode.Unimplemented })
        {
            NotOffered("it does not know the call");
            return [];
        }
        catch (FaultException fault) when (fault.Kind != FaultKind.Unavailable)
        {
            return [];
        }
    }

    private async Task<IReadOnlyList<ContentLocation?>> AskOnceAsync(Digest[] contents, CancellationToken cancellationToken)
    {
        var request = new V1.LocateContentsRequest();
        request.Sha256S.AddRange(contents.Select(content => content.ToString()));
        var service = new V1.VectorStoreService.VectorStoreServiceClient(endpoint.Invoker);
        List<ContentLocation?> locations = new(contents.Length);
        using var call = service.LocateContents(request, endpoint.StreamOptions(cancellationToken));
        try
        {
            await foreach (var answer in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                var location = ContentLocation.FromProto(answer);
                if (location is null && answer.Content.Chunks.Count <= FewChunks)
                {
                    NotOffered("its objects have no addresses");
                    return [];
                }

                locations.Add(location);
            }
        }
        catch (RpcException exception)
        {
            throw endpoint.Translate(exception, cancellationToken);
        }

        return locations;
    }

    private void NotOffered(string reason)
    {
        AreOffered = false;
        LogNotOffered(logger, reason);
    }

    [LoggerMessage(610, LogLevel.Information, "The store offers no direct reads ({Reason}); contents come through it.")]
    private static partial void LogNotOffered(ILogger logger, string reason);
}
