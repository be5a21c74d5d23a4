using Graft.Evaluator.Answers;
using Graft.Evaluator.Prompts;
using Graft.Evaluator.Requests;
using Graft.Faults;

namespace Graft.Evaluator.Tasks;

/// <summary>
/// GSM8K (Cobbe et al., 2021) as OLMES runs it: eight worked examples, the last number of the answer counts. Rows: question, answer ending
/// in "#### N".
/// </summary>
internal static class Gsm8k
{
    private const string Source = "STD:GSM8k";
    private const int Shots = 8;
    private const string Cue = "Answer:";
    private static readonly string[] _chatStop = ["Question:", "</s>", "<|im_end|>"];

    public static EvaluationTask Completion(TaskInput input) =>
        Make(input, PromptLayout.Plain("", ShotsOf(input).Select(shot => shot with { Question = $"{shot.Question}\n{Cue}" })), $"\n{Cue}", [.. _chatStop, "\n\n"]);

    public static EvaluationTask Chat(TaskInput input) => Make(input, PromptLayout.Tulu(ShotsOf(input), Cue, input.Tokenizer), "", _chatStop);

    private static IEnumerable<Exchange> ShotsOf(TaskInput input) =>
        input.FewShot.Take(Source, Shots).Select(shot => new Exchange($"Question: {shot.Text("question")}", shot.Text("answer")));

    private static EvaluationTask Make(TaskInput input, PromptLayout layout, string cue, IReadOnlyList<string> stop) => new()
    {
        Questions = [.. input.Rows.Select((row, i) => Question(row, i, layout, cue))],
        Metrics = ["exact_match", "exact_match_simple", "bits_per_byte"],
        Writing = new WritingRules(512, stop),
        Shared = layout.Shared,
    };

    private static Question Question(RequestLine row, int id, PromptLayout layout, string cue)
    {
        var prompt = layout.Shared + layout.Ask($"Question: {row.Text("question")}{cue}");
        var solution = row.Text("answer");
        var gold = GsmAnswer.Extract(GsmAnswer.OfSolution(solution) ?? throw FaultException.Invalid($"{row.Place}: \"answer\" has no \"####\" before the number.", RequestLine.Field));
        var told = layout.Lead + GsmAnswer.Told(solution);
        return new Question
        {
            Place = row.Place,
            Id = id,
            Prompt = prompt,
            Continuations = [new Continuation(prompt, told)],
            Grade = response =>
            {
                var answer = GsmAnswer.Extract(response.Written!.Text);
                var isRight = ExactMatch.AreEqual(answer, gold);
                return new Grade(
                    [("exact_match", isRight ? 1 : 0), ("exact_match_simple", answer == gold ? 1 : 0), ("bits_per_byte", Grade.BitsPerByte(response.Scores[0], told))],
                    isRight,
                    ("extracted", answer),
                    ("gold", gold));
            },
        };
    }
}
