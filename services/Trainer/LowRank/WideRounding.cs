using static TorchSharp.torch;

namespace Graft.Trainer.LowRank;

/// <summary>fp64 to a narrower type with one rounding, to nearest, ties to even.</summary>
internal static class WideRounding
{
    /// <param name="wide">fp64 on the CPU.</param>
    /// <param name="type">float32, bfloat16 or float16.</param>
    /// <returns>In the current dispose scope.</returns>
    public static Tensor Round(Tensor wide, ScalarType type)
    {
        if (type is ScalarType.Float64 or ScalarType.Float32)
        {
            return wide.to(type);
        }

        // libtorch goes through fp32, which rounds twice. Rounded to odd there, no tie is made or lost (Boldo and Melquiond, 2008).
        var values = wide.contiguous().data<double>();
        var odd = new float[values.Count];
        var i = 0;
        foreach (var value in values)
        {
            odd[i++] = ToOdd(value);
        }

        return tensor(odd).view(wide.shape).to(type);
    }

    /// <summary>The value itself where fp32 has it, else the neighbour whose last bit is one.</summary>
    private static float ToOdd(double value)
    {
        var nearest = (float)value;
        if (nearest == value || float.IsNaN(nearest) || float.IsInfinity(nearest))
        {
            return nearest;
        }

        var bits = BitConverter.SingleToInt32Bits(nearest);
        if ((bits & 1) == 1)
        {
            return nearest;
        }

        // Magnitudes are ordered as their bits are.
        return BitConverter.Int32BitsToSingle(Math.Abs(value) > Math.Abs((double)nearest) ? bits + 1 : bits - 1);
    }
}
