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

    /// <summary>Global norm of the gradient.</summary>
    public static double Norm(FlatParameters parameters)
    {
        fixed (byte* bytes = parameters.Gradient.bytes)
        {
            var gradient = (float*)bytes;
            var sum = 0.0;
            for (long i = 0; i < parameters.Count; i += NormBlock)
            {
                sum += Lanes.Dot(gradient + i, gradient + i, (int)Math.Min(NormBlock, parameters.Count - i));
            }

            return Math.Sqrt(sum);
        }
    }

    /// <param name="parameters">Weights and gradient, which is cleared.</param>
    /// <param name="ranges">All of the parameters, and whether they are decayed.</param>
    /// <param name="moment1">fp32 [count].</param>
    /// <param name="moment2">fp32 [count].</param>
    /// <param name="settings">Of the recipe.</param>
    /// <param name="update">Of this step.</param>
    /// <param name="norm">Of the gradient.</param>
    public static void Run(
        FlatParameters parameters,
        (long Begin, long End, bool IsDecayed)[] ranges,
        torch.Tensor moment1,
        torch.Tensor moment2,
        OptimizerSettings settings,
        Update update,
        double norm)
    {
        fixed (byte* w = parameters.Master.bytes, g = parameters.Gradient.bytes, m = moment1.bytes, v = moment2.bytes)
        {
            var pass = new Pass((float*)w, (float*)g, (float*)m, (float*)v);
            var clip = (float)AdamW.ClipCoefficient(norm, settings.ClipNorm);
            foreach (var (begin, end, isDecayed) in ranges)
            {
                Range(pass, begin, end, clip, isDecayed ? 1 - update.Decay : 1, settings, update);
            }
        }
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
