namespace Graft.Artifacts.Delta.Entropy;

/// <summary>How the codec sees a float: sign, exponent, mantissa from the highest bit down.</summary>
/// <param name="Width">Bytes of an element: 2 or 4.</param>
/// <param name="Mantissa">Bits of the mantissa: 7 (bf16), 10 (fp16) or 23 (fp32).</param>
/// <param name="Dropped">
/// Low bits that are zero in every element and therefore not coded; two bits of the mantissa always are. An fp32 without its low half is
/// a bf16 to the coder.
/// </param>
internal readonly record struct FloatLayout(int Width, int Mantissa, int Dropped)
{
    private const int Half = 16;

    /// <summary>Whether the coder works on the high halves of the elements.</summary>
    public bool IsHalved => Width == 4 && Dropped >= Half;

    /// <summary>Bytes of the integers the coder works on: 2 or 4.</summary>
    public int CodedWidth => IsHalved ? 2 : Width;

    /// <summary>Bits of an element that are coded: 10 to 16 where the coder works on 2 bytes, 17 to 32 where on 4.</summary>
    public int Bits => (8 * Width) - Dropped;

    /// <summary>Low bits of the coder's integers that are not coded.</summary>
    public int CodedDropped => IsHalved ? Dropped - Half : Dropped;

    /// <summary>Bits of the mantissa in the coder's integers.</summary>
    public int CodedMantissa => IsHalved ? Mantissa - Half : Mantissa;

    public int ExponentBits => (8 * Width) - 1 - Mantissa;

    /// <summary>Largest exponent field.</summary>
    public int MaxExponent => (1 << ExponentBits) - 1;

    public int MaxDropped => Mantissa - 2;

    public bool IsValid => (Width, Mantissa) is (2, 7) or (2, 10) or (4, 23) && Dropped >= 0 && Dropped <= MaxDropped;

    /// <returns>Null if elements of the type are no floats of 16 or 32 bits.</returns>
    public static FloatLayout? Of(DType? dtype) => dtype switch
    {
        DType.BF16 => new FloatLayout(2, 7, 0),
        DType.F16 => new FloatLayout(2, 10, 0),
        DType.F32 => new FloatLayout(4, 23, 0),
        _ => null,
    };
}
