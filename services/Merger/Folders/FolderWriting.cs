using System.Buffers;
using System.Runtime.ExceptionServices;
using Graft.Artifacts;
using Graft.Artifacts.Safetensors;
using Graft.Faults;
using Graft.Merger.Methods;
using Graft.Merger.Planning;

namespace Graft.Merger.Folders;

/// <summary>
/// The work of a merge between folders. Each worker reads a slice of every input, computes, and writes the result to its place, all while
/// the slice is in its processor's cache; several workers overlap reading, computing and writing.
/// </summary>
internal sealed class FolderWriting : IDisposable
{
    /// <summary>Elements of a slice: the slices of three bf16 checkpoints and of the result fit into a second-level cache.</summary>
    public const int SliceElements = 1 << 17;

    // What one worker takes at a time of a tensor whose parts are independent.
    private const int PartElements = 1 << 22;

    private readonly MergePlan _plan;
    private readonly FolderMergeSettings _settings;
    private readonly IProgress<(long Done, long Total)>? _progress;
    private readonly Dictionary<TensorEntry, InputFolder> _places = new(ReferenceEqualityComparer.Instance);
    private readonly List<SafetensorsWriter> _writers = [];
    private readonly long _total;
    private long _done;

    public FolderWriting(MergePlan plan, InputFolders inputs, FolderMergeSettings settings, IProgress<(long Done, long Total)>? progress)
    {
        (_plan, _settings, _progress) = (plan, settings, progress);
        _total = plan.Tensors.Sum(tensor => tensor.Size);
        foreach (var source in plan.Sources)
        {
            foreach (var entry in source.Manifest.Tensors)
            {
                _places[entry] = inputs[source];
            }
        }
    }

    /// <summary>Writes the files that are not yet in the folder.</summary>
    /// <exception cref="FaultException">As for the merge.</exception>
    public async Task RunAsync(ShardPlan shards, string folder, CancellationToken cancellationToken)
    {
        CheckExactTensors(cancellationToken);
        var tensors = _plan.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        List<Part> parts = [];
        foreach (var shard in shards.Shards)
        {
            var path = Path.Combine(folder, shard.FileName);
            if (File.Exists(path))
            {
                Report(shard.Size);
                continue;
            }

            var file = new ShardFile(SafetensorsWriter.Create(path, shard.Tensors, SafetensorsWriter.PyTorchMetadata));
            _writers.Add(file.Writer);
            List<Part> ofShard = [.. file.Writer.Tensors.SelectMany(place => PartsOf(file, place, tensors[place.Name]))];
            file.Expect(ofShard.Count);
            parts.AddRange(ofShard);
        }

        await RunAsync(parts, cancellationToken);
    }

    public void Dispose() => _writers.ForEach(writer => writer.Dispose());

    private IEnumerable<Part> PartsOf(ShardFile file, SafetensorsTensor place, MergeTensor tensor)
    {
        // A method that must see a tensor front to back has it in one part.
        var step = TensorMethod.For(_plan.Settings.Method, tensor).IsSequential ? Math.Max(1, tensor.Elements) : PartElements;
        var begin = 0L;
        do
        {
            yield return new Part(file, place, tensor, begin, Math.Min(step, tensor.Elements - begin));
            begin += step;
        }
        while (begin < tensor.Elements);
    }

