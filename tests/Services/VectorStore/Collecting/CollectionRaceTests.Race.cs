using System.Text;
using Graft.Faults;
using Graft.Tests.Services.VectorStore.Objects;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Collecting;

public sealed partial class CollectionRaceTests
{
    /// <summary>One collection and one writer, each in a process of its own.</summary>
    private sealed class Race(
        InMemoryObjectStore objects, FakeTimeProvider time, Scenario scenario, int collectionStops, int writerStops, bool countsDeletions)
    {
        private readonly TaskCompletionSource _collectionStopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _collectionGoesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _writerStopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _writerGoesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly StringBuilder _log = new();
        private int _deletions = -1;
        private bool _isRefused;

        public string Log
        {
            get
            {
                lock (_log)
                {
                    return _log.ToString();
                }
            }
        }

        // The writer to its stop, the collection to its stop; then the writer to its end, and the collection.
        public async Task<(bool Collection, bool Writer)> RunWriterFirstAsync()
        {
            using var collecting = new StoreProcess(new SteppedObjectStore(objects, CollectionStepAsync), time);
            using var writing = new StoreProcess(new SteppedObjectStore(objects, WriterStepAsync), time);
            var writer = Task.Run(async () => _isRefused = !await TryWriteAsync(writing));
            await Task.WhenAny(_writerStopped.Task, writer);
            Task collection = Task.Run(() => collecting.CollectAsync(forget: TimeSpan.Zero));
            await Task.WhenAny(_collectionStopped.Task, collection);
            _writerGoesOn.TrySetResult();
            await writer;
            _collectionGoesOn.TrySetResult();
            await collection;
            await ComeAgainAsync(writing);
            return (_collectionStopped.Task.IsCompleted, _writerStopped.Task.IsCompleted);
        }

        // The collection runs up to its stop, then the writer to its stop or end; then the collection to its end, and the writer.
        public async Task<(bool Collection, bool Writer)> RunAsync()
        {
            using var collecting = new StoreProcess(new SteppedObjectStore(objects, CollectionStepAsync), time);
            using var writing = new StoreProcess(new SteppedObjectStore(objects, WriterStepAsync), time);
            Task collection = collectionStops >= 0 ? Task.Run(() => collecting.CollectAsync(forget: TimeSpan.Zero)) : Task.CompletedTask;
            if (collectionStops >= 0)
            {
                await Task.WhenAny(_collectionStopped.Task, collection);
            }

            var writer = Task.Run(async () => _isRefused = !await TryWriteAsync(writing));
            await Task.WhenAny(_writerStopped.Task, writer);
            _collectionGoesOn.TrySetResult();
            if (collectionStops < 0)
            {
                collection = Task.Run(() => collecting.CollectAsync(forget: TimeSpan.Zero));
            }

            await collection;
            _writerGoesOn.TrySetResult();
            await writer;
            await ComeAgainAsync(writing);
            return (_collectionStopped.Task.IsCompleted, _writerStopped.Task.IsCompleted);
        }

        // A client that was refused comes again.
        private async Task ComeAgainAsync(StoreProcess writing)
        {
            if (_isRefused)
            {
                Assert.True(await TryWriteAsync(writing), "refused though no collection runs");
            }
        }

        private async Task<bool> TryWriteAsync(StoreProcess process)
        {
            try
            {
                await scenario.Write(process);
                return true;
            }
            catch (FaultException fault) when (fault.Kind == FaultKind.Unavailable)
            {
                return false;
            }
        }

        private Task CollectionStepAsync(int step, string what)
        {
            var counted = !countsDeletions ? step
                : what.StartsWith("delete", StringComparison.Ordinal) ? Interlocked.Increment(ref _deletions)
                : -1;
            return StepAsync("collection", counted, what, collectionStops, _collectionStopped, _collectionGoesOn);
        }

        private Task WriterStepAsync(int step, string what) => StepAsync("writer", step, what, writerStops, _writerStopped, _writerGoesOn);

        private Task StepAsync(string who, int step, string what, int stops, TaskCompletionSource stopped, TaskCompletionSource goesOn)
        {
            lock (_log)
            {
                _log.AppendLine($"{who} {step}: {what}");
            }

            if (step < stops)
            {
                return Task.CompletedTask;
            }

            stopped.TrySetResult();
            return goesOn.Task;
        }
    }
}
