using Graft.Faults;

namespace Graft.Artifacts;

/// <summary>Element type of a tensor, by the names safetensors uses.</summary>
public enum DType
{
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U8,
    BOOL,
}

public static class DTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this DType dtype) => dtype switch
    {
        DType.F64 or DType.I64 => 8,
        DType.F32 or DType.I32 => 4,
        DType.F16 or DType.BF16 or DType.I16 => 2,
        DType.I8 or DType.U8 or DType.BOOL => 1,
    };

    public static bool IsFloat(this DType dtype) => dtype is DType.F64 or DType.F32 or DType.F16 or DType.BF16;

    /// <exception cref="FaultException">Invalid: no such element type.</exception>
    public static DType Parse(string name) => Enum.GetNames<DType>().Contains(name)
        ? Enum.Parse<DType>(name)
        : throw FaultException.Invalid($"The element type '{name}' is not supported; {string.Join(", ", Enum.GetNames<DType>())} are.");
}
