using Graft.Evaluator.Loading;
using Graft.Evaluator.Requests;
using Graft.Evaluator.Results;
using Graft.Evaluator.Scoring;
using Graft.Evaluator.Statistics;
using Graft.Faults;
using Graft.Modeling.Transformers;

namespace Graft.Evaluator.Tasks;

/// <summary>Documents with choices: which is the likeliest, and how likely is the right one?</summary>
internal sealed class LogLikelihoodEvaluation : TaskEvaluation
{
    private readonly IReadOnlyList<ChoiceDocument> _documents;
    private readonly LogLikelihoodRequest[] _requests;
    private readonly EncodedContinuation[] _encoded;

    public LogLikelihoodEvaluation(IReadOnlyList<ChoiceDocument> documents, CheckpointHeader checkpoint)
    {
        var encoder = new RequestEncoder(checkpoint);
        _documents = documents;
        _requests = [.. documents.SelectMany(document => document.Choices)];
        _encoded = Array.ConvertAll(_requests, encoder.Encode);
    }

    public override int Requests => _requests.Length;

    public override long Tokens => SequenceSet.Of(_encoded.Select(request => request.Input)).Sum(sequence => (long)sequence.Ids.Length);

    public override TaskResult Run(Transformer model, BatchLimits limits, Action<int, long> done, CancellationToken cancellationToken)
    {
        var scores = new LogLikelihoodScorer(model, limits).Score(_encoded, done, cancellationToken);
        if (Array.FindIndex(scores, score => !double.IsFinite(score)) is var at and >= 0)
        {
            throw FaultException.Invalid(
                $"The model's logits for {_requests[at].Place} are not finite; its weights are not usable in this compute type.", "recipe.checkpoint");
        }

        var choices = scores.Zip(_encoded, (score, encoded) => new ChoiceScore(score, encoded.Length)).ToArray();
        var next = 0;
        DocumentScore[] samples = [.. _documents.Select(document => new DocumentScore(document, choices[next..(next += document.Choices.Count)]))];
        return Summarize(samples);
    }

    private static TaskResult Summarize(DocumentScore[] samples)
    {
        var bits = ("bits_per_byte", Mean(sample => sample.BitsPerByte));
        (string, MeanEstimate)[] metrics = samples.Any(sample => sample.IsChoice)
            ? [("acc_raw", Mean(sample => sample.IsRight ? 1 : 0)), ("acc_per_char", Mean(sample => sample.IsRightPerChar ? 1 : 0)), bits]
            : [bits];
        return new TaskResult(metrics, metrics[0].Item1, samples.Length, JsonBytes.Lines(samples, (json, sample) => sample.Write(json)));

        MeanEstimate Mean(Func<DocumentScore, double> value) => MeanEstimate.Of([.. samples.Select(value)]);
    }
}
