using Graft.Artifacts.Recipes;
using Graft.Evaluator.Answers;
using Graft.Evaluator.Requests;
using Graft.Faults;

namespace Graft.Evaluator.Tasks;

/// <summary>The task that a file of prompts is: the answer in the text that follows is compared with the gold one.</summary>
internal static class PromptRequests
{
    public static EvaluationTask Make(IReadOnlyList<GenerationRequest> requests, GenerationRules rules) => new()
    {
        Questions = [.. requests.Select((request, i) => Question(request, i, rules.Extraction))],
        Metrics = ["exact_match"],
        Writing = new WritingRules(rules.MaxNewTokens, rules.Stop),
    };

    private static Question Question(GenerationRequest request, int id, Extraction extraction)
    {
        var gold = AnswerExtraction.Find(request.Answer, extraction) is { Length: > 0 } answer
            ? answer
            : throw FaultException.Invalid(
                $"{request.Place} has no {(extraction == Extraction.LastNumber ? "number in its" : "text as its")} answer; the recipe's extraction needs one.",
                RequestLine.Field);
        return new Question
        {
            Place = request.Place,
            Id = id,
            Prompt = request.Prompt,
            Grade = response =>
            {
                var extracted = AnswerExtraction.Find(response.Written!.Text, extraction);
                return new Grade([("exact_match", extracted == gold ? 1 : 0)], extracted == gold, ("extracted", extracted), ("gold", gold));
            },
        };
    }
}
