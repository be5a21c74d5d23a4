using System.Runtime.Intrinsics;
using Graft.Artifacts.Recipes;
using Graft.Trainer.Vectors;
using TorchSharp;

namespace Graft.Trainer.Optimization;

/// <summary>The update in fp32 on a CPU: one pass over weights, gradient and moments, where composed operations make a dozen.</summary>
internal static unsafe class AdamWKernel
{
    /// <summary>Beyond, a buffer no longer fits the spans it is read through.</summary>
    public const long MaxCount = int.MaxValue / sizeof(float);

    // Partial sums of the norm are fp32 over this many elements, fp64 beyond.
    private const int NormBlock = 4096;

    /// <returns>Global norm of the gradient before clipping.</returns>
    public static double Run(FlatParameters parameters, torch.Tensor moment1, torch.Tensor moment2, OptimizerSettings settings, Update update)
    {
        fixed (byte* w = parameters.Master.bytes, g = parameters.Gradient.bytes, m = moment1.bytes, v = moment2.bytes)
        {
            var pass = new Pass((float*)w, (float*)g, (float*)m, (float*)v);
            var norm = Norm(pass.G, parameters.Count);
            var clip = (float)AdamW.ClipCoefficient(norm, settings.ClipNorm);
            Range(pass, 0, parameters.Matrices, clip, 1 - update.Decay, settings, update);
            Range(pass, parameters.Matrices, parameters.Count, clip, 1, settings, update);
            return norm;
        }
    }

    private static double Norm(float* gradient, long count)
    {
        var sum = 0.0;
        for (long i = 0; i < count; i += NormBlock)
        {
            sum += Lanes.Dot(gradient + i, gradient + i, (int)Math.Min(NormBlock, count - i));
        }

        return Math.Sqrt(sum);
    }

    private static void Range(Pass pass, long begin, long end, float clip, double keep, OptimizerSettings settings, Update update)
    {
        var (one1, beta2, one2) = ((float)(1 - settings.Beta1), (float)settings.Beta2, (float)(1 - settings.Beta2));
        var (root, epsilon, rate, kept) = ((float)update.Root, (float)settings.Epsilon, (float)-update.Rate, (float)keep);
        var i = begin;
        for (; i <= end - Lanes.Width; i += Lanes.Width)
        {
            var g = Vector512.Load(pass.G + i) * clip;
            var m = Vector512.Load(pass.M + i);
            m = Vector512.FusedMultiplyAdd(Vector512.Create(one1), g - m, m);
            var v = Vector512.FusedMultiplyAdd(g * one2, g, Vector512.Load(pass.V + i) * beta2);
            var denominator = (Vector512.Sqrt(v) / root) + Vector512.Create(epsilon);
            var w = Vector512.FusedMultiplyAdd(Vector512.Create(rate), m / denominator, Vector512.Load(pass.W + i) * kept);
            m.Store(pass.M + i);
            v.Store(pass.V + i);
            w.Store(pass.W + i);
            Vector512<float>.Zero.Store(pass.G + i);
        }

        for (; i < end; i++)
        {
            var g = pass.G[i] * clip;
            pass.M[i] = MathF.FusedMultiplyAdd(one1, g - pass.M[i], pass.M[i]);
            pass.V[i] = MathF.FusedMultiplyAdd(g * one2, g, pass.V[i] * beta2);
            var denominator = (MathF.Sqrt(pass.V[i]) / root) + epsilon;
            pass.W[i] = MathF.FusedMultiplyAdd(rate, pass.M[i] / denominator, pass.W[i] * kept);
            pass.G[i] = 0;
        }
    }

    /// <summary>The four buffers, fp32 [count] each.</summary>
    private readonly struct Pass(float* w, float* g, float* m, float* v)
    {
        public float* W => w;

        public float* G => g;

        public float* M => m;

        public float* V => v;
    }
}
