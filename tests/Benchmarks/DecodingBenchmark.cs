using Graft.Modeling.Generation;
using Graft.Modeling.Transformers;

namespace Graft.Tests.Benchmarks;

/// <summary>400 prompts of 20 to 40 tokens, 12 new tokens each, one thread: the demo's evaluation. The peer computes every prefix anew.</summary>
internal static class DecodingBenchmark
{
    private const int NewTokens = 12;

    public static Task RunAsync()
    {
        using var parameters = DemoModel.Create();
        var model = new Transformer(DemoModel.Config, parameters.Views);
        var random = new Random(2);
        int[][] prompts = [.. Enumerable.Range(0, 400).Select(_ =>
            Enumerable.Range(0, random.Next(20, 41)).Select(_ => random.Next(4, DemoModel.Vocabulary)).ToArray())];
        var generated = 0;
        void Decode(bool cache) => generated =
            GreedyDecoder.Generate(model, prompts, NewTokens, new HashSet<int>(), cache, CancellationToken.None).Sum(row => row.Length);

        var times = Measurement.Compare(1, () => Decode(true), () => Decode(false));
        Measurement.Row("with KV cache", $"{times[0].TotalMilliseconds:F0} ms", $"{generated / times[0].TotalSeconds:N0} new tokens/s");
        Measurement.Row("without", $"{times[1].TotalMilliseconds:F0} ms", $"{generated / times[1].TotalSeconds:N0} new tokens/s");
        Measurement.Row("with / without", $"{times[0] / times[1]:F2}");
        return Task.CompletedTask;
    }
}
