using System.ComponentModel.DataAnnotations;

namespace Graft.Evaluator;

/// <summary>Settings of the evaluator, section "Evaluator".</summary>
public sealed class EvaluatorOptions
{
    public const string DeviceName = "Evaluator:Device";

    /// <summary>"auto" (all CUDA devices, or the CPU where there is none), "cpu", "cuda" (all of them) or "cuda:N". The default value is "auto".</summary>
    [RegularExpression("^(auto|cpu|cuda(:[0-9]+)?)$", ErrorMessage = "Evaluator:Device is auto, cpu, cuda or cuda:N.")]
    public string Device { get; set; } = "auto";

    /// <summary>
    /// Threads of one job's tensor operations. Scores are the same bits for the same number; another number may change the last ones.
    /// One thread a job and several jobs at a time is the faster use of a few cores.
    /// </summary>
    [Range(1, 1024)]
    public int Threads { get; set; } = 1;

    /// <summary>Tokens of one forward pass, about: at least a few requests go together. Bounds memory; no score depends on it.</summary>
    [Range(1, 1 << 24)]
    public int BatchTokens { get; set; } = 4096;

    /// <summary>Memory of the keys and values of the texts that go together, about: at least a few do. No score depends on it.</summary>
    [Range(1, 1 << 24)]
    public int CacheMegabytes { get; set; } = 512;

    /// <summary>Time between saves of what has been computed, which is where an interrupted job goes on. It does not influence results.</summary>
    public TimeSpan StateInterval { get; set; } = TimeSpan.FromSeconds(10);
}
