using System.Diagnostics.Metrics;
using Graft.Faults;
using Graft.VectorStore;
using Graft.VectorStore.Objects;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Objects;

public sealed class MeasuredObjectStoreTests : ObjectStoreConformance, IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<StoreMetrics>().BuildServiceProvider();
    private readonly FakeTimeProvider _time = new();
    private readonly InMemoryObjectStore _inner = new();
    private readonly MeasuredObjectStore _store;

    public MeasuredObjectStoreTests() => _store = Measured(_inner);

    private protected override IObjectStore Store => _store;

    private protected override IObjectStore OtherProcess => _inner;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_operation_is_timed_and_those_that_fail_are_counted()
    {
        List<(string Instrument, double Value, string Tags)> told = [];
        using var listener = Listen(told);
        using var failing = Measured(new FailingReads(_time));

        Assert.True(await _store.PutIfAbsentAsync("blobs/a", new byte[1], Token));
        // Not a failure but an answer.
        Assert.False(await _store.PutIfAbsentAsync("blobs/a", new byte[1], Token));
        await Assert.ThrowsAsync<FaultException>(() => failing.GetAsync("blobs/a", Token));
        await Assert.ThrowsAsync<TaskCanceledException>(() => failing.ExistsAsync("blobs/a", Token));

        Assert.Equal(
            [
                ("graft_object_duration", 0, "put"), ("graft_object_errors", 0, "put"),
                ("graft_object_duration", 0, "put"), ("graft_object_errors", 0, "put"),
                ("graft_object_duration", 1.5, "get"), ("graft_object_errors", 1, "get"),
                ("graft_object_duration", 0, "exists"), ("graft_object_errors", 0, "exists"),
            ],
            told);
    }

    public void Dispose()
    {
        _store.Dispose();
        _services.Dispose();
    }

    private MeasuredObjectStore Measured(IObjectStore inner) => new(inner, "memory", _services.GetRequiredService<StoreMetrics>(), _time);

    private MeterListener Listen(List<(string Instrument, double Value, string Operation)> told)
    {
        var factory = _services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, all) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, factory) && instrument.Name.StartsWith("graft_object_", StringComparison.Ordinal))
                {
                    all.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => told.Add((instrument.Name, value, (string)tags[1].Value!)));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => told.Add((instrument.Name, value, (string)tags[1].Value!)));
        listener.Start();
        return listener;
    }

    /// <summary>Reads fail after a second and a half, looks are given up.</summary>
    private sealed class FailingReads(FakeTimeProvider time) : IObjectStore
    {
        public async Task<byte[]?> GetAsync(string key, CancellationToken cancellationToken)
        {
            await Task.Yield();
            time.Advance(TimeSpan.FromSeconds(1.5));
            throw new FaultException(FaultKind.Unavailable, "The disk is away.");
        }

        public Task<bool> ExistsAsync(string key, CancellationToken cancellationToken) => Task.FromCanceled<bool>(new CancellationToken(canceled: true));

        public Task<VersionedObject?> GetVersionedAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<byte[]?> GetRangeAsync(string key, long offset, int length, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> ReplaceAsync(string key, ReadOnlyMemory<byte> bytes, string version, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<string> ListAsync(string prefix, string? after, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<ObjectInfo> ListInfoAsync(string prefix, string? after, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Uri?> PresignAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task FlushAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
