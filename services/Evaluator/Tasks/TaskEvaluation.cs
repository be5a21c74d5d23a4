using Graft.Artifacts.Recipes;
using Graft.Evaluator.Loading;
using Graft.Evaluator.Requests;
using Graft.Evaluator.Results;
using Graft.Evaluator.Scoring;
using Graft.Faults;
using Graft.Modeling.Transformers;

namespace Graft.Evaluator.Tasks;

/// <summary>A task's requests, encoded for a model and checked: what remains is to compute.</summary>
internal abstract class TaskEvaluation
{
    /// <summary>Number of requests.</summary>
    public abstract int Requests { get; }

    /// <summary>Tokens the model reads and writes at most: the size of the work.</summary>
    public abstract long Tokens { get; }

    /// <param name="rules">What is done with each request.</param>
    /// <param name="files">Names and contents of the request files.</param>
    /// <param name="checkpoint">The model, its weights not needed yet.</param>
    /// <exception cref="FaultException">Invalid: a request that is malformed, of another kind, or that this model cannot be given; it is named by file and line.</exception>
    public static TaskEvaluation Prepare(TaskRules rules, IReadOnlyList<(string Name, byte[] Bytes)> files, CheckpointHeader checkpoint) => rules switch
    {
        LogLikelihoodRules => new LogLikelihoodEvaluation(RequestReader.LogLikelihood(files), checkpoint),
        GenerationRules generation => new GenerationEvaluation(RequestReader.Generation(files), generation, checkpoint),
        _ => throw new ArgumentOutOfRangeException(nameof(rules), rules.GetType().Name, "No such task."),
    };

    /// <param name="model">The checkpoint's.</param>
    /// <param name="limits">How much at a time; no score depends on it.</param>
    /// <param name="done">Told after each batch how many requests and tokens it had.</param>
    /// <param name="cancellationToken">Looked at between batches.</param>
    /// <exception cref="FaultException">Invalid: the model's scores are not finite.</exception>
    public abstract TaskResult Run(Transformer model, BatchLimits limits, Action<int, long> done, CancellationToken cancellationToken);
}
