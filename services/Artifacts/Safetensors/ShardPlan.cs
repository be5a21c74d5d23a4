using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Graft.Faults;

namespace Graft.Artifacts.Safetensors;

/// <summary>One file of a checkpoint's weights.</summary>
/// <param name="FileName">Such as "model-00001-of-00003.safetensors".</param>
/// <param name="Tensors">What is in it.</param>
public sealed record Shard(string FileName, IReadOnlyList<TensorEntry> Tensors)
{
    /// <summary>Bytes of its tensors; the header comes on top.</summary>
    public long Size => Tensors.Sum(tensor => tensor.Size);
}

/// <summary>
/// Which tensors of a checkpoint go into which file, as Hugging Face transformers names and fills them
/// (https://huggingface.co/docs/transformers/big_models): one file without an index, or shards with one.
/// </summary>
public sealed partial class ShardPlan
{
    public const string SingleName = "model.safetensors";
    public const string IndexName = "model.safetensors.index.json";

    private static readonly JsonWriterOptions _indented = new() { Indented = true };

    private ShardPlan(IReadOnlyList<Shard> shards) => Shards = shards;

    /// <summary>In the order of their names; one, named <see cref="SingleName"/>, when there is no index.</summary>
    public IReadOnlyList<Shard> Shards { get; }

    public bool HasIndex => Shards.Count > 1;

    /// <summary>
    /// Fills shards one after the other in natural order of the tensors' names, so that layer 2 comes before layer 10 and a loader
    /// finds what belongs together in one file.
    /// </summary>
    /// <param name="tensors">All tensors, in any order.</param>
    /// <param name="maxShardBytes">Bytes of tensors in a shard; a tensor that is bigger has one to itself. Null for a single file.</param>
    /// <exception cref="FaultException">Invalid: the limit is not positive.</exception>
    public static ShardPlan Of(IEnumerable<TensorEntry> tensors, long? maxShardBytes)
    {
        if (maxShardBytes <= 0)
        {
            throw FaultException.Invalid($"A shard cannot have {maxShardBytes} bytes at most.");
        }

        List<List<TensorEntry>> groups = [[]];
        var filled = 0L;
        foreach (var tensor in tensors.OrderBy(tensor => NaturalKey(tensor.Name), StringComparer.Ordinal))
        {
            if (tensor.Size > maxShardBytes - filled && groups[^1].Count > 0)
            {
                groups.Add([]);
                filled = 0;
            }

            groups[^1].Add(tensor);
            filled += tensor.Size;
        }

        return new ShardPlan(groups.Count == 1
            ? [new Shard(SingleName, groups[0])]
            : [.. groups.Select((group, i) => new Shard(ShardName(i + 1, groups.Count), group))]);
    }

    /// <summary>
    /// The bytes of <see cref="IndexName"/> as transformers writes them: total size in bytes, and the file of each tensor in ordinal
    /// order of their names.
    /// </summary>
    public byte[] Index()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, _indented))
        {
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            json.WriteNumber("total_size", Shards.Sum(shard => shard.Size));
            json.WriteEndObject();
            json.WriteStartObject("weight_map");
            var places = Shards.SelectMany(shard => shard.Tensors.Select(tensor => (tensor.Name, shard.FileName)));
            foreach (var (name, file) in places.OrderBy(place => place.Name, StringComparer.Ordinal))
            {
                json.WriteString(name, file);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static string ShardName(int number, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"model-{number:D5}-of-{count:D5}.safetensors");

    private static string NaturalKey(string name) => Number().Replace(name, match => match.Value.PadLeft(20, '0'));

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
