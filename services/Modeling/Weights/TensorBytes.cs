using Graft.Artifacts;
using TorchSharp;
using static TorchSharp.torch;

namespace Graft.Modeling.Weights;

/// <summary>Between the raw little-endian bytes of a checkpoint and tensors, bit for bit.</summary>
public static class TensorBytes
{
    /// <summary>A new tensor with the given bytes.</summary>
    /// <exception cref="ArgumentException">The number of bytes is not that of the shape and type.</exception>
    public static Tensor ToTensor(ReadOnlySpan<byte> raw, DType dtype, long[] shape, Device device)
    {
        var tensor = empty(shape, ToScalarType(dtype), CPU);
        CheckSize(tensor, raw.Length);
        raw.CopyTo(tensor.bytes);
        if (device.type == DeviceType.CPU)
        {
            return tensor;
        }

        using (tensor)
        {
            return tensor.to(device);
        }
    }

    /// <summary>Writes a tensor's bytes in row-major order, from whatever device and strides.</summary>
    /// <exception cref="ArgumentException">The destination does not have exactly the tensor's size.</exception>
    public static void CopyBytes(Tensor tensor, Span<byte> destination)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var contiguous = tensor.detach().cpu().contiguous();
        CheckSize(contiguous, destination.Length);
        contiguous.bytes.CopyTo(destination);
    }

    /// <summary>Bytes of a tensor's elements.</summary>
    public static long SizeOf(Tensor tensor) => tensor.numel() * tensor.element_size();

    public static ScalarType ToScalarType(DType dtype) => dtype switch
    {
        DType.F64 => ScalarType.Float64,
        DType.F32 => ScalarType.Float32,
        DType.F16 => ScalarType.Float16,
        DType.BF16 => ScalarType.BFloat16,
        DType.I64 => ScalarType.Int64,
        DType.I32 => ScalarType.Int32,
        DType.I16 => ScalarType.Int16,
        DType.I8 => ScalarType.Int8,
        DType.U8 => ScalarType.Byte,
        DType.BOOL => ScalarType.Bool,
    };

    /// <exception cref="ArgumentException">Checkpoints have no such element type.</exception>
    public static DType ToDType(ScalarType type) => type switch
    {
        ScalarType.Float64 => DType.F64,
        ScalarType.Float32 => DType.F32,
        ScalarType.Float16 => DType.F16,
        ScalarType.BFloat16 => DType.BF16,
        ScalarType.Int64 => DType.I64,
        ScalarType.Int32 => DType.I32,
        ScalarType.Int16 => DType.I16,
        ScalarType.Int8 => DType.I8,
        ScalarType.Byte => DType.U8,
        ScalarType.Bool => DType.BOOL,
        _ => throw new ArgumentException($"Checkpoints have no element type {type}.", nameof(type)),
    };

    private static void CheckSize(Tensor tensor, long bytes)
    {
        if (SizeOf(tensor) != bytes)
        {
            throw new ArgumentException(
                $"{bytes} bytes for a tensor [{string.Join(", ", tensor.shape)}] of {tensor.dtype}, which has {SizeOf(tensor)}.");
        }
    }
}
