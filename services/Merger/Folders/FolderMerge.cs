using System.Security.Cryptography;
using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Safetensors;
using Graft.Client.Checkpoints;
using Graft.Faults;
using Graft.Merger.Methods;
using Graft.Merger.Planning;

namespace Graft.Merger.Folders;

/// <summary>
/// A merge straight from folders to a folder, without a store: the headers are read and checked when it is opened, the tensors when it
/// runs. It holds a few slices for each worker, whatever the size of the model.
/// </summary>
public sealed class FolderMerge : IDisposable
{
    private const int MaxVectors = 1024;

    private readonly FolderMergeSettings _settings;
    private readonly InputFolders _inputs;
    private readonly MergePlan? _plan;

    private FolderMerge(FolderMergeSettings settings, InputFolders inputs, TimeProvider time)
    {
        (_settings, _inputs) = (settings, inputs);
        var problems = new Problems();
        var merge = settings.ToMergeSettings();
        merge.Check([.. settings.Vectors.Select(vector => vector.Scale)], MaxVectors, problems);
        var start = inputs.Open(settings.Base, "base", "the base", problems);
        List<VectorSource> vectors = [];
        for (var i = 0; i < settings.Vectors.Count; i++)
        {
            var vector = settings.Vectors[i];
            var fineTuned = inputs.Open(vector.FineTuned, $"vectors[{i}]", $"FT of vector {i + 1}", problems);
            var pretrained = inputs.Open(vector.Pretrained, $"vectors[{i}]", $"PT of vector {i + 1}", problems);
            if (fineTuned is not null && pretrained is not null)
            {
                vectors.Add(new VectorSource(fineTuned, pretrained, vector.Scale));
            }
        }

        // What is missing has been told; what is there is checked all the same.
        _plan = start is not null && vectors.Count > 0 ? MergePlan.Examine(start, vectors, merge, problems) : null;
        CheckOutput(settings, _plan, problems);
        Preflight = _plan is null || problems.Any ? new Preflight(problems.All) : Describe(_plan, settings, time);
    }

    /// <summary>What the merge will do, and what stands against it.</summary>
    public Preflight Preflight { get; }

    /// <summary>Opens all folders and looks at their headers; whatever is wrong with them is in <see cref="Preflight"/>.</summary>
    /// <param name="settings">The merge.</param>
    /// <param name="time">For the estimate.</param>
    public static FolderMerge Open(FolderMergeSettings settings, TimeProvider time)
    {
        var inputs = new InputFolders();
        try
        {
            return new FolderMerge(settings, inputs, time);
        }
        catch
        {
            inputs.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes the merge. The folder appears when it is complete; interrupted or killed, the same merge goes on behind the last complete file.
    /// </summary>
    /// <param name="progress">Bytes written and in all.</param>
    /// <param name="cancellationToken">Gives up; complete files stay for the next time.</param>
    /// <exception cref="FaultException">
    /// Invalid: there are problems, or a tensor that is not of floating point differs. Exists: the output is not empty. Precondition: no room.
    /// Corrupt: an input changed while it was read.
    /// </exception>
    public async Task RunAsync(IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken)
    {
        if (_plan is null || Preflight.Problems.Count > 0)
        {
            var problems = new Problems();
            Preflight.Problems.ToList().ForEach(problem => problems.Add(problem.Field, problem.Text));
            problems.ThrowIfAny();
            throw new InvalidOperationException("A merge without a plan has problems.");
        }

        var record = MergeRecord.Write(_settings, _inputs.All, digests: null);
        using var folder = new PartialFolder(_settings.Output, KeyOf(record));
        var shards = ShardPlan.Of(_plan.Tensors.Select(tensor => new TensorEntry(tensor.Name, tensor.DType, tensor.Shape, default)), _settings.ShardBytes);
        using (var writing = new FolderWriting(_plan, _inputs, _settings, progress))
        {
            await writing.RunAsync(shards, folder.Location, cancellationToken);
        }

        if (shards.HasIndex)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder.Location, ShardPlan.IndexName), shards.Index(), cancellationToken);
        }

        foreach (var file in _plan.Files)
        {
            // Not File.Copy, which would make the copy of a read-only file read-only.
            var bytes = await File.ReadAllBytesAsync(Path.Combine(file.From.Name, file.Entry.Path), cancellationToken);
            await File.WriteAllBytesAsync(Path.Combine(folder.Location, file.Entry.Path), bytes, cancellationToken);
        }

        var digests = _settings.HashInputs ? await InputDigests.OfAsync(_inputs.All, _settings.Workers, cancellationToken) : null;
        await File.WriteAllBytesAsync(
            Path.Combine(folder.Location, SmallFiles.MergeRecord),
            digests is null ? record : MergeRecord.Write(_settings, _inputs.All, digests),
            cancellationToken);
        folder.Complete();
    }

    public void Dispose() => _inputs.Dispose();

    private static void CheckOutput(FolderMergeSettings settings, MergePlan? plan, Problems problems)
    {
        if (settings.ShardBytes <= 0)
        {
            problems.Add("shard_size", $"A shard cannot have {settings.ShardBytes} bytes at most.");
        }

        var target = PartialFolder.FullPath(settings.Output);
        if (PartialFolder.IsTaken(target))
        {
            problems.Add("output", PartialFolder.Taken(target));
            return;
        }

        var parent = target;
        while (parent is not null && !Directory.Exists(parent))
        {
            parent = Path.GetDirectoryName(parent);
        }

        var free = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(target)! : parent ?? "/").AvailableFreeSpace;
        // What an interrupted merge has left there is used or makes room.
        var there = Directory.Exists($"{target}.partial") ? new DirectoryInfo($"{target}.partial").EnumerateFiles().Sum(file => file.Length) : 0;
        if (plan is not null && free + there < plan.WriteBytes)
        {
            problems.Add("output", $"'{target}' needs {plan.WriteBytes} bytes, and its disk has {free} free.");
        }
    }

    private static Preflight Describe(MergePlan plan, FolderMergeSettings settings, TimeProvider time)
    {
        var counters = plan.Settings.Method is MergeMethod.Ties { Density: < 1 } ? MagnitudeSelection.CounterBytes : 0;
        var largest = plan.Tensors.Max(tensor => tensor.Reads.Sum(entry => entry.DType.Size()) + tensor.DType.Size());
        return new Preflight(
            [],
            plan.Tensors.Count,
            plan.Parameters,
            plan.ReadBytes,
            plan.WriteBytes,
            settings.Workers * (counters + ((long)largest * FolderWriting.SliceElements)),
            SpeedProbe.Estimate(plan, settings.Workers, time));
    }

    // Equal inputs, settings and version give equal bytes; that the inputs are the same is told by their times.
    private string KeyOf(byte[] record)
    {
        var times = _inputs.All.SelectMany(folder => folder.Weights).Select(file => File.GetLastWriteTimeUtc(file.Path).Ticks);
        var key = $"{Convert.ToHexStringLower(SHA256.HashData(record))} {_settings.ShardBytes} {string.Join(' ', times)}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
    }
}
