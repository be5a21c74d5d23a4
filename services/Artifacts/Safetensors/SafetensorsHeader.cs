using System.Buffers.Binary;
using System.Text.Unicode;
using Graft.Faults;

namespace Graft.Artifacts.Safetensors;

/// <summary>
/// The header of a safetensors file: eight bytes with the length n of the header (little-endian), then n bytes of JSON; the tensors'
/// bytes follow without holes to the end of the file. Format: https://github.com/huggingface/safetensors#format.
/// </summary>
public static class SafetensorsHeader
{
    /// <summary>Bytes before the JSON: its length.</summary>
    public const int LengthSize = 8;

    /// <summary>Longest JSON that is read, the limit of the reference implementation.</summary>
    public const int MaxLength = 100_000_000;

    /// <summary>Length in bytes of the JSON, from the first eight bytes of the file (fewer only if the file is shorter).</summary>
    /// <exception cref="FaultException">Invalid: the file is too short for a header, or the length beyond the limit or the file.</exception>
    public static int ParseLength(ReadOnlySpan<byte> start, long fileLength)
    {
        if (start.Length < LengthSize || fileLength < LengthSize)
        {
            throw FaultException.Invalid(
                $"The file has {fileLength} bytes; a safetensors file begins with {LengthSize} bytes of header length.");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MaxLength)
        {
            throw FaultException.Invalid(
                $"The header says it is {length} bytes long; at most {MaxLength} are read. Is this a safetensors file?");
        }

        return LengthSize + (long)length <= fileLength
            ? (int)length
            : throw FaultException.Invalid(
                $"The header says it is {length} bytes long, but the file has only {fileLength} bytes. Is it truncated?");
    }

    /// <summary>
    /// Tensors in the order of their bytes, and the metadata in the order of the file. Checked in order of trust: UTF-8, JSON, names,
    /// element types, shapes, offsets, no holes, exact end.
    /// </summary>
    /// <param name="json">The header without its length.</param>
    /// <param name="fileLength">Length in bytes of the whole file.</param>
    /// <exception cref="FaultException">Invalid: the header is malformed; the message says what and where.</exception>
    public static (IReadOnlyList<SafetensorsTensor> Tensors, IReadOnlyDictionary<string, string> Metadata) Parse(
        ReadOnlySpan<byte> json, long fileLength)
    {
        if (!Utf8.IsValid(json))
        {
            throw FaultException.Invalid("The header is not UTF-8. Is this a safetensors file?");
        }

        var (declared, metadata) = SafetensorsJson.Read(json);
        var dataBegin = LengthSize + (long)json.Length;
        var tensors = declared.Select(tensor => Check(tensor, dataBegin, fileLength))
            .OrderBy(tensor => tensor.Begin).ThenBy(tensor => tensor.End).ToList();
        CheckCoverage(tensors, dataBegin, fileLength);
        return (tensors, metadata);
    }

    private static SafetensorsTensor Check(DeclaredTensor declared, long dataBegin, long fileLength)
    {
        var (name, dtype, shape, begin, end) = declared;
        var size = Size(declared);
        if (begin > end || end > fileLength - dataBegin)
        {
            throw FaultException.Invalid(
                $"Tensor '{name}': data_offsets [{begin}, {end}] do not lie in the {fileLength - dataBegin} bytes behind the header. "
                + "Is the file truncated?");
        }

        return end - begin == size
            ? new SafetensorsTensor(name, dtype, shape, dataBegin + begin, dataBegin + end)
            : throw FaultException.Invalid(
                $"Tensor '{name}': data_offsets [{begin}, {end}] hold {end - begin} bytes, "
                + $"but {dtype} [{string.Join(", ", shape)}] has {size}.");
    }

    private static long Size(DeclaredTensor declared)
    {
        var size = 1L;
        foreach (var factor in declared.Shape.Append(declared.DType.Size()))
        {
            if (factor > 0 && size > long.MaxValue / factor)
            {
                throw FaultException.Invalid(
                    $"Tensor '{declared.Name}': the size of the shape [{string.Join(", ", declared.Shape)}] overflows.");
            }

            size *= factor;
        }

        return size;
    }

    private static void CheckCoverage(List<SafetensorsTensor> tensors, long dataBegin, long fileLength)
    {
        var position = dataBegin;
        foreach (var tensor in tensors)
        {
            if (tensor.Begin != position)
            {
                var where = tensor.Begin < position ? "inside the tensor before" : "behind a hole";
                throw FaultException.Invalid(
                    $"Tensor '{tensor.Name}': its bytes begin at offset {tensor.Begin - dataBegin}, {where}; {position - dataBegin} is expected.");
            }

            position = tensor.End;
        }

        if (position != fileLength)
        {
            throw FaultException.Invalid($"The tensors end at byte {position}, but the file has {fileLength} bytes.");
        }
    }
}
