namespace Graft.Artifacts.Delta;

/// <summary>What the elements of a chunk are to the codec; the numbers are part of the encoding.</summary>
internal enum ElementKind : byte
{
    Integer8 = 0x01,
    Integer16 = 0x02,
    Integer32 = 0x04,
    Integer64 = 0x08,
    Float16 = 0x12,
    Float32 = 0x14,
    Float64 = 0x18,
}

internal static class ElementKinds
{
    /// <param name="dtype">Null for bytes of any meaning.</param>
    public static ElementKind Of(DType? dtype) => dtype switch
    {
        DType.F64 => ElementKind.Float64,
        DType.F32 => ElementKind.Float32,
        DType.F16 or DType.BF16 => ElementKind.Float16,
        DType.I64 => ElementKind.Integer64,
        DType.I32 => ElementKind.Integer32,
        DType.I16 => ElementKind.Integer16,
        DType.I8 or DType.U8 or DType.BOOL or null => ElementKind.Integer8,
    };

    /// <summary>Bytes of one element: 1, 2, 4 or 8.</summary>
    public static int Width(this ElementKind kind) => (int)kind & 0x0f;

    public static bool IsFloat(this ElementKind kind) => ((int)kind & 0x10) != 0;
}
