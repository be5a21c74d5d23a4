namespace Graft.Artifacts.Delta.Entropy;

/// <summary>How the codec sees a float: sign, exponent, mantissa from the highest bit down.</summary>
/// <param name="Width">Bytes of an element: 2 or 4.</param>
/// <param name="Mantissa">Bits of the mantissa: 7 (bf16), 10 (fp16) or 23 (fp32).</param>
/// <param name="Dropped">
/// Low bits that are zero in every element and therefore not coded: 0 to 16, in fp32 only. With 16 of them an fp32 is a bf16.
/// </param>
internal readonly record struct FloatLayout(int Width, int Mantissa, int Dropped)
{
    public const int MaxDropped = 16;

    /// <summary>Whether the coded bits are the high half of an element.</summary>
    public bool IsHalved => Width == 4 && Dropped == MaxDropped;

    /// <summary>Bytes of the integers the coder works on: 2 or 4.</summary>
    public int CodedWidth => IsHalved ? 2 : Width;

    /// <summary>Bits of an element that are coded: 16, or 17 to 32.</summary>
    public int Bits => (8 * Width) - Dropped;

    /// <summary>Low bits of the coder's integers that are not coded.</summary>
    public int CodedDropped => IsHalved ? 0 : Dropped;

    /// <summary>Bits of the mantissa in the coder's integers.</summary>
    public int CodedMantissa => IsHalved ? Mantissa - MaxDropped : Mantissa;

    public int ExponentBits => (8 * Width) - 1 - Mantissa;

    /// <summary>Largest exponent field.</summary>
    public int MaxExponent => (1 << ExponentBits) - 1;

    public bool IsValid => (Width, Mantissa) is (2, 7) or (2, 10) ? Dropped == 0 : (Width, Mantissa) is (4, 23) && Dropped is >= 0 and <= MaxDropped;

    /// <returns>Null if elements of the type are no floats of 16 or 32 bits.</returns>
    public static FloatLayout? Of(DType? dtype) => dtype switch
    {
        DType.BF16 => new FloatLayout(2, 7, 0),
        DType.F16 => new FloatLayout(2, 10, 0),
        DType.F32 => new FloatLayout(4, 23, 0),
        _ => null,
    };
}
