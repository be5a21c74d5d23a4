using Graft.Evaluator.Requests;

namespace Graft.Evaluator.Tasks;

/// <summary>The task that a file of log-likelihood requests is: which choice is the likeliest, and how likely is the right one?</summary>
internal static class ChoiceRequests
{
    private static readonly string[] _metrics = ["acc_raw", "acc_per_char", "bits_per_byte"];

    public static EvaluationTask Make(IReadOnlyList<ChoiceDocument> documents) => new()
    {
        Questions = [.. documents.Select(Question)],
        // With nothing to choose from only the bits mean something.
        Metrics = documents.Any(document => document.Choices.Count > 1) ? _metrics : [_metrics[^1]],
    };

    private static Question Question(ChoiceDocument document) => new()
    {
        Place = document.Choices[0].Place,
        Id = document.Id,
        Continuations = [.. document.Choices.Select(choice => new Continuation(choice.Context, choice.Continuation))],
        Grade = response =>
        {
            var judgement = new ChoiceJudgement([.. document.Choices.Select(choice => choice.Continuation)], document.Gold, response.Scores, []);
            var grade = judgement.Grade(_metrics);
            return document.Choices.Count > 1
                ? grade with { Facts = [.. grade.Facts, ("chosen_per_char", judgement.Best("acc_per_char"))] }
                : new Grade(grade.Metrics, null, ("gold", document.Gold));
        },
    };
}
