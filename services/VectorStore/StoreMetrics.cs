using System.Diagnostics;
using System.Diagnostics.Metrics;
using Graft.Hosting.Telemetry;

namespace Graft.VectorStore;

/// <summary>What the store tells Prometheus.</summary>
internal sealed class StoreMetrics
{
    private static readonly InstrumentAdvice<double> _requestTimes = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    };

    private readonly Counter<long> _logical;
    private readonly Counter<long> _stored;
    private readonly Counter<long> _known;
    private readonly Counter<long> _read;
    private readonly Counter<long> _contents;
    private readonly Counter<long> _lookups;
    private readonly Counter<long> _verified;
    private readonly Counter<long> _damages;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _errors;
    private readonly Histogram<double> _requests;

    public StoreMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(GraftMeter.Name);
        _logical = meter.CreateCounter<long>("graft_store_logical", "By", "Bytes of contents taken in that the store did not have, by how they are coded.");
        _stored = meter.CreateCounter<long>("graft_store_stored", "By", "Bytes kept for those contents.");
        _known = meter.CreateCounter<long>("graft_store_deduplicated", "By", "Bytes of contents sent to the store that it had already.");
        _read = meter.CreateCounter<long>("graft_store_read", "By", "Raw bytes of contents sent to readers; direct reads from the objects go past it.");
        _contents = meter.CreateCounter<long>("graft_store_contents_asked", description: "Contents a writer asked for before sending them, by whether the store had them.");
        _lookups = meter.CreateCounter<long>("graft_store_result_lookups", description: "Recipes looked up, by whether their result was there: the cache of all work.");
        _verified = meter.CreateCounter<long>("graft_store_verified", "By", "Raw bytes read and compared with their digests by verifications.");
        _damages = meter.CreateCounter<long>("graft_store_verify_failures", description: "Objects found damaged or missing, by a verification or by a read, which tries again.");
        _retries = meter.CreateCounter<long>("graft_s3_retries", description: "Attempts at the S3 server that failed and were made again.");
        _errors = meter.CreateCounter<long>("graft_object_errors", description: "Operations on the objects that failed for good.");
        _requests = meter.CreateHistogram("graft_object_duration", "s", "Time of an operation on the objects, with all of its attempts.", advice: _requestTimes);
        StartAtZero();
    }

    /// <summary>A content has been taken in.</summary>
    public void Stored(long size, long storedSize, bool isDelta)
    {
        var coding = new KeyValuePair<string, object?>("coding", isDelta ? "delta" : "whole");
        _logical.Add(size, coding);
        _stored.Add(storedSize, coding);
    }

    /// <summary>A content came that was there.</summary>
    public void Known(long size) => _known.Add(size);

    public void Read(long bytes) => _read.Add(bytes);

    public void Asked(int known, int missing)
    {
        _contents.Add(known, Result("known"));
        _contents.Add(missing, Result("missing"));
    }

    public void LookedUp(int hits, int misses)
    {
        _lookups.Add(hits, Result("hit"));
        _lookups.Add(misses, Result("miss"));
    }

    /// <param name="bytes">Read since the last time.</param>
    /// <param name="damages">Found since the last time.</param>
    public void Verified(long bytes, int damages)
    {
        _verified.Add(bytes);
        _damages.Add(damages, new KeyValuePair<string, object?>("found_by", "verification"));
    }

    /// <summary>A read has found an object damaged or missing.</summary>
    public void Damaged() => _damages.Add(1, new KeyValuePair<string, object?>("found_by", "read"));

    public void Retried() => _retries.Add(1);

    /// <param name="backend">"folder" or "s3".</param>
    /// <param name="operation">"get", "put" and so on.</param>
    /// <param name="elapsed">What it took.</param>
    /// <param name="failed">Not for conditions that were not met: those are answers.</param>
    public void Requested(string backend, string operation, TimeSpan elapsed, bool failed)
    {
        var tags = new TagList { { "backend", backend }, { "operation", operation } };
        _requests.Record(elapsed.TotalSeconds, tags);
        _errors.Add(failed ? 1 : 0, tags);
    }

    private static KeyValuePair<string, object?> Result(string result) => new("result", result);

    // A counter that is missing until its first event hides that event from rate().
    private void StartAtZero()
    {
        Stored(0, 0, isDelta: false);
        Stored(0, 0, isDelta: true);
        Known(0);
        Read(0);
        Asked(0, 0);
        LookedUp(0, 0);
        Verified(0, 0);
        _damages.Add(0, new KeyValuePair<string, object?>("found_by", "read"));
        _retries.Add(0);
    }
}
