using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Commands;

/// <summary>Some rows of a tensor as numbers; nothing else of it is read.</summary>
internal static class TensorRows
{
    // Numbers of a row that fit into a line of text; JSON has all.
    private const int Columns = 8;
    private const int MaxBytes = 64 << 20;

    /// <summary>Name, element type, shape and digest of a tensor, and the numbers of the rows.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="manifest">Of the artifact it belongs to.</param>
    /// <param name="name">Of the tensor.</param>
    /// <param name="rows">First row and how many, along the first dimension; fewer where the tensor ends.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">NotFound: no such tensor. Invalid: it begins no row there, or the rows are too much for a terminal.</exception>
    public static async Task<JsonObject> ReadAsync(
        StoreClient store, Manifest manifest, string name, (long First, long Count) rows, CancellationToken cancellationToken)
    {
        var tensor = manifest.Tensors.FirstOrDefault(tensor => tensor.Name == name)
            ?? throw FaultException.NotFound($"The artifact has no tensor {name}.");
        // A scalar is a row of its own.
        var matrix = tensor.Shape.Count == 0 ? tensor with { Shape = [1] } : tensor;
        var count = Math.Min(rows.Count, matrix.Shape[0] - rows.First);
        if (count <= 0)
        {
            throw FaultException.Invalid($"{name} has {matrix.Shape[0]} rows, counted from 0; there is no row {rows.First}.");
        }

        if (matrix.Size / matrix.Shape[0] > MaxBytes / count)
        {
            throw FaultException.Invalid($"{count} rows of {name} are more than {Sizes.Text(MaxBytes)}; ask for fewer with --rows.");
        }

        var bytes = await store.ReadRowsAsync(matrix, rows.First, count, cancellationToken);
        return new JsonObject
        {
            ["name"] = tensor.Name,
            ["dtype"] = tensor.DType.ToString(),
            ["shape"] = new JsonArray([.. tensor.Shape.Select(extent => (JsonNode)extent)]),
            ["sha256"] = tensor.Sha256.ToString(),
            ["first_row"] = rows.First,
            ["rows"] = new JsonArray([.. Enumerable.Range(0, (int)count).Select(i => ToJson(bytes, tensor.DType, i, (int)count))]),
        };
    }

    /// <summary>A line for each row.</summary>
    public static IEnumerable<string> Lines(JsonObject tensor)
    {
        yield return $"{tensor["name"]}  {tensor["dtype"]} [{string.Join(", ", tensor["shape"]!.AsArray())}]";
        var row = tensor["first_row"]!.GetValue<long>();
        foreach (var numbers in tensor["rows"]!.AsArray().Select(numbers => numbers!.AsArray()))
        {
            var texts = numbers.Take(Columns).Select(number => $"{number,15}").Append(numbers.Count > Columns ? $"  ... {numbers.Count} in all" : "");
            yield return $"{row++,8}:{string.Concat(texts)}";
        }
    }

    private static JsonArray ToJson(byte[] bytes, DType dtype, int row, int rows)
    {
        var length = bytes.Length / rows;
        var size = dtype.Size();
        return [.. Enumerable.Range(0, length / size).Select(i => ToNumber(bytes.AsSpan((row * length) + (i * size), size), dtype))];
    }

    // The shortest decimal that is this number and no other; JSON knows no infinities.
    private static JsonNode ToNumber(ReadOnlySpan<byte> bytes, DType dtype)
    {
        var number = dtype switch
        {
            DType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            DType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            DType.F16 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
            DType.BF16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
            DType.I64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            DType.I32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            DType.I16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            DType.I8 => (sbyte)bytes[0],
            DType.U8 or DType.BOOL => bytes[0],
        };
        return double.IsFinite(number) && dtype is not (DType.F32 or DType.BF16)
            ? number
            : double.IsFinite(number) ? (float)number : number.ToString(CultureInfo.InvariantCulture);
    }
}
