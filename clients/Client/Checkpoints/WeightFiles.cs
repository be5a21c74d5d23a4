using System.Text.Json;
using Graft.Artifacts.Safetensors;
using Graft.Faults;

namespace Graft.Client.Checkpoints;

/// <summary>The safetensors files of a checkpoint's folder: one, or shards with an index. Everything is checked before a tensor is read.</summary>
public sealed class WeightFiles : IDisposable
{
    public const string Single = "model.safetensors";
    public const string Index = "model.safetensors.index.json";

    private readonly List<SafetensorsFile> _files = [];

    private WeightFiles()
    {
    }

    /// <summary>All tensors with the files they are in, in ordinal order of their names.</summary>
    public IReadOnlyList<(SafetensorsFile File, SafetensorsTensor Tensor)> Tensors { get; private set; } = [];

    /// <exception cref="FaultException">Invalid: no weights, a malformed file, or shards that do not fit their index.</exception>
    public static WeightFiles Open(string folder)
    {
        var weights = new WeightFiles();
        try
        {
            weights.OpenAll(folder);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void OpenAll(string folder)
    {
        var index = Path.Combine(folder, Index);
        if (File.Exists(Path.Combine(folder, Single)) || !File.Exists(index))
        {
            _files.Add(SafetensorsFile.Open(Path.Combine(folder, FindSingle(folder))));
        }
        else
        {
            OpenShards(folder, index);
        }

        Tensors =
        [
            .. _files.SelectMany(file => file.Tensors.Select(tensor => (file, tensor)))
                .OrderBy(pair => pair.tensor.Name, StringComparer.Ordinal),
        ];
        for (var i = 1; i < Tensors.Count; i++)
        {
            if (Tensors[i].Tensor.Name == Tensors[i - 1].Tensor.Name)
            {
                throw FaultException.Invalid(
                    $"The tensor {Tensors[i].Tensor.Name} is in {Tensors[i - 1].File.Path} and in {Tensors[i].File.Path}.");
            }
        }
    }

    private static string FindSingle(string folder)
    {
        var names = Directory.EnumerateFiles(folder, "*.safetensors").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToList();
        return names.Contains(Single)
            ? Single
            : names switch
            {
                [var only] => only,
                [] => throw FaultException.Invalid($"'{folder}' has no weights: {Single}, or shards with {Index}, are expected."),
                _ => throw FaultException.Invalid(
                    $"'{folder}' has several safetensors files and neither {Single} nor {Index} to tell which belong to the checkpoint."),
            };
    }

    private void OpenShards(string folder, string index)
    {
        var places = ReadIndex(index);
        foreach (var shard in places.Values.Distinct().Order(StringComparer.Ordinal))
        {
            if (shard != Path.GetFileName(shard) || shard is "" or "." or "..")
            {
                throw FaultException.Invalid($"{index}: '{shard}' is not the name of a file beside it.");
            }

            _files.Add(SafetensorsFile.Open(Path.Combine(folder, shard)));
        }

        foreach (var file in _files)
        {
            var stray = file.Tensors.FirstOrDefault(tensor => places.GetValueOrDefault(tensor.Name) != Path.GetFileName(file.Path));
            if (stray is not null)
            {
                throw FaultException.Invalid($"{file.Path} has the tensor {stray.Name}, which {Index} does not say is there.");
            }
        }

        var found = _files.SelectMany(file => file.Tensors.Select(tensor => tensor.Name)).ToHashSet();
        if (places.Keys.FirstOrDefault(name => !found.Contains(name)) is { } missing)
        {
            throw FaultException.Invalid($"{Path.Combine(folder, places[missing])} lacks the tensor {missing} that {Index} says is there.");
        }
    }

    private static Dictionary<string, string> ReadIndex(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return json.RootElement.GetProperty("weight_map").EnumerateObject()
                .ToDictionary(property => property.Name, property => property.Value.GetString() ?? "", StringComparer.Ordinal);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw FaultException.Invalid($"{path} is no index of shards: {exception.Message}", inner: exception);
        }
    }
}