    private async Task RunAsync(List<Part> parts, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var next = -1;

        void Work()
        {
            try
            {
                while (Interlocked.Increment(ref next) is var index && index < parts.Count)
                {
                    stop.Token.ThrowIfCancellationRequested();
                    Write(parts[index], stop.Token);
                    parts[index].File.PartDone();
                }
            }
            catch
            {
                stop.Cancel();
                throw;
            }
        }

        var workers = Enumerable.Range(0, Math.Max(1, _settings.Workers))
            .Select(_ => Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))
            .ToList();
        try
        {
            await Task.WhenAll(workers);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // One worker failed and stopped the others: its fault is what counts.
            var cause = workers.SelectMany(worker => worker.Exception?.InnerExceptions ?? [])
                .FirstOrDefault(inner => inner is not OperationCanceledException, exception);
            if (cause is IOException)
            {
                throw new FaultException(FaultKind.Precondition, $"The merge could not be written: {cause.Message}", cause);
            }

            ExceptionDispatchInfo.Throw(cause);
        }
    }

    private void Write(Part part, CancellationToken cancellationToken)
    {
        byte[][] buffers = [.. part.Tensor.Reads.Select(entry => entry.DType).Append(part.Tensor.DType)
            .Select(dtype => ArrayPool<byte>.Shared.Rent(SliceElements * dtype.Size()))];
        try
        {
            Write(part, buffers[..^1], buffers[^1], cancellationToken);
        }
        finally
        {
            Array.ForEach(buffers, buffer => ArrayPool<byte>.Shared.Return(buffer));
        }
    }

    private void Write(Part part, byte[][] buffers, byte[] result, CancellationToken cancellationToken)
    {
        var tensor = part.Tensor;
        var slices = new ReadOnlyMemory<byte>[buffers.Length];
        var method = TensorMethod.For(_plan.Settings.Method, tensor);
        var merge = new SliceMerge(method, tensor, _plan.Settings.Cast);
        Survey(tensor, method, merge, buffers, cancellationToken);
        for (var done = 0L; done < part.Elements;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = (int)Math.Min(SliceElements, part.Elements - done);
            for (var i = 0; i < buffers.Length; i++)
            {
                slices[i] = Read(tensor.Reads[i], part.Begin + done, count, buffers[i]);
            }

            var size = count * tensor.DType.Size();
            if (tensor.IsCopy)
            {
                part.File.Writer.Write(part.Place, (part.Begin + done) * tensor.DType.Size(), slices[0].Span);
            }
            else
            {
                merge.Run(part.Begin + done, slices, result.AsSpan(0, size));
                part.File.Writer.Write(part.Place, (part.Begin + done) * tensor.DType.Size(), result.AsSpan(0, size));
            }

            done += count;
            Report(size);
        }
    }

    private void Survey(MergeTensor tensor, TensorMethod method, SliceMerge merge, byte[][] buffers, CancellationToken cancellationToken)
    {
        for (var term = 0; term < tensor.Terms.Count; term++)
        {
            while (method.WantsSurvey(term))
            {
                for (var begin = 0L; begin < tensor.Elements; begin += SliceElements)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var count = (int)Math.Min(SliceElements, tensor.Elements - begin);
                    var fineTuned = Read(tensor.Terms[term].FineTuned, begin, count, buffers[1 + (2 * term)]);
                    var pretrained = Read(tensor.Terms[term].Pretrained!, begin, count, buffers[2 + (2 * term)]);
                    merge.Survey(term, fineTuned.Span, pretrained.Span);
                }

                method.EndSurvey(term);
            }
        }
    }

    private ReadOnlyMemory<byte> Read(TensorEntry entry, long begin, int count, byte[] buffer)
    {
        var size = entry.DType.Size();
        var slice = buffer.AsMemory(0, count * size);
        _places[entry].Read(entry.Name, begin * size, slice.Span);
        return slice;
    }

    // Headers cannot tell whether buffers of whole numbers are the same everywhere. They are small.
    private void CheckExactTensors(CancellationToken cancellationToken)
    {
        var problems = new Problems();
        foreach (var tensor in _plan.Tensors.Where(tensor => !tensor.DType.IsFloat()))
        {
            foreach (var source in _plan.Sources)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!IsSame(tensor.Start, source.Tensors[tensor.Name]))
                {
                    problems.Add(
                        source.Field,
                        $"The tensor {tensor.Name} is {tensor.DType} and not the same in {source} as in {_plan.Sources[0]}; "
                        + "only floating element types can be merged.");
                }
            }
        }

        problems.ThrowIfAny();
    }

    private bool IsSame(TensorEntry one, TensorEntry other)
    {
        var (first, second) = (new byte[SliceElements], new byte[SliceElements]);
        for (var offset = 0L; offset < one.Size; offset += SliceElements)
        {
            _places[one].Read(one.Name, offset, first);
            _places[other].Read(other.Name, offset, second);
            if (!first.AsSpan().SequenceEqual(second))
            {
                return false;
            }
        }

        return true;
    }

    private void Report(long bytes) => _progress?.Report((Interlocked.Add(ref _done, bytes), _total));

    /// <summary>What one worker does at a time.</summary>
    private sealed record Part(ShardFile File, SafetensorsTensor Place, MergeTensor Tensor, long Begin, long Elements);

    /// <summary>A file of the result; it gets its name when its last part is done.</summary>
    private sealed class ShardFile(SafetensorsWriter writer)
    {
        private int _left;

        public SafetensorsWriter Writer => writer;

        public void Expect(int parts) => _left = parts;

        public void PartDone()
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                writer.Complete();
            }
        }
    }
}
